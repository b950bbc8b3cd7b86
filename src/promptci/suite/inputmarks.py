"""How golden inputs begin, each as a number: by these it is known that a text holds none of them.

To look for a hundred thousand inputs in a prompt would take longer than all else that a check does.
"""

from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from promptci.latepattern import late
from promptci.specs.evalspec import Example
from promptci.templates.template import as_text

SHORTEST = 12
"""Letters of an input that is looked for in a text; shorter ones may be there by chance."""

_FIRST = 64
"""Characters of an input that are looked at first: they hold its beginning, but for odd ones."""

_MOST = 200_000
"""Letters of texts that are looked through so; longer ones take less time input by input."""

_WORDS = late(r"\w+")


def flat(text: str) -> str:
    """The words of a text alone: another case, space or punctuation makes no other input."""
    return " ".join(_WORDS.findall(text.casefold()))


def marks_of(example: Example) -> Iterator[int]:
    """How each of its inputs begins that is long enough."""
    for value in example.vars.values():
        text = as_text(value)
        begins = flat(text[:_FIRST])
        if len(begins) < SHORTEST and len(text) > _FIRST:
            begins = flat(text)
        if len(begins) >= SHORTEST:
            yield _mark(begins[:SHORTEST])


def may_hold(texts: Iterable[str], marks: bytes) -> bool:
    """Whether an input may be in one of some flat texts, by what begins inputs."""
    texts = list(texts)
    if sum(map(len, texts)) > _MOST:
        return True
    pieces = (each[at : at + SHORTEST] for each in texts for at in range(len(each) - SHORTEST + 1))
    return not set(map(_mark, pieces)).isdisjoint(array("Q", marks))


def _mark(text: str) -> int:
    said = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(said, digest_size=8).digest(), "big")

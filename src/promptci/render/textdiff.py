"""How two texts differ: word by word for answers, line by line for Markdown and prompts."""

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.latepattern import late

Kind: TypeAlias = Literal["same", "removed", "added"]

MOST_WORDS = 600
"""Words compared of each text: the time taken grows with their square."""
_ALIKE = 0.3
"""Texts that share less than this are shown whole, one after the other, not as a patchwork."""
_NEAR = 12
"""Unchanged words shown on each side of a change."""
_WORD = late(r"(\w+|[^\w\s])(\s*)")


class Piece(Struct, frozen=True):
    """A run of words that is on both sides or on one; a cut is a `same` piece that says `…`."""

    kind: Kind
    text: str


def word_diff(base: str, head: str) -> tuple[Piece, ...]:
    """Two texts as one, with what was removed and added; white space alone is no difference.

    Long unchanged stretches are cut, and so is what comes after `MOST_WORDS`.
    """
    before, after = _words(base), _words(head)
    keys = [word for word, _ in before], [word for word, _ in after]
    from difflib import SequenceMatcher  # late: where nothing was lost

    matcher = SequenceMatcher(None, *keys, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return tuple(_whole(before, after))
    pieces: list[Piece] = []
    codes = matcher.get_opcodes()
    for index, (tag, i, j, k, m) in enumerate(codes):
        if tag == "equal":
            pieces += _near(after[k:m], is_first=index == 0, is_last=index == len(codes) - 1)
        else:
            pieces += _whole(before[i:j], after[k:m])
    return tuple(pieces)


def line_diff(base: str, head: str) -> str:
    """Both texts as one, each line marked with a blank, `-` or `+`, as `diff` has it."""
    before, after = base.splitlines(), head.splitlines()
    lines: list[str] = []
    from difflib import SequenceMatcher  # late: see above

    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += (f"  {line}" for line in after[k:m])
        else:
            lines += (f"- {line}" for line in before[i:j])
            lines += (f"+ {line}" for line in after[k:m])
    return "\n".join(lines)


def unified(base: str, head: str, names: tuple[str, str]) -> list[str]:
    """The lines of a unified diff; none if the texts are the same."""
    from difflib import unified_diff  # late: see above

    return list(unified_diff(base.splitlines(), head.splitlines(), *names, lineterm="", n=2))


def _words(text: str) -> list[tuple[str, str]]:
    """Words and marks, each with the white space after it."""
    words = [(found[1], found[2]) for found in _WORD.finditer(text)]
    return words if len(words) <= MOST_WORDS else [*words[:MOST_WORDS], ("…", "")]


def _whole(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> Iterator[Piece]:
    if before:
        yield Piece("removed", _joined(before))
    if after:
        yield Piece("added", _joined(after))


def _near(words: Sequence[tuple[str, str]], *, is_first: bool, is_last: bool) -> Iterator[Piece]:
    """An unchanged stretch, with its middle cut out where it is long."""
    before = 0 if is_first else _NEAR
    after = 0 if is_last else _NEAR
    if len(words) <= before + after + 4:
        yield Piece("same", _joined(words))
        return
    start, end = _joined(words[:before]), _joined(words[len(words) - after :])
    yield Piece("same", f"{start}… {end}" if after else f"{start}…")


def _joined(words: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{word}{blank}" for word, blank in words)

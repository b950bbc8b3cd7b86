"""Which of several choices a judge's reply names: read where it is said, never guessed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.verdict import graded, listed, shorten
from promptci.scorers.judged.reply import Unusable, object_in, said_in, unwrapped
from promptci.specs.completion import Completion

Choice: TypeAlias = tuple[str, float]
"""What a judge may say, and the score that it gives."""

_AROUND = " \t\r\n.!*_\"'`()[]"
_LABEL = re.compile(
    r"(?:[^\W\d_][\w' -]{0,40}[:=]|(?:so,? )?(?:my|the) [\w ]{0,40}\bis\b:?|(?:#+|[->=]+) )\s*"
)
_NEGATED = re.compile(
    r"(?:\b(?:not|no|never|cannot|neither|nor|hardly|barely|without|anything but)|n['\u2019]t)"
    r"\b[^.,;:!?\n]{0,30}$"
)


def read_choice(completion: Completion, choices: Sequence[Choice]) -> Score:
    """The score of the choice that a reply names, with the judge's reason.

    Raises `Unusable` where it names none, or several.
    """
    text = said_in(completion)
    reply = object_in(text)
    if reply is not None:
        return _of_object(reply, choices)
    return score_of(find_choice(text, choices), text)


def score_of(found: Choice, reason: str) -> Score:
    """The score of a choice, for a reason."""
    label, value = found
    return replace(graded(value, f"the judge says {shorten(reason, 150)}"), label=label)


def find_choice(text: str, choices: Sequence[Choice]) -> Choice:
    """The choice that a reply in words names.

    It is the whole reply, or the only one named, not denied, or else what the last line says alone
    or behind a word such as "Answer:". Case does not count; `1` is neither in `10` nor `1.5`.
    Raises `Unusable`.
    """
    lines = unwrapped(text).casefold().splitlines()
    whole = _bare("\n".join(lines), choices)
    if whole is not None:
        return whole
    named = list(_named("\n".join(lines), choices))
    different = dict.fromkeys(choice for choice, _ in named)
    if len(different) == 1 and not any(denied for _, denied in named):
        return next(iter(different))
    last = next((line for line in reversed(lines) if line.strip(_AROUND)), "")
    final = _bare(_LABEL.sub("", last.strip(_AROUND), count=1), choices)
    if final is not None and different:
        return final
    raise _unusable(text, tuple(choice for choice, _ in choices), [name for name, _ in different])


def _of_object(reply: Mapping[str, Plain], choices: Sequence[Choice]) -> Score:
    said = reply.get("choice")
    wanted = _as_said(said).casefold()
    found = next((choice for choice in choices if choice[0].casefold() == wanted), None)
    if found is None:
        known = listed(tuple(choice for choice, _ in choices), most=5)
        raise Unusable(f"named none of the choices {known}: {shorten(said)}")
    reason = reply.get("reason")
    return score_of(found, reason if isinstance(reason, str) and reason.strip() else found[0])


def _as_said(said: Plain) -> str:
    """What stands for a choice in JSON, as it is written in the list of choices."""
    if isinstance(said, bool):
        return str(said).lower()
    if isinstance(said, int | float):
        return f"{said:g}"
    return said.strip() if isinstance(said, str) else ""


def _bare(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that is all of a text, but for marks around it."""
    forms = (text.strip(), text.strip(_AROUND))
    return next((choice for choice in choices if choice[0].casefold() in forms), None)


def _named(text: str, choices: Sequence[Choice]) -> Iterator[tuple[Choice, bool]]:
    """The choices named in a text, long ones before those inside them, and whether it is denied."""
    taken: list[tuple[int, int]] = []
    for choice in sorted(choices, key=lambda each: -len(each[0])):
        word = re.escape(choice[0].casefold())
        for found in re.finditer(rf"(?<!\w)(?<!\d[.,])(?<!-){word}(?!\w)(?![.,]\d)", text):
            start, end = found.span()
            if not any(start < last and first < end for first, last in taken):
                taken.append((start, end))
                yield choice, _NEGATED.search(text, max(0, start - 60), start) is not None


def _unusable(text: str, known: Sequence[str], named: Sequence[str]) -> Unusable:
    if named:
        said = listed(tuple(named), most=5)
        return Unusable(f"named {said} and no one of them as its verdict: {shorten(text)}")
    return Unusable(f"named none of the choices {listed(tuple(known), most=5)}: {shorten(text)}")

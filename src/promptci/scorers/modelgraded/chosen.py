"""Which of several choices a judge's reply names: read where it is said, never guessed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.verdict import graded, listed, shorten
from promptci.scorers.modelgraded.reply import Unusable, object_in, said_in, unwrapped
from promptci.specs.completion import Completion

_Choice: TypeAlias = tuple[str, float]
"""What a judge may say, and the score that it gives."""

_AROUND = " \t\r\n.!*_\"'`()[]"
_LABEL = re.compile(
    r"(?:[^\W\d_][\w' -]{0,40}[:=]|(?:so,? )?(?:my|the) [\w ]{0,40}\bis\b:?|(?:#+|[->=]+) )\s*"
)
_NEGATED = re.compile(
    r"(?:\b(?:not|no|never|cannot|neither|nor|hardly|barely|without|anything but|refuse\w*)"
    r"|n['\u2019]t)\b[^.,;:!?\n]{0,30}$"
    r"|\b(?:ask(?:s|ed)?|wants?|wanted|tells?|told|instruct\w*|demand\w*|request\w*|says|said|wrote"
    r"|writes|claims|claimed|quotes|should)\b[^.;!?\n]{0,60}$"
    r"|\b(?:partially|partly|mostly|largely|almost|nearly|half|somewhat)\s$",
    re.IGNORECASE,
)
"""Words before a choice that is denied, half meant, or what somebody else would like."""

_DETERMINES = re.compile(r"(?!\s(?:because|since|as|for|it|they|the|this|that|and|but)\b)\s[a-z]")
"""Words behind a `no` that belongs to them: `no errors`, `no longer`."""

_VERDICT = (
    r"(?:verdict|grade|rating|score|choice|decision|judge?ment|conclusion|stars?|result|label"
    r"|selection|assessment|overall)"
)
_STATED = re.compile(
    rf"""(?:^|[.!?]\s)[^\w\n]*(?:so,?\s|therefore,?\s|thus,?\s)?
    (?:(?:(?:my|the)\s)?(?P<final>final\s|overall\s|total\s)?(?:{_VERDICT}|answer)
        (?:\s*[:=]|[*_]*\n)
      |(?:(?:my|the)\s(?:final\s|overall\s)?{_VERDICT}|(?:my|the\sfinal)\sanswer)\sis:?
      |(?:therefore|thus|so|hence)[:,]
      |i(?:'d|\swould)?\s(?:choose|select|pick))
    [ \t]*\n?[^\w\n-]*(?P<said>\w[^\n]*)""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""Where a verdict is announced, and the rest of that line."""

_CALLED = re.compile(rf"(?:final_)?(?:{_VERDICT}|answer)", re.IGNORECASE)
"""Names of the member of an object that holds the verdict."""

_ASIDE = re.compile(
    r"reason\w*|explanation|rationale|why|justification|analysis|thoughts?|confidence|max\w*",
    re.IGNORECASE,
)
"""Names of members that hold none."""

_CONCLUDED = re.compile(
    r"""(?:\b(?:choose|select|pick|assign|go\swith|(?:grade|rate|mark)\s(?:it|this)(?:\sas)?
        |(?:fit|match|choice|option|grade|verdict)\sis)
      |\b(?:is|are|was)\b[^:\n]{1,40}:)
    \s(?:an?\s|option\s)?\W*(?P<said>[^\s.!*_]+)\W*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""The end of a reply that announces a result."""

_CLOSED = r"[*_`\"')\]]*(?:\W*(?:$|\n)|[.;:!\])]|\s(?:because|since)\b|,?\s[\u2013\u2014-]\s|\s\()"
"""What follows a choice that is all that its sentence says."""

_TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|second thought|correction|rather|instead|however|but|sorry|scratch|mistake"
    r"|hmm|or|no way|unsure|not sure|can't|cannot)\b",
    re.IGNORECASE,
)
_OUT_OF = re.compile(r"(?<![\d.,/])(?P<got>\d{1,3})\s?(?:/|out of)\s?(?P<most>\d{1,3})(?![\d/])")
_RANGE = re.compile(r"(?<![\d.,])\d{1,3}\s?(?:[-\u2013]|to)\s?\d{1,3}(?![\d.,]*\d)")
_UNIT = re.compile(r"(?<=\d)\s(?:stars?|points?)\Z", re.IGNORECASE)
_STARS = re.compile(r"(?:\u2b50\ufe0f?|\u2605)+")


def read_choice(completion: Completion, choices: Sequence[_Choice]) -> Score:
    """The score of the choice that a reply names, with the judge's reason.

    Raises `Unusable` where it names none, or several.
    """
    text = said_in(completion)
    reply = object_in(text)
    if reply is not None:
        return _of_object(reply, choices)
    return score_of(find_choice(text, choices), text)


def score_of(found: _Choice, reason: str) -> Score:
    """The score of a choice, for a reason."""
    label, value = found
    return replace(graded(value, f"the judge says {shorten(reason, 150)}"), label=label)


def find_choice(text: str, choices: Sequence[_Choice]) -> _Choice:
    """The choice that a reply in words names.

    It is the whole reply, or what it announces as its verdict, or the only one named, not denied,
    or else what its last line or its first sentence is. Case does not count, but for single
    letters; `1` is neither in `10` nor `1.5`, `4/5` is `4` where the most is 5. Raises `Unusable`.
    """
    text = _in_numbers(unwrapped(text), choices)
    whole = _bare(text, choices)
    if whole is not None:
        return whole
    named = list(_named(text, choices))
    different = dict.fromkeys(choice for choice, _ in named)
    stated = _stated(text, choices)
    if len(stated) == 1:
        return stated[0]
    if not stated and len(different) == 1 and not any(denied for _, denied in named):
        return next(iter(different))
    final = None if stated else _last_line(text, choices)
    if final is not None and different:
        return final
    lead = None if stated else _lead(text, choices)
    if lead is not None:
        return lead
    raise _unusable(text, tuple(choice for choice, _ in choices), [name for name, _ in different])


def _in_numbers(text: str, choices: Sequence[_Choice]) -> str:
    """A reply whose `4/5` and stars are plain numbers; of other scales and ranges none is left."""
    numbers = [int(name) for name, _ in choices if name.isdecimal()]
    if not numbers:
        return text

    def plain(match: re.Match[str]) -> str:
        return match["got"] if int(match["most"]) == max(numbers) else "?"

    text = _STARS.sub(lambda match: f" {len(match[0].replace(chr(0xFE0F), ''))} ", text)
    return _RANGE.sub("?", _OUT_OF.sub(plain, text))


def _stated(text: str, choices: Sequence[_Choice]) -> list[_Choice]:
    """What a reply announces as its verdict; only the final one where one is called so."""
    found = [
        (choice, match["final"] is not None)
        for match in _STATED.finditer(text)
        if (choice := _begun(match["said"], choices)) is not None
    ]
    found = [each for each in found if each[1]] or found
    concluded = _CONCLUDED.search(text)
    if concluded is not None and not _NEGATED.search(text[: concluded.start("said")]):
        choice = _bare(concluded["said"], choices)
        found += [] if choice is None else [(choice, True)]
    last = _bare(text.rstrip(_AROUND).rpartition("\n")[2], choices)
    said = [choice for choice, _ in found]
    return list(dict.fromkeys([*said, last] if said and last is not None else said))


def _begun(said: str, choices: Sequence[_Choice]) -> _Choice | None:
    """The choice that a line begins with and that is all that its sentence says."""
    for choice in sorted(choices, key=lambda each: -len(each[0])):
        if re.match(rf"{re.escape(choice[0])}(?!\w)(?![.,]\d){_CLOSED}", said, re.IGNORECASE):
            rest = said[len(choice[0]) :]
            return None if _TAKEN_BACK.search(rest) else choice
    return None


def _last_line(text: str, choices: Sequence[_Choice]) -> _Choice | None:
    """The choice that is all of the last line, or follows a label there and nowhere else."""
    lines = [line.strip(_AROUND) for line in text.splitlines() if line.strip(_AROUND)]
    said = [_bare(_LABEL.sub("", line, count=1), choices) for line in lines]
    is_sole = len(set(said) - {None}) == 1
    return said[-1] if is_sole else None


def _lead(text: str, choices: Sequence[_Choice]) -> _Choice | None:
    """The choice that is the first sentence, where no other line begins with one."""
    lines = [re.sub(r"^[-#> ]+ |[*_\"'`()\[\]]", "", line) for line in text.strip().splitlines()]
    leads = dict.fromkeys(choice for line in lines if (choice := _begun(line, choices)) is not None)
    first = _begun(lines[0], choices)
    is_settled = len(leads) == 1 and not _TAKEN_BACK.search(text)
    return first if is_settled else None


def _of_object(reply: Mapping[str, Plain], choices: Sequence[_Choice]) -> Score:
    """The score of the choice in an object: under `choice`, or as the only member that is one."""
    said = reply.get("choice")
    called = {name: each for name, each in reply.items() if _CALLED.fullmatch(name)}
    others = {name: each for name, each in reply.items() if not _ASIDE.fullmatch(name)}
    members = [said] if "choice" in reply else list((called or others).values())
    wanted = {_as_said(each, choices).casefold() for each in members}
    found = [choice for choice in choices if choice[0].casefold() in wanted]
    if len(found) != 1:
        known = listed(tuple(choice for choice, _ in choices), most=5)
        raise Unusable(f"named none of the choices {known}: {shorten(said or dict(reply))}")
    reason = reply.get("reason")
    said_why = isinstance(reason, str) and reason.strip()
    return score_of(found[0], str(reason) if said_why else found[0][0])


def _as_said(said: Plain, choices: Sequence[_Choice]) -> str:
    """A choice in JSON, as it is written in the list of choices."""
    if isinstance(said, bool):
        return str(said).lower()
    if isinstance(said, int | float):
        return f"{said:g}"
    if not isinstance(said, str):
        return ""
    bare = _bare(said, choices) or _bare(_UNIT.sub("", _in_numbers(said, choices)), choices)
    return bare[0] if bare else said.strip()


def _bare(text: str, choices: Sequence[_Choice]) -> _Choice | None:
    """The choice that is all of a text, but for marks around it."""
    folded = text.casefold()
    forms = (folded.strip(), folded.strip(_AROUND))
    return next((choice for choice in choices if choice[0].casefold() in forms), None)


def _named(text: str, choices: Sequence[_Choice]) -> Iterator[tuple[_Choice, bool]]:
    """The choices named in a text, long ones before those inside them, and whether it is denied.

    A single letter in the other case is a word, as in `a good answer`.
    """
    taken: list[tuple[int, int]] = []
    for choice in sorted(choices, key=lambda each: -len(each[0])):
        word = re.escape(choice[0])
        case = 0 if len(choice[0]) == 1 else re.IGNORECASE
        for found in re.finditer(rf"(?<!\w)(?<!\d[.,/])(?<!-){word}(?!\w)(?![.,]\d)", text, case):
            start, end = found.span()
            is_inside = start > 0 and text[start - 1] != "\n"
            is_word = is_inside and found[0].casefold() == "no" and _DETERMINES.match(text, end)
            if is_word or any(start < last and first < end for first, last in taken):
                continue
            taken.append((start, end))
            is_asked = text.startswith("?", end)
            is_denied = _NEGATED.search(text, max(0, start - 80), start) is not None
            yield choice, is_asked or is_denied


def _unusable(text: str, known: Sequence[str], named: Sequence[str]) -> Unusable:
    if named:
        said = listed(tuple(named), most=5)
        return Unusable(f"named {said} and no one of them as its verdict: {shorten(text)}")
    return Unusable(f"named none of the choices {listed(tuple(known), most=5)}: {shorten(text)}")

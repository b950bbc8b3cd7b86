"""The letter that lines of an answer pick: called right, alone, or before the text of an option."""

import re
from collections.abc import Iterator

from promptci.scorers.base.statements import statement_lines
from promptci.scorers.base.verdict import Unjudged
from promptci.scorers.values.letterforms import LetterForms

WRONG = re.compile(
    r"\b(?:wrong|incorrect|false|not\s+(?:correct|right|true|the|a|it)|isn't|can't\s+be|cannot\s+be"
    r"|eliminated?|ruled?\s+out)\b",
    re.IGNORECASE,
)
"""Words by which an answer calls an option wrong."""


def marked_line(text: str, found: LetterForms, options: dict[str, str]) -> str | None:
    """The one letter of several that is called right: each on a line, or with a mark behind it."""
    lines = [m for m in map(found.marked.fullmatch, statement_lines(text)) if m]
    right = [
        (match["letter"] or match["item"]).upper()
        for match in lines
        if match["right"] or match["good"]
    ]
    items = sum(1 for line in statement_lines(text) if found.item.fullmatch(line))
    if max(len(lines), items) > 1 and len(right) == 1:
        return right[0]
    verdicts = {item.casefold() for _, item in _items(text)}
    if len(verdicts) > 1 and verdicts <= _VERDICTS.keys():
        right = [letter for letter, item in _items(text) if _VERDICTS[item.casefold()]]
        if len(right) != 1:
            raise _unsettled([letter for letter, _ in _items(text)])
        return right[0]
    inline = list(found.inline.finditer(text))
    right = [match["letter"].upper() for match in inline if match["right"]]
    return right[0] if len(inline) > 1 and len(right) == 1 else None


def line_alone(text: str, found: LetterForms, options: dict[str, str]) -> str | None:
    """The last letter that is a line of its own."""
    letters = [m["letter"].upper() for m in map(found.alone.fullmatch, statement_lines(text)) if m]
    return _settled(letters)


def line_of_option(text: str, found: LetterForms, options: dict[str, str]) -> str | None:
    """The letter before the text of an option; those called wrong are left out."""
    items = [
        match
        for match in map(found.item.fullmatch, statement_lines(text))
        if match and not found.bracketed.search(match["text"])
    ]
    letters = [
        (item["letter"] or item["bare"]).upper()
        for item in items
        if not _calls_itself_wrong(item["text"], found)
    ]
    return _settled(letters)


def _calls_itself_wrong(text: str, found: LetterForms) -> bool:
    """Whether the text behind a letter says that it is wrong, and not another letter."""
    wrong = WRONG.search(text)
    return wrong is not None and not found.named.search(text[: wrong.start()])


def _settled(letters: list[str]) -> str | None:
    """The last letter, once lists of all options are left out.

    Raises `Unjudged` if there is nothing but a list.
    """
    rest = [letter for run in _runs(letters) if len(run) == 1 or run[0] != "A" for letter in run]
    if letters and not rest:
        raise _unsettled(letters)
    return rest[-1] if rest else None


def _runs(letters: list[str]) -> Iterator[list[str]]:
    """The letters cut where they do not rise."""
    run: list[str] = []
    for letter in letters:
        if run and letter <= run[-1]:
            yield run
            run = []
        run.append(letter)
    if run:
        yield run


_LETTERS = "ABCDEFGHIJ"

_MOST_LISTED = 2_000
"""Characters of a list of options."""

_MARKER = re.compile(r"(?<!\w)[(\[]?(?P<letter>[A-Z])[)\].:]\s+")
_VERDICTS = dict.fromkeys(["yes", "true", "correct", "right"], True) | dict.fromkeys(
    ["no", "false", "incorrect", "wrong"], False
)
"""What may be all that is said of an option: `(A) no (B) yes`."""

_TOLD = re.compile(
    r"\b(?:(?:in)?correct|wrong|right|true|false|yes|no|not|best|answer|because|since)\b|[.!?]\s+\S"
    r"|\n|[\u2705\u274c\u2713\u2714\u2717\u2718]",
    re.IGNORECASE,
)
"""What an item says that is no option's text alone."""


def refuse_bare_list(text: str, options: dict[str, str]) -> None:
    """Raise `Unjudged` where a text is no more than the options again, in lines or in one line."""
    letters = sorted(options) or [mark["letter"] for mark in _MARKER.finditer(text[:_MOST_LISTED])]
    if _is_bare_list(text, options):
        raise _unsettled(letters)


def _unsettled(letters: list[str]) -> Unjudged:
    return Unjudged(f"lists the choices {letters[0]} to {letters[-1]} and settles on none")


def _items(text: str) -> list[tuple[str, str]]:
    """The letters in a text that items begin with, each with its item."""
    marks = list(_MARKER.finditer(text[:_MOST_LISTED]))
    ends = [*(mark.start() for mark in marks[1:]), _MOST_LISTED]
    return [
        (mark["letter"], text[mark.end() : end].strip(" \t\n,;|."))
        for mark, end in zip(marks, ends, strict=False)
    ]


def _is_bare_list(text: str, options: dict[str, str]) -> bool:
    if len(text) > _MOST_LISTED:
        return False
    lines = [line.strip(" \t-*\u2022.,;").casefold() for line in text.split("\n") if line.strip()]
    if len(options) > 1 and sorted(lines) == sorted(options.values()):
        return True
    marks = list(_MARKER.finditer(text))
    named = "".join(mark["letter"] for mark in marks)
    if len(marks) < 3 or named != "".join(sorted(options) or _LETTERS[: len(marks)]):
        return False
    lead = text[: marks[0].start()].strip()
    if lead and lead[-1] not in ":?":
        return False
    items = [item for _, item in _items(text)]
    if options:
        return [item.casefold() for item in items] == [options[letter] for letter in named]
    return not any(_TOLD.search(item) for item in items)

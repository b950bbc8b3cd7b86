"""The head of the page: the verdict in a sentence, what to know beside it, what to do next."""

import re
from collections.abc import Callable, Sequence
from shlex import quote

from promptci.render.figures import counted
from promptci.render.html.labels import judge_anchor
from promptci.render.html.markup import Child, Markup, element, join, worded
from promptci.render.idlist import named
from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageEvalV1, PageJudgeV1
from promptci.secrets.safetext import on_one_line

_VERDICTS = {0: ("✓", "good", "Nothing blocks"), 1: ("✗", "bad", "Blocked")}
_LOOK = ("!", "open", "Nothing blocks, but look")
_ONE_SIDE = ("i", "open", "One side")
_OPEN = ("?", "open", "No verdict")
_FEW_NOTES = 4
_FEW_JUDGES = 3
_MOST_ASKING = 4
_MOST_RUN = 8
"""Evals that one command names."""

_MOST_HEADING = 160
"""Characters of the heading; what else the verdict says is a paragraph beneath it."""


def headline(page: PageV1) -> Markup:
    """The verdict, what was compared, and the notes."""
    sign, kind, word = _verdict(page)
    sides = (
        (element("b", page.head), " compared with ", element("b", page.base))
        if page.base
        else (element("b", page.head),)
    )
    first, rest = _parted(page.sentence)
    return element(
        "header",
        element(
            "p",
            element("span", sign, class_="sign", aria_hidden="true"),
            f" {word}",
            class_=f"verdict {kind}",
        ),
        element("h1", worded(first)),
        element("p", worded(rest), class_="lead") if rest else None,
        element("p", *sides, class_="sides"),
        element("p", worded(page.cost.sentence), class_="sides") if page.evals else None,
        *(element("p", each, class_="sides") for each in (_judges(page), _next(page)) if each),
        _notes([*page.cures, *(note for note in page.notes if note not in page.sentence)]),
    )


def _verdict(page: PageV1) -> tuple[str, str, str]:
    """A sign, its class, and a word."""
    if page.verdict_code is None:
        return _ONE_SIDE
    return _LOOK if page.needs_look else _VERDICTS.get(page.verdict_code, _OPEN)


def _judges(page: PageV1) -> Child:
    """Whether the judges are to be trusted."""
    if page.judges:
        few = page.judges[:_FEW_JUDGES]
        said = [
            (" ", element("a", j.name, href=f"#{judge_anchor(j.name)}"), asked_by(j), _agreed(j))
            for j in few
        ]
        more = len(page.judges) - len(few)
        return join("Judges against people:", *said, f" {more:,} more." if more else None)
    if page.cost.judges_apart:
        return worded("How far its judges agree with people is not known: `promptci judge` tells.")
    return None


def asked_by(judge: PageJudgeV1) -> str:
    """Which evals ask a judge, in brackets."""
    asking = f"asked by {named(judge.evals, _MOST_ASKING)}"
    return f" ({asking if judge.evals else 'no eval here asks it'})"


def _agreed(judge: PageJudgeV1) -> str:
    return f" says of {judge.agreed:,} of {counted(judge.judged, 'output')} what they say."


def _next(page: PageV1) -> Child:
    """What to do about losses that block, or answers that are missing."""
    lost = _to_run(page, lambda each: bool(each.blocks) and each.lost > each.accepted)
    mute = _to_run(page, lambda each: each.state == "no verdict" and each.errors > 0)
    if page.verdict_code == 1 and page.base_rev and lost:
        accepted = "or accept what is wanted by the command beneath an example"
        return worded(f"Next: fix it and `{lost}`, {accepted}.")
    if page.verdict_code == 3 and mute and mute not in page.sentence:
        return worded(f"Next: `{mute}` asks again for what is missing.")
    return None


def _to_run(page: PageV1, is_meant: Callable[[PageEvalV1], bool]) -> str:
    """The command that evaluates some evals, as far as they are those of the files."""
    meant = (each.eval for each in page.evals if is_meant(each) and each.eval not in page.elsewhere)
    names = [quote(on_one_line(name)) for name in dict.fromkeys(meant)]
    return " ".join(("promptci run", *names[:_MOST_RUN])) if names else ""


def _parted(sentence: str) -> tuple[str, str]:
    """The sentences that make a heading, and those that would make it too long for one."""
    first, *others = re.split(r"(?<=[.!?]) (?=[A-Z`\d])", sentence)
    while others and len(first) + len(others[0]) < _MOST_HEADING:
        first = f"{first} {others.pop(0)}"
    return first, " ".join(others)


def _notes(notes: Sequence[str]) -> Child:
    if not notes:
        return None
    items = element("ul", (element("li", worded(note)) for note in notes), class_="notes")
    if len(notes) <= _FEW_NOTES:
        return items
    return element("details", element("summary", f"{len(notes):,} notes"), items, open=True)

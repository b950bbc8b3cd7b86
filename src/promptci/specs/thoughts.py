"""What a model thought before it answered, kept apart from the answer."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from promptci.latepattern import late
from promptci.specs.channels import by_channel
from promptci.specs.completion import Completion, Outcome

_NAMES = r"(?:(?:seed:|ant_?)?think(?:ing)?|thoughts?|reason(?:ing)?|reflection|thought_process"
_NAMES += r"|chain_of_thought|cot|scratch_?pad|inner_(?:monologue|thoughts?))"
_OPEN = rf"<(?P<angle>{_NAMES})(?:\s[^<>]{{0,100}})?>|\[(?P<square>think|thinking|reasoning)\]"
_OPEN += r"|\u25c1think\u25b7|<\|begin_of_thought\|>|<\|(?:start_)?think(?:ing)?\|>|<unused94>"
_OPEN += r"|&lt;think(?:ing)?&gt;|<\|channel>\s*(?:thoughts?|analysis)\b"

_OPENING = late(_OPEN, re.IGNORECASE)
_CLOSE = rf"</{_NAMES}\s*>|\[/(?:think|thinking|reasoning)\]"
_CLOSE += r"|\u25c1/think\u25b7|<\|end_of_thought\|>|<\|(?:/|end_)think(?:ing)?\|>|<unused95>"
_CLOSE += r"|&lt;/think(?:ing)?&gt;|<channel\|>"
_CLOSING = late(_CLOSE, re.IGNORECASE)
_TAG = late(rf"(?P<closing>{_CLOSE})|{_OPEN}", re.IGNORECASE)
_WRAPPERS = (
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<response>", "</response>"),
)
"""What OpenThinker, Command A and Granite put around the answer behind their thoughts."""

_MARKS = ("<", "[", "\u25c1", "&lt;")
"""What every tag has one of."""

_WORDS = (
    *("think", "thought", "reason", "reflection", "cot", "scratch", "monologue"),
    *("unused9", "channel"),
)
"""What every tag has one of, in small letters."""

_WITHIN = ("think", "thinking")
"""Tags that are thoughts also where they begin a line in the middle; others may be asked for."""

_CODE = late(r"(?P<fence>^[ \t]*(`{3,}|~{3,})).*?(?:^[ \t]*\2|\Z)|`[^`\n]{1,200}`", re.M | re.S)
_QUOTES = ('"', "'", "`", "\u201c", "\u201d", "\u2018", "\u2019", "\u00ab", "\u00bb")

Spans = tuple[list[int], list[int]]
"""Where pieces of code begin, and where they end."""


class Split(Struct, frozen=True):
    """A text taken apart: what was thought, and what was answered."""

    thoughts: str
    answer: str


def without_thoughts(completion: Completion) -> Completion:
    """An answer without the thoughts in its text, which join those that the server kept apart.

    Where nothing but thoughts was said there was no answer: the outcome is `empty` instead of `ok`.
    """
    text = completion.text
    if text and not text.isspace() and not _may_hold_tags(text):
        return completion
    split = split_thoughts(text)
    is_spent = not (split.answer.strip() or completion.tool_calls)
    thoughts = "\n\n".join(filter(None, (completion.thoughts, split.thoughts)))
    outcome: Outcome = completion.outcome
    if is_spent and thoughts and outcome == "ok":
        outcome = "empty"
    return replace(completion, text=split.answer, thoughts=thoughts, outcome=outcome)


def _may_hold_tags(text: str) -> bool:
    """Whether a tag may be in a text, told without looking for one: most answers have none.

    Outside ASCII there are letters that are others in capitals.
    """
    for mark in _MARKS:  # `any` takes three times as long, for every answer
        if mark in text:
            break
    else:
        return False
    lowered = text.lower()
    return not text.isascii() or any(word in lowered for word in _WORDS)


def separate_thoughts(completion: Completion, thoughts: Literal["apart", "keep"]) -> Completion:
    """An answer as a prompt wants it judged: without what was thought, unless that is kept."""
    return without_thoughts(completion) if thoughts == "apart" else completion


def split_thoughts(text: str) -> Split:
    """Take `<think>…</think>` and similar tags out of a text.

    Thoughts are at the beginning, with or without the tag that opens them, in the middle on
    lines of their own, or anywhere behind other thoughts; without a tag that closes them they
    reach to the end. Tags in code, in quotes and in JSON are part of the answer.
    """
    if "<|channel|>" in text:
        return Split(*map(_joined, by_channel(text)))
    if not _CLOSING.search(text) and not _OPENING.search(text):
        return Split("", text)
    if _is_json(text):
        return Split("", text)
    found: list[str] = []
    pieces: list[str] = []
    start = _headless(text, found)
    for begin, inner, end, after in _blocks(text, start):
        pieces.append(text[start:begin])
        found.append(text[inner:end])
        start = after
    if not found:
        return Split("", text)
    pieces.append(_behind_strays(text[start:], found))
    answer = _joined(pieces)
    return Split(_joined(found), _unwrapped(answer))


def _behind_strays(rest: str, found: list[str]) -> str:
    """What follows the last tag that closes nothing; what precedes it if nothing follows."""
    strays = list(_outside(_CLOSING, rest, _spans(rest)))
    if not strays:
        return rest
    if not rest[strays[-1].end() :].strip():
        return rest[: strays[0].start()]
    found.append(rest[: strays[-1].start()])
    return rest[strays[-1].end() :]


def _unwrapped(answer: str) -> str:
    """An answer without the marks that some models put around it behind their thoughts."""
    for opening, closing in _WRAPPERS:
        if answer.startswith(opening):
            return answer.removeprefix(opening).removesuffix(closing).strip()
    return answer


def _joined(pieces: list[str]) -> str:
    return "\n\n".join(filter(None, map(str.strip, pieces)))


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in tuple('{["'):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _headless(text: str, found: list[str]) -> int:
    """Behind the first closing tag where no tag opens it, as some chat templates give it."""
    code = _spans(text)
    closing = next(_outside(_CLOSING, text, code), None)
    opening = next(_outside(_OPENING, text, code), None)
    if closing is None or (opening is not None and opening.start() < closing.start()):
        return 0
    found.append(text[: closing.start()])
    return closing.end()


def _blocks(text: str, start: int) -> Iterator[tuple[int, int, int, int]]:
    """Each thought that a tag opens: where its tag, itself, its end and what follows begin."""
    within = start > 0 or not text.lstrip().startswith(("<", "{"))
    seen, is_first, is_blank, has_thought = start, True, True, start > 0
    code = _spans(text)
    known: Spans | None = code
    for opening in _outside(_OPENING, text, code):
        begin = opening.start()
        if begin < start:
            continue
        before, newline, line = text[seen:begin].rpartition("\n")
        is_first = is_first and not (before.strip() or line.strip())
        is_blank = (is_blank or bool(newline)) and not line.strip()
        seen = begin
        is_thought = _named(opening).removeprefix("seed:") in _WITHIN and within
        if is_first or (is_thought and (is_blank or has_thought)):
            end, after = _end(text, opening, known)
            if end == after and not (is_first or is_blank):
                has_thought = False  # nothing closes it, nor any further one
                continue
            start, has_thought = after, True
            if known and _is_shown(text, end, start, known):
                known = None  # another search outside code would be as vain
            seen, is_first, is_blank, within = start, True, True, True
            yield begin, opening.end(), end, start


def _end(text: str, opening: re.Match[str], code: Spans | None) -> tuple[int, int]:
    """Where a thought ends, and where what follows it begins.

    A tag inside of it opens a thought of its own, unless the tags do not come out even. Tags in
    code count only where there is no end without them: thoughts may break off inside a fence.
    """
    last = None
    after = opening.end()
    bare = () if code is None else _outside(_TAG, text, code, after)
    for tags in (bare, _TAG.finditer(text, after)):
        depth, last = 1, None
        for match in tags:
            if match["closing"] is None:
                depth += _named(match) == _named(opening)
                continue
            depth -= 1
            last = match
            if not depth:
                return match.span()
    return (len(text), len(text)) if last is None else last.span()


def _named(match: re.Match[str]) -> str:
    return (match["angle"] or match["square"] or "think").lower()


def _spans(text: str) -> Spans:
    found = [match.span() for match in _CODE.finditer(text)] if "`" in text or "~~~" in text else []
    return [begin for begin, _ in found], [end for _, end in found]


def _outside(
    pattern: re.Pattern[str], text: str, code: Spans, after: int = 0
) -> Iterator[re.Match[str]]:
    """Matches that are neither in code nor between quotation marks."""
    for match in pattern.finditer(text, after):
        if not _is_shown(text, *match.span(), code):
            yield match


def _is_shown(text: str, start: int, end: int, code: Spans) -> bool:
    """Whether a tag is in code or between quotation marks."""
    begins, ends = code
    index = bisect_right(begins, start) - 1
    if index >= 0 and start < ends[index]:
        return True
    return start > 0 and text[start - 1] in _QUOTES and text[end : end + 1] in _QUOTES

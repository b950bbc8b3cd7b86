"""Where an answer says its result."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from promptci.scorers.base.verdict import Unjudged

T = TypeVar("T")

MOST = 20
"""Places looked at, from the end: who concludes says so once or twice."""

_TAIL = 100_000
_LONGEST = 300

_RIGHT = (
    r"(?:correct|right|real|true|actual)\x20"
    r"(?:number|total|value|figure|count|sum|amount|result|one)"
)
_GRADE = r"(?:my|overall|final|confidence)\x20(?:score|rating|grade)|(?<!-)final(?=[*_]*\s?:)"
_ABROAD = r"respuesta|respuesta\x20final|réponse|antwort|endergebnis|resposta|risposta"
_IS = r"is|was|are|would\x20be|must\x20be|es|est|ist|é|è"
_MARKED = re.compile(
    r"(?P<hashes>^[ \t]*\#{4,}[ \t]*)(?=\S)"
    r"|(?P<boxed>\\(?:boxed|fbox)\s*(?:\{|(?=[\d-])))"
    r"|(?P<tagged><(?:final_?)?answer>)"
    rf"|\b(?P<said>answers?|solution|final\x20result|{_RIGHT}|{_GRADE}|{_ABROAD})\b"
    r"(?:\s+(?:to|for)\s+(?:this|that|the|your)\s+\w+)?"
    rf"[\"'*_`)]*\s{{0,3}}(?:[:=\uff1a]|\b(?:{_IS})\b"
    r"|(?=[*_]*\s*\n))"
    r"|\bto\x20be\x20(?:exact|precise)[,:]?\x20(?=\D?\d)"
    r"|(?P<abroad>ответ|答案|回答|答え)\s{0,3}[:=\uff1a是为為]",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_MARKS = (
    *(
        "answer",
        "final",
        "soluti",
        "result",
        "correct",
        "right",
        "real",
        "true",
        "actual",
        "score",
        "rati",
    ),
    *(
        "grade",
        "confidence",
        "respuesta",
        "r\xe9ponse",
        "antwort",
        "ergebnis",
        "resposta",
        "risposta",
    ),
    *("to be ", "\u043e\u0442\u0432\u0435\u0442", "\u7b54", "####", "boxed", "fbox"),
)
"""One of these is in each such place; to look for them first is a tenth of the work."""

_CORRECTED = re.compile(
    r"\b(?:wait|actually|correction|scratch\s+that|on\s+second\s+thought|let\s+me\s+re\w+"
    r"|i\s+made\s+an?\s+(?:mistake|error))\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"[\s*:]*(?:not|n't|nicht|no)\b", re.IGNORECASE)
_JUDGED = re.compile(
    r"(?:(?:\w+ly|not|very|quite)\s+){0,2}(?:in)?(?:correct|right|wrong|accurate|clear|complete"
    r"|good|unclear|unknown)\b",
    re.IGNORECASE,
)
"""What is said of an answer that is elsewhere."""

_EMPTY = re.compile(r"\\(?:boxed|fbox)\s*\{[\s$.\\)\]}]*\Z")
_END = re.compile(
    r"(?<!\d)(?<!i\.e)(?<!e\.g)[.!?](?=\s|$)|(?<!i\.e)(?<!e\.g)[.!?](?=\s+\D|\s*$)|\n|\s\("
    r"|,?\s+(?:not|because|since|as|rather|out\s+of)\b"
    r"|</(?:final_?)?answer>",
    re.IGNORECASE,
)
_RUN_ON = re.compile(
    r"^[ \t*#]{0,6}(?:question|q|problem|human|user|example)[ \t]{0,3}\d{0,4}[ \t]{0,3}:",
    re.I | re.M,
)
_RESTATED = re.compile(r"=|\u2248|\\approx(?![A-Za-z])|,?\s+i\.e\.,?\s")
_OR_ELSE = re.compile(r"\d\s(?:or|oder|ou)\s[A-Za-z]\s?=")
_ALONE = re.compile(r"[$\u20ac\xa3]?-?\d[\d,]*(?:\.\d+)?%?")
_SUM = re.compile(r"\d\s?[-+*/x\u00d7\u00f7\u00b7]\s?[$\u20ac\xa3]?\d")
_STEP = re.compile(
    r"[ \t*_#:]*\n[\s*_#]*(?:\d{1,2}[.)]\s|(?:step|schritt|étape|paso)\s?\d)", re.IGNORECASE
)
_BELOW = re.compile(r"[ \t*_#:]*\n\s*(?:\S+[ \t]+){3}[^\n]*\n\s*\S")
"""The beginning of a way to an answer, below a heading such as `Solution`."""
_CALLED = re.compile(
    r"(?P<part>\S{1,60})\s(?:is|are)\s(?:therefore\s)?(?:the|our|my)\s(?:final\s|correct\s"
    r"|right\s)?"
    r"(?:answer|solution|result)\b(?!\s*(?:[:,]|is\b))",
    re.IGNORECASE,
)
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.{1,300}?)(?<=\S)\1")


def final_answer(
    text: str, read: Callable[[str], T | None], *, equations: bool = False
) -> T | None:
    """What can be read of the last place where a text states its answer; None if nowhere.

    Behind `####`, in `\\boxed{}` or `<answer>`, after "the answer is", else in bold in the last
    line. Further questions that a model asks and answers itself behind its own do not count. Raises
    `Unjudged` for an empty box at the end. Of
    `x = 5` the 5 is read, or with `equations` all of it first.
    """
    tail = text[-_TAIL:]
    if _EMPTY.search(tail):
        raise Unjudged("the box at its end is empty")
    first = _MARKED.search(tail) if _may_be_marked(tail) else None
    run_on = _RUN_ON.search(tail, first.end()) if first else None
    if run_on is not None:
        found = next(_readable(_stated(tail[: run_on.start()], equations), read), None)
        if found is not None:
            return found
    stated = next(_readable(_stated(tail, equations), read), None) if first else None
    return stated or next(_readable((*_called(tail), *_bold(tail, equations)), read), None)


def _may_be_marked(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _MARKS)


def _called(text: str) -> Iterator[str]:
    """What precedes "is the answer", the last one first."""
    for match in list(_CALLED.finditer(text[-_LONGEST * 3 :]))[::-1]:
        yield match["part"].strip("*_`\"'()")


def _readable(parts: Iterable[str], read: Callable[[str], T | None]) -> Iterator[T]:
    return (found for part in parts if (found := read(part)) is not None)


def _stated(text: str, equations: bool) -> Iterator[str]:
    """The places in which an answer is announced, the last one first."""
    for match in list(_MARKED.finditer(text))[: -MOST - 1 : -1]:
        if match["boxed"]:
            rest = text[match.end() : match.end() + _LONGEST]
            yield boxed(text, match.end()) if match[0].endswith("{") else rest.split()[0]
        elif match["hashes"]:
            yield text[match.end() :].partition("\n")[0][:_LONGEST]
        elif match["tagged"]:
            yield re.split(r"</", text[match.end() : match.end() + _LONGEST], maxsplit=1)[0]
        elif _is_heading(text, match) or not (part := _sentence(text, match.end())):
            continue
        elif (
            not _DENIED.match(part)
            and not _JUDGED.match(part)
            and not _CORRECTED.search(text, match.end())
        ):
            yield from (part, _restated(part)) if equations else (_restated(part),)


def _is_heading(text: str, match: re.Match[str]) -> bool:
    """Whether the way to an answer follows: steps, or for a `Solution` several lines."""
    if _STEP.match(text, match.end()):
        return True
    below = _BELOW.match(text, match.end())
    return below is not None and (match["said"] or "").lower() == "solution"


def _sentence(text: str, start: int) -> str:
    """The rest of the sentence."""
    rest = text[start : start + _LONGEST].lstrip(" \t\r\n*_`\"':$")
    before = text[start : start + _LONGEST - len(rest)][-1:]
    end = _END.search(rest)
    part = rest[: end.start()] if end else rest
    return (before if before == "$" else "") + part.strip(" \t\r\n*_`\"'")


def _restated(part: str) -> str:
    """What follows the last `=`, `≈` or `i.e.`; before it in `72 = 48 + 24`."""
    if _OR_ELSE.search(part):
        return part
    parts = [each.strip(" \t\r\n*_`\"'") for each in _RESTATED.split(part) if each.strip()]
    is_working = len(parts) > 1 and _SUM.search(parts[-1]) and _ALONE.fullmatch(parts[-2])
    return "".join(parts[-2:-1] if is_working else parts[-1:])


def boxed(text: str, start: int) -> str:
    """The content of braces that were opened just before `start`."""
    depth = 1
    for index in range(start, min(len(text), start + 10 * _LONGEST)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if not depth:
            return text[start:index]
    return text[start : start + _LONGEST]


def _bold(text: str, equations: bool) -> Iterator[str]:
    """What is bold in the last line, the last such part first; a label with a colon is none."""
    last = text.rstrip().rpartition("\n")[2][-_LONGEST * 3 :]
    for match in list(_BOLD.finditer(last))[::-1]:
        if not match[2].endswith(":") and not last.startswith(":", match.end()):
            yield match[2] if equations else _restated(match[2])

"""A scorer for mathematics that may be written in more than one way."""

import json
import re
from contextlib import suppress
from importlib.util import find_spec
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.extras import needs_extra
from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.sandbox.child.limits import patience
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.errand import Report, SandboxJobs, death
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import (
    PASSED,
    NoVerdict,
    Unjudged,
    as_read,
    failed,
    listed,
    shorten,
)
from promptci.scorers.base.wanted import wanted
from promptci.scorers.values.finalanswer import final_answer
from promptci.scorers.values.mathplaces import places, without_unit
from promptci.scorers.values.mathspelling import with_periods
from promptci.scorers.values.mathtext import MathTree, NotMath, read_math
from promptci.scorers.values.mathwords import only_word, says, told
from promptci.specs.request import Asking
from promptci.templates.template import as_text

Read: TypeAlias = tuple[str, MathTree]
"""An expression as it is written, and read."""

Goals: TypeAlias = tuple[Read, ...]


_LAYOUT = re.compile(r"[\s$.]+|\\[,;:! ]|\\(?:left|right)(?![A-Za-z])")
_LETTERS = re.compile(r"(?<!\\)\b[A-Za-z]")


class MathOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Both sides are read as LaTeX or plain formulas; neither is run as code."""

    value: Annotated[
        str | int | float | list[str | int | float] | UnsetType,
        Meta(description="the expression, or a list of expressions"),
    ] = UNSET
    seconds: Annotated[
        float, Meta(gt=0, le=60, description="processor time that a comparison may take")
    ] = 5.0


def math_equal(options: MathOptions, binding: ScorerContext) -> Judge | None:
    """The output's final expression equals the one wanted: 2\\sqrt{3} and \\sqrt{12}, 1/2 and 0.5.

    What the output calls its answer counts (`\\boxed{}`, `####`, "the answer is"), else its last
    formula, else its last line. Expressions, equations, pairs, intervals, sets and ± are
    understood; `\\text{Monday}`, `Monday` and `11:30` are compared as words. SymPy compares the
    others in a child process with limits; it comes with the extra `math`.
    """
    if find_spec("sympy") is None:
        binding.fault(needs_extra("`math_equal`", "math"))
    goals = wanted(binding, options.value, _golden)
    jobs = SandboxJobs.of("algebra", {})

    def judge(subject: Subject) -> Score | Asking[Score]:
        expected = goals(subject)
        for text, tree in expected:
            if tree[0] == "words" and says(subject.output, tree[1]):
                return as_read(PASSED, text)
        given = _without_unit(_final(subject.output), expected)
        if given is None:
            return failed(f"no mathematics in {shorten(subject.output)}")
        for text, tree in expected:
            if _alike(given, text) or given[1] == tree or _bare(given) == _bare((text, tree)):
                return as_read(PASSED, text)
        return _compare(jobs, options.seconds, given, expected)

    return judge


def _alike(given: Read, text: str) -> bool:
    """Whether two expressions are written alike, but for spaces and signs of layout."""
    return _LAYOUT.sub("", given[0]) == _LAYOUT.sub("", text)


def _without_unit(given: Read | None, expected: Goals) -> Read | None:
    """A number without its unit, where what is wanted has no letters."""
    if given is None or any(_LETTERS.search(text) for text, _ in expected):
        return given
    bare = without_unit(given[0])
    return (_read(bare) if bare else None) or given


def _bare(read: Read) -> MathTree:
    """A percentage as its number: `10%` where the other side, that asks for it, says `10`."""
    text, tree = read
    is_share = "%" in text and tree[0] == "div" and tree[2] == ["num", "100"]
    return [*tree[1]] if is_share else tree


def _compare(jobs: SandboxJobs, seconds: float, given: Read, expected: Goals) -> Asking[Score]:
    trees = [tree for _, tree in expected if tree[0] != "words"]
    texts = tuple(text for text, _ in expected)
    why = f"found {shorten(given[0])}, expected {listed(texts)}"
    if not trees:
        return failed(why)
    job = {
        "given": given[1],
        "wanted": trees,
        "seconds": seconds,
        "clock": patience(seconds),
    }
    report = yield from jobs.run(job)
    score = _verdict(report, why)
    return as_read(score, texts[0] if score.passed else given[1])


def _verdict(report: Report, why: str) -> Score:
    """The score; what could not be worked out within the limits is not the same as far as known."""
    try:
        said = json.loads(report.output)
    except ValueError:
        said = {"same": None, "why": death(report)}
    if said.get("fault"):
        raise NoVerdict(str(said["fault"]))
    if said.get("same"):
        return PASSED
    more = said.get("why")
    return failed(f"{why} ({more})" if more else why)


def _golden(value: Plain) -> Read:
    """What is wanted. Raises `Unjudged` for what is no mathematics."""
    text = as_text(value)
    found = None if told(text) else _final(text)
    words = told(text) or only_word(text)
    if found is None and words:
        return text.strip(), ["words", words]
    if found is None:
        raise Unjudged(f"{shorten(value, 40)} is no mathematics that can be read")
    return found


def _final(text: str) -> Read | None:
    """The expression that a text ends in."""
    text = with_periods(text)
    stated = final_answer(text, _read, equations=True)
    if stated is not None:
        return stated
    return next((found for part in places(text) if (found := _read(part))), None)


def _read(part: str) -> Read | None:
    for text in filter(None, (part, without_unit(part))):
        with suppress(NotMath):
            return text.strip(), read_math(text)
    return None


SCORERS = {
    "math_equal": Scorer(
        math_equal,
        MathOptions,
        "the expression that results equals the one wanted, by SymPy",
        "value",
        version=9,
        example="math_equal: 2\\sqrt{3}",
    ),
}

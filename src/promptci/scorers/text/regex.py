"""Regular expressions."""

import re
from typing import Annotated

from msgspec import Meta

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.patterns import PatternError, compile_pattern, search
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, failed, shorten

_PLACEHOLDER = re.compile(r"\{\{\s*\w[\w.]*\s*\}\}")


class RegexOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pattern in the syntax of Python's `re`, and Unicode classes such as `\\p{Lu}`."""

    pattern: Annotated[str, Meta(description="what is searched for")]
    fullmatch: Annotated[bool, Meta(description="match the whole output")] = False
    ignore_case: Annotated[bool, Meta(description="match letters of either case")] = False
    multiline: Annotated[bool, Meta(description="`^` and `$` also match at line ends")] = False
    dot_all: Annotated[bool, Meta(description="`.` also matches line ends")] = False
    fuzzy: Annotated[
        bool, Meta(description="`{e<=1}` behind an item allows one error, as `regex` has it")
    ] = False


def regex(options: RegexOptions, binding: ScorerContext) -> Judge | None:
    """The output matches the regular expression."""
    try:
        pattern = compile_pattern(
            options.pattern,
            ignore_case=options.ignore_case,
            multiline=options.multiline,
            dot_all=options.dot_all,
            fuzzy=options.fuzzy,
        )
    except PatternError as error:
        binding.fault(str(error), "pattern")
        return None
    if _PLACEHOLDER.search(options.pattern):
        wrong = "a pattern is no template, so `{{ … }}` in it is literal"
        binding.warn(f"{wrong}: use `contains` or `equals` for a text with variables", "pattern")

    def judge(subject: Subject) -> Score:
        if search(pattern, subject.output, whole=options.fullmatch):
            return PASSED
        return failed(f"no match of {shorten(options.pattern)} in {shorten(subject.output)}")

    return judge


SCORERS = {
    "regex": Scorer(
        regex,
        RegexOptions,
        "the output matches the pattern",
        "pattern",
        version=2,
        example="regex: '^order \\d{6}$'",
    ),
}

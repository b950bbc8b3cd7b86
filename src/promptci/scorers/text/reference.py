"""Reference texts that an output is compared with, and how both are taken apart."""

from collections.abc import Callable
from string import punctuation, whitespace
from typing import Annotated, Any, TypeAlias, TypeVar

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options, Share
from promptci.scorers.base.scorer import Judge
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged, graded, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.text.cleaning import Word
from promptci.templates.template import as_text

T = TypeVar("T")

MAX_TEXT = 1_000_000
"""Characters of a text that is taken apart."""

References: TypeAlias = Annotated[
    Word | list[Word] | UnsetType, Meta(description="the reference, or a list of references")
]


class OverlapOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """References, and the least value that passes."""

    value: References = UNSET
    ignore_case: Annotated[bool, Meta(description="compare lower-case texts")] = False
    threshold: Annotated[Share, Meta(description="the least value that passes")] = 0.5


def nearest(
    binding: ScorerContext,
    value: Any,
    tokens: Callable[[str], Any],
    prepare: Callable[[Any], T],
    compare: Callable[[Any, T], float],
    *,
    hint: str = "",
) -> Judge:
    """The greatest agreement with any one reference; `hint` is for one without any token."""

    def form(given: Plain) -> tuple[T, str]:
        return prepare(reference_parts(given, tokens, hint)), as_text(given)

    references = wanted(binding, value, form)

    def judge(subject: Subject) -> Score:
        output = split_tokens(subject.output, tokens)
        pairs = [(compare(output, prepared), text) for prepared, text in references(subject)]
        best, text = max(pairs)
        return graded(min(best, 1.0), "" if best >= 1 else f"{best:.2f} against {shorten(text)}")

    return judge


def reference_parts(given: Plain, tokens: Callable[[str], Any], hint: str = "") -> Any:
    """A reference taken apart. Raises `Unjudged` for one that holds nothing to be compared."""
    parts = split_tokens(as_text(given), tokens)
    is_marks = not as_text(given).strip(punctuation + whitespace)
    if not parts or not parts[0] or is_marks:
        raise Unjudged(f"no words to compare with in the reference {shorten(given, 40)}{hint}")
    return parts


def split_tokens(text: str, tokens: Callable[[str], Any]) -> Any:
    """A text as its tokens. Raises `Unjudged` for one that is too long."""
    if len(text) > MAX_TEXT:
        limit = f"at most {MAX_TEXT:,}: `extract` the part that counts"
        raise Unjudged(f"too long to compare: {len(text):,} characters, {limit}")
    return tokens(text)


def f_measure(precision: float, recall: float, beta_squared: float = 1.0) -> float:
    """The F measure of precision and recall; 0 where both are."""
    if not precision or not recall:
        return 0.0
    return (1 + beta_squared) * precision * recall / (beta_squared * precision + recall)

"""A scorer that counts words."""

from collections.abc import Callable
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, listed
from promptci.scorers.base.wanted import wanted

_Count: TypeAlias = Annotated[int, Meta(ge=0)]
Allowed: TypeAlias = Callable[[Subject, int], str]
"""What was expected instead of so many words; empty where the number is right."""


class WordCountOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without any of them the example's `expected` is the number."""

    value: Annotated[
        _Count | str | list[_Count] | UnsetType,
        Meta(description="the number, or a list of numbers"),
    ] = UNSET
    min: Annotated[_Count | None, Meta(description="the least number")] = None
    max: Annotated[_Count | None, Meta(description="the greatest number")] = None


def word_count(options: WordCountOptions, binding: ScorerContext) -> Judge | None:
    """The number of words, as white space parts them, is the one wanted or between two."""
    has_range = options.min is not None or options.max is not None
    if has_range and not isinstance(options.value, UnsetType):
        binding.fault("`value` goes with neither `min` nor `max`: drop one or the other", "value")
        return None
    if options.min is not None and options.max is not None and options.min > options.max:
        binding.fault("`min` is above `max`: swap them", "min")
        return None
    instead = _between(options) if has_range else _exactly(options, binding)

    def judge(subject: Subject) -> Score:
        count = len(subject.output.split())
        expected = instead(subject, count)
        return failed(f"{count:,} words, expected {expected}") if expected else PASSED

    return judge


def _between(options: WordCountOptions) -> Allowed:
    least, most = options.min or 0, options.max
    limits = (f"at least {least:,}" if least else "", "" if most is None else f"at most {most:,}")
    words = " and ".join(filter(None, limits))

    def instead(subject: Subject, count: int) -> str:
        return "" if least <= count and (most is None or count <= most) else words

    return instead


def _exactly(options: WordCountOptions, binding: ScorerContext) -> Allowed:
    numbers = wanted(binding, options.value, _number)

    def instead(subject: Subject, count: int) -> str:
        goals = numbers(subject)
        return "" if count in goals else listed(goals)

    return instead


def _number(value: Plain) -> int:
    """A number of words. Raises `Unjudged` for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Unjudged(f"{listed((value,))} is not a number of words: give a whole number")


SCORERS = {
    "word_count": Scorer(
        word_count,
        WordCountOptions,
        "it has so many words",
        "value",
        example="word_count: {min: 20, max: 60}",
        is_format=True,
    ),
}

"""Scorers that say how far an output is from a text, in letters."""

from collections.abc import Callable
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace
from rapidfuzz.distance import Indel, Levenshtein

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, graded, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.text.cleaning import TextOptions, Word, cleaner
from promptci.templates.template import as_text

MAX_CELLS = 20_000_000_000
"""Pairs of letters that are compared: about a second's work, ten million against two thousand."""

_Distance: TypeAlias = Annotated[int, Meta(ge=0)]


class SimilarityOptions(TextOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text, and how near to it the output must be."""

    value: Annotated[
        Word | list[Word] | UnsetType,
        Meta(description="the text, or a list of which the nearest counts"),
    ] = UNSET
    threshold: Annotated[Share, Meta(description="the least similarity that passes")] = 0.8


class LevenshteinOptions(SimilarityOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A distance allowed decides in place of the threshold."""

    distance: Annotated[
        _Distance | None, Meta(description="the most edits that pass, in place of the threshold")
    ] = None


def levenshtein(options: LevenshteinOptions, binding: ScorerContext) -> Judge:
    """How little must be edited: 1 - distance / length of the longer text.

    The distance is Levenshtein's (1966): the least number of letters inserted, deleted and
    replaced, each at a cost of 1. A letter is a code point.
    """
    most = options.distance
    clean, texts = _compared(options, binding)

    def judge(subject: Subject) -> Score:
        output, goals = clean(subject.output), texts(subject)
        distances = [(_distance(output, goal), goal) for goal in goals]
        if most is not None and any(distance <= most for distance, _ in distances):
            return PASSED
        value, distance, goal = max(
            (1 - distance / max(len(output), len(goal), 1), distance, goal)
            for distance, goal in distances
        )
        found = graded(value, _edits(distance, goal) if distance else "")
        return replace(found, passed=most is None)

    return judge


def similarity_ratio(options: SimilarityOptions, binding: ScorerContext) -> Judge:
    """The share of letters in common: 2 x longest common subsequence / both lengths.

    It is rapidfuzz's `fuzz.ratio` and python-Levenshtein's `ratio`, as a share. Two empty texts
    are alike.
    """
    clean, texts = _compared(options, binding)

    def judge(subject: Subject) -> Score:
        output = clean(subject.output)
        value, goal = max((_ratio(output, goal), goal) for goal in texts(subject))
        return graded(value, "" if value == 1 else f"{value:.2f} like {shorten(goal)}")

    return judge


def _compared(
    options: TextOptions, binding: ScorerContext
) -> tuple[Callable[[str], str], Callable[[Subject], tuple[str, ...]]]:
    """What cleans the output, and the clean texts that it is compared with."""
    form = cleaner(options, wanted=True)
    value = getattr(options, "value", UNSET)
    return cleaner(options), wanted(binding, value, lambda given: form(as_text(given)))


def _distance(output: str, goal: str) -> int:
    _refuse_long(output, goal)
    return Levenshtein.distance(output, goal)


def _ratio(output: str, goal: str) -> float:
    _refuse_long(output, goal)
    return Indel.normalized_similarity(output, goal)


def _refuse_long(output: str, goal: str) -> None:
    if output != goal and len(output) * len(goal) > MAX_CELLS:
        raise Unjudged(
            f"too long to compare: {len(output):,} characters against {len(goal):,}: "
            "`extract` the part that counts"
        )


def _edits(distance: int, goal: Plain) -> str:
    return f"{distance:,} {'edit' if distance == 1 else 'edits'} from {shorten(goal)}"


SCORERS = {
    "levenshtein": Scorer(
        levenshtein,
        LevenshteinOptions,
        "how few edits make the text of the output",
        "value",
        version=2,
        decides=True,
        example="levenshtein: {distance: 3}",
    ),
    "similarity_ratio": Scorer(
        similarity_ratio,
        SimilarityOptions,
        "the share of letters that output and text have in common",
        "value",
        example="similarity_ratio: {ignore_case: true, threshold: 0.9}",
    ),
}

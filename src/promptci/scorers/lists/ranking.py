"""Scorers of rankings: what was retrieved, in order, against what is relevant.

The output is a list of ids, the best first, or texts, each below its id in brackets as a prompt
with `give: texts` has them; an id that comes twice counts where it came first. What is expected is
a list of relevant ids, or a mapping from ids to grades, where 0 is not relevant. The
measures are those of trec_eval; their means over examples are MRR and MAP.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeAlias

from msgspec import Meta

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options, Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged, graded
from promptci.scorers.lists.itemlist import items_of

MAX_TEXT = 1_000_000
"""Characters of an answer that is read as a ranking."""

TEXT_HEAD = re.compile(r"(?:\A|\n\n)\[([^\n]+)\](?=\n|\Z)")
"""The line with its id above a text."""

Grades: TypeAlias = Mapping[str, float]
_Measure: TypeAlias = Callable[[Sequence[str], Grades, int], float]


class RankingOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How deep a ranking is looked at."""

    k: Annotated[int, Meta(ge=1, le=10_000, description="how many of the first count")] = 10
    threshold: Annotated[Share, Meta(description="the least value that passes")] = 0.5


class WholeOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole ranking counts."""

    threshold: Annotated[Share, Meta(description="the least value that passes")] = 0.5


def _scorer(measure: _Measure) -> Callable[[RankingOptions | WholeOptions, ScorerContext], Judge]:
    def make(options: RankingOptions | WholeOptions, binding: ScorerContext) -> Judge:
        binding.needs_expected = True
        grades_of = binding.golden(_grades)
        depth = options.k if isinstance(options, RankingOptions) else 0

        def judge(subject: Subject) -> Score:
            grades = grades_of(subject)
            if len(subject.output) > MAX_TEXT:
                raise Unjudged(f"too long for a ranking: {len(subject.output):,} characters")
            ranking = list(dict.fromkeys(_ranked(subject.output)))
            value = measure(ranking, grades, depth or len(ranking))
            return graded(value, _why(ranking, grades))

        return judge

    return make


def _ranked(output: str) -> list[str]:
    """The ids of a list, or those over texts."""
    first = output.partition("\n")[0]
    return items_of(output) if _is_list(first) else TEXT_HEAD.findall(output)


def _is_list(line: str) -> bool:
    """Whether a line is no id over a text, but a whole list in JSON. An id may be a number."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return not TEXT_HEAD.fullmatch(line)
    return not (isinstance(data, list) and len(data) == 1 and isinstance(data[0], int | float))


def _grades(subject: Subject) -> Grades:
    """The grades of relevant ids. Raises `Unjudged` where none is relevant."""
    expected = subject.expected if subject.has_expected else None
    if isinstance(expected, dict):
        grades = {id_: _grade(value) for id_, value in expected.items()}
    elif isinstance(expected, list) or (isinstance(expected, str) and expected):
        grades = dict.fromkeys(items_of(expected), 1.0)
    else:
        raise Unjudged("the example has no `expected` list of relevant ids, or mapping to grades")
    relevant = {id_: grade for id_, grade in grades.items() if grade > 0}
    if not relevant:
        raise Unjudged("nothing is relevant in `expected`: name at least one id")
    return relevant


def _grade(value: Plain) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Unjudged("a grade in `expected` is no number from 0 up: write one")
    return float(value)


def _hits(ranking: Sequence[str], grades: Grades, k: int) -> int:
    return sum(id_ in grades for id_ in ranking[:k])


def _recall(ranking: Sequence[str], grades: Grades, k: int) -> float:
    return _hits(ranking, grades, k) / len(grades)


def _precision(ranking: Sequence[str], grades: Grades, k: int) -> float:
    """Out of k, however few were retrieved."""
    return _hits(ranking, grades, k) / k


def _reciprocal_rank(ranking: Sequence[str], grades: Grades, k: int) -> float:
    ranks = (rank for rank, id_ in enumerate(ranking[:k], 1) if id_ in grades)
    return 1 / next(ranks, math.inf)


def _average_precision(ranking: Sequence[str], grades: Grades, k: int) -> float:
    found, total = 0, 0.0
    for rank, id_ in enumerate(ranking[:k], 1):
        if id_ in grades:
            found += 1
            total += found / rank
    return total / len(grades)


def _ndcg(ranking: Sequence[str], grades: Grades, k: int) -> float:
    """Gains are the grades, discounted by the logarithm of the rank plus one."""
    ideal = sorted(grades.values(), reverse=True)
    return _gain([grades.get(id_, 0.0) for id_ in ranking[:k]]) / _gain(ideal[:k])


def _gain(grades: Sequence[float]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def _why(ranking: Sequence[str], grades: Grades) -> str:
    """Where what is relevant was found."""
    places = [f"{id_} at {rank}" for rank, id_ in enumerate(ranking, 1) if id_ in grades]
    missing = len(grades) - len(places)
    said = ", ".join(places[:5]) if places else "nothing relevant"
    return f"found: {said}" + (f"; {missing:,} relevant not retrieved" if missing else "")


SCORERS = {
    "recall_at": Scorer(
        _scorer(_recall),
        RankingOptions,
        "the share of relevant ids among the first k of a ranking",
        "k",
        example="recall_at: 5",
    ),
    "precision_at": Scorer(
        _scorer(_precision),
        RankingOptions,
        "the share of the first k of a ranking that is relevant",
        "k",
        example="precision_at: 5",
    ),
    "mrr": Scorer(
        _scorer(_reciprocal_rank),
        WholeOptions,
        "one over the rank of the first relevant id of a ranking",
        example="mrr",
    ),
    "ndcg_at": Scorer(
        _scorer(_ndcg),
        RankingOptions,
        "the discounted gain of the first k of a ranking, as a share of the best",
        "k",
        example="ndcg_at: {k: 10, threshold: 0.7}",
    ),
    "map": Scorer(
        _scorer(_average_precision),
        WholeOptions,
        "the mean precision at the ranks of relevant ids in a ranking",
        example="map",
    ),
}

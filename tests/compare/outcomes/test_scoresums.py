"""Scores summed up as they come in: the same in any order, by tag, scorer and class."""

from promptci.compare.outcomes.scoresums import ScoreSums
from promptci.records.record import Classed, Result, Score, Tally
from promptci.run.solving.solve import Evaluated
from promptci.scorers.registry.bound import BoundScorer, unbound
from promptci.specs.evalspec import Example

SCORERS = [BoundScorer(label, 1.0, unbound, {}) for label in ("sorts", "exact")]


def answered(id_, tags, value, classed):
    scores = (
        ("exact", Score(value, value == 1.0)),
        ("sorts", Score(value, value == 1.0, classed=classed)),
    )
    result = Result(id_, "d", "pass" if value == 1.0 else "fail", value)
    return Example(id_, {}, tags=tags), Evaluated(result, scores=scores)


ALL = [
    answered("a", ("old",), 1.0, Classed("x", "x")),
    answered("b", ("old", "new"), 0.25, Classed("x", "y")),
    answered("c", (), 0.25, Classed("y", "y")),
]


def summed(answers):
    sums = ScoreSums()
    for each in answers:
        sums.add(*each)
    return sums.by_tag(), sums.means(SCORERS)


def test_scores_are_summed_up_whatever_order_they_come_in():
    tags, means = summed(ALL)
    assert tags == {"new": Tally(0.25, 0, 1), "old": Tally(0.625, 1, 2)}
    assert list(means) == ["sorts", "sorts/macro_f1", "exact"]
    assert means["exact"] == means["sorts"] == 0.5
    assert summed(ALL[::-1]) == (tags, means)

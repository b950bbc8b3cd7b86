"""The base's questions that a change asks as well are judged once."""

import json

from check.evaluations import tasks
from check.test_basequestions import GATED, LOST, ROWS, WORSE, changed, put_to
from promptci.check.sharedquestions import SharedQuestions
from promptci.compare.comparing import compare_pairs
from promptci.run.recall import nothing_stored
from tables import every_row


def edited(*, first=0, **fields):
    """The rows, of which the last expects something else, and one has other fields."""
    rows = [json.loads(row) for row in ROWS]
    rows[-1]["expected"] = "account"
    rows[first] |= fields
    return "".join(json.dumps(row) + "\n" for row in rows)


def swapped():
    return edited().replace("t-02", "t-x").replace("t-03", "t-02").replace("t-x", "t-03")


def judged(head, answers=LOST):
    """What is found of a change's kept questions, heard and by themselves, and what that asked."""
    questions, pairing, asked = put_to(head, lost=answers)
    ready = questions.ready(tasks(head))
    untouched = SharedQuestions(ready.kept)
    pairs = pairing.sort(tasks(head), frozen=False).pairs
    compare_pairs(pairs, untouched.hearing(asked), nothing_stored, times=0)
    before = len(asked.tasks)
    [heard] = compare_pairs(ready.kept, asked, nothing_stored, times=0, recalled=untouched)
    more = len(asked.tasks) - before
    [alone] = compare_pairs(ready.kept, asked, nothing_stored, times=0)
    return heard, alone, more


@every_row(
    ("head", "more"),
    [
        (changed(examples=edited(), prompt=WORSE), 0),
        (changed(examples=edited()), 0),
        (changed(examples=edited(), prompt=WORSE, eval=GATED + "threshold: 0.5\n"), 2),
        (changed(examples=edited(), eval=GATED.replace("equals", "contains"), prompt=WORSE), 2),
        (changed(examples=edited(tags=["x"]), prompt=WORSE), 2),
        (changed(examples=edited(cluster="c"), prompt=WORSE), 2),
        (changed(examples=swapped(), prompt=WORSE), 2),
    ],
)
def test_what_a_change_asks_as_well_is_not_judged_again(head, more):
    heard, alone, asked = judged(head)
    assert asked == more
    for side in ("base", "head"):
        mine, its = getattr(heard, side), getattr(alone, side)
        assert (mine.record, mine.costs, mine.failing) == (its.record, its.costs, its.failing)
    assert heard.confirmed.comparison.ids("lost") == alone.confirmed.comparison.ids("lost")
    assert (heard.judgement, heard.blocks) == (alone.judgement, alone.blocks)
    assert (heard.lost, heard.churn) == (alone.lost, alone.churn)


def test_what_had_no_answer_is_asked_again():
    assert judged(changed(examples=edited(), prompt=WORSE), {"t-01": None})[2] == 2

"""How flows fail, told from records: counted by hand."""

import pytest

from promptci.compare.comparison import Change, Comparison
from promptci.compare.outcomes.flowfailures import blamed_step, blamed_steps, flow_failures
from promptci.compare.outcomes.tally import merge
from promptci.records.record import Result
from promptci.stats.proportion import wilson
from tables import every_row


def result(whole, kind=None, reply=None, control=None, id_="a"):
    """An example with 1 for what is right and 0 for what is wrong; None is not expected."""
    parts = (("step kind", kind), ("step reply", reply), ("control flow", control))
    scores = tuple((label, float(value)) for label, value in parts if value is not None)
    fate = "error" if whole is None else "pass" if whole else "fail"
    own = (("equals", float(whole or 0)),)
    return Result(id_, "d", fate, float(whole or 0), own + scores if scores else ())


PLANTED = [
    *6 * [result(1, 1, 1, 1)],
    *4 * [result(0, 1, 1, 1)],  # the gap: 4 of 10
    *3 * [result(0, 0, 1, 1)],
    *2 * [result(0, 0, 0, 0)],  # counts once, for the first wrong step
    result(0, 1, 0, 1),
    *2 * [result(0, 1, None, 0)],
    result(1, 0, 1, 1),
    result(None, 1, 1, 1),
    result(0),
]


def test_wholes_are_told_apart_by_what_was_wrong_first():
    found = flow_failures(PLANTED)
    assert found.by_step == {"kind": 5, "reply": 1}
    assert (found.by_control, found.gap, found.steps_right, found.despite) == (2, 4, 10, 1)
    assert found.share == 0.4
    assert found.interval == wilson(4, 10)
    assert [(each.name, each.right, each.total) for each in found.steps] == [
        ("kind", 13, 19),
        ("reply", 14, 17),
    ]


def test_without_steps_nothing_is_said():
    assert flow_failures([result(0), result(1)]) is None
    assert flow_failures([]) is None


def test_where_no_example_has_every_step_right_there_is_no_gap():
    found = flow_failures([result(0, 0, 1, 1), result(1, None, None, 1)])
    assert (found.share, found.interval) == (None, None)


@every_row(
    ("base", "head", "blamed"),
    [
        (result(1, 1, 1, 1), result(0, 0, 0, 0), "kind"),
        (result(1, 1, 1, 1), result(0, 1, 0, 1), "reply"),
        (result(1, 0, 1, 1), result(0, 0, 0, 1), "reply"),  # the other was wrong before
        (result(1, 1, 1, 1), result(0, 1, 1, 0), "control flow"),
        (result(1, 1, 1, 1), result(0, 1, 1, 1), "composition"),
        (result(1, 0, 1, 1), result(0, 0, 1, 1), "composition"),
        (result(1), result(0, 0, 1, 1), ""),
        (None, result(0, 0, 1, 1), ""),
    ],
)
def test_the_step_that_a_change_broke_is_to_blame(base, head, blamed):
    assert blamed_step(base, head) == blamed


def test_lost_examples_are_counted_by_blame():
    good = result(1, 1, 1, 1)
    changes = (
        *3 * [Change("a", "lost", good, result(0, 1, 0, 1))],
        Change("b", "lost", good, result(0, 0, 1, 1)),
        Change("c", "won", result(0, 0, 1, 1), good),
    )
    assert blamed_steps(Comparison(changes)) == {"reply": 3, "kind": 1}


def test_of_repeats_a_step_is_right_where_it_always_was():
    repeats = [result(1, 1, 1, 1), result(1, 0, 1, 1), result(0, 1, 1, 1)]
    [merged], _ = merge(repeats)
    assert dict(merged.scores)["step kind"] == pytest.approx(2 / 3)
    assert flow_failures([merged]).steps[0].right == 0

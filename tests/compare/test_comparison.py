"""Base against head, example by example."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from promptci.compare.comparison import Change, Comparison, compare_records, obstacle, why_none
from promptci.compare.gate.gate import moved_must_pass
from promptci.records.record import Parts, Record, Result
from promptci.specs.evalspec import Gate
from tables import every_row

PARTS = Parts("p", "e", "s", "m")


def record(*results, **changes):
    return replace(
        Record("eval", "m", "f", PARTS, 0.0, 0, len(results), results, model_id="local m"),
        **changes,
    )


def passed(id_, score=1.0, digest=""):
    return Result(id_, digest or id_, "pass", score)


def failed(id_, score=0.0, digest=""):
    return Result(id_, digest or id_, "fail", score)


def missing(id_, digest=""):
    return Result(id_, digest or id_, "error")


@every_row(
    ("base", "head", "fate"),
    [
        (passed("a"), passed("a"), "same"),
        (failed("a"), failed("a"), "same"),
        (passed("a", 1.0), passed("a", 0.6), "same"),
        (passed("a"), failed("a"), "lost"),
        (failed("a"), passed("a"), "won"),
        (passed("a"), missing("a"), "error"),
        (missing("a"), failed("a"), "error"),
        (missing("a"), missing("a"), "error"),
        (passed("a"), failed("a", digest="edited"), "changed"),
        (missing("a"), passed("a", digest="edited"), "changed"),
        (None, passed("a"), "new"),
        (None, missing("a"), "new"),
        (passed("a"), None, "removed"),
    ],
)
def test_every_example_has_one_fate(base, head, fate):
    before, after = (record(*filter(None, [result])) for result in (base, head))
    assert compare_records(before, after).changes == (Change("a", fate, base, head),)


def test_examples_are_paired_by_id_in_its_order_whatever_theirs():
    base = record(passed("c"), passed("a"), failed("b"))
    head = record(failed("b"), failed("a"), passed("d"))
    found = compare_records(base, head)
    assert [(change.id, change.fate) for change in found.changes] == [
        ("a", "lost"),
        ("b", "same"),
        ("c", "removed"),
        ("d", "new"),
    ]
    assert found.ids("lost") == ("a",)
    assert found.ids("won") == ()


def test_delta_is_the_mean_over_what_both_have_answered():
    base = record(passed("a"), failed("b", 0.25), passed("c"), missing("d"), passed("e"))
    head = record(failed("a"), failed("b", 0.75), passed("c", digest="x"), passed("d"), passed("f"))
    assert compare_records(base, head).delta == (-1.0 + 0.5) / 2


def test_a_flip_that_did_not_hold_still_counts_in_the_mean():
    change = Change("a", "flaky", passed("a"), failed("a", 0.5))
    assert Comparison((change,)).delta == -0.5


@every_row(
    ("base", "head"),
    [
        (record(), record()),
        (record(passed("a")), record(passed("b"))),
        (record(missing("a")), record(passed("a"))),
        (record(passed("a")), record(failed("a"), sampling="sampled")),
    ],
)
def test_without_a_pair_there_is_no_delta(base, head):
    assert compare_records(base, head).delta is None


def test_an_example_with_another_id_alone_is_the_same_one():
    base = record(passed("a"), passed("b"), failed("c"))
    head = record(failed("x", digest="a"), passed("b"), passed("c", digest="new c"))
    found = compare_records(base, head)
    assert [(c.id, c.fate) for c in found.changes] == [
        ("b", "same"),
        ("c", "changed"),
        ("x", "lost"),
    ]
    moved = compare_records(base, record(passed("b", digest="a"), failed("c", digest="b")))
    assert [(c.id, c.fate) for c in moved.changes] == [
        ("b", "same"),
        ("c", "lost"),
        ("c (before)", "removed"),
    ]


@every_row(
    ("changes", "said"),
    [
        ({}, ""),
        ({"model": "other", "model_id": "local other", "build": "b2"}, ""),
        ({"prompt": "other", "version": "v2", "fingerprint": "g"}, ""),
        ({"parts": replace(PARTS, prompt="q", examples="f", model="n")}, ""),
        ({"parts": replace(PARTS, scorers="t")}, "the scorers changed"),
        ({"build": "b2"}, "another build of the model"),
        ({"sampling": "provider-default"}, "sampling changed from greedy to provider-default"),
    ],
)
def test_what_must_not_be_compared_is_said(changes, said):
    base, head = record(passed("a")), record(failed("a"), **changes)
    assert obstacle(base, head) == said
    assert compare_records(base, head).obstacle == said
    assert compare_records(base, head).ids("lost") == ("a",)


RESULTS = st.lists(
    st.builds(
        lambda id_, edit, *rest: Result(id_, id_ + edit, *rest),
        st.sampled_from("abcdef"),
        st.sampled_from(["", " edited"]),
        st.sampled_from(["pass", "fail", "error"]),
        st.sampled_from([0.0, 0.5, 1.0]),
    ),
    unique_by=lambda result: result.id,
)
MIRRORED = {"lost": "won", "won": "lost", "new": "removed", "removed": "new"}


@given(RESULTS, RESULTS)
def test_looking_from_the_other_side_mirrors_every_fate(one, other):
    there = compare_records(record(*one), record(*other))
    back = compare_records(record(*other), record(*one))
    assert [MIRRORED.get(c.fate, c.fate) for c in there.changes] == [c.fate for c in back.changes]
    assert len(there.changes) == len({result.id for result in one + other})
    assert there.delta == (None if back.delta is None else -back.delta)


@given(RESULTS)
def test_against_itself_nothing_changes(results):
    found = compare_records(record(*results), record(*results))
    assert {change.fate for change in found.changes} <= {"same", "error"}
    assert found.delta in (None, 0.0)


@every_row(
    ("base", "head", "said"),
    [
        (passed("a"), failed("a"), "the loss of every example that is on both sides is accepted"),
        (missing("a"), passed("a"), "no example that is on both sides unchanged has an answer"),
        (replace(missing("a"), is_unmeasured=True), passed("a"), "branches were merged"),
        (passed("a"), passed("a", digest="other"), "no example is on both sides unchanged"),
    ],
)
def test_where_no_example_counts_it_is_said_why(base, head, said):
    assert why_none(compare_records(record(base), record(head))).startswith(said)


@every_row(
    ("head", "said"),
    [
        (failed("a"), ["`a` must pass, passed in the base's record and fails"]),
        (failed("a", digest="edited"), ["`a` must pass, was edited and fails"]),
        (missing("a"), ["`a` must pass, passed and has no answer now"]),
        (passed("a", digest="edited"), []),
    ],
)
def test_what_must_pass_and_passed_blocks_however_it_fails(head, said):
    found = compare_records(record(replace(head, fate="fail")), record(head))
    blocks = moved_must_pass(Gate(must_pass=("a",)), found, passed_before={"a": "a"})
    assert [block.why for block in blocks] == said

"""The records that a change brings: whether they fit, and what asking again makes of them."""

from msgspec.structs import replace

from check.evaluations import Asked, record, tasks
from promptci.check.staleness import Committed
from promptci.errors import Fault, SpecError
from promptci.records.scorefile import NewerFormatError
from render.values import files, outcome
from tables import every_row

FILES = files(6)
OTHER = files(6, **{"prompts/router.yaml": FILES["prompts/router.yaml"].replace("You", "They")})
GOOD = record(FILES)
MERGED = replace(GOOD, parts=replace(GOOD.parts, prompt="0" * 32))


def committed(found, *, again=None, **more):
    """Records of one model; what is asked again is answered by `again`."""
    records = {"fake/small": found} if found else {}
    asked = Asked(lambda task: again or {})
    return Committed(lambda name: records, asked, 2, **more), asked


def nobody(outcome):
    return ""


@every_row(
    ("found", "why"),
    [
        (GOOD, ""),
        (None, "there is no record for fake/small"),
        (record(OTHER), "the record for fake/small was made before the last change"),
        (MERGED, "the record for fake/small was merged, and not all of it measured"),
    ],
)
def test_a_record_is_stale_that_is_not_of_these_files(found, why):
    stale = committed(found)[0].stale(tasks(FILES)[0])
    assert (stale.why if stale else "") == why
    assert stale is None or "`promptci run router`" in stale.cure


def test_a_merged_record_may_be_measured_by_the_check():
    assert committed(MERGED, takes_merged=True)[0].stale(tasks(FILES)[0]) is None


@every_row(
    ("error", "cure"),
    [(SpecError, "run `promptci run router` and commit the file"), (NewerFormatError, "upgrade")],
)
def test_a_damaged_record_is_stale_and_a_newer_one_has_its_own_cure(error, cure):
    def damaged(name):
        raise error([Fault("evals/router.scores.yaml", 1, 1, "it is too new: upgrade")])

    stale = Committed(damaged, Asked(lambda task: {}), 2).stale(tasks(FILES)[0])
    assert (stale.why, stale.cure) == ("it is too new", cure)
    assert Committed(damaged, Asked(lambda task: {}), 2).may_ask_again(tasks(FILES)[0]) == ()


LOST = {"t-01": "other"}


@every_row(
    ("again", "stale", "flaky"),
    [
        (LOST, ["router"], []),
        ({}, [], ["t-01"]),
    ],
)
def test_what_a_record_says_must_come_back_when_it_is_asked_again(again, stale, flaky):
    found, asked = committed(GOOD, again=again)
    told, back, notes = found.verify([outcome(tasks(FILES)[0], LOST)], nobody)
    assert [("router" if "router" in each.path else "") for each in told] == stale
    assert [id_ for _, _, id_ in back] == flaky
    assert notes == []
    assert [task.chosen for task in asked.tasks] == [frozenset(["t-01"])], "only what differs"


def test_a_record_that_was_borne_out_asks_nothing():
    found, asked = committed(GOOD)
    assert found.verify([outcome(tasks(FILES)[0], {})], nobody) == ((), (), [])
    assert asked.tasks == []


@every_row(
    ("found", "why"),
    [
        (replace(GOOD, metrics={"equals": 0.25}), "its metrics are not those of its examples"),
        (replace(GOOD, build="other"), "it names a build, which a hosted model has none of"),
        (record(files(7)), "it has a result of `t-06`, which is no golden example"),
    ],
)
def test_what_no_run_of_these_files_could_say_is_denied(found, why):
    [stale], _, _ = committed(found)[0].verify([outcome(tasks(FILES)[0], {})], nobody)
    assert why in str(stale)


def test_another_build_of_an_embedded_model_is_a_note():
    found, asked = committed(replace(GOOD, build="one"))
    ran = outcome(tasks(FILES)[0], LOST)
    ran = replace(ran, record=replace(ran.record, build="two"))
    stale, _, [note] = found.verify([ran], nobody)
    assert (stale, asked.tasks) == ((), [])
    assert "another build" in note


def test_the_same_record_elsewhere_is_the_same():
    found, _ = committed(GOOD)
    [task] = tasks(FILES)
    assert found.repeats(lambda name, model: GOOD, task)
    assert not found.repeats(lambda name, model: record(FILES, LOST), task)
    assert not found.repeats(lambda name, model: None, task)


def test_what_a_merge_left_unmeasured_repeats_nothing():
    """Else the commit after a merge would pass on what was never asked."""
    [task], (mine, _) = tasks(FILES), committed(MERGED)
    assert not mine.repeats(lambda *_: MERGED, task)


def test_at_most_all_examples_are_asked_again():
    [again] = committed(GOOD)[0].may_ask_again(tasks(FILES)[0])
    assert (again.examples, again.times) == (6, 2)
    assert committed(None)[0].may_ask_again(tasks(FILES)[0]) == ()

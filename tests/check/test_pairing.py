"""Changed evals and their base: paired, new, or beyond comparison."""

import pytest
from msgspec.structs import replace

from check.evaluations import Asked, base_state, no_build, record, tasks
from promptci.check.pairing import Pairing, task_name
from promptci.check.staleness import Committed
from promptci.records.record import Accepted
from render.values import files, suite
from tables import every_row

FILES = files(6)
WORSE = FILES["prompts/router.yaml"].replace("You route", "Route")
HEAD = FILES | {"prompts/router.yaml": WORSE}
GATED = FILES["evals/router.yaml"] + "gate: {must_pass: [t-01], tolerance: 0.1}\n"


def sort(base, head, *, records=None, mine=None, frozen=False, **more):
    """What can be done with all tasks of a change; `records` are the base's, `mine` the head's."""
    committed = Committed(lambda name: mine or {}, Asked(lambda task: {}), 2)
    found = Pairing(
        base_state(base, head, records),
        suite(head),
        committed,
        no_build,
        more.pop("barred", {}),
        **more,
    )
    return found.sort(tasks(head), frozen=frozen)


def test_an_eval_of_both_sides_is_a_pair_and_a_new_one_is_fresh():
    new = HEAD | {"evals/new.yaml": FILES["evals/router.yaml"] + "prompt: router\n"}
    found = sort(FILES, new)
    assert [task_name(pair.head) for pair in found.pairs] == [("router", "fake/small")]
    assert [task_name(task) for task in found.fresh] == [("new", "fake/small")]
    assert (found.unknown, found.notes) == ([], [])


def test_the_bases_gate_holds():
    [pair] = sort(FILES | {"evals/router.yaml": GATED}, HEAD).pairs
    assert (pair.gate.must_pass, pair.gate.tolerance) == (("t-01",), 0.1)


@every_row(
    ("of", "frozen", "stands"), [(FILES, False, True), (HEAD, False, False), (HEAD, True, True)]
)
def test_a_record_is_used_for_the_base_that_is_of_its_files_or_where_nothing_is_asked(
    of, frozen, stands
):
    [pair] = sort(FILES, HEAD, records={"fake/small": record(of)}, frozen=frozen).pairs
    assert (pair.base_record is not None) is stands


def test_a_variable_that_examples_lack_is_an_obstacle_with_a_note():
    base = FILES | {"prompts/router.yaml": WORSE.replace("{{ ticket }}", "{{ ticket }} {{ x }}")}
    base["evals/router.jsonl"] = base["evals/router.jsonl"].replace(
        '"vars": {', '"vars": {"x": "y", '
    )
    found = sort(base, HEAD)
    assert found.unknown == [("router", "fake/small")]
    assert found.notes == ["router: not comparable: 3f2a1bc needs `x`, which not all examples give"]


def test_losses_that_the_head_accepts_count_until_their_day():
    mine = record(HEAD, {"t-01": "other"})
    loss = Accepted("t-01", "rare", "Ann", "2026-01-01", "2026-02-01")
    mine = {"fake/small": replace(mine, accepted=(loss,))}
    records = {"fake/small": record(FILES)}
    for day, accepted in (("2026-01-15", {"t-01"}), ("2026-03-01", set())):
        [pair] = sort(FILES, HEAD, records=records, mine=mine, day=day).pairs
        assert pair.accepted == accepted


def test_where_one_side_is_barred_the_other_is_not_asked_again_for_nothing():
    [mine] = tasks(HEAD)[0].endpoints
    other = {path: content.replace(mine, "other") for path, content in FILES.items()}
    for base, barred, can in (
        (FILES, (), True),
        (FILES, (mine,), True),  # nothing can be sent: what is stored tells
        (other, (mine,), False),
        (other, (mine, "other"), True),
    ):
        [pair] = sort(base, HEAD, barred=dict.fromkeys(barred, "no key")).pairs
        assert pair.can_repeat is can, (pair.base.endpoints, barred)


@every_row(("more", "unshared"), [(0, 0), (2, 2)])
def test_examples_that_the_base_does_not_have_are_counted(more, unshared):
    [pair] = sort(FILES, files(6 + more) | {"prompts/router.yaml": WORSE}).pairs
    assert pair.unshared == unshared


@every_row("frozen", [False, True])
def test_tags_that_a_change_takes_away_still_split_its_examples(frozen):
    head = HEAD | {"evals/router.jsonl": FILES["evals/router.jsonl"].replace('["refund"]', '["x"]')}
    [pair] = sort(FILES, head, records={"fake/small": record(FILES)}, frozen=frozen).pairs
    assert pair.tags["t-00"] == ("other",)
    assert pair.tags["t-01"] == ("x", "refund")


def test_ids_that_were_renamed_are_todays_in_the_bases_record():
    head = HEAD | {"evals/router.jsonl": FILES["evals/router.jsonl"].replace("t-01", "u-01")}
    [pair] = sort(FILES, head, records={"fake/small": record(FILES)}, frozen=True).pairs
    assert "u-01" in {result.id for result in pair.base_record.results}


@pytest.mark.parametrize(("head", "asks"), [(files(8), True), (HEAD, False)])
@pytest.mark.parametrize("frozen", [False, True])
def test_other_examples_alone_make_an_eval_no_test_of_the_family(head, asks, frozen):
    [pair] = sort(FILES, head, records={"fake/small": record(FILES)}, frozen=frozen).pairs
    assert pair.asks_the_same is asks
    assert record(FILES).parts.asks_like(record(head).parts) is asks

"""Results of agents' trials as harnesses write them."""

from promptci.compare.experiments.harnessrows import harness_rows, lifted
from promptci.compare.experiments.trialscores import TrialTable
from promptci.parsing.datafile import DataRow
from tables import every_row

CALLED = TrialTable.CALLED


def rows(*values):
    return [DataRow(number, each) for number, each in enumerate(values, 1)]


def values(found):
    return [row.values for row in found]


def harbor(rewards, raised=None):
    """A trial as `result.json` of Harbor has it."""
    return {
        "id": "0b6f",
        "task_name": "fix-git",
        "trial_name": "fix-git__7JjgrVG",
        "task_id": {"path": "tasks/fix-git"},
        "agent_info": {"name": "terminus-2", "version": "2", "model_info": {"name": "gpt-6"}},
        "verifier_result": None if rewards is None else {"rewards": rewards},
        "exception_info": raised and {"exception_type": raised},
    }


WHOSE = {"id": "fix-git", "agent": "terminus-2", "model": "gpt-6"}


@every_row(
    ("trial", "told"),
    [
        (harbor({"reward": 1.0}), {"reward": 1.0, "exception_info": None}),
        (harbor({"tests": 0.5}), {"reward": 0.5, "exception_info": None}),
        (harbor({"f2p": 1, "p2p": 0}), {"f2p": 1, "p2p": 0, "exception_info": None}),
        (harbor(None), {"reward": 0, "exception_info": None}),
        (harbor(None, "Timeout"), {"reward": 0, "exception_info": {"exception_type": "Timeout"}}),
        (harbor({"reward": 1}, "Timeout"), {"reward": 1, "exception_info": None}),
    ],
)
def test_a_trial_of_harbor_has_its_task_agent_model_and_reward(trial, told):
    assert values(harness_rows(rows(trial))) == [WHOSE | told]


def test_a_trial_of_harbor_may_name_no_model():
    trial = harbor({"reward": 1}) | {"agent_info": {"name": "oracle", "model_info": None}}
    [told] = values(harness_rows(rows(trial)))
    assert (told["agent"], "model" in told) == ("oracle", False)


@every_row(("said", "is_resolved"), [(True, True), (False, False), (None, False)])
def test_a_trial_of_terminal_bench_has_its_task(said, is_resolved):
    trial = {"id": "0b6f", "trial_name": "a.1-of-2", "task_id": "a", "is_resolved": said}
    [told] = values(harness_rows(rows(trial)))
    assert (told["id"], told["is_resolved"]) == ("a", is_resolved)


def test_rows_of_others_stay():
    other = rows({"id": "a", "reward": 1}, {"task_name": "a", "score": 1}, {"is_resolved": None})
    assert harness_rows(other) == other


@every_row(
    ("row", "told"),
    [
        ({"result": {"reward": 1}}, {"reward": 1}),
        ({"status": "done", "result": {"reward": 1, "steps": 3}}, {"status": "done", "reward": 1}),
        ({"eval": {"scores": {"reward": 0.5}}}, {"reward": 0.5}),
        ({"result": {"success": True, "reward": 0.5}}, {"reward": 0.5}),
    ],
)
def test_a_score_in_an_object_is_a_column(row, told):
    assert values(lifted(rows({"id": "a", **row}), CALLED)) == [{"id": "a", **told}]


@every_row(
    "columns",
    [
        ({"reward": 1, "result": {"reward": 0}},),
        ({"one": {"reward": 1}, "two": {"reward": 0}},),
        ({"a": {"b": {"c": {"d": {"reward": 0}}}}},),
        ({"result": {"reward": 1}}, {"result": "lost"}),
        ({"info": {"reward": 1}}, {"info": {}}),
        ({"n": 3},),
    ],
)
def test_what_could_be_several_scores_or_none_stays(columns):
    assert lifted(rows(*columns), CALLED) == rows(*columns)

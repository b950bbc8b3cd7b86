"""Result files of tau2-bench, read as rows of trials."""

import json
from io import BytesIO
from math import comb

import pytest

from promptci.compare.experiments.scoretable import ScoreTable
from promptci.compare.experiments.simulations import simulation_rows
from promptci.compare.experiments.trialscores import read_trial_scores
from promptci.errors import SpecError
from tables import every_row

MESSAGE = {"role": "assistant", "content": 'I cannot {do} that "now"]', "tool_calls": None}


def simulation(task, trial, reward, ended="user_stop"):
    info = None if reward is None else {"reward": reward, "db_check": {"db_match": True}}
    return {
        "id": f"{task}-{trial}",
        "task_id": task,
        "termination_reason": ended,
        "agent_cost": 0.01,
        "reward_info": info,
        "messages": [MESSAGE],
        "trial": trial,
        "seed": 300 + trial,
    }


def results(simulations, **more):
    info = {"num_trials": 4, "agent_info": {"implementation": "llm_agent", "llm": "gpt-5"}}
    task = {"id": "0", "evaluation_criteria": {"actions": [], "simulations": "none"}}
    return {"timestamp": "t", "info": info, "tasks": [task], "simulations": simulations, **more}


def trials_in(document, **how):
    data = json.dumps(document, **how).encode()
    return read_trial_scores(ScoreTable(BytesIO(data), "r.json"))


GIVEN = {"0": [1, 1, 0, 1], "1": [1, 1, 1, 1], "2": [0, 0, 0, 0], "3": [0, 1, 0, 1]}
ALL = [simulation(task, n, float(r)) for task, row in GIVEN.items() for n, r in enumerate(row)]


@every_row("indent", [None, 2])
def test_pass_power_is_as_the_benchmark_says_it(indent):
    [found] = trials_in(results(ALL), indent=indent)
    assert (found.model, found.left_out, found.score) == ("gpt-5", 0, 9 / 16)
    powers = [sum(comb(sum(r), k) / comb(4, k) for r in GIVEN.values()) / 4 for k in (1, 2, 3, 4)]
    assert [each.all_pass.value for each in found.at] == pytest.approx(powers)


def test_what_never_ran_is_left_out_and_counted():
    lost = [simulation("0", 4, None, "infrastructure_error"), simulation("1", 4, 0.0)]
    [found] = trials_in(results([*ALL, *lost]))
    assert (found.left_out, len(found.scores["0"]), len(found.scores["1"])) == (1, 4, 5)


@every_row(
    ("more", "said"),
    [
        (simulation("0", 0, 1.0), "trial 0 of `0` is there twice, first in line"),
        (simulation("9", 0, None), "`reward` is `null`: write a number, or true or false"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(more, said):
    with pytest.raises(SpecError) as caught:
        trials_in(results([*ALL, more]), indent=1)
    [fault] = caught.value.faults
    text = json.dumps(results([*ALL, more]), indent=1).splitlines()
    at = len(text) - 1 - [each == "  {" for each in reversed(text)].index(True)
    assert (fault.line, fault.message[: len(said)]) == (at + 1, said)


@every_row(
    "data",
    [
        b'{"id": "a", "score": 1}\n{"id": "a", "score": 0}\n',
        b'{"id": "a", "note": "\\"simulations\\"", "score": 1}',
        b'{"simulations": 3}',
        b'{"simulations": [{"trial": 1}]}',
        b'{"simulations": [',
    ],
)
def test_other_files_are_read_as_before(data):
    assert simulation_rows(data) is None

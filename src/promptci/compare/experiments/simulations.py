"""Results of tau2-bench as rows: one file with all simulations below `simulations`.

The form is that of its `Results`
(https://github.com/sierra-research/tau2-bench/blob/main/src/tau2/data_model/simulation.py).
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Plain

ENDED, NEVER_RAN = "termination_reason", "infrastructure_error"
"""How a simulation ended, and the way that says that there was none."""


class _Agent(Struct):
    llm: str | None = None


class _Info(Struct):
    agent_info: _Agent | None = None


class _Results(Struct):
    simulations: list[msgspec.Raw]
    info: _Info | None = None


class _Reward(Struct):
    reward: float


class _Simulation(Struct):
    task_id: str | int
    trial: int | None = None
    reward_info: _Reward | None = None
    termination_reason: str | None = None


_results = msgspec.json.Decoder(_Results).decode
_simulation = msgspec.json.Decoder(_Simulation).decode


def simulation_rows(data: bytes) -> list[DataRow] | None:
    """A row for each simulation, with its line, task, trial and reward; None for other files."""
    if b'"simulations"' not in data:
        return None
    try:
        found = _results(data)
        return list(_rows(data, found))
    except msgspec.DecodeError:
        return None


def _rows(data: bytes, found: _Results) -> Iterator[DataRow]:
    agent = found.info.agent_info if found.info is not None else None
    whose: dict[str, Plain] = {} if agent is None or agent.llm is None else {"model": agent.llm}
    line, place = 1, 0
    for raw in found.simulations:
        at = data.index(raw, place)
        line += data.count(b"\n", place, at)
        place = at
        each = _simulation(raw)
        values: dict[str, Plain] = {
            "task_id": each.task_id,
            **whose,
            ENDED: each.termination_reason,
        }
        values["reward"] = None if each.reward_info is None else each.reward_info.reward
        yield DataRow(line, values if each.trial is None else {**values, "trial": each.trial})

"""Results of agents' trials as rows: those of Terminal-Bench and Harbor, and scores in objects.

Terminal-Bench writes `results.json`, whose `results` are its `TrialResults`
(https://github.com/laude-institute/terminal-bench/blob/main/terminal_bench/harness/models.py);
Harbor a `result.json` for each trial, its `TrialResult`
(https://github.com/laude-institute/harbor/blob/main/src/harbor/models/trial/result.py).
"""

from collections.abc import Iterator, Mapping, Sequence

from promptci.compare.experiments.scoretable import ID, MODEL, plain_name
from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Plain

RAISED = "exception_info"
"""What ended a trial of Harbor before there was a verdict; it counts as failed there."""
_VERDICT, _REWARD = "verifier_result", "reward"
_RESOLVED = "is_resolved"
_DEEPEST = 3


def harness_rows(rows: Sequence[DataRow]) -> list[DataRow]:
    """The rows, those of Terminal-Bench and Harbor with their task below `id` and a score."""
    return [DataRow(row.line, _told(row.values)) for row in rows]


def _told(values: dict[str, Plain]) -> dict[str, Plain]:
    if _RESOLVED in values and "task_id" in values:
        return {**values, ID: values["task_id"], _RESOLVED: values[_RESOLVED] is True}
    if _VERDICT in values and "task_name" in values:
        return _of_harbor(values)
    return values


def _of_harbor(values: Mapping[str, Plain]) -> dict[str, Plain]:
    """A trial of Harbor; one without a verdict has a reward of 0, as in Harbor's own mean.

    Several rewards are columns, of which one may be named.
    """
    rewards = _at(values, _VERDICT, "rewards")
    scores: Mapping[str, Plain] = rewards if isinstance(rewards, dict) else {_REWARD: 0}
    if len(scores) == 1:
        scores = {_REWARD: next(iter(scores.values()))}
    agent, model = (
        _at(values, "agent_info", *path) for path in (("name",), ("model_info", "name"))
    )
    whose: dict[str, Plain] = {"agent": agent} if isinstance(agent, str) else {}
    whose |= {MODEL: model} if isinstance(model, str) else {}
    ended = values.get(RAISED) if not isinstance(rewards, dict) else None
    return {ID: values["task_name"], **whose, **scores, RAISED: ended}


def _at(values: Mapping[str, Plain], *names: str) -> Plain:
    """What lies below these names; None where nothing does."""
    found: Plain = dict(values)
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def lifted(rows: list[DataRow], called: Sequence[str]) -> list[DataRow]:
    """The rows with a score that is in an object, `{"result": {"reward": 1}}`, as a column.

    `called` is how scores are called, the likeliest first. The object is the column that is itself
    called so, else any, and every row has the score in one and the same place.
    """
    columns = {plain_name(name): name for name in rows[0].values}
    own = next((columns[name] for name in called if name in columns), None)
    if own is not None and not all(isinstance(row.values.get(own), dict) for row in rows):
        return rows
    first = rows[0].values if own is None else {own: rows[0].values[own]}
    ranked = sorted((called.index(plain_name(path[-1])), path) for path in _paths(first, called))
    likeliest = [path for rank, path in ranked if rank == ranked[0][0]]
    if len(likeliest) != 1 or any(_at(row.values, *likeliest[0]) is None for row in rows):
        return rows
    column, *_, name = likeliest[0]
    return [
        DataRow(row.line, {**_without(row.values, column), name: _at(row.values, *likeliest[0])})
        for row in rows
    ]


def _paths(
    values: Mapping[str, Plain], called: Sequence[str], deepest: int = _DEEPEST
) -> Iterator[tuple[str, ...]]:
    """Where scores lie in objects, by the names on the way."""
    for name, each in values.items():
        if isinstance(each, dict) and deepest:
            yield from ((name, *path) for path in _paths(each, called, deepest - 1))
        elif plain_name(name) in called:
            yield (name,)


def _without(values: Mapping[str, Plain], name: str) -> dict[str, Plain]:
    return {key: value for key, value in values.items() if key != name}

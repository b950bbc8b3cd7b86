"""Rows of a task with a list of its trials, as one row for each trial."""

from collections.abc import Mapping, Sequence

from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Plain

_LISTS = (
    "trials", "runs", "attempts", "simulations", "rollouts", "epochs", "rewards", "scores",
    "successes", "passes", "results", "outcomes", "score", "reward", "passed", "success", "correct",
)  # fmt: skip
"""How a column may be called that lists what came of each trial."""


def trials_apart(rows: Sequence[DataRow], trial: str, score: str) -> list[DataRow]:
    """A row for each trial, its number below `trial`; the rows themselves where none lists them.

    An item that is an object gives its own fields, any other is the `score`.
    """
    name = next((name for name in _LISTS if all(_has_list(row.values, name) for row in rows)), "")
    if not name:
        return [*rows]
    found = []
    for row in rows:
        rest = {key: value for key, value in row.values.items() if key != name}
        given = row.values[name]
        for number, item in enumerate(given if isinstance(given, list) else [], 1):
            own: dict[str, Plain] = item if isinstance(item, dict) else {score: item}
            found.append(DataRow(row.line, {**rest, trial: number, **own}))
    return found


def _has_list(values: Mapping[str, Plain], name: str) -> bool:
    return isinstance(values.get(name), list)

"""Rows of a task with a list or the number of its trials, as one row for each trial."""

import re
from collections.abc import Mapping, Sequence

from promptci.compare.experiments.scorecells import cell_text
from promptci.compare.experiments.scoretable import plain_name
from promptci.compare.experiments.trialcolumns import is_of_trials
from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Plain

_LISTS = (
    "trials", "runs", "attempts", "simulations", "rollouts", "epochs", "rewards", "scores",
    "successes", "passes", "results", "outcomes", "score", "reward", "passed", "success", "correct",
)  # fmt: skip
"""How a column may be called that lists what came of each trial."""

_TRIED = ("n", "trials", "n_trials", "num_trials", "attempts", "runs", "num_runs")
_PASSED = (
    "c", "passed", "num_passed", "n_passed", "passes", "successes", "num_success",
    "num_successes", "n_success", "num_correct", "n_correct", "correct",
)  # fmt: skip
"""How columns may be called that count the trials of a task, and those that passed."""
_WHOLE = re.compile(r"\d{1,6}(?:\.0+)?")
_OF = re.compile(r"(\d{1,6})\s?/\s?(\d{1,6})")
_MOST_TRIALS = 1000


def trials_apart(rows: Sequence[DataRow], trial: str, score: str) -> list[DataRow]:
    """A row for each trial, its number below `trial`; the rows themselves where none lists them.

    An item that is an object gives its own fields, any other is the `score`.
    """
    name = next((name for name in _LISTS if all(_has_list(row.values, name) for row in rows)), "")
    if not name:
        return _counted_apart(rows, trial, score)
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


def _counted_apart(rows: Sequence[DataRow], trial: str, score: str) -> list[DataRow]:
    """A row for each trial of tasks that say how many there were, and how many passed."""
    plains = {plain_name(name): name for name in rows[0].values}
    tried = next((plains[name] for name in _TRIED if name in plains), "")
    passed = next((plains[name] for name in _PASSED if name in plains), "")
    counts = [_counts(row.values, tried, passed) for row in rows]
    is_one_each = not any(map(is_of_trials, plains)) and _is_once(rows, {tried, passed})
    if not (passed and is_one_each) or any(each is None for each in counts):
        return [*rows]
    if all(each is None or each[1] <= 1 for each in counts):  # each row may say what passed
        return [*rows]
    found = []
    for row, each in zip(rows, counts, strict=True):
        of, right = each or (0, 0)
        rest = {key: value for key, value in row.values.items() if key not in (tried, passed)}
        for number in range(1, of + 1):
            found.append(DataRow(row.line, {**rest, trial: number, score: int(number <= right)}))
    return found


def _is_once(rows: Sequence[DataRow], counted: set[str]) -> bool:
    """Whether no two rows are of the same task."""
    keys = [
        [(name, cell_text(cell)) for name, cell in row.values.items() if name not in counted]
        for row in rows
    ]
    return len({tuple(key) for key in keys}) == len(keys)


def _counts(values: Mapping[str, Plain], tried: str, passed: str) -> tuple[int, int] | None:
    """How many trials a row counts and how many of them passed; None where it counts none."""
    right = cell_text(values.get(passed, "")).strip()
    of = cell_text(values.get(tried, "")).strip()
    if told := _OF.fullmatch(right):
        right, of = told.groups()
    if not (_WHOLE.fullmatch(right) and _WHOLE.fullmatch(of)):
        return None
    found = int(float(of)), int(float(right))
    return found if found[1] <= found[0] and 2 <= found[0] <= _MOST_TRIALS else None

"""Scores of repeated trials that somebody else measured, such as those of an agent's tasks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from re import Pattern
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.experiments.harnessrows import RAISED, harness_rows, lifted
from promptci.compare.experiments.scorecells import cell_text
from promptci.compare.experiments.scoretable import (
    MODEL,
    SCORES,
    TRIAL,
    ScoreTable,
    columns_of_each,
)
from promptci.compare.experiments.simulations import ENDED, NEVER_RAN, simulation_rows
from promptci.compare.experiments.tablerows import TableForm, listed_rows, wrapped_rows
from promptci.compare.experiments.trialcolumns import (
    IDS,
    counted_together,
    id_column,
    telling_apart,
    with_trials,
)
from promptci.compare.experiments.triallists import trials_apart
from promptci.compare.outcomes.trialfigures import AtK, trials_at
from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Mark, excerpt
from promptci.stats.describe import mean

_CLOSE = 1e-9


class RecordedTrials(Struct, frozen=True, dict=True):
    """The scores of several trials of each example, by its id; one passes from `threshold` on.

    `left_out` counts trials that never ran, for a fault of whatever they were to run on. `sound`
    are the scores without trials that an error ended, which benchmarks count as failed. `together`
    is a column of the table whose values every example has as often, and how many these are.
    """

    label: str
    model: str
    scores: Mapping[str, Sequence[float]]
    threshold: float = 1.0
    left_out: int = 0
    sound: Mapping[str, Sequence[float]] | None = None
    together: tuple[str, int] = ("", 0)

    def passed(self, id_: str) -> int:
        """How many trials of an example passed."""
        return sum(score >= self.threshold - _CLOSE for score in self.scores[id_])

    @property
    def score(self) -> float:
        """The mean score, each example weighing the same."""
        return mean([mean(each) for each in self.scores.values()])

    @cached_property
    def at(self) -> tuple[AtK, ...]:
        """pass@k and pass^k with their intervals, for each k that is shown."""
        return trials_at({id_: (len(each), self.passed(id_)) for id_, each in self.scores.items()})

    @property
    def errors(self) -> int:
        """How many trials an error ended."""
        if self.sound is None:
            return 0
        return sum(len(each) - len(self.sound.get(id_, ())) for id_, each in self.scores.items())

    @property
    def without_errors(self) -> "RecordedTrials":
        """The same without them."""
        return replace(self, scores=self.scores if self.sound is None else self.sound, sound=None)

    @property
    def flips(self) -> tuple[str, ...]:
        """The examples of which some trials pass and some fail."""
        return tuple(i for i, each in self.scores.items() if 0 < self.passed(i) < len(each))


def _was_ended(row: DataRow) -> bool:
    """Whether an error ended a trial of tau-bench or of Harbor, which give it a reward of 0.

    tau-bench's `run.py` writes what was raised to `info`
    (https://github.com/sierra-research/tau-bench/blob/main/tau_bench/run.py).
    """
    if isinstance(row.values.get(RAISED), dict):
        return True
    info = row.values.get("info")
    return isinstance(info, dict) and "error" in info and "traceback" in info


class TrialTable(ScoreTable, frozen=True):
    """A table of scores by trial: a row for each, or a row of an example with a column for each."""

    CALLED: ClassVar[tuple[str, ...]] = (
        *(*SCORES, "success", "correct", "is_correct", "successful", "resolved", "solved"),
        "is_resolved",
        *("outcome", "result", "status", "verdict"),
    )
    KNOWN: ClassVar[frozenset[str]] = frozenset((*IDS, TRIAL, MODEL))
    FORMS: ClassVar[tuple[TableForm, ...]] = (simulation_rows, wrapped_rows, listed_rows)
    OF_EACH: ClassVar[Pattern[str]] = columns_of_each(
        *SCORES, TRIAL, "run", "attempt", "seed", "epoch", "rollout", "repeat", r"(?=\d+$)"
    )

    def _within(self, scores: Sequence[str]) -> str:
        return TRIAL

    def _apart(self, rows: list[DataRow]) -> list[DataRow]:
        found = trials_apart(harness_rows(rows), TRIAL, SCORES[0])
        return with_trials(found if self.score else lifted(found, self.CALLED), self.by)


def read_trial_scores(table: ScoreTable, threshold: float = 1.0) -> tuple[RecordedTrials, ...]:
    """The trials in a table, for each model in it: a row has `id`, a score, and may have `trial`.

    Raises `SpecError` with every fault and its line.
    """
    scored = table.read()
    rows, column = scored.rows, scored.score
    named = id_column(rows[0].values)
    if not named:
        wrong = "there is no column `id`, which says whose trial a row is: add it"
        raise SpecError([Mark(table.path, rows[0].line, 1).fault(wrong)])
    faults: list[Fault] = []
    found = []
    for key, each in scored.groups.items():
        scores: dict[str, list[float]] = defaultdict(list)
        sound: dict[str, list[float]] = defaultdict(list)
        seen: dict[tuple[str, str], DataRow] = {}
        ran = [row for row in each if row.values.get(ENDED) != NEVER_RAN]
        for number, row in enumerate(ran):
            value, id_ = table.number(row, column), cell_text(row.values.get(named))
            trial = cell_text(row.values[TRIAL]) if TRIAL in row.values else str(number)
            first = seen.setdefault((id_, trial), row)
            if isinstance(value, Fault):
                faults.append(value)
            elif first is not row:
                wrong = f"trial {excerpt(trial)} of `{excerpt(id_)}` is there twice, first in line"
                told = "" if faults else telling_apart(rows, (column, named, *scored.by))
                cure = f"keep one, or name the column that tells them apart with --by{told}"
                faults.append(Mark(table.path, row.line, 1).fault(f"{wrong} {first.line}: {cure}"))
            else:
                scores[id_].append(value)
                if not _was_ended(row):
                    sound[id_].append(value)
        whose, left_out = (table.label or table.path, ", ".join(key)), len(each) - len(ran)
        together = counted_together(ran, (column, named, *scored.by))
        found.append(RecordedTrials(*whose, scores, threshold, left_out, dict(sound), together))
    if faults:
        raise SpecError([*faults[:1]])
    if all(len(each) < 2 for one in found for each in one.scores.values()):
        wrong = "no example has two trials: write a row, or a column `trial_1`, for each trial"
        raise SpecError([Mark(table.path).fault(wrong)])
    return tuple(found)

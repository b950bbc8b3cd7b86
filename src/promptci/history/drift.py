"""Drift: what repeated measurements of one fingerprint say of a model that was not changed."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from promptci.errors import PromptCIError, verdict_code
from promptci.records.record import Fate
from promptci.spending.limits import NOTHING_TAKEN, Taken
from promptci.stats.changepoint import ALPHA, ChangePoint, change_point
from promptci.stats.describe import mean

WINDOW = 90
"""Measurements among which a move is looked for."""


class Measurement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One eval on one model, asked again: what became of each example, and who answered.

    `scores` are of the examples that were answered; `when` is a date and time in UTC. `record` is
    the digest of what the committed record says of the examples.
    """

    when: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    eval: str
    model: str
    fingerprint: Annotated[str, Meta(pattern=r"^[0-9a-f]{32,64}$")]
    fates: dict[str, Fate]
    scores: dict[str, Annotated[float, Meta(ge=0, le=1)]]
    served: tuple[str, ...] = ()
    record: str = ""

    @property
    def series(self) -> tuple[str, str, str, str]:
        """What it can be compared with: measurements of the same, beside the same record.

        A record with new answers is a decision to accept them.
        """
        return self.eval, self.model, self.fingerprint, self.record

    @property
    def score(self) -> float:
        """The mean of all scores; NaN without one."""
        return mean(list(self.scores.values())) if self.scores else math.nan


class Shift(Struct, frozen=True):
    """A score that moved: when the last measurement before was, and the first one after.

    A date in UTC each, or on one day the times. `point` is where the series moved, its means in
    0..1, and `since` counts the measurements from there on.
    """

    point: ChangePoint
    last_before: str
    first_after: str
    since: int


class ServedOtherwise(Struct, frozen=True):
    """Who answered before and who does now, and the date of the first measurement that says so."""

    before: tuple[str, ...]
    now: tuple[str, ...]
    since: str


class Drift(Struct, frozen=True):
    """The outcome of one eval on one model.

    `lost` passed before and failed each time they were asked now, or for longer than they are known
    to, `wavering` failed at times; `flaky` fail, which they are known to do at times; `unconfirmed`
    fail and were not asked again, since a ceiling ended that. `whys` says of lost ones why they
    fail, `why_missing` why most answers are missing. `served` is who answered before and now, if
    that differs. `is_undecided` where too many are missing.
    """

    now: Measurement
    count: int
    shift: Shift | None = None
    lost: tuple[str, ...] = ()
    wavering: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    served: ServedOtherwise | None = None
    errors: int = 0
    is_undecided: bool = False
    unconfirmed: tuple[str, ...] = ()
    whys: Mapping[str, str] = {}
    why_missing: str = ""

    @property
    def is_worse(self) -> bool:
        """Whether it alarms: a fall, or an example that is lost for sure."""
        fell = self.shift is not None and self.shift.point.is_fall
        return fell or bool(self.lost)


class DriftResult(Struct, frozen=True):
    """What a measurement of drift found. `left_out` says why evals were not asked.

    `stopped` is the ceiling that ended it.
    """

    found: tuple[Drift, ...]
    left_out: Mapping[str, str]
    taken: Taken = NOTHING_TAKEN
    stopped: PromptCIError | None = None

    @property
    def exit_code(self) -> int:
        """1 where a model got worse, else that of what stopped it, 3 without a verdict, or 0."""
        return verdict_code(
            is_worse=any(each.is_worse for each in self.found),
            is_open=any(each.is_undecided for each in self.found),
            stopped=self.stopped,
        )


def expected_to_pass(
    earlier: Sequence[Measurement], recorded: Mapping[str, str] | None
) -> frozenset[str]:
    """The examples that passed: in the record, else in the first measurement with answers."""
    first = next((each.fates for each in earlier if each.scores), {})
    fates = recorded if recorded is not None else first
    return frozenset(id_ for id_, fate in fates.items() if fate == "pass")


def came_back(earlier: Sequence[Measurement]) -> frozenset[str]:
    """The examples that failed once and passed again later, with nothing changed in between."""
    failed: set[str] = set()
    found: set[str] = set()
    for measurement in earlier:
        for id_, fate in measurement.fates.items():
            if fate == "fail":
                failed.add(id_)
            elif fate == "pass" and id_ in failed:
                found.add(id_)
    return frozenset(found)


def stays_away(measurements: Sequence[Measurement], id_: str, others: Sequence[Fate] = ()) -> bool:
    """Whether an example that fails at times has now failed longer in a row than by chance.

    `measurements` go from the oldest to the newest, of which the last `WINDOW` count; `others` are
    further fates, which say how often it fails. Two more, one of each kind, keep few from being
    sure: (failed + 1) / (answered + 2), Laplace's rule of succession (1774). The chance of so long
    a row of failures is that share to the power of its length, and must be below `ALPHA`.
    """
    fates = [each.fates.get(id_) for each in measurements[-WINDOW:]]
    told = [fate for fate in fates if fate in ("pass", "fail")]
    last = max((n for n, fate in enumerate(told) if fate == "pass"), default=-1)
    before = [*told[: last + 1], *(fate for fate in others if fate != "error")]
    share = (before.count("fail") + 1) / (len(before) + 2)
    run = len(told) - 1 - last
    return run > 0 and share**run < ALPHA


def find_shift(measurements: Sequence[Measurement], varying: Collection[str]) -> Shift | None:
    """Where the score moved, the last measurement included; None where it did not.

    `measurements` go from the oldest to the newest, of one series, and at least one; `varying` are
    ids. The move is that of `change_point` in the mean score of the last `WINDOW`, in 0..1.
    Examples that are known to vary are left out, unless they are most of them. That has to be known
    from elsewhere: to leave those out that failed and came back would leave a past without
    failures, beside which any first failure looks like a fall. That one example moves as far as the
    most of them ever did between two measurements is no move of the whole.
    """
    ids = list(measurements[-1].fates)
    steady = [id_ for id_ in ids if id_ not in varying]
    steady = steady if 2 * len(steady) >= len(ids) else ids
    told = [each for each in measurements if any(id_ in each.scores for id_ in steady)][-WINDOW:]
    values = [mean([e.scores[id_] for id_ in steady if id_ in e.scores]) for e in told]
    step = max((_largest_step(one, next_, steady) for one, next_ in pairwise(told)), default=0)
    if not step:
        return None
    point = change_point(values, least_deviation=0.5 * step / len(steady))
    if point is None:
        return None
    before, after = (each.when[:16].replace("T", " ") for each in told[point.at - 1 : point.at + 1])
    if before[:10] != after[:10]:
        before, after = before[:10], after[:10]
    return Shift(point, before, after, len(told) - point.at)


def _largest_step(one: Measurement, next_: Measurement, ids: Sequence[str]) -> float:
    """How far the score of one example went from a measurement to the next."""
    both = (id_ for id_ in ids if id_ in one.scores and id_ in next_.scores)
    return max((abs(next_.scores[id_] - one.scores[id_]) for id_ in both), default=0)


def served_otherwise(measurements: Sequence[Measurement]) -> ServedOtherwise | None:
    """Who answers now, and who last did before, if others: shown until the record is made again."""
    now, since = measurements[-1].served, measurements[-1].when
    for each in reversed(measurements[:-1] if now else ()):
        if each.served and each.served != now:
            return ServedOtherwise(each.served, now, since[:10])
        since = each.when if each.served else since
    return None


def read_measurements(text: str) -> tuple[list[Measurement], int]:
    """The measurements of a file, a line each, and how many lines are none."""
    found, odd = [], 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            found.append(msgspec.json.decode(line, type=Measurement))
        except (msgspec.MsgspecError, RecursionError):
            odd += 1
    return found, odd


def write_measurements(measurements: Sequence[Measurement], *, most: int) -> Iterator[str]:
    """The lines of a file, with the latest `most` of each series."""
    left: dict[tuple[str, str, str, str], int] = {}
    kept = []
    for each in reversed(measurements):
        left[each.series] = left.get(each.series, 0) + 1
        if left[each.series] <= most:
            kept.append(each)
    for each in reversed(kept):
        yield msgspec.json.encode(each).decode() + "\n"

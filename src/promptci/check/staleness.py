"""Decide whether a record that a change brings along is stale: not of its files, or not as it ran.

`Committed.stale` compares it with the files, `Committed.verify` with what was run.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.verification import (
    Stale,
    contradicted,
    denied,
    differing,
    forged,
    is_level,
    is_noise,
    left_to_chance,
    misstated,
    run_again,
    says_the_same,
    turned,
)
from promptci.compare.confirmed import MOST_CONFIRMED
from promptci.compare.planruns import RunPlan
from promptci.compare.repeatresults import RepeatResults
from promptci.digest import short_digest
from promptci.errors import SpecError
from promptci.records.record import Record
from promptci.records.scorefile import NewerFormatError
from promptci.run.planning.oldrecords import update_record
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import Task

if TYPE_CHECKING:
    from promptci.compare.outcomes.outcome import EvalOutcome

RecordsOf: TypeAlias = Callable[[str], Mapping[str, Record]]
"""The records of an eval by model, in one tree; none without a file. Raises `SpecError`."""


class Committed(Struct, frozen=True):
    """The head's records. What contradicts them is asked again by `run`, so many `times`.

    With `takes_merged` a record that was merged is not stale: what was not measured is evaluated.
    """

    records: RecordsOf
    run: RunPlan
    times: int
    takes_merged: bool = False

    def of(self, task: Task) -> Record | None:
        """The record of a task. Raises `SpecError` for a damaged one."""
        record = self.records(task.spec.name).get(task.model.name)
        return record and update_record(record, task)

    def repeats(self, record: Callable[[str, str], Record | None], task: Task) -> bool:
        """Whether another tree has the same record of the same fingerprint, by eval and model.

        `record` finds that of the other tree. What a merge left unmeasured repeats nothing. Raises
        `SpecError` where the head's is damaged.
        """
        its, mine = record(task.spec.name, task.model.name), self.of(task)
        if its is None or mine is None or mine.is_merged:
            return False
        return says_the_same(its, mine)

    def stale(self, task: Task) -> Stale | None:
        """What is wrong with the head's record: missing, damaged, or made from other files.

        None where it is of the files. Damage is one of its answers, and no error.
        """
        name, model = task.spec.name, task.model.name
        cure = run_again(name)
        try:
            record = self.of(task)
        except SpecError as error:
            why, _, advice = error.faults[0].message.rpartition(": ")
            is_newer = isinstance(error, NewerFormatError)
            return Stale(name, model, why or "damaged", advice if is_newer else cure, "damaged")
        if record is None:
            return Stale(name, model, f"there is no record for {model}", cure, "missing")
        if record.is_merged:
            wrong = f"the record for {model} was merged, and not all of it measured"
            return None if self.takes_merged else Stale(name, model, wrong, cure, "merged")
        if record.parts != task.parts or record.fingerprint != task.fingerprint:
            wrong = f"the record for {model} was made before the last change"
            return Stale(name, model, wrong, cure)
        if not _is_derived(record, task):
            return Stale(name, model, f"a derived metric of {model} is not up to date", cure)
        return None

    def verify(
        self, ran: "Sequence[EvalOutcome]", why_barred: "Callable[[EvalOutcome], str]"
    ) -> tuple[tuple[Stale, ...], tuple[tuple[str, str, str], ...], list[str]]:
        """Compare what was run with what was committed; what differs is asked again.

        Gives records that do not match, examples that flipped back by eval, model and id, and
        notes, a sentence each. `why_barred` says why an outcome lacks answers, if that is for want
        of a key. Raises `SpecError` for a damaged record.
        """
        stale: list[Stale] = []
        flaky: list[tuple[str, str, str]] = []
        notes: list[str] = []
        for outcome in ran:
            name, model = outcome.task.spec.name, outcome.task.model.name
            committed = self.of(outcome.task)
            if committed is None or outcome.task.judges.differing:
                continue
            if outcome.is_undecided and not why_barred(outcome):
                continue
            lie = "" if committed.is_merged else forged(committed, outcome.record)
            if lie:
                stale.append(denied(name, model, lie))
                continue
            if committed.build != outcome.record.build:
                notes.append(
                    f"{name} on {model}: recorded with another build of the model, so not verified"
                )
                continue
            found = self._differences(outcome, committed)
            flaky += [(name, model, id_) for id_ in sorted(found.flaky)]
            if found.by_chance:
                wanted = outcome.task.spec.gate.must_pass
                notes.append(left_to_chance(name, model, found.by_chance, wanted))
            if found.firm:
                stale.append(contradicted(name, model, found.firm))
            elif not (found.any or outcome.record.errors or committed.is_merged):
                lie = misstated(committed, outcome.record)
                stale += [denied(name, model, lie)] if lie else []
        return tuple(stale), tuple(flaky), notes

    def may_ask_again(self, task: Task) -> tuple[Again, ...]:
        """The most that verifying the record of a task may ask; nothing of a damaged one."""
        try:
            committed = self.of(task)
        except SpecError:
            return ()
        if committed is None or task.judges.differing or task.is_deterministic:
            return ()
        most = task.count if task.judges.varies else min(MOST_CONFIRMED, task.count)
        return (Again(task, task, most, max(1, self.times)),)

    def _differences(self, outcome: "EvalOutcome", committed: Record) -> "_Differences":
        """Where a record differs from what was run, once that was asked again.

        What a model said by itself must come back. A judge may say otherwise when it is asked
        again, but no oftener than one that varies would, nor to one side alone.
        """
        task, unlike = outcome.task, differing(committed, outcome.record)
        if not task.judges.varies or not unlike:
            firm = self._ask_again(task, committed, unlike)
            return _Differences(firm, unlike - firm)
        judged = frozenset(e.id for e in task.examples() if e.id in unlike and task.varies(e))
        shades = judged - turned(committed, outcome.record)
        firm = self._ask_again(task, committed, unlike - shades)
        flaky = unlike - shades - firm
        if not is_level(committed, outcome.record):
            return _Differences(unlike - flaky, flaky)
        if is_noise(len(firm & judged), len(flaky & judged)):
            return _Differences(firm - judged, flaky, firm & judged, has_shades=bool(shades))
        return _Differences(firm, flaky)

    def _ask_again(self, task: Task, committed: Record, ids: frozenset[str]) -> frozenset[str]:
        """Those of some examples that never come back to their committed verdict.

        Of many only some are asked; if any of these does not come back, the others count as such.
        """
        if not ids or task.is_deterministic:
            return ids
        asked = ids if task.judges.varies else _drawn(ids, task, committed)
        firm = self._never_back(task, committed, asked)
        return firm | (ids - asked) if firm else firm

    def _never_back(self, task: Task, committed: Record, ids: frozenset[str]) -> frozenset[str]:
        later, again = RepeatResults(), replace(task, chosen=ids, count=len(ids))
        self.run(Plan((again,), repeat=max(1, self.times), is_partial=True, first=1), later.take)
        verdicts = {result.id: result.passed for result in committed.results}
        return frozenset(id_ for id_ in ids if verdicts.get(id_) not in later.of(again, id_))


class _Differences(Struct, frozen=True):
    """Examples of which a record says what was not found when they were run.

    `firm` never came back to the record's verdict, `flaky` did; those `by_chance` did not, which a
    judge's noise explains. `has_shades` says that judges gave other scores with equal verdicts.
    """

    firm: frozenset[str]
    flaky: frozenset[str]
    by_chance: frozenset[str] = frozenset()
    has_shades: bool = False

    @property
    def any(self) -> bool:
        """Whether there is any difference at all."""
        return bool(self.firm or self.flaky or self.by_chance or self.has_shades)


def _drawn(ids: frozenset[str], task: Task, committed: Record) -> frozenset[str]:
    """Those of many examples that are asked again: what must pass, what the record says passes."""
    if len(ids) <= MOST_CONFIRMED:
        return ids
    passed = {result.id for result in committed.results if result.passed}

    def place(id_: str) -> tuple[bool, bool, str]:
        return (
            id_ not in task.spec.gate.must_pass,
            id_ not in passed,
            short_digest([task.fingerprint, id_]),
        )

    return frozenset(sorted(ids, key=place)[:MOST_CONFIRMED])


def _is_derived(record: Record, task: Task) -> bool:
    """Whether the derived metrics of a record follow from its own means."""
    derived = task.judges.derived
    means = {name: each for name, each in record.metrics.items() if name not in derived.formulas}
    found, _ = derived.values(means)
    return record.metrics == means | found

"""A change against its base: what changed is evaluated, the rest reused, records verified."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from promptci.check.basejudges import BaseJudges
from promptci.check.basequestions import BaseQuestions
from promptci.check.baserevision import Base
from promptci.check.checked import Checked
from promptci.check.committed import Committed, RecordsOf
from promptci.check.gatechanges import GateChanges, gate_changes, removed_eval
from promptci.check.standing import FindStanding, Standing, with_stand_ins
from promptci.check.trust import need_endpoints, trusted
from promptci.check.unverified import ClaimedScores, claimed
from promptci.check.verification import says_the_same
from promptci.compare.compared import Compared, Find, compare_pairs
from promptci.compare.confirmation import RunPlan, pass_over
from promptci.compare.gate import moved_must_pass
from promptci.compare.pairs import Pair, make_pairs
from promptci.compare.renames import Renames, find_renames
from promptci.compare.sides import revision_side
from promptci.errors import Fault, NothingToRunError, SpecError
from promptci.records.record import Parts, Record
from promptci.run.plan import BuildOf, Plan, Task, make_ready, make_task
from promptci.specs.evalspec import EvalSpec
from promptci.spending.limits import CONFIRM
from promptci.suite.codefiles import code_notes
from promptci.suite.suite import Suite

__all__ = ["Checked", "Checker", "RecordsOf"]


@dataclass(frozen=True)
class Checker:
    """Everything that a check needs to know.

    `base` and `head` are the suites at both states, `base_records` and `head_records` what is
    committed there. `barred` says of endpoints that `run` does not ask why not; `need_code` raises
    `RequestError` where own code must not be run. `last_standing` says which commit an eval of the
    base is held against where the base's record does not fit its files.
    """

    basis: Base
    base: Suite
    head: Suite
    base_records: RecordsOf
    head_records: RecordsOf
    build_of: BuildOf
    run: RunPlan
    find: Find
    times: int = CONFIRM
    barred: Mapping[str, str] = field(default_factory=dict)
    trusts_records: bool = False
    need_code: Callable[[], None] = lambda: None
    last_standing: FindStanding = lambda *_: None

    def check(self, *, frozen: bool = False) -> Checked:
        """Evaluate what changed, verify the committed records and apply the gate.

        With `frozen` no model is asked: the committed records stand for both sides. Those of the
        head are the author's word, and no verdict unless `trusts_records`. Raises
        `NothingToRunError` if there are no evals at all, and `RepoError` for an eval on a model at
        an endpoint that the base does not know.
        """
        if not self.head.evals:
            raise NothingToRunError("there are no evals in evals/, so nothing was checked")
        head, notes = trusted(self.head, self.base)
        need_endpoints(self.head, head)
        head = replace(head, code_base=self.base.code_base or self.base)
        tasks = [self._gated(task) for task in _tasks(head, self.build_of)]
        if not frozen and any(task.judges.runs_code for task in tasks):
            self.need_code()
            notes += code_notes(task.judges for task in tasks)
        stale = tuple(filter(None, (self._committed.stale(task) for task in tasks)))
        there = {self._was(name) for name in head.evals}
        removed = tuple(sorted(self.base.evals.keys() - there))
        found = Checked(
            self.basis,
            stale=stale,
            removed=removed,
            renamed=self._renames,
            terms=tuple(self._terms(head, tasks, removed)),
            moved=tuple(self._moved_subjects(head)),
            notes=tuple(notes),
            is_frozen=frozen,
        )
        if stale:
            return found
        changed = [task for task in tasks if not self._is_reused(task)]
        reused = tuple(_name(task) for task in tasks if self._is_reused(task))
        found = replace(found, reused=reused)
        self._find_stand_ins(changed)
        if frozen:
            return self._frozen(found, head, changed) if changed else found
        if changed:
            found = self._evaluated(found, head, changed)
        return self._asked_by_base(found, head, tasks)

    def _asked_by_base(self, found: Checked, head: Suite, tasks: Sequence[Task]) -> Checked:
        """The same by the base's own examples and scorers, where the change moved those."""
        questions = BaseQuestions(
            self.base,
            head,
            spec_of=self._base_spec,
            build_of=self.build_of,
            dress=lambda pair: self._dressed(pair, frozen=False),
            compare=lambda pairs: compare_pairs(pairs, self.run, self.find, times=self.times),
        )
        skipped = {(each.name, each.model) for each in found.skipped}
        moved = [t for t in tasks if _name(t) not in skipped and questions.is_moved(t)]
        answers = questions.ask(moved)
        notes = tuple(
            f"{name}: could not be judged by the base's examples: {why}"
            for name, why in answers.obstacles
        )
        return replace(found, asked_by_base=answers, notes=(*found.notes, *notes))

    @cached_property
    def _stand_ins(self) -> dict[str, list[Standing]]:
        """What evals are held against, by name, whose record at the base does not fit its files."""
        return {}

    def _find_stand_ins(self, changed: Sequence[Task]) -> None:
        for task in changed:
            name, models = task.spec.name, self.head.models(task.spec)
            found = self.last_standing(self._was(name), task.model.name, len(models) == 1)
            if found is not None and found.why:
                self._stand_ins.setdefault(name, []).append(found)

    @cached_property
    def _committed(self) -> Committed:
        return Committed(self.head_records, self.run, self.times)

    @cached_property
    def _claims(self) -> ClaimedScores:
        return ClaimedScores(
            self.barred,
            base=lambda task: self._base_record(task.spec.name, task.model.name),
            head=lambda task: self._committed.of(task),
            run=self.run,
            find=self.find,
        )

    @cached_property
    def _renames(self) -> Renames:
        return find_renames(self.base, self.head)

    def _moved_subjects(self, head: Suite) -> Iterator[str]:
        """Evals that test another prompt or model than at the base, and prompts that none tests."""
        for name, spec in sorted(head.evals.items()):
            base = self._base_spec(name)
            if base is None:
                continue
            if base.prompt != spec.prompt and base.prompt in head.prompts:
                prompts = f"`{spec.prompt}` here and `{base.prompt}` at the base"
                yield f"`{name}` tests the prompt {prompts}"
            before, after = self.base.models(base), head.models(spec)
            if len(before) == len(after) == 1 and before != after:
                yield f"`{name}` runs on `{after[0]}` here and on `{before[0]}` at the base"
        tested = {spec.prompt for spec in head.evals.values()}
        was_tested = {spec.prompt for spec in self.base.evals.values()}
        for name in sorted(was_tested & head.prompts.keys() - tested):
            yield f"the prompt `{name}` is not tested any more"

    def _was(self, name: str) -> str:
        """What the base calls an eval of the head."""
        return self._renames.get(name, name)

    def _base_spec(self, name: str) -> EvalSpec | None:
        return self.base.evals.get(self._was(name))

    def _gated(self, task: Task) -> Task:
        """The same task under the base's gate."""
        base = self._base_spec(task.spec.name)
        return task if base is None else replace(task, spec=replace(task.spec, gate=base.gate))

    def _terms(
        self, head: Suite, tasks: Sequence[Task], removed: Sequence[str]
    ) -> Iterator[GateChanges]:
        """By what evals are judged, where the change moved that; examples are read if need be."""
        parts = {task.spec.name: (task.parts, self._base_parts(task)) for task in tasks}
        for name, spec in sorted(head.evals.items()):
            base = self._base_spec(name)
            if base is not None:
                mine, its = parts[name]
                found = gate_changes(
                    self.base,
                    head,
                    base,
                    spec,
                    has_same_examples=its is not None and mine.examples == its.examples,
                    has_other_scorers=self._has_other_sets(head)
                    if its is None
                    else mine.scorers != its.scorers,
                )
                if not found.is_same:
                    yield found
        gone = (removed_eval(self.base.evals[name]) for name in removed)
        yield from (terms for terms in gone if terms.missing)

    def _has_other_sets(self, head: Suite) -> bool:
        """Whether shared scorers are written otherwise, where no record tells."""
        sides = (self.base.config.scorer_sets, head.config.scorer_sets)
        base, mine = ({name: node.plain() for name, node in sets.items()} for sets in sides)
        return base != mine

    def _base_parts(self, task: Task) -> Parts | None:
        """Of examples and scorers at the base; a record of another model says the same of them."""
        try:
            records = self.base_records(self._was(task.spec.name))
        except SpecError:
            return None
        record = records.get(task.model.name) or next(iter(records.values()), None)
        return record.parts if record else None

    def _is_reused(self, task: Task) -> bool:
        """Whether the base has the same record of the same fingerprint, for the same prompt.

        A fingerprint is short enough to be met on purpose, so the prompts are compared whole.
        """
        spec = self._base_spec(task.spec.name)
        prompt = self.base.prompts.get(spec.prompt) if spec else None
        if prompt is not None and prompt.digest != task.prompt.digest:
            return False
        base = self._base_record(task.spec.name, task.model.name)
        head = self._committed.of(task)
        return base is not None and head is not None and says_the_same(base, head)

    def _base_record(self, name: str, model: str) -> Record | None:
        """The base's record of an eval of the head; a damaged one is as good as none.

        Where the base's does not fit its files it is that of the last commit whose record does.
        """
        for other in self._stand_ins.get(name, ()):
            if other.found is not None and other.found.record.model == model:
                return other.found.record
        try:
            return self.base_records(self._was(name)).get(model)
        except SpecError:
            return None

    def _sorted(self, head: Suite, changed: list[Task], *, frozen: bool) -> "_Sorted":
        """Changed tasks as pairs with their base, as new ones, or as beyond comparison."""
        names = {task.spec.name for task in changed}
        specs = [head.evals[name] for name in sorted(names) if self._base_spec(name)]
        base_side = revision_side(self.base, self.basis.revision.short, self._renames)
        base_side = with_stand_ins(base_side, self._stand_ins)
        pairs, obstacles = make_pairs(
            head, specs, base_side, revision_side(head, "head"), self.build_of
        )
        wanted = {_name(task) for task in changed}
        kept = [self._dressed(pair, frozen=frozen) for pair in pairs if _name(pair.head) in wanted]
        paired = {_name(pair.head) for pair in kept}
        rest = [task for task in changed if _name(task) not in paired]
        return _Sorted(
            pairs=kept,
            fresh=[task for task in rest if task.spec.name not in obstacles],
            unknown=[_name(task) for task in rest if task.spec.name in obstacles],
            notes=[
                *(f"{name}: {said}" for name, said in self._passed_over()),
                *(f"{name}: not comparable: {why}" for name, why in sorted(obstacles.items())),
            ],
        )

    def _passed_over(self) -> Iterator[tuple[str, str]]:
        """Evals with a sentence on the record that is no base, and on what stands in its place."""
        for name, found in sorted(self._stand_ins.items()):
            for said in dict.fromkeys(each.said("the base") for each in found):
                yield name, said

    def _dressed(self, pair: Pair, *, frozen: bool) -> Pair:
        """A pair with the base's gate, the base's record where it holds, and accepted losses."""
        name = pair.head.spec.name
        record = self._base_record(name, pair.base.model.name)
        head = self._committed.of(pair.head)
        accepted = frozenset(loss.id for loss in head.accepted) if head else frozenset()
        is_barred = any(t.model.endpoint.name in self.barred for t in (pair.base, pair.head))
        base, head_task = self._gated(pair.base), self._gated(pair.head)
        return replace(
            pair,
            base=base,
            head=head_task,
            gate=head_task.spec.gate,
            can_repeat=pair.can_repeat and not is_barred,
            base_record=record if record and (frozen or _stands(record, pair.base)) else None,
            accepted=accepted,
        )

    def _evaluated(self, found: Checked, head: Suite, changed: list[Task]) -> Checked:
        """Ask what is not stored, and hold it against base and record."""
        work = self._sorted(head, changed, frozen=False)
        outcomes = self.run(Plan(tuple(work.fresh)), pass_over).outcomes() if work.fresh else ()
        compared = (
            compare_pairs(work.pairs, self.run, self.find, times=self.times) if work.pairs else ()
        )
        compared = tuple(map(self._with_moved_must_pass, compared))
        ran = [*outcomes, *(each.head for each in compared)]
        stale, flaky, notes = self._committed.verify(ran, self._claims.why)
        skipped = [*map(self._claims.of, compared), *map(self._claims.of_new, outcomes)]
        names = {(each.name, each.model) for each in skipped if each}
        heard = [pair for pair in work.pairs if _name(pair.head) not in names]
        return replace(
            found,
            by_base=self._base_judges.judge(head, heard),
            compared=tuple(c for c in compared if _name(c.pair.head) not in names),
            fresh=tuple(o for o in outcomes if _name(o.task) not in names),
            skipped=tuple(each for each in skipped if each),
            stale=stale,
            flaky=flaky,
            unknown=tuple(work.unknown),
            notes=(*found.notes, *work.notes, *notes),
        )

    @cached_property
    def _base_judges(self) -> BaseJudges:
        return BaseJudges(
            self.base,
            spec_of=self._base_spec,
            record_of=self._standing_record,
            build_of=self.build_of,
            compare=lambda pairs: compare_pairs(pairs, self.run, self.find, times=self.times),
        )

    def _with_moved_must_pass(self, found: Compared) -> Compared:
        """A comparison that examples which must pass block, however they came to fail."""
        pair = found.pair
        record = self._base_record(found.name, pair.base.model.name)
        passed = frozenset(r.id for r in record.results if r.passed) if record else frozenset()
        more = moved_must_pass(
            pair.gate,
            found.confirmed.comparison,
            passed_before=passed,
            accepted=pair.accepted,
        )
        return replace(found, blocks=(*found.blocks, *more))

    def _standing_record(self, task: Task) -> Record | None:
        """The base's record, if it says what running a task of the base would."""
        record = self._base_record(task.spec.name, task.model.name)
        return record if record and _stands(record, task) else None

    def _frozen(self, found: Checked, head: Suite, changed: list[Task]) -> Checked:
        """The same from the committed records alone, which are the author's claim."""
        work = self._sorted(head, changed, frozen=True)
        whole = [p for p in work.pairs if p.base_record is not None]
        pairs = [replace(p, head_record=self._committed.of(p.head)) for p in whole]
        blind = [_name(p.head) for p in work.pairs if p.base_record is None]
        compared = compare_pairs(pairs, self.run, self.find, times=0) if pairs else ()
        records = [(task, self._committed.of(task)) for task in work.fresh]
        note = "nothing was asked: the committed records stand for both sides"
        return replace(
            found,
            compared=compared,
            fresh=tuple(claimed(task, record) for task, record in records if record),
            unknown=(*work.unknown, *blind),
            claimed=() if self.trusts_records else tuple(map(_name, changed)),
            notes=(*found.notes, *work.notes, note),
        )


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Changed tasks by what can be done with them."""

    pairs: list[Pair]
    fresh: list[Task]
    unknown: list[tuple[str, str]]
    notes: list[str]


def _tasks(suite: Suite, build_of: BuildOf) -> Iterator[Task]:
    """Every eval on every one of its models. Raises `SpecError` with the faults of all."""
    faults: list[Fault] = []
    for name in sorted(suite.evals):
        spec = suite.evals[name]
        prompt = suite.prompts[spec.prompt]
        ready = make_ready(suite, spec, prompt, build_of, faults)
        if ready is not None:
            for model in suite.models(spec):
                yield make_task(ready, prompt, suite.config.model(model), build_of)
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)


def _stands(record: Record, task: Task) -> bool:
    """Whether a committed record says what running the task would."""
    return record.parts == task.parts and record.build == task.settings.build


def _name(task: Task) -> tuple[str, str]:
    return task.spec.name, task.model.name

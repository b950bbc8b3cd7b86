"""What changed, asked and judged: the last two steps of a check, paired and judged."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.basejudges import BaseJudges
from promptci.check.basequestions import BaseQuestions, ReadyQuestions
from promptci.check.basestate import BaseState
from promptci.check.checked import Checked
from promptci.check.checkrules import CheckRules, Runner
from promptci.check.pairing import Pairing, task_name
from promptci.check.sharedquestions import SharedQuestions
from promptci.check.staleness import Committed
from promptci.check.unverified import ClaimedScores, claimed
from promptci.compare.compared import Compared
from promptci.compare.comparison import reused_label
from promptci.compare.pairing.pairs import Pair
from promptci.compare.planruns import pass_over
from promptci.compare.results import edited_scores, scores_by_both
from promptci.errors import RepeatsStoppedError
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import Task
from promptci.specs.flows.flow import Flow
from promptci.suite.suite import Suite


class ChangeJudging(Struct, frozen=True):
    """Pairs changed tasks with their base and judges them, by the questions of both sides."""

    base: BaseState
    head: Suite
    committed: Committed
    runner: Runner
    rules: CheckRules

    def judged(
        self,
        found: Checked,
        changed: Sequence[Task],
        tasks: Sequence[Task],
        by_base: Sequence[Task],
    ) -> Checked:
        """Judge what changed by its own questions, and all by the base's where those moved."""
        ready, skipped = self.ready(found, tasks, by_base), found.skipped
        shared = SharedQuestions(ready.kept, ready.pairs)
        if changed:
            found = self.evaluated(found, changed, shared)
            if found.skipped != skipped:
                ready = self.ready(found, tasks, by_base)
        return self.asked_by_base(found, ready, shared)

    def evaluated(
        self, found: Checked, changed: Sequence[Task], beside: SharedQuestions
    ) -> Checked:
        """Ask what is not stored, and compare it with base and record; `beside` receives it."""
        work = self._pairing.sort(changed, frozen=False)
        fresh = Plan(tuple(work.fresh), again=self._verifying(work.fresh))
        outcomes = self.runner.run(fresh, pass_over).outcomes() if work.fresh else ()
        more = self._verifying([pair.head for pair in work.pairs])
        compared = self._compare(work.pairs, more, beside) if work.pairs else ()
        compared = tuple(map(self._with_moved_must_pass, compared))
        claims = self._claims
        ran = [*outcomes, *(each.head for each in compared)]
        try:
            stale, flaky, notes = self.committed.verify(ran, claims.why)
        except RepeatsStoppedError:
            stale, flaky, notes = (), (), ["the committed records were not verified"]
        skipped = [*map(claims.of, compared), *map(claims.of_new, outcomes)]
        names = {(each.name, each.model) for each in skipped if each}
        heard = [pair for pair in work.pairs if task_name(pair.head) not in names]
        edited = edited_scores(compared, found.gate_changes, self.base.record, "the record")
        return replace(
            found,
            by_base=self._base_judges.judge(self.head, heard),
            compared=tuple(c for c in compared if task_name(c.pair.head) not in names),
            fresh=tuple(o for o in outcomes if task_name(o.task) not in names),
            skipped=(*found.skipped, *(each for each in skipped if each)),
            stale=(*found.stale, *stale),
            flaky=flaky,
            unknown=tuple(work.unknown),
            rescored=tuple(scores_by_both(compared, self.base.record)),
            edited_scores=tuple(edited),
            notes=(*found.notes, *work.notes, *_reused_labels(compared), *notes),
        )

    def ready(
        self, found: Checked, tasks: Sequence[Task], by_base: Sequence[Task]
    ) -> ReadyQuestions:
        """The base's own examples and scorers, where the change moved those.

        Of `by_base` nothing else can be asked.
        """
        skipped = {(each.name, each.model) for each in found.skipped}
        questions = self._questions(None)
        moved = [t for t in tasks if task_name(t) not in skipped and questions.is_moved(t)]
        return questions.ready([*moved, *by_base])

    def asked_by_base(
        self, found: Checked, ready: ReadyQuestions, heard: SharedQuestions
    ) -> Checked:
        """The same by these questions; what was `heard` of them is not judged again."""
        answers = self._questions(heard).answer(ready)
        said = "could not be judged by the base's examples"
        notes = tuple(f"{name}: {said}: {why}" for name, why in answers.obstacles)
        return replace(found, asked_by_base=answers, notes=(*found.notes, *notes))

    def _questions(self, heard: SharedQuestions | None) -> BaseQuestions:
        return BaseQuestions(
            self.base.suite,
            self.head,
            spec_of=self.base.spec,
            parts_of=self.base.parts_of,
            recorded=self.base.parts,
            build_of=self.runner.build_of,
            dress=lambda pair: self._pairing.dress(pair, frozen=False),
            compare=lambda pairs: self._compare(pairs, heard=heard),
        )

    def frozen(self, found: Checked, changed: Sequence[Task]) -> Checked:
        """The same from the committed records alone, which are the author's claim."""
        work, of = self._pairing.sort(changed, frozen=True), self.committed.of
        whole = [p for p in work.pairs if p.base_record is not None]
        pairs = [replace(p, head_record=of(p.head)) for p in whole]
        blind = [task_name(p.head) for p in work.pairs if p.base_record is None]
        compared = self.runner.compare(pairs, times=0) if pairs else ()
        records = [(task, of(task)) for task in work.fresh]
        note = "nothing was asked: the committed records are used for both sides"
        return replace(
            found,
            compared=tuple(map(self._with_moved_must_pass, compared)),
            fresh=tuple(claimed(task, record) for task, record in records if record),
            unknown=(*work.unknown, *blind),
            claimed=() if self.rules.trusts_records else tuple(map(task_name, changed)),
            notes=(*found.notes, *work.notes, note),
        )

    def _compare(
        self,
        pairs: Sequence[Pair],
        more: Sequence[Again] = (),
        heard: SharedQuestions | None = None,
    ) -> tuple[Compared, ...]:
        return self.runner.compare(pairs, times=self.rules.confirm, more=more, heard=heard)

    def _verifying(self, tasks: Sequence[Task]) -> tuple[Again, ...]:
        """The most that comparing these tasks with their committed records may ask."""
        return tuple(each for task in tasks for each in self.committed.may_ask_again(task))

    @property
    def _pairing(self) -> Pairing:
        build_of, barred = self.runner.build_of, self.rules.barred
        return Pairing(self.base, self.head, self.committed, build_of, barred, self.rules.day)

    @property
    def _claims(self) -> ClaimedScores:
        return ClaimedScores(
            self.rules.barred,
            base=lambda task: self.base.record(task.spec.name, task.model.name),
            head=self.committed.of,
            run=self.runner.run,
            find=self.runner.find,
        )

    @property
    def _base_judges(self) -> BaseJudges:
        return BaseJudges(
            self.base.suite,
            spec_of=self.base.spec,
            record_of=self.base.current_record,
            build_of=self.runner.build_of,
            compare=self._compare,
        )

    def _with_moved_must_pass(self, found: Compared) -> Compared:
        """A comparison that examples which must pass block, however it is that they fail."""
        from promptci.compare.comparing import with_moved_must_pass  # late: see `Runner`

        pair = found.pair
        known = self.base.record(found.name, pair.base.model.name) if pair.gate.must_pass else None
        record = known and self._pairing.aligned_record(known, pair)
        return with_moved_must_pass(found, record) if record else found


def _reused_labels(compared: Sequence[Compared]) -> Iterator[str]:
    """Labels that name another prompt than at the base; a flow's is for its steps alone."""
    prompts = (each for each in compared if not isinstance(each.pair.head.prompt, Flow))
    said = (reused_label(each.base.record, each.head.record) for each in prompts)
    yield from dict.fromkeys(filter(None, said))

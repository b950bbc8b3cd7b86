"""What a comparison holds its head to, where its base is a revision: that one's gate and questions.

As a check does: the base's own examples and scorers are asked as well, wherever they are others.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.basequestions import BaseQuestions
from promptci.check.baserevision import Base
from promptci.check.basestate import BaseState
from promptci.check.changedgates import changed_gates
from promptci.check.changedsteps import ChangedSteps, evals_of
from promptci.check.changedtests import moved_subjects
from promptci.compare.compared import Compared
from promptci.compare.comparing import compare_pairs, with_moved_must_pass
from promptci.compare.gate.gatechanges import with_base_gate
from promptci.compare.pairing.comparedside import ComparedSide
from promptci.compare.pairing.pairs import Pair, beside_base
from promptci.compare.pairing.renamedetection import aligned
from promptci.compare.pairing.renames import find_origins
from promptci.compare.results import NOT_ASKED, CompareResult, edited_scores
from promptci.git.repo import CommitTree
from promptci.project.checkfiles import records_of
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.planning.task import Task
from promptci.specs.evalspec import Gate
from promptci.suite.outlines import outlines
from promptci.suite.suite import Suite


class RevisionBase(Struct, frozen=True):
    """A revision that a head is compared with. `head` is whose examples and scorers judge.

    `accept` gives a pair the losses that the head's record accepts. Its own questions are asked of
    a revision alone (`can_ask`): a model or a prompt's file has no examples of its own.
    """

    project: Project
    state: BaseState
    head: Suite
    accept: Callable[[Pair], Pair]
    can_ask: bool

    def dress(self, pair: Pair) -> Pair:
        """A pair that knows how its examples differ from the base's, under both gates."""
        name = pair.was or pair.head.spec.name
        spec, _ = with_base_gate(pair.head.spec, pair.head.golden, self.state.suite, name)
        known = beside_base(pair, self.state.suite, (name,))
        return self.accept(_under(known, spec.gate))

    def held(
        self,
        result: CompareResult,
        pairs: Sequence[Pair],
        moved: Sequence[Task],
        session: Session,
        *,
        times: int,
        is_whole: bool,
    ) -> CompareResult:
        """A result that this base's must-pass examples and its own questions may block.

        `pairs` are all that were to be compared, and `moved` the tasks of which the base asks
        something else; what flips there is asked again so many `times`. Where all evals were
        (`is_whole`), those count that the base alone has.
        """
        removed = self.state.removed(self.head) if is_whole else ()
        found = tuple(map(self._with_moved_must_pass, result.found))
        tasks = [pair.head for pair in pairs]
        names = {*removed, *(task.spec.name for task in tasks)}
        changed = changed_gates(self.state, self.head, tasks)
        gate_changes = tuple(each for each in changed if each.eval in names)
        subjects = moved_subjects(self.state, self.head, None if is_whole else names)
        evals = evals_of(self.state, self.head)
        flows = [(pair.head, pair.base) for pair in pairs]
        find = self.project.workspace.cache.get
        steps = ChangedSteps(self.state.suite, self.head, evals, flows, find).untested()
        whose = f"{self.state.revision.why}'s record"
        return replace(
            result,
            found=found,
            removed=removed,
            gate_changes=gate_changes,
            moved=(*subjects, *steps) if self.can_ask else (),
            edited_scores=tuple(edited_scores(found, gate_changes, self.state.record, whose)),
            asked_by_base=self.questions(session, times=times).ask(moved) if moved else NOT_ASKED,
        )

    def questions(self, session: Session | None = None, *, times: int = 0) -> BaseQuestions:
        """Asks the base's questions, in a session."""

        def compare(pairs: Sequence[Pair]) -> tuple[Compared, ...]:
            assert session is not None
            find = self.project.workspace.cache.get
            return compare_pairs(pairs, session.run, find, times=times)

        return BaseQuestions(
            self.state.suite,
            self.head,
            spec_of=self.state.spec,
            parts_of=self.state.parts_of,
            recorded=self.state.parts,
            build_of=self.project.models.build,
            dress=self._by_base,
            compare=compare,
        )

    def moved(self, pairs: Sequence[Pair]) -> list[Task]:
        """The tasks of which the base asks something else than the head does."""
        questions = self.questions()
        tasks = [pair.head for pair in pairs] if self.can_ask else []
        return [task for task in tasks if questions.is_moved(task)]

    def _with_moved_must_pass(self, found: Compared) -> Compared:
        """A comparison that examples which must pass block, however it is that they fail."""
        pair = found.pair
        record = (
            self.state.record(found.name, pair.base.model.name) if pair.gate.must_pass else None
        )
        if record is None or record.parts.prompt != pair.base.parts.prompt:
            return found
        now = {each.id: each.digest for each in outlines(pair.head.golden)}
        return with_moved_must_pass(found, aligned(record, now))

    def _by_base(self, pair: Pair) -> Pair:
        """A pair of the base's questions: under its gate, and with what is accepted."""
        return self.accept(_under(pair, self.state.gated(pair.head).spec.gate))


def revision_base(
    project: Project,
    before: ComparedSide,
    head: Suite,
    accept: Callable[[Pair], Pair],
    *,
    can_ask: bool,
) -> RevisionBase | None:
    """The base of a comparison, judged by the evals of `head`; None where it is no revision."""
    suite = before.suite
    if suite is None or suite is head or not isinstance(suite.tree, CommitTree):
        return None
    renames, joins = find_origins(suite, head)
    state = BaseState(
        Base(suite.tree.revision, before.name),
        suite,
        records_of(project, suite.tree),
        renames=renames,
        joins=joins,
        head=head,
    )
    return RevisionBase(project, state, head, accept, can_ask)


def _under(pair: Pair, gate: Gate) -> Pair:
    base, head = (replace(t, spec=replace(t.spec, gate=gate)) for t in (pair.base, pair.head))
    return replace(pair, base=base, head=head, gate=gate)

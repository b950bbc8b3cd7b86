"""Which side a run's evals are compared with: the last commit, or another whose record fits."""

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.lastfitting import LastFitting
from promptci.compare.gate.gatechanges import first_named, must_pass_gone, with_base_gate
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.pairing.comparedside import ComparedSide, revision_side
from promptci.compare.pairing.renames import find_origins
from promptci.errors import PromptCIError
from promptci.git.samefile import is_same_file
from promptci.project.project import Project
from promptci.records.record import Record
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.specs.evalspec import EvalSpec
from promptci.suite.golden import Golden
from promptci.suite.loading import load_base
from promptci.suite.suite import Suite

LAST_COMMIT = "the last commit"

Name: TypeAlias = tuple[str, str]
"""Eval and model."""


class Bases(Struct, frozen=True):
    """What a run is compared with: records by eval and model, and where those come from.

    `last_fitting` has the evals whose record at the last commit was passed over, or is of another
    model.
    """

    records: Mapping[Name, Record]
    last_fitting: Mapping[Name, LastFitting]


class BaseSides(Struct, frozen=True, dict=True):
    """The side that an outcome is compared with: the last commit, or another whose record fits."""

    project: Project
    last_fitting: Mapping[Name, LastFitting]

    def of(self, outcome: EvalOutcome) -> ComparedSide | None:
        """None where there is no commit yet."""
        name = (outcome.record.eval, outcome.record.model)
        known = self.last_fitting.get(name)
        if known is not None and known.found is not None:
            renames = {name[0]: known.found.name}
            return revision_side(known.found.suite, self.name(outcome), renames)
        was = outcome.base.eval if outcome.base else name[0]
        suite = self._last_commit
        return None if suite is None else revision_side(suite, LAST_COMMIT, {name[0]: was})

    def under_gate(self, task: Task, base: Record | None) -> tuple[EvalSpec, list[str]]:
        """An eval under the last commit's gate beside its own, and what a user should know of it.

        Without a record it is compared with nothing. A file that is as it was committed is not
        read, and one that cannot be has no say.
        """
        spec, committed = task.spec, self.project.workspace.committed
        if committed is None or base is None:
            return spec, []
        was, said = base.eval, list[str]()
        if was == spec.name and is_same_file(committed, task.golden.tree, spec.mark.path):
            return spec, []
        try:
            suite = self._last_commit
            if suite is None:
                return spec, []
            held, more = with_base_gate(spec, task.golden, suite, was)
            gone = must_pass_gone(suite, was, task.golden, partial(self._others, spec.name))
        except PromptCIError:
            return spec, []
        if more:
            said.append(f"{spec.name}: the gate of the last commit holds as well ({more})")
        if gone:
            blocks = "must pass, as the last commit has it, and no eval has it: a check blocks that"
            said.append(f"{spec.name}: {first_named(gone, ())}: {blocks}")
        return held, said

    def removed(self) -> Iterator[str]:
        """What a user should know of evals that are gone, as of those that take examples away.

        Nothing where only some evals were named: then not all that is here was read.
        """
        workspace, committed = self.project.workspace, self.project.workspace.committed
        if workspace.names or committed is None:
            return
        deleted = {*committed.files("evals")}.difference(workspace.suite.tree.files("evals"))
        if not any(path.endswith((".yaml", ".yml")) for path in deleted):
            return
        try:
            suite = self._last_commit
            if suite is None:
                return
            renames, joins = find_origins(suite, workspace.suite)
        except PromptCIError:
            return
        gone = (
            suite.evals.keys() - workspace.suite.evals.keys() - set(renames.values()) - set(joins)
        )
        for name in sorted(gone):
            if must_pass := suite.evals[name].gate.must_pass:
                blocks = "must pass, as the last commit has it: a check blocks that"
                yield f"{name} was removed, and {first_named(must_pass, ())} {blocks}"

    def _others(self, name: str) -> Iterator[Golden]:
        suite = self.project.workspace.suite
        others = (spec for other, spec in suite.evals.items() if other != name)
        return (Golden.of(suite.tree, spec) for spec in others)

    def name(self, outcome: EvalOutcome) -> str:
        """What that commit is called."""
        known = self.last_fitting.get((outcome.record.eval, outcome.record.model))
        if known is None or known.found is None or not known.why:
            return LAST_COMMIT
        return known.found.revision.short

    @cached_property
    def _last_commit(self) -> Suite | None:
        tree = self.project.workspace.committed
        return None if tree is None else load_base(tree, self.project.workspace.names)


def under_base_gates(project: Project, plan: Plan, bases: Bases) -> Plan:
    """A plan whose evals are under the last commit's gates beside their own; it is said.

    So an eased gate counts from the commit on that eases it, as in a check.
    """
    sides, said = BaseSides(project, bases.last_fitting), dict[str, None]()
    tasks = []
    for task in plan.tasks:
        base = bases.records.get((task.spec.name, task.model.name))
        spec, sentences = sides.under_gate(task, base)
        tasks.append(task if spec is task.spec else replace(task, spec=spec))
        said |= dict.fromkeys(sentences)
    said |= dict.fromkeys(sides.removed())
    for sentence in said:
        project.observer.remark(sentence)
    return replace(plan, tasks=tuple(tasks)) if said else plan

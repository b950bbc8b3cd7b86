"""Evals of a comparison that are judged by one side's scorers, where the other's are others."""

from collections.abc import Sequence

from promptci.compare.compared import Compared
from promptci.compare.pairing.comparedside import ComparedSide
from promptci.compare.pairing.pairs import Pair
from promptci.compare.results import OtherScorers, other_score
from promptci.errors import Fault, PromptCIError, SpecError
from promptci.project.project import Project
from promptci.records.record import Record
from promptci.run.planning.answering import reach_from
from promptci.run.planning.boundconversation import bind_talk
from promptci.run.planning.scoringpart import scoring
from promptci.run.planning.stepjudges import step_judges
from promptci.run.planning.task import Task
from promptci.specs.evalspec import EvalSpec
from promptci.suite.evaljudges import Judges
from promptci.suite.suite import Suite


def other_scorers(
    project: Project,
    found: Sequence[Compared],
    alike: Sequence[Pair],
    sides: tuple[ComparedSide, ComparedSide],
    *,
    by_head: bool,
) -> OtherScorers | None:
    """The evals that one of two sides, base and head, judges otherwise than both were; or None.

    Only a revision has scorers of its own. `alike` are pairs that were not asked; `by_head` says
    whose scorers judged.
    """
    other, judging = sides if by_head else sides[::-1]
    there = other.suite
    if there is None or there is judging.suite:
        return None
    evals, scores = dict[str, None](), list[str]()
    pairs = [(each.pair, each) for each in found] + [(pair, None) for pair in alike]
    for pair, compared in pairs:
        task = pair.base if by_head else pair.head
        name = pair.was if by_head and pair.was else pair.head.spec.name
        spec = there.evals.get(name)
        if spec is None or _scoring(project, there, spec, task) == _scoring_of(task):
            continue
        evals[pair.head.spec.name] = None
        record = _record(project, there, name, task)
        if record is not None:
            outcome = compared and (compared.base if by_head else compared.head)
            now = outcome.record.score if outcome and not outcome.is_undecided else None
            was = f" (was {pair.was})" if pair.was else ""
            where = f"{pair.head.spec.name}{was} on {task.model.name}"
            scores.append(other_score(where, f"{other.name}'s record", record.score, now))
    if not evals:
        return None
    by = judging.name if judging.suite is not None else "the working tree"
    return OtherScorers(by, other.name, tuple(evals), tuple(filter(None, scores)))


def _record(project: Project, suite: Suite, name: str, task: Task) -> Record | None:
    """The record of an eval of another suite on a task's model; None too where it is damaged."""
    try:
        return project.workspace.records(suite.tree, name).get(task.model.name)
    except SpecError:
        return None


def _scoring_of(task: Task) -> object:
    return scoring(task.spec, task.judges, task.step_judges, task.talk)


def _scoring(project: Project, suite: Suite, spec: EvalSpec, task: Task) -> object:
    """How an eval of another suite judges what a task asks; None where that cannot be read."""
    build_of, faults = project.models.build, list[Fault]()
    try:
        reach = reach_from(suite, spec.mark.path, build_of)
        judges = Judges(spec, reach, faults)
        steps = step_judges(suite, spec, task.prompt, task.step_judges, build_of, faults)
        talk = bind_talk(spec.conversing, task.prompt, reach, faults)
    except PromptCIError:
        return None
    return None if any(not f.warning for f in faults) else scoring(spec, judges, steps, talk)

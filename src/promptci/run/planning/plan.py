"""What to ask: every eval with every model, selected, fingerprinted and in order."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.errors import Fault, NothingToRunError, RequestError, SpecError, told_once
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.modelspec import ModelSpec
from promptci.suite.suite import Suite

if TYPE_CHECKING:
    from promptci.run.planning.selection import Selection


class Again(Struct, frozen=True):
    """What may be asked once more after a plan: `times` for each of so many examples of a task.

    It counts with what `of` asks. With `if_asked` it can only be where `of` asks anything at first.
    """

    of: Task
    task: Task
    examples: int
    times: int
    if_asked: bool = False


class Plan(Struct, frozen=True):
    """The tasks in order. `repeat` is how often each example is asked, from attempt `first` on.

    `ahead` are the examples of an eval on a model that are asked before the others.
    `again` is what may be asked afterwards, at most. `left_out` says why evals have no task here;
    `unchanged` are evals on models that were left out since their records are of their files, and
    `warnings` what is doubtful about what is asked.
    With `is_brief` results of flows come without what their steps asked and said, which takes
    memory for each of them; the answers are stored, so that it can be looked up again.
    """

    tasks: tuple[Task, ...]
    repeat: int = 1
    is_partial: bool = False
    first: int = 0
    ahead: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    again: tuple[Again, ...] = ()
    left_out: tuple[Fault, ...] = ()
    is_brief: bool = False
    unchanged: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Fault, ...] = ()

    def examples(self, task: Task) -> Iterator[Example]:
        """The examples of a task, those that are asked ahead first, else in file order."""
        ahead = self.ahead.get((task.spec.name, task.model.name), frozenset())
        yield from _some(task, ahead)
        for example in task.examples():
            if example.id not in ahead:
                yield example

    @property
    def models(self) -> Iterator[ModelSpec]:
        """Whoever may be asked, judges included."""
        for task in self.tasks:
            if task.given is None:
                yield from task.models
            for judges in (task.judges, *task.step_judges.values()):
                for scorer in judges.shared:
                    yield from scorer.models

    @property
    def count(self) -> int:
        """How many examples are to be evaluated, repeats included."""
        return self.repeat * sum(task.count for task in self.tasks)


def _some(task: Task, ids: frozenset[str]) -> Iterator[Example]:
    """So many of a task's examples, read no further than the last of them."""
    left = len(ids)
    for example in task.examples() if ids else ():
        if example.id in ids:
            yield example
            left -= 1
            if not left:
                return


def make_plan(suite: Suite, selection: "Selection", build_of: BuildOf) -> Plan:
    """What a selection asks for.

    Raises `RequestError` for a name that does not exist, `NothingToRunError` where nothing is
    selected and `SpecError` with every fault of the examples.
    """
    from promptci.run.planning.selection import check_filters, select  # late: see `_tasks`

    specs = select(suite, selection.names)
    faults: list[Fault] = []
    tasks = [task for spec in specs for task in _tasks(suite, spec, selection, build_of, faults)]
    left_out = _left_out(suite, faults) if tasks and not selection.names else ()
    if any(not fault.warning and fault not in left_out for fault in faults):
        raise SpecError(told_once(faults))  # a scorer set is read for each of its evals
    check_filters((task.golden for task in tasks), selection)
    chosen = tuple(task for task in tasks if task.count)
    if not chosen:
        raise NothingToRunError("no example has all of what --tag and --example ask for")
    warnings = tuple(dict.fromkeys(fault for fault in faults if fault.warning))
    return Plan(
        chosen, selection.repeat, selection.is_partial, left_out=left_out, warnings=warnings
    )


def _left_out(suite: Suite, faults: list[Fault]) -> tuple[Fault, ...]:
    """The faults of evals that a run of everything does without: of strangers, and of models."""
    return tuple(
        fault
        for fault in faults
        if not fault.warning and (fault.path in suite.optional or isinstance(fault, _NoModel))
    )


def _tasks(
    suite: Suite, spec: EvalSpec, selection: "Selection", build_of: BuildOf, faults: list[Fault]
) -> Iterator[Task]:
    """The tasks of an eval, one per model."""
    from promptci.run.planning.selection import choose_evals  # late: a check makes its own plans

    prompt = suite.prompts[spec.prompt]
    ready = make_ready(suite, spec, prompt, build_of, faults)
    if ready is None:
        return
    chosen = choose_evals(ready.golden, selection)
    for name in dict.fromkeys(selection.models or suite.models(spec)):
        try:
            model = suite.config.model(name)
        except RequestError as error:
            if selection.models:
                raise
            own = spec.marks.get("models", spec.mark)
            mark = own if spec.models or prompt.model is None else prompt.model_mark
            faults.append(_NoModel(mark.path, mark.line, mark.column, str(error)))
            continue
        yield make_task(ready, prompt, model, build_of, chosen=chosen)


class _NoModel(Fault, frozen=True):
    """A model's name that means none."""

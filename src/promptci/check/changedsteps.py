"""Texts of prompts that steps of flows ask, where a change brings in what no example tests."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.basestate import BaseState
from promptci.check.changedtexts import TestedBy, flow_prompts
from promptci.check.checked import Checked
from promptci.check.pairing import task_name
from promptci.run.planning.task import Task
from promptci.run.recall import Find
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite
from promptci.suite.unreached import has_logic


class ChangedSteps(Struct, frozen=True):
    """The flows of a change: tasks of the head, each with that of the base where there is one.

    `evals` are those of the head with what they were, and `find` gives stored answers, by which is
    known what steps gave to those behind them.
    """

    base: Suite
    head: Suite
    evals: Mapping[str, tuple[EvalSpec, EvalSpec | None]]
    tasks: Sequence[tuple[Task, Task | None]]
    find: Find

    def untested(self) -> Iterator[str]:
        """What no example of a flow, or of an eval of the prompt's own, brings about."""
        flows = [both for both in self.tasks if isinstance(both[0].prompt, Flow)]
        wanted = {name for task, _ in flows for name in _asked(task)}
        for name in sorted(wanted & flow_prompts(self.head)):
            now = self.head.prompts.get(name)
            if isinstance(now, Prompt) and has_logic(now):
                own = [both for both in self.evals.values() if both[0].prompt == name]
                yield from self._told(now, own, [both for both in flows if name in _asked(both[0])])

    def _told(
        self,
        now: Prompt,
        own: Sequence[tuple[EvalSpec, EvalSpec | None]],
        flows: Sequence[tuple[Task, Task | None]],
    ) -> Iterator[str]:
        from promptci.check.changedtemplate import ChangedTemplate
        from promptci.run.flowinputs import GivenByFlows  # late: few changes need it

        tested, was = TestedBy(self.base, self.head, own), self.base.prompts.get(now.name)
        here = GivenByFlows([task for task, _ in flows], now.name, self.find)
        there = GivenByFlows([*self._at_base(flows)], now.name, self.find)
        found = ChangedTemplate(
            self.base.tree,
            self.head.tree,
            was if isinstance(was, Prompt) else None,
            now,
            here=lambda: chain(tested.here(), here),
            there=lambda: chain(tested.there(), there),
            open=lambda: here.open,
        )
        is_moved = any(task is None or each.parts != task.parts for each, task in flows)
        by = TestedBy(self.base, self.head, [*own, *(self.evals[t.spec.name] for t, _ in flows)])
        yield from found.sentences() if found.is_edited or is_moved or by.are_moved else ()

    def _at_base(self, flows: Sequence[tuple[Task, Task | None]]) -> Iterator[Task]:
        """The base's tasks with the examples that it has itself, and is not compared by."""
        for task, before in flows:
            spec = self.evals[task.spec.name][1]
            if before is not None and spec is not None:
                yield replace(before, golden=Golden.of(self.base.tree, spec))


def with_untested_steps(
    base: BaseState, head: Suite, tasks: Sequence[Task], found: Checked, find: Find
) -> Checked:
    """The same check of these tasks with what no example tests, once what it asks is answered."""
    before = {task_name(each.pair.head): each.pair.base for each in found.compared}
    before |= {task_name(task): task for task in tasks if task_name(task) in found.reused}
    both = [(task, before.get(task_name(task))) for task in tasks]
    steps = ChangedSteps(base.suite, head, evals_of(base, head), both, find)
    return replace(found, moved=(*found.moved, *steps.untested()))


def evals_of(base: BaseState, head: Suite) -> dict[str, tuple[EvalSpec, EvalSpec | None]]:
    """All evals of the head with what they were."""
    return {name: (spec, base.spec(name)) for name, spec in head.evals.items()}


def _asked(task: Task) -> set[str]:
    return {each.prompt.name for each in task.asking}

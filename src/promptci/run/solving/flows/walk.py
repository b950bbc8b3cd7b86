"""A flow's answer to one example: its steps in their order, side by side, or again."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.parsing.source import Plain, excerpt
from promptci.run.planning.task import Task
from promptci.run.solved import Solved, StepAnswer
from promptci.run.solving.flows.intermediate import used_on_the_way
from promptci.run.solving.flows.parts import (
    action,
    again,
    for_step,
    listed_items,
    made_of,
    step_example,
)
from promptci.run.solving.flows.query import FlowStepError, query_request, rows_as_text
from promptci.run.solving.flows.together import asked_once, asked_together
from promptci.run.solving.flows.way import Way
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.blocks import (
    IfBlock,
    LoopBlock,
    MapBlock,
    ParallelBlock,
    Step,
    first_name,
)
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import AskStep, CallStep, FlowStep, QueryStep, TextStep
from promptci.specs.noanswer import why_no_answer
from promptci.specs.request import Asking, Request
from promptci.templates.template import TemplateError, as_text

KnownValues: TypeAlias = dict[str, Plain]


class Solver(Protocol):
    """What gets the answer of a prompt."""

    def __call__(
        self, task: Task, example: Example, *, attempt: int = 0, is_brief: bool = False
    ) -> Asking[Solved]:
        """The answer to one example, with `is_brief` without what was asked for it."""
        ...


class AskedAtMost(Protocol):
    """All that may be asked to get the answer of a prompt."""

    def __call__(self, task: Task, example: Example, *, attempt: int = 0) -> tuple[Request, ...]:
        """The requests, in order."""
        ...


class _Ended(Exception):
    """A step without which the flow cannot go on, with the answer that is none."""

    def __init__(self, step: str, why: str, completion: Completion | None = None) -> None:
        super().__init__(why)
        self.step, self.why, self.completion = step, why, completion


class Walk(Struct):
    """Goes through steps; `way` says what was taken so far, `times` how often each call was."""

    task: Task
    example: Example
    attempt: int
    solver: Solver
    way: Way
    times: Counter[int] = field(default_factory=Counter)

    def steps(self, steps: Sequence[Step], scope: KnownValues) -> Asking[None]:
        """Take steps in their order; their outputs are in `scope` then."""
        for step in steps:
            try:
                yield from _TAKE[type(step)](self, step, scope)
            except (TemplateError, FlowStepError, NoVerdict) as error:
                raise _Ended(first_name(step), str(error)) from None

    def _call(self, step: CallStep, scope: KnownValues) -> Asking[None]:
        task = self.task.steps[step.number]
        example = step_example(step, self.example, scope)
        attempt = self.attempt + again(self.times, step, task)
        asking = self.solver(task, example, attempt=attempt, is_brief=self.way.is_brief)
        solved = yield from for_step(asking, step.name)
        self.way.call(step.name, solved, example.vars)
        completion = solved.completion
        settings = None if solved.request is None else task.settings
        why = solved.failure or why_no_answer(settings, completion)
        if why:
            raise _Ended(step.name, why, completion)
        scope[step.name] = completion.text
        if step.allowed and action(completion.text) not in map(action, step.allowed):
            said = excerpt(completion.text, 40)
            self._against(step.name, f"chose an action that is not allowed: `{said}`")

    def _query(self, step: QueryStep, scope: KnownValues) -> Asking[None]:
        request = replace(query_request(step, scope), step=f"step `{step.name}`")
        completion = yield request
        assert isinstance(completion, Completion)
        text = rows_as_text(step, completion)
        shown = replace(completion, text=text)
        if not self.way.is_brief:
            self.way.trace.append(StepAnswer(step.name, request, shown))
        self.way.take(step.name)
        scope[step.name] = text

    def _text(self, step: TextStep, scope: KnownValues) -> Asking[None]:
        yield from ()
        scope[step.name] = step.text.render(scope)
        self.way.take(step.name)

    def _if(self, block: IfBlock, scope: KnownValues) -> Asking[None]:
        holds = yield from self._holds(block.condition, scope)
        yield from self.steps(block.then if holds else block.otherwise, scope)

    def _parallel(self, block: ParallelBlock, scope: KnownValues) -> Asking[None]:
        before = dict(scope)
        scopes = [dict(scope) for _ in block.branches]
        try:
            yield from self._each(block.branches, scopes)
        finally:  # what was said stays so where one of them ends the flow
            for each in scopes:
                scope.update((k, v) for k, v in each.items() if before.get(k) is not v)

    def _loop(self, block: LoopBlock, scope: KnownValues) -> Asking[None]:
        scope.update({name: text.value(scope) for name, text in block.start.items()})
        for _ in range(block.at_most):
            yield from self.steps(block.steps, scope)
            if (yield from self._holds(block.until, scope)):
                return

    def _map(self, block: MapBlock, scope: KnownValues) -> Asking[None]:
        items, wrong = listed_items(block, scope)
        if wrong:
            self._against(first_name(block), wrong)
        if len(items) > block.at_most:
            wrong = f"{len(items)} items, of which {block.at_most} are allowed"
            self._against(first_name(block), wrong)
        scopes: list[KnownValues] = [
            {**scope, **dict.fromkeys(block.names, ""), block.item: item}
            for item in items[: block.at_most]
        ]
        try:
            yield from self._each([block.steps] * len(scopes), scopes, between=block.join)
        finally:
            for name in block.names:
                scope[name] = block.join.join(as_text(each[name]) for each in scopes)

    def _each(
        self,
        lists: Sequence[Sequence[Step]],
        scopes: Sequence[KnownValues],
        between: str | None = None,
    ) -> Asking[None]:
        own = self.task, self.example, self.attempt, self.solver
        walks = [Walk(*own, self.way.branch(), Counter(self.times)) for _ in lists]
        taken = zip(walks, lists, scopes, strict=True)
        try:
            yield from asked_together([each.steps(steps, own) for each, steps, own in taken])
        finally:
            self.way.join([each.way for each in walks], between)
            for each in walks:
                self.times |= each.times

    def _holds(self, condition: Condition, scope: KnownValues) -> Asking[bool]:
        text = condition.subject(scope)
        try:
            return (yield from for_step(condition.holds(text, scope), condition.name))
        except NoVerdict as error:
            raise _Ended(condition.name, f"the condition on it: {error}") from None

    def _against(self, name: str, why: str) -> None:
        """Something was against the rules of a step."""
        self.way.faults.append((name, why))


_TAKE: Mapping[type[Step], Callable[[Walk, Any, KnownValues], Asking[None]]] = {
    AskStep: Walk._call,
    FlowStep: Walk._call,
    QueryStep: Walk._query,
    TextStep: Walk._text,
    IfBlock: Walk._if,
    ParallelBlock: Walk._parallel,
    LoopBlock: Walk._loop,
    MapBlock: Walk._map,
}


def flow_answer(
    task: Task, example: Example, *, attempt: int, solver: Solver, is_brief: bool
) -> Asking[Solved]:
    """Take all steps; the answer is the flow's output, made of theirs.

    An answer of a step that is none ends the flow with that, and the step is named.
    """
    is_judged = bool(example.steps or used_on_the_way(task, example))
    way = Way(is_brief, is_judged=is_judged)
    return asked_once(_answer(task, Walk(task, example, attempt, solver, way)))


def _answer(task: Task, walk: Walk) -> Asking[Solved]:
    assert isinstance(task.prompt, Flow)
    flow, example = task.prompt, walk.example
    scope: KnownValues = {**example.vars, **dict.fromkeys((step.name for step in flow.named), "")}
    failure, ended = "", None
    try:
        for step, over in zip(flow.steps, flow.over_after, strict=True):
            yield from walk.steps((step,), scope)
            if not walk.way.is_judged:  # what nothing uses any more takes no memory
                scope.update(dict.fromkeys(over, ""))
        text = flow.output.render(scope)
    except TemplateError as error:
        failure, text = f"the output: {error}", ""
    except _Ended as error:
        failure, ended = f"step `{error.step}`: {error.why}", error.completion
        text = ended.text if ended is not None else ""
    names = [name for name in dict.fromkeys(walk.way.taken) if name in scope]
    took, latency = walk.way.took.values(), walk.way.latency
    sampling = task.settings.sampling
    return Solved(
        made_of(took, text, ended=ended, latency=latency, sampling=sampling),
        trace=tuple(walk.way.trace),
        latency=latency,
        failure=failure,
        walked=walk.way.walked({name: as_text(scope[name]) for name in names}),
    )

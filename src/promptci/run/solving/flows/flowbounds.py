"""What a flow may ask at most, before its steps have said anything, or after some of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.run.planning.task import Task
from promptci.run.solving.flows.either import either_of
from promptci.run.solving.flows.parts import again, listed_items, step_example
from promptci.run.solving.flows.query import FlowStepError, query_request, rows_as_text
from promptci.run.solving.flows.unknownoutputs import (
    Unsaid,
    given_to,
    is_unsaid,
    longest_output,
    longest_said,
)
from promptci.run.solving.flows.walk import AskedAtMost, KnownValues, Solver
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.blocks import IfBlock, LoopBlock, MapBlock, ParallelBlock, Step
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import AskStep, FlowStep, QueryStep, TextStep
from promptci.specs.noanswer import why_no_answer
from promptci.specs.request import Asking, Request, T, requests_of
from promptci.templates.template import TemplateError, as_text

Known = Callable[[Sequence[Request]], Mapping[str, Completion]]
"""The answers to requests that need not be asked, by request key."""


class _Ends(Exception):
    """The flow goes no further: a variable is not there, or data cannot be loaded."""


def _nothing(requests: Sequence[Request]) -> Mapping[str, Completion]:
    return {}


def flow_at_most(
    task: Task,
    example: Example,
    *,
    attempt: int,
    asked: AskedAtMost,
    solver: Solver,
    known: Known = _nothing,
) -> tuple[Request, ...]:
    """All that a flow may ask, less what is `known`.

    What depends on answers is as long as it may get. Of two branches of which either may be taken
    it is what asks more; where neither surely does, it is both. Loops are taken as often as they
    may be, lists are as long.
    """
    assert isinstance(task.prompt, Flow)
    bound = FlowBound(task, example, attempt, asked, solver, known)
    bound.whole(task.prompt)
    return tuple(bound.requests)


class FlowBound(Struct):
    """What a flow may ask; `scope` are the outputs of its steps then, as long as they may get."""

    task: Task
    example: Example
    attempt: int
    asked: AskedAtMost
    solver: Solver
    known: Known
    requests: list[Request] = field(default_factory=list)
    times: Counter[int] = field(default_factory=Counter)
    scope: KnownValues = field(default_factory=dict)

    def whole(self, flow: Flow) -> str | None:
        """Take all steps of a flow; its output, None where it goes no further."""
        unsaid = dict.fromkeys((step.name for step in flow.named), "")
        scope = self.scope = {**self.example.vars, **unsaid}
        try:
            self.steps(flow.steps, scope)
            text = flow.output.render(scope)
        except (_Ends, TemplateError):
            return None
        return Unsaid(text) if is_unsaid(flow.output.variables, scope) else text

    def steps(self, steps: Sequence[Step], scope: KnownValues) -> None:
        for step in steps:
            _BOUND[type(step)](self, step, scope)

    def _ask(self, step: AskStep, scope: KnownValues) -> None:
        task = self.task.steps[step.number]
        try:
            example = step_example(step, self.example, scope)
            attempt = self.attempt + again(self.times, step, task)
            possible = self.asked(task, example, attempt=attempt)
        except TemplateError:
            raise _Ends from None
        solved = None
        is_blind = self.known is _nothing or is_unsaid(step.variables, scope)
        if not is_blind:
            try:
                solved = self._driven(self.solver(task, example, attempt=attempt))
            except NoVerdict:
                raise _Ends from None
        if solved is not None and not why_no_answer(None, solved.completion):
            scope[step.name] = solved.completion.text
            return
        # What is imagined is not stored, and a stored one that is no answer is asked again.
        is_new = is_blind or solved is not None or len(possible) == 1
        stored = {} if is_new else self.known(possible)
        self.requests += (r for r in possible if not stored or r.key not in stored)
        scope[step.name] = longest_said(task)

    def _flow(self, step: FlowStep, scope: KnownValues) -> None:
        task = self.task.steps[step.number]
        try:
            example = step_example(step, self.example, scope)
        except TemplateError:
            raise _Ends from None
        attempt = self.attempt + again(self.times, step, task)
        inner = replace(example, vars=given_to(step, example.vars, scope))
        bound = FlowBound(task, inner, attempt, self.asked, self.solver, self.known)
        output = bound.whole(step.flow)
        self.requests += bound.requests
        if output is None:
            raise _Ends
        scope[step.name] = output

    def _query(self, step: QueryStep, scope: KnownValues) -> None:
        scope[step.name] = longest_output(step.max_characters // 4 + 1)
        if is_unsaid(step.variables, scope):
            return
        try:
            request = query_request(step, scope)
            stored = self.known([request])
            if request.key in stored:
                scope[step.name] = rows_as_text(step, stored[request.key])
        except (TemplateError, FlowStepError):
            raise _Ends from None

    def _text(self, step: TextStep, scope: KnownValues) -> None:
        try:
            text = step.text.render(scope)
        except TemplateError:
            raise _Ends from None
        scope[step.name] = Unsaid(text) if is_unsaid(step.variables, scope) else text

    def _if(self, block: IfBlock, scope: KnownValues) -> None:
        holds = self._holds(block.condition, scope)
        if holds is not None:
            self.steps(block.then if holds else block.otherwise, scope)
            return
        sides = self._apart((block.then, block.otherwise), (dict(scope), dict(scope)))
        self.requests += either_of(*(bound.requests for bound, _ in sides))
        for name in scope:
            one, other = (as_text(after[name]) for _, after in sides)
            if one != other:
                scope[name] = Unsaid(max(one, other, key=len))

    def _parallel(self, block: ParallelBlock, scope: KnownValues) -> None:
        before = dict(scope)
        for bound, after in self._apart(block.branches, [dict(scope) for _ in block.branches]):
            self.requests += bound.requests
            scope.update((k, v) for k, v in after.items() if before.get(k) is not v)

    def _loop(self, block: LoopBlock, scope: KnownValues) -> None:
        for name, text in block.start.items():
            value = text.value(scope)
            unsaid = is_unsaid(text.variables, scope)
            scope[name] = Unsaid(as_text(value)) if unsaid else value
        for _ in range(block.at_most):
            self.steps(block.steps, scope)
            if self._holds(block.until, scope):
                return

    def _map(self, block: MapBlock, scope: KnownValues) -> None:
        items: list[Plain] = [Unsaid(as_text(block.over.value(scope)))] * block.at_most
        if not is_unsaid(block.over.variables, scope):
            items = listed_items(block, scope)[0][: block.at_most]
        said: dict[str, list[str]] = {name: [] for name in block.names}
        is_known = True
        empty = {**scope, **dict.fromkeys(block.names, "")}
        scopes: list[KnownValues] = [{**empty, block.item: item} for item in items]
        for bound, after in self._apart([block.steps] * len(items), scopes):
            self.requests += bound.requests
            for name in block.names:
                said[name].append(as_text(after[name]))
                is_known = is_known and not isinstance(after[name], Unsaid)
        for name in block.names:
            text = block.join.join(said[name])
            scope[name] = text if is_known else Unsaid(text)

    def _apart(
        self, lists: Sequence[Sequence[Step]], scopes: Sequence[KnownValues]
    ) -> "list[tuple[FlowBound, KnownValues]]":
        """What branches may ask that see nothing of each other, and the outputs behind them."""
        own = self.task, self.example, self.attempt, self.asked, self.solver, self.known
        found = [(FlowBound(*own, times=Counter(self.times)), scope) for scope in scopes]
        for (bound, scope), steps in zip(found, lists, strict=True):
            with suppress(_Ends):
                bound.steps(steps, scope)
            self.times |= bound.times
        return found

    def _holds(self, condition: Condition, scope: KnownValues) -> bool | None:
        """Whether a condition holds; None where that is not known."""
        if is_unsaid({condition.root, *condition.variables}, scope):
            return None
        try:
            text = condition.subject(scope)
        except TemplateError:
            raise _Ends from None
        return self._driven(condition.holds(text, scope))

    def _driven(self, asking: Asking[T]) -> T | None:
        """Its value with what is known; None where that is not enough."""
        try:
            ask = next(asking)
            while True:
                requests = requests_of(ask)
                stored = self.known(requests)
                if any(request.key not in stored for request in requests):
                    return None
                said = tuple(stored[request.key] for request in requests)
                ask = asking.send(said if isinstance(ask, tuple) else said[0])
        except StopIteration as done:
            value: T = done.value
            return value
        finally:
            asking.close()


_BOUND: Mapping[type[Step], Callable[[FlowBound, Any, KnownValues], None]] = {
    AskStep: FlowBound._ask,
    FlowStep: FlowBound._flow,
    QueryStep: FlowBound._query,
    TextStep: FlowBound._text,
    IfBlock: FlowBound._if,
    ParallelBlock: FlowBound._parallel,
    LoopBlock: FlowBound._loop,
    MapBlock: FlowBound._map,
}

"""What a flow may ask at most, before its steps have said anything, or after some of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from msgspec import Struct, field

from promptci.parsing.source import Plain
from promptci.parsing.template import TemplateError, as_text
from promptci.run.flows.either import either_of
from promptci.run.flows.parts import again, listed_items, step_example
from promptci.run.flows.query import FlowStepError, query_request, rows_as_text
from promptci.run.flows.together import requests_of
from promptci.run.flows.walk import Scope, Solver
from promptci.run.task import Task
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.blocks import IfBlock, LoopBlock, MapBlock, ParallelBlock, Step
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import AskStep, QueryStep, TextStep
from promptci.specs.noanswer import why_no_answer
from promptci.specs.request import Asking, Request, T
from promptci.spending.estimate import most_output

Known = Callable[[Sequence[str]], Mapping[str, Completion]]
"""Stored answers by request key."""

_WORD = "word "


class AskedAtMost(Protocol):
    """All that may be asked to get the answer of a prompt."""

    def __call__(self, task: Task, example: Example, *, attempt: int = 0) -> tuple[Request, ...]:
        """The requests, in order."""
        ...


class _Unsaid(str):
    """An output that is not known yet, as long as it may get."""

    __slots__ = ()


class _Ends(Exception):
    """The flow goes no further: a variable is not there, or data cannot be loaded."""


def _nothing(keys: Sequence[str]) -> Mapping[str, Completion]:
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
    flow = task.prompt
    scope: Scope = {**example.vars, **dict.fromkeys((step.name for step in flow.named), "")}
    bound = _Bound(task, example, attempt, asked, solver, known)
    with suppress(_Ends):
        bound.steps(flow.steps, scope)
    return tuple(bound.requests)


class _Bound(Struct):
    task: Task
    example: Example
    attempt: int
    asked: AskedAtMost
    solver: Solver
    known: Known
    requests: list[Request] = field(default_factory=list)
    times: Counter[int] = field(default_factory=Counter)

    def steps(self, steps: Sequence[Step], scope: Scope) -> None:
        for step in steps:
            _BOUND[type(step)](self, step, scope)

    def _ask(self, step: AskStep, scope: Scope) -> None:
        task = self.task.steps[step.number]
        try:
            example = step_example(step, self.example, scope)
            attempt = self.attempt + again(self.times, step, task)
            possible = self.asked(task, example, attempt=attempt)
        except TemplateError:
            raise _Ends from None
        solved = None
        is_blind = self.known is _nothing
        if not is_blind and not _is_unsaid(step.variables, scope):
            try:
                solved = self._driven(self.solver(task, example, attempt=attempt))
            except NoVerdict:
                raise _Ends from None
        if solved is not None and not why_no_answer(None, solved.completion):
            scope[step.name] = solved.completion.text
            return
        is_new = is_blind or solved is not None  # a stored one that is no answer is asked again
        stored = {} if is_new else self.known([r.key for r in possible])
        self.requests += (r for r in possible if r.key not in stored)
        scope[step.name] = _longest(most_output(task.settings))

    def _query(self, step: QueryStep, scope: Scope) -> None:
        scope[step.name] = _longest(step.max_characters // 4 + 1)
        if _is_unsaid(step.variables, scope):
            return
        try:
            request = query_request(step, scope)
            stored = self.known([request.key])
            if request.key in stored:
                scope[step.name] = rows_as_text(step, stored[request.key])
        except (TemplateError, FlowStepError):
            raise _Ends from None

    def _text(self, step: TextStep, scope: Scope) -> None:
        try:
            text = step.text.render(scope)
        except TemplateError:
            raise _Ends from None
        scope[step.name] = _Unsaid(text) if _is_unsaid(step.variables, scope) else text

    def _if(self, block: IfBlock, scope: Scope) -> None:
        holds = self._holds(block.condition, scope)
        if holds is not None:
            self.steps(block.then if holds else block.otherwise, scope)
            return
        sides = [self._apart(steps, dict(scope)) for steps in (block.then, block.otherwise)]
        self.requests += either_of(*(bound.requests for bound, _ in sides))
        for name in scope:
            one, other = (as_text(after[name]) for _, after in sides)
            if one != other:
                scope[name] = _Unsaid(max(one, other, key=len))

    def _parallel(self, block: ParallelBlock, scope: Scope) -> None:
        before = dict(scope)
        for branch in block.branches:
            bound, after = self._apart(branch, dict(before))
            self.requests += bound.requests
            scope.update((k, v) for k, v in after.items() if before.get(k) is not v)

    def _loop(self, block: LoopBlock, scope: Scope) -> None:
        for name, text in block.start.items():
            value = text.value(scope)
            unsaid = _is_unsaid(text.variables, scope)
            scope[name] = _Unsaid(as_text(value)) if unsaid else value
        for _ in range(block.at_most):
            self.steps(block.steps, scope)
            if self._holds(block.until, scope):
                return

    def _map(self, block: MapBlock, scope: Scope) -> None:
        items: list[Plain] = [_Unsaid(as_text(block.over.value(scope)))] * block.at_most
        if not _is_unsaid(block.over.variables, scope):
            items = listed_items(block, scope)[: block.at_most]
        said: dict[str, list[str]] = {name: [] for name in block.names}
        is_known = True
        for item in items:
            own: Scope = {**scope, **dict.fromkeys(block.names, ""), block.item: item}
            bound, after = self._apart(block.steps, own)
            self.requests += bound.requests
            for name in block.names:
                said[name].append(as_text(after[name]))
                is_known = is_known and not isinstance(after[name], _Unsaid)
        for name in block.names:
            text = block.join.join(said[name])
            scope[name] = text if is_known else _Unsaid(text)

    def _apart(self, steps: Sequence[Step], scope: Scope) -> "tuple[_Bound, Scope]":
        """What a branch may ask, and the outputs behind it."""
        own = self.task, self.example, self.attempt, self.asked, self.solver, self.known
        bound = _Bound(*own, times=Counter(self.times))
        with suppress(_Ends):
            bound.steps(steps, scope)
        self.times |= bound.times
        return bound, scope

    def _holds(self, condition: Condition, scope: Scope) -> bool | None:
        """Whether a condition holds; None where that is not known."""
        if _is_unsaid({condition.name, *condition.variables}, scope):
            return None
        return self._driven(condition.holds(as_text(scope.get(condition.name)), scope))

    def _driven(self, asking: Asking[T]) -> T | None:
        """What it comes to with what is known; None where that is not enough."""
        try:
            ask = next(asking)
            while True:
                requests = requests_of(ask)
                stored = self.known([request.key for request in requests])
                if any(request.key not in stored for request in requests):
                    return None
                said = tuple(stored[request.key] for request in requests)
                ask = asking.send(said if isinstance(ask, tuple) else said[0])
        except StopIteration as done:
            value: T = done.value
            return value
        finally:
            asking.close()


def _is_unsaid(names: "frozenset[str] | set[str]", scope: Scope) -> bool:
    return any(isinstance(scope.get(name), _Unsaid) for name in names)


def _longest(tokens: int) -> _Unsaid:
    letters = 4 * tokens
    return _Unsaid((_WORD * (letters // len(_WORD) + 1))[:letters])


_BOUND: Mapping[type[Step], Callable[[_Bound, Any, Scope], None]] = {
    AskStep: _Bound._ask,
    QueryStep: _Bound._query,
    TextStep: _Bound._text,
    IfBlock: _Bound._if,
    ParallelBlock: _Bound._parallel,
    LoopBlock: _Bound._loop,
    MapBlock: _Bound._map,
}

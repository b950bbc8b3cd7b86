"""What steps of a flow are asked about, and what is made of their answers."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

from msgspec.structs import replace

from promptci.latepattern import late
from promptci.parsing.source import Plain, excerpt
from promptci.run.answertotals import Took
from promptci.run.planning.task import Task
from promptci.scorers.base.fences import fences
from promptci.scorers.base.relayed import relayed
from promptci.specs.completion import Completion, SamplingMode
from promptci.specs.evalspec import Example
from promptci.specs.flows.blocks import MapBlock
from promptci.specs.flows.steps import CallStep, FlowStep
from promptci.specs.request import Apart, Ask, Asking, Request, T, requests_of
from promptci.specs.tokenprice import Usage
from promptci.templates.template import TemplateError, as_text

_BULLET = late(r"^\s*(?:[-*\u2022]|\d+[.)])\s+")
"""What precedes the items of a list that a model writes."""


def step_example(step: CallStep, example: Example, scope: Mapping[str, Plain]) -> Example:
    """What a step's prompt is asked about: its variables alone, with nothing expected.

    Raises `TemplateError` for a variable that is not there.
    """
    own = {name: text.value(scope) for name, text in step.vars.items()}
    open_ = step.answerer.variables - own.keys()
    if lacking := open_ - scope.keys():
        raise TemplateError(f"there is no value for `{min(lacking)}`")
    plain = {name: scope[name] for name in open_}
    return replace(example, vars={**plain, **own}, expected=None, has_expected=False)


ROUND = 1_000
"""What is added to the attempt for each time that a step was taken before: it is asked again."""


INNER_ROUND = 10_000 * ROUND
"""The same of a flow, whose steps add theirs."""


def again(times: Counter[int], step: CallStep, task: Task) -> int:
    """What to add to the attempt of a step, which is counted; nothing where that changes none."""
    before = times[step.number]
    times[step.number] = before + 1
    if not before or all(each.settings.is_deterministic for each in task.asking):
        return 0
    return before * (INNER_ROUND if isinstance(step, FlowStep) else ROUND)


def listed_items(block: MapBlock, scope: Mapping[str, Plain]) -> tuple[list[Plain], str]:
    """The items of a list: the values of a JSON list, else the lines that hold anything.

    Of a text with a fenced block the JSON list is what is in it. What is to be a list and is none
    has no items; the text says so then. Raises `TemplateError`.
    """
    value = said = block.over.value(scope)
    if isinstance(value, str) and block.split == "json":
        fenced = next((fence.body for fence in fences(value)), value)
        try:
            value = json.loads(fenced)
        except ValueError:
            value = None
    if isinstance(value, list):
        return value, ""
    if block.split == "json" or isinstance(value, dict):
        what = "a JSON list" if block.split == "json" else "a list"
        got = excerpt(as_text(said), 40)
        return [], f"is taken for each item of {what}, which `{got}` is not"
    lines = (_BULLET.sub("", line).strip() for line in as_text(value).splitlines())
    return [line for line in lines if line], ""


def for_step(asking: Asking[T], step: str) -> Asking[T]:
    """The same questions with the step that they are asked for."""
    return relayed(asking, partial(_all_named, step=step))


def _all_named(ask: Ask, step: str) -> Ask:
    if isinstance(ask, Apart):
        return ask.changed(lambda request: _named(request, step))
    named = tuple(_named(request, step) for request in requests_of(ask))
    return named if isinstance(ask, tuple) else named[0]


def _named(request: Request, step: str) -> Request:
    part = f", {request.step}" if request.step else ""
    return replace(request, step=f"step `{step}`{part}", is_kept=True)


def made_of(
    took: Iterable[Took],
    text: str,
    *,
    ended: Completion | None,
    latency: float,
    sampling: SamplingMode,
) -> Completion:
    """An answer made of those of the steps: their tokens and costs together, their worst ending.

    One that says nothing since no step on its way did is whole, whatever was cut off before.
    """
    said = Took()
    for each in took:
        said.join(each)
    is_cut = said.is_cut and bool(text.strip())
    return Completion(
        text,
        outcome=ended.outcome if ended is not None else "truncated" if is_cut else "ok",
        finish_reason="",
        usage=Usage(
            said.input_tokens,
            said.output_tokens,
            thought_tokens=said.thought_tokens,
        ),
        latency=latency,
        sampling="provider-default" if said.is_changed else sampling,
        cost=said.cost,
    )


def action(text: str) -> str:
    """An action as it is compared: without regard to case and white space around it."""
    return text.strip().casefold()

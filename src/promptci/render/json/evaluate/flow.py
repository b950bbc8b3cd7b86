"""How a flow fails, for the reports of `run`, `check` and `compare`."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from promptci.compare.outcomes.flowfailures import flow_failures
from promptci.compare.outcomes.flowtraces import FlowTraces
from promptci.records.record import Result
from promptci.render.json.structure import Ends, Money, Part, ends, money, says
from promptci.render.steptrace import step_input
from promptci.run.solved import StepAnswer


class StepTallyV1(Part, frozen=True, kw_only=True):
    """How often a step is right."""

    step: Annotated[str, says("its name")]
    right: Annotated[int, says("examples with the right output of it")]
    total: Annotated[int, says("examples that expect an output of it and have one")]


class StepSpentV1(Part, frozen=True, kw_only=True):
    """What the answers of one step took together, stored ones included."""

    step: Annotated[str, says("its name")]
    answers: Annotated[int, says("how many there were")]
    input_tokens: Annotated[int, says("tokens of the requests")]
    output_tokens: Annotated[int, says("tokens of the answers")]
    cost: Money


class TracedStepV1(Part, frozen=True, kw_only=True):
    """One step of an example."""

    step: Annotated[str, says("its name")]
    model: Annotated[str, says("who was asked; empty of a query")]
    input: Annotated[str, says("the last message that was sent, or the query")]
    output: Annotated[str, says("what it said, or the rows")]
    outcome: Annotated[str, says("`ok`, or why it is no answer")]
    input_tokens: Annotated[int, says("tokens of the request")]
    output_tokens: Annotated[int, says("tokens of the answer")]
    cost: Money


class TracedV1(Part, frozen=True, kw_only=True):
    """An example that fails, with all of its steps in the order in which they were taken."""

    example: Annotated[str, says("its id")]
    wrong: Annotated[
        str,
        says(
            "the first step that is wrong, else `control flow`, else `composition`; empty where "
            "there is no answer"
        ),
    ]
    steps: Annotated[list[TracedStepV1], says("what was asked and said")]


class FlowRunV1(Part, frozen=True, kw_only=True):
    """What the steps of a flow took, and the way of failed examples."""

    spent: Annotated[list[StepSpentV1], says("what each step took, queries left out")]
    failed: Annotated[list[TracedV1], says("at most 20 failed examples; `show` has all of them")]


def flow_run_of(found: FlowTraces | None) -> FlowRunV1 | None:
    """What was asked in a run of a flow; None of a prompt, and of a record."""
    if found is None:
        return None
    return FlowRunV1(
        spent=[
            StepSpentV1(
                step=step,
                answers=each.answers,
                input_tokens=each.input_tokens,
                output_tokens=each.output_tokens,
                cost=money(each.cost),
            )
            for step, each in found.spent.items()
        ],
        failed=[
            TracedV1(
                example=each.example.id, wrong=each.wrong, steps=[_step(one) for one in each.steps]
            )
            for each in found.failed
        ],
    )


def _step(each: StepAnswer) -> TracedStepV1:
    asks, usage = each.request.asks_model, each.completion.usage
    return TracedStepV1(
        step=each.step,
        model=each.request.settings.model.name if asks else "",
        input=step_input(each),
        output=each.completion.text,
        outcome=each.completion.outcome,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost=money(each.completion.cost if asks else Decimal(0)),
    )


class FlowV1(Part, frozen=True, kw_only=True):
    """How the examples of a flow fail; each wrong one counts once."""

    steps: Annotated[list[StepTallyV1], says("the steps of which an output is expected")]
    by_step: Annotated[
        dict[str, int], says("wrong examples by the first of their steps that is wrong")
    ]
    by_control_flow: Annotated[
        int, says("wrong examples with right steps, of which one was taken or left out wrongly")
    ]
    steps_right: Annotated[
        int, says("examples with outputs of steps expected, and all of these and their order right")
    ]
    gap: Annotated[int, says("those of them that are wrong as a whole")]
    composability_gap: Annotated[
        float | None, says("`gap` as a share of `steps_right`; null without any")
    ]
    interval: Annotated[Ends | None, says("its 95% interval")]
    despite: Annotated[
        int, says("examples that are right although a step or the control flow is wrong")
    ]


def flow_of(results: Iterable[Result]) -> FlowV1 | None:
    """How the examples of a record fail; None where nothing is said of steps."""
    found = flow_failures(results)
    if found is None:
        return None
    return FlowV1(
        steps=[StepTallyV1(step=s.name, right=s.right, total=s.total) for s in found.steps],
        by_step=dict(found.by_step),
        by_control_flow=found.by_control,
        steps_right=found.steps_right,
        gap=found.gap,
        composability_gap=found.share,
        interval=ends(found.interval),
        despite=found.despite,
    )

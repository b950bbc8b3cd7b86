"""How a flow fails, for the reports of `run`, `check` and `compare`."""

from collections.abc import Iterable
from typing import Annotated

from promptci.compare.flowfailures import flow_failures
from promptci.records.record import Result
from promptci.render.json.structure import Ends, Part, ends, says


class StepTallyV1(Part, frozen=True, kw_only=True):
    """How often a step is right."""

    step: Annotated[str, says("its name")]
    right: Annotated[int, says("examples with the right output of it")]
    total: Annotated[int, says("examples that expect an output of it and have one")]


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

"""The report of `run --shard`."""

from typing import Annotated, Literal

from promptci.render.json.structure import ExitCode, Report, says


class ShardV1(Report, frozen=True, kw_only=True):
    """What one part of a run asked and wrote."""

    command: Literal["run"] = "run"
    exit_code: ExitCode
    path: Annotated[str, says("the bundle")]
    shard: Annotated[int, says("the part, from 1")]
    of: Annotated[int, says("how many parts there are")]
    examples: Annotated[int, says("examples of this part")]
    answers: Annotated[int, says("answers in the bundle, judges' included")]
    unanswered: Annotated[int, says("examples without an answer")]

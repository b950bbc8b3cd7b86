"""The report of `collect`."""

from typing import Annotated, Literal

from promptci.render.json.faults import FaultV1
from promptci.render.json.structure import ExitCode, Report, says


class CollectV1(Report, frozen=True, kw_only=True):
    """What was found in a log and what was kept of it."""

    command: Literal["collect"] = "collect"
    exit_code: ExitCode
    path: Annotated[str, says("the file of candidates")]
    calls: Annotated[int, says("calls in the log")]
    known: Annotated[int, says("calls whose inputs are examples or candidates already")]
    repeated: Annotated[int, says("calls whose inputs came again in the log")]
    unmatched: Annotated[int, says("calls that the eval's prompt could not have sent")]
    added: Annotated[int, says("candidates that were added")]
    taken_out: Annotated[dict[str, int], says("what was redacted, by kind")]
    lost: Annotated[list[FaultV1], says("lines of the log that could not be read")]

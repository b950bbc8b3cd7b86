"""The report of `export`."""

from typing import Annotated, Literal

from msgspec import field

from promptci.render.json.structure import ExitCode, Report, says


class ExportV1(Report, frozen=True, kw_only=True):
    """The files that were written."""

    command: Literal["export"] = "export"
    exit_code: ExitCode
    kind: Annotated[str, says("the kind of export")]
    written: Annotated[list[str], says("the paths of the files")]
    sent: Annotated[dict[str, int], says("how many `spans` and `scores` a receiver got")] = field(
        default_factory=dict
    )
    remarks: Annotated[list[str], says("what was left out, and why")]

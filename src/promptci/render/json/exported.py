"""The report of `export`."""

from typing import Annotated, Literal

from promptci.render.json.structure import ExitCode, Report, says


class ExportV1(Report, frozen=True, kw_only=True):
    """The files that were written."""

    command: Literal["export"] = "export"
    exit_code: ExitCode
    kind: Annotated[str, says("the kind of export")]
    written: Annotated[list[str], says("the paths of the files")]
    remarks: Annotated[list[str], says("what was left out, and why")]

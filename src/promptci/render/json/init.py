"""The report of `init`."""

from typing import Annotated, Literal

from promptci.render.json.structure import ExitCode, Report, says


class InitV1(Report, frozen=True, kw_only=True):
    """The files that were written."""

    command: Literal["init"] = "init"
    exit_code: ExitCode = 0
    written: Annotated[list[str], says("their paths")]

"""The reports of commands that set up editors, shells and git."""

from typing import Annotated, Literal

from promptci.render.json.structure import ExitCode, Report, says


class SchemaV1(Report, frozen=True, kw_only=True):
    """The schemas that were written; that of a named format is printed as it is."""

    command: Literal["schema"] = "schema"
    exit_code: ExitCode = 0
    written: Annotated[list[str], says("their paths")]


class CompletionV1(Report, frozen=True, kw_only=True):
    """What a shell reads to complete commands."""

    command: Literal["completion"] = "completion"
    exit_code: ExitCode = 0
    script: Annotated[str, says("the script")]


class MergeRecordV1(Report, frozen=True, kw_only=True):
    """A merged score record, or the driver that was installed."""

    command: Literal["merge-record"] = "merge-record"
    exit_code: ExitCode = 0
    path: Annotated[str, says("the record; empty where the driver was installed")] = ""
    unmeasured: Annotated[str, says("what neither side measured, in words; empty for nothing")] = ""
    lacking: Annotated[str, says("the line that .gitattributes lacks; empty for nothing")] = ""

"""What is wrong with files: the report of `lint`, and the document of a command that fails."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, UnsetType

from promptci.batching.receipt import Receipt
from promptci.errors import Fault
from promptci.render.json.evaluate.batch import BatchV1, batch_parts
from promptci.render.json.structure import ExitCode, Part, Report, says


class FaultV1(Part, frozen=True, kw_only=True):
    """A fault at its place."""

    path: Annotated[str, says("the file")]
    line: Annotated[int | None, says("from 1; null for the whole file")]
    column: Annotated[int | None, says("from 1; null for the whole line")]
    message: Annotated[str, says("the fault and its cure")]
    warning: Annotated[bool, says("true where it does not stop a run")]
    more: Annotated[int, says("faults that follow from it or say the same, and are not listed")]


class LintV1(Report, frozen=True, kw_only=True):
    """What is wrong with the files."""

    command: Literal["lint"] = "lint"
    exit_code: ExitCode
    faults: Annotated[list[FaultV1], says("every fault of every file")]


class ErrorV1(Report, frozen=True, kw_only=True):
    """What any command prints in place of its report when it fails."""

    exit_code: ExitCode
    error: Annotated[str, says("the sentence that a person would see")]
    faults: Annotated[list[FaultV1], says("where files are at fault")]
    batches: Annotated[
        list[BatchV1] | UnsetType,
        says("batches that are under way and not waited for; left out where there are none"),
    ] = UNSET


def lint_report(faults: Sequence[Fault], exit_code: int) -> LintV1:
    """What is wrong with the files."""
    return LintV1(exit_code=exit_code, faults=[fault_part(each) for each in faults])


def error_report(
    message: str,
    exit_code: int,
    faults: Sequence[Fault] = (),
    batches: Sequence[Receipt] = (),
) -> ErrorV1:
    """What went wrong."""
    return ErrorV1(
        exit_code=exit_code,
        error=message,
        faults=[fault_part(each) for each in faults],
        batches=batch_parts(batches) or UNSET,
    )


def fault_part(found: Fault) -> FaultV1:
    """A fault at its place."""
    return FaultV1(
        path=found.path,
        line=found.line or None,
        column=found.column or None,
        message=found.message,
        warning=found.warning,
        more=found.more,
    )

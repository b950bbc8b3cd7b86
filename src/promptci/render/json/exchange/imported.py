"""The report of `import`."""

from typing import Annotated, Literal

from promptci.importers.result import ImportResult
from promptci.render.json.faults import FaultV1, fault_part
from promptci.render.json.structure import ExitCode, Report, says


class ImportV1(Report, frozen=True, kw_only=True):
    """What an import wrote and what it could not carry."""

    command: Literal["import"] = "import"
    exit_code: ExitCode
    kind: Annotated[str, says("the kind of source")]
    written: Annotated[list[str], says("the paths of the files that were written")]
    lost: Annotated[list[FaultV1], says("what could not be carried, each at its place")]
    notes: Annotated[list[FaultV1], says("what is carried and works otherwise from now on")]


def imported_report(result: ImportResult) -> ImportV1:
    """What an import did."""
    return ImportV1(
        exit_code=result.exit_code,
        kind=result.kind,
        written=list(result.written),
        lost=[fault_part(each) for each in result.losses],
        notes=[fault_part(each) for each in result.notes],
    )

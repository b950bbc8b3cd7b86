"""Examples of a dataset in a table whose cells `inputs` and `outputs` are JSON objects."""

import json
from collections.abc import Iterator
from io import BytesIO

from promptci.errors import Fault, SpecError
from promptci.importers.rows import Located
from promptci.importers.sources import Sources
from promptci.parsing.datafile import DataRow, read_csv
from promptci.parsing.source import Mark, Plain


def has_cells(head: bytes) -> bool:
    """Whether the first row of a table has objects of JSON as inputs and outputs."""
    try:
        first = next(read_csv(BytesIO(head), ""), None)
    except SpecError:
        return False
    values = first.values if isinstance(first, DataRow) else {}
    return all(isinstance(_cell(values.get(key)), dict) for key in ("inputs", "outputs"))


def read_cells(sources: Sources, path: str, losses: list[Fault]) -> Iterator[tuple[Located, None]]:
    """The examples in a table whose cells are JSON; a row without its inputs is a loss.

    Raises `SpecError` for a table without the column.
    """
    for row in read_csv(sources.read(path), path):
        if isinstance(row, Fault):
            losses.append(row)
            continue
        if "inputs" not in row.values:
            wrong = "there is no column `inputs`: name a dataset as LangSmith exports it"
            raise SpecError([Mark(path, 1).fault(wrong)])
        values, mark = (
            {key: _cell(value) for key, value in row.values.items()},
            Mark(path, row.line),
        )
        if isinstance(values.get("inputs"), dict):
            yield (values, mark), None
        else:
            losses.append(mark.fault("the cell `inputs` is no JSON object: write one"))


def _cell(value: Plain) -> Plain:
    """A cell that is JSON, read; another as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value or None
    try:
        read: Plain = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return read

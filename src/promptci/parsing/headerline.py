"""The first line of a table, which names its columns."""

import re
from collections.abc import Sequence

from promptci.errors import Fault, SpecError
from promptci.parsing.delimiter import likely_delimiter
from promptci.parsing.source import Mark, Plain, excerpt

MOST_COLUMNS = 1000
LEFT_OUT = "the first column, row numbers without a name, is left out: write a name to keep it"
"""What is said of a table whose first column is left out."""
_MOST_FAULTS = 20


def is_of_row_numbers(header: Sequence[str]) -> bool:
    """Whether the first column may be the numbers of rows, which pandas writes without a name."""
    return len(header) > 1 and not header[0] and all(header[1:])


def is_row_number(cell: Plain) -> bool:
    """Whether a cell is the number of a row."""
    return cell.strip().isdecimal() if isinstance(cell, str) else type(cell) is int


def leaves_out_numbers(line: str) -> bool:
    """Whether a table that begins with a line has a first column that is left out."""
    cells = line.strip("\ufeff\r\n").split(likely_delimiter(line))
    return is_of_row_numbers([cell.strip(' "') for cell in cells])


def miscounted(cells: int, columns: int, path: str) -> str:
    """What is wrong with a row that has more or fewer cells than there are columns."""
    if cells > columns and path.lower().endswith(".xlsx"):
        wrong = f"{cells} cells, and the first row names {columns} columns"
        return f"{wrong}: name each there, and delete a title above it or what is beside the table"
    if cells > columns == 1:
        wrong = f"{cells} cells, and the first row names one column"
        return f"{wrong}: delete what is above the names of the columns"
    if cells > columns:
        return f"{cells} cells for {columns} columns: put double quotes around one with a comma"
    return f"{cells} of {columns} cells: add the missing ones, empty ones as commas"


def refuse_header(header: Sequence[str], mark: Mark, *, is_numbered: bool = False) -> None:
    """Raise `SpecError` for names of columns that cannot be used.

    With `is_numbered` the first column needs none.
    """
    if len(header) == 1 and (other := re.search("[;\t|]", header[0])):
        sign = excerpt(other[0])
        told = "" if sign.startswith("\\") else f", or write `sep={sign}` in a line before it"
        cure = f"use commas{told}"
        raise SpecError([mark.fault(f"the columns are separated by `{sign}`: {cure}")])
    if len(header) > MOST_COLUMNS:
        wrong = f"{len(header):,} columns: at most {MOST_COLUMNS:,}, each is a variable"
        raise SpecError([mark.fault(wrong)])
    faults: list[Fault] = []
    seen = set[str]()
    for number, name in enumerate(header, 1):
        if not name and not (is_numbered and number == 1):
            faults.append(
                mark.fault(f"column {number} has no name: write one, or delete the column")
            )
        elif name in seen:
            faults.append(mark.fault(f"two columns are named `{excerpt(name)}`: rename one"))
        seen.add(name)
    if faults:
        raise SpecError(faults[:_MOST_FAULTS])

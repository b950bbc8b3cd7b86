"""The delimiter of the cells of a table, by its first line."""

import csv

_OTHERS = (";", "\t", "|")
"""What spreadsheets of many countries write in place of commas."""


def likely_delimiter(header: str) -> str:
    """The sign that parts a header into most names; a comma where others part it no further."""
    counts = {sign: _names(header, sign) for sign in (",", *_OTHERS)}
    return max(counts, key=lambda sign: counts[sign])


def _names(header: str, sign: str) -> int:
    """How many names a header has with a sign between them; 0 where it cannot be read so."""
    try:
        cells = next(csv.reader([header], delimiter=sign, strict=True), [])
    except csv.Error:
        return 0
    return len([cell for cell in cells if cell.strip()])

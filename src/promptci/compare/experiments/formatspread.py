"""Results of FormatSpread as rows: one file with the accuracy of each format that was tried.

The form is what its `save` writes
(https://github.com/msclar/formatspread/blob/main/format_evaluation.py).
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Plain

_KEY = "all_structured_prompt_formats_accuracies"


class _Metadata(Struct):
    """`bit_representations` are what was chosen on each axis; none for the task's own format."""

    bit_representations: dict[str, list[list[str] | None]] = {}


class _Results(Struct):
    """For each format the share that is right, the share that is wrong, and of how many."""

    accuracies: dict[str, tuple[float, float | None, float | None]] = field(name=_KEY)
    metadata: _Metadata = field(default_factory=_Metadata)


_decode = msgspec.json.Decoder(_Results).decode


def spread_rows(data: bytes) -> list[DataRow] | None:
    """A row for each format with its text, axes and accuracy; None for other files.

    Formats on which no example was tried have an accuracy of 0 there, and no row here: the search
    by Thompson sampling sets out with that.
    """
    if _KEY.encode() not in data:
        return None
    try:
        return list(_rows(_decode(data)))
    except msgspec.DecodeError:
        return None


def _rows(found: _Results) -> Iterator[DataRow]:
    chosen = {text: each[0] for text, each in found.metadata.bit_representations.items() if each}
    for text, (right, _, count) in found.accuracies.items():
        if count == 0:
            continue
        values = chosen.get(text) or ()
        parts: dict[str, Plain] = {f"axis {n}": each for n, each in enumerate(values, 1)}
        yield DataRow(1, {"format": text.replace("\n", "\\n"), **parts, "accuracy": right})

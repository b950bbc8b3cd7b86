"""Tables of scores that somebody else measured: CSV or JSON lines, a row for each."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import BinaryIO

import msgspec
from msgspec import Struct

from promptci.compare.experiments.formatspread import spread_rows
from promptci.compare.experiments.simulations import simulation_rows
from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import DataRow, read_csv, read_jsonl
from promptci.parsing.source import Mark, Plain, did_you_mean, excerpt

SCORES = ("score", "accuracy", "acc", "reward", "passed")
"""How the column of scores may be called, unless it is said."""
ID, MODEL = "id", "model"
_TRUTHS = {"true": 1.0, "false": 0.0}


class ScoreTable(Struct, frozen=True):
    """A table of scores, and what its columns are.

    There is a result for each value of the columns `by`, which are `model` unless said. `out_of` is
    the largest score that there may be. `label` is what the table is of.
    """

    file: BinaryIO
    path: str
    score: str = ""
    by: tuple[str, ...] = ()
    out_of: float = 1.0
    label: str = ""

    def rows(self) -> list[DataRow]:
        """All rows, of JSON lines or CSV as the file begins, or of tau2-bench or FormatSpread.

        Raises `SpecError` with all faults.
        """
        self.file.seek(0)
        begins = self.file.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        self.file.seek(0)
        if begins == b"{":
            whole = self.file.read()
            if known := simulation_rows(whole) or spread_rows(whole):
                return known
            self.file.seek(0)
        reader = read_jsonl if begins in (b"{", b"[") else read_csv
        read = list(reader(self.file, self.path))
        faults = [row for row in read if isinstance(row, Fault)]
        found = [row for row in read if not isinstance(row, Fault)]
        if faults or not found:
            nothing = Mark(self.path).fault("the table has no rows: write one for each score")
            raise SpecError(faults or [nothing])
        return found

    def score_column(self, rows: Sequence[DataRow]) -> str:
        """The column of scores. Raises `SpecError` where there is none of that name."""
        columns = list(dict.fromkeys(name for row in islice(rows, 100) for name in row.values))
        for name in (self.score,) if self.score else SCORES:
            if name in columns:
                return name
        if self.score:
            cure = did_you_mean(self.score, columns)
            wrong = f"there is no column `{excerpt(self.score)}`: {cure}"
        else:
            listed = ", ".join(f"`{excerpt(name)}`" for name in columns[:12])
            cure = "name it with --score-column"
            wrong = f"none of the columns {listed} is `score` or `accuracy`: {cure}"
        raise SpecError([Mark(self.path, rows[0].line, 1).fault(wrong)])

    def check_columns(self, rows: Sequence[DataRow], names: Sequence[str] = ()) -> None:
        """Raises `SpecError` where a column that is named is not there."""
        columns = {name for row in rows for name in row.values}
        faults = [
            Mark(self.path, rows[0].line, 1).fault(
                f"there is no column `{excerpt(name)}`: {did_you_mean(name, columns)}"
            )
            for name in (*self.by, *names)
            if name not in columns
        ]
        if faults:
            raise SpecError(faults)

    def grouped_by(self, rows: Sequence[DataRow]) -> tuple[str, ...]:
        """The columns of whose values each is reported on by itself."""
        return self.by or tuple(name for name in (MODEL,) if name in rows[0].values)

    def groups(self, rows: Sequence[DataRow]) -> Mapping[tuple[str, ...], list[DataRow]]:
        """The rows of each."""
        found: dict[tuple[str, ...], list[DataRow]] = defaultdict(list)
        for row in rows:
            key = tuple(cell_text(row.values.get(name)) for name in self.grouped_by(rows))
            found[key].append(row)
        return found

    def number(self, row: DataRow, column: str) -> float | Fault:
        """The score in a row, from 0 to 1; else what is wrong with it."""
        said = row.values.get(column)
        mark = Mark(self.path, row.line, 1)
        try:
            value = _TRUTHS.get(str(said).lower())
            value = float(str(said)) if value is None else value
        except ValueError:
            return mark.fault(f"`{column}` is `{excerpt(cell_text(said))}`: write a number")
        value /= self.out_of
        if math.isfinite(value) and 0 <= value <= 1:
            return value
        cure = "say the largest that there may be, as in --out-of 100 for percent"
        wrong = f"`{column}` is {excerpt(cell_text(said))}, which is not from 0 to {self.out_of:g}"
        return mark.fault(f"{wrong}: {cure}")


def cell_text(value: Plain) -> str:
    """A cell as text."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

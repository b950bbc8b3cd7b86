"""Tables of scores that somebody else measured: CSV or JSON lines, a row for each."""

import math
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import BinaryIO, ClassVar

import msgspec
from msgspec import Struct

from promptci.compare.experiments.formatspread import spread_rows
from promptci.compare.experiments.paraphrases import paraphrase_rows
from promptci.compare.experiments.simulations import simulation_rows
from promptci.compare.experiments.tablerows import TableForm, table_rows, wrapped_rows
from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import DataRow
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, Plain, excerpt

SCORES = ("score", "accuracy", "acc", "reward", "passed")
"""How the column of scores may be called, unless it is said."""
ID, MODEL = "id", "model"
TRIAL = "trial"
_YES = """true t yes y pass passed correct c success succeeded successful resolved solved
\N{CHECK MARK} \N{HEAVY CHECK MARK} \N{WHITE HEAVY CHECK MARK}"""
_NO = """false f no n fail failed incorrect i wrong failure unsuccessful unresolved unsolved
\N{BALLOT X} \N{HEAVY BALLOT X} \N{CROSS MARK}"""
_TRUTHS = dict.fromkeys(_YES.split(), 1.0) | dict.fromkeys(_NO.split(), 0.0)
"""What a cell says of a trial in the place of 1 or 0."""


def columns_of_each(*words: str) -> re.Pattern[str]:
    """How columns may be called that hold the scores of one each, such as `llama_acc`."""
    either = "|".join(words)
    own = rf"(?P<own>.+?)[\W_]+(?:{either})"
    return re.compile(rf"{own}|(?:{either})(?:[\W_]+|(?=\d))(?P<one>.+)", re.IGNORECASE)


class ScoredRows(Struct, frozen=True):
    """The rows of a table, a score in each: below `score`, and reported on by the columns `by`."""

    rows: list[DataRow]
    score: str
    by: tuple[str, ...]

    @property
    def groups(self) -> Mapping[tuple[str, ...], list[DataRow]]:
        """The rows of each that is reported on by itself."""
        found: dict[tuple[str, ...], list[DataRow]] = defaultdict(list)
        for row in self.rows:
            found[tuple(cell_text(row.values.get(name)) for name in self.by)].append(row)
        return found


class ScoreTable(Struct, frozen=True):
    """A table of scores, and what its columns are.

    There is a result for each value of the columns `by`, which are `model` unless said. `score`
    are the columns of scores, in which `*` means any part of a name. `out_of` is
    the largest score that there may be. `label` is what the table is of.
    """

    APART: ClassVar[str] = MODEL
    """What columns of scores tell apart, where there are several."""
    CALLED: ClassVar[tuple[str, ...]] = SCORES
    KNOWN: ClassVar[frozenset[str]] = frozenset((ID, MODEL))
    """Columns that are found whatever their case and what is between their words."""
    FORMS: ClassVar[tuple[TableForm, ...]] = (
        simulation_rows,
        spread_rows,
        paraphrase_rows,
        wrapped_rows,
    )
    """Files that are one JSON object and can be read."""
    OF_EACH: ClassVar[re.Pattern[str]] = columns_of_each(*SCORES)

    file: BinaryIO
    path: str
    score: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    out_of: float = 1.0
    label: str = ""

    def read(self, further: Sequence[str] = ()) -> ScoredRows:
        """Its rows, of JSON lines or CSV as the file begins, or of a form that is known.

        A row with several columns of scores becomes one for each. Raises `SpecError` with all
        faults, also where a column that is named (`by`, `further`) is not there.
        """
        rows = self._known(self._apart(table_rows(self.file, self.path, self.FORMS)), further)
        columns = list(dict.fromkeys(name for row in rows for name in row.values))
        for name in (*self.by, *further):
            if name not in columns:
                self._refuse(f"there is no column `{excerpt(name)}`", name, columns, rows)
        by = self.by or tuple(name for name in (MODEL,) if name in rows[0].values)
        scores = self._scores(rows, columns)
        if len(scores) == 1:
            return ScoredRows(rows, scores[0], by)
        apart = next(name for name in (self.APART, MODEL, "column") if name not in columns)
        long = list(_long(rows, self._names(scores), apart))
        return ScoredRows(long, SCORES[0], by if apart == TRIAL else (*by, apart))

    def _apart(self, rows: list[DataRow]) -> list[DataRow]:
        """A row for each score, where one lists several."""
        return rows

    def _known(self, rows: list[DataRow], further: Sequence[str]) -> list[DataRow]:
        """The rows with columns such as `Task ID` under the name that is known."""
        taken = {*rows[0].values, *self.by, *self.score, *further}
        names = {name: plain_name(name) for name in rows[0].values}
        other = {
            name: plain
            for name, plain in names.items()
            if plain in self.KNOWN and plain not in taken and name not in (*self.by, *further)
        }
        if not other:
            return rows
        return [
            DataRow(row.line, {other.get(name, name): said for name, said in row.values.items()})
            for row in rows
        ]

    def _scores(self, rows: Sequence[DataRow], columns: Sequence[str]) -> Sequence[str]:
        """The columns of scores: those that are named, else the one or all called so."""
        found: dict[str, None] = {}
        for name in self.score:
            own = [name] if name in columns else [c for c in columns if fnmatchcase(c, name)]
            if not own:
                self._refuse(f"there is no column `{excerpt(name)}`", name, columns, rows)
            found.update(dict.fromkeys(own))
        if self.score:
            return list(found)
        called = {plain_name(name): name for name in columns}
        if plain := next((called[name] for name in self.CALLED if name in called), None):
            return [plain]
        if named := [name for name in columns if self.OF_EACH.fullmatch(name)]:
            return named
        listed = ", ".join(f"`{excerpt(name)}`" for name in columns[:12])
        wrong = f"none of the columns {listed} is `score` or `accuracy`"
        numbers = [name for name in columns if name not in _NO_SCORES and _is_score(rows, name)]
        options = " ".join(f"--score-column {_quoted(name)}" for name in numbers[:_MOST_NAMED])
        cure = f"name it with {options or '--score-column'}"
        raise SpecError([Mark(self.path, rows[0].line, 1).fault(f"{wrong}: {cure}")])

    def _names(self, columns: Sequence[str]) -> Mapping[str, str]:
        """What columns of scores are of: their names without what all have, such as `_acc`."""
        found = {}
        for name in columns:
            match = self.OF_EACH.fullmatch(name)
            found[name] = name if match is None else match["own"] or match["one"]
        return found if len(set(found.values())) == len(found) else {n: n for n in columns}

    def _refuse(
        self, wrong: str, name: str, columns: Iterable[str], rows: Sequence[DataRow]
    ) -> None:
        fault = Mark(self.path, rows[0].line, 1).fault(f"{wrong}: {did_you_mean(name, columns)}")
        raise SpecError([fault])

    def number(self, row: DataRow, column: str) -> float | Fault:
        """The score in a row, from 0 to 1; else what is wrong with it."""
        said = row.values.get(column)
        mark = Mark(self.path, row.line, 1)
        text, out_of = str(said).strip().lower(), self.out_of
        if text.endswith("%"):
            text, out_of = text[:-1], 100.0
        try:
            value = _TRUTHS[text] if text in _TRUTHS else float(_pointed(text))
        except ValueError:
            return mark.fault(
                f"`{column}` is `{excerpt(cell_text(said))}`: write a number, or true or false"
            )
        value /= out_of
        if math.isfinite(value) and 0 <= value <= 1:
            return value
        cure = "say the largest that there may be, as in --out-of 100 for percent"
        wrong = f"`{column}` is {excerpt(cell_text(said))}, which is not from 0 to {self.out_of:g}"
        return mark.fault(f"{wrong}: {cure}")


def plain_name(column: str) -> str:
    """The name of a column without case, and with `_` between its words."""
    return re.sub(r"[\W_]+", "_", column.casefold()).strip("_")


def _pointed(number: str) -> str:
    """A number with a point where it has a decimal comma, as in `0,5`; thousands stay."""
    is_decimal = re.fullmatch(r"\d+,\d+", number) and not re.fullmatch(r"[1-9]\d*,\d{3}", number)
    return number.replace(",", ".") if is_decimal else number


def cell_text(value: Plain) -> str:
    """A cell as text."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_NO_SCORES = frozenset((ID, TRIAL, "seed"))
_MOST_NAMED = 20
"""Columns that the cure of a fault names."""


def _long(rows: Iterable[DataRow], names: Mapping[str, str], apart: str) -> Iterator[DataRow]:
    """A row for each column of scores, whose name is below `apart`; an empty cell is none."""
    for name, whose in names.items():
        for row in rows:
            said = row.values.get(name)
            if said is not None and said != "":
                rest = {key: value for key, value in row.values.items() if key not in names}
                yield DataRow(row.line, {**rest, apart: whose, SCORES[0]: said})


def _is_score(rows: Sequence[DataRow], name: str) -> bool:
    """Whether a column holds numbers of which some are no whole ones, or says what passed."""
    texts = [cell_text(row.values.get(name, "")) for row in rows]
    if all(text.strip().lower() in _TRUTHS for text in texts):
        return True
    numbers = [as_number(text) for text in texts if text]
    return None not in numbers and any(each != int(each) for each in numbers if each is not None)


def as_number(text: str) -> float | None:
    """A cell as a finite number; None for other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _quoted(name: str) -> str:
    return shlex.quote(excerpt(name))

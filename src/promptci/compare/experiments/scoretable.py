"""Tables of scores that somebody else measured: CSV or JSON lines, a row for each."""

import math
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import BinaryIO, ClassVar

from msgspec import Struct

from promptci.compare.experiments.formatspread import spread_rows
from promptci.compare.experiments.paraphrases import paraphrase_rows
from promptci.compare.experiments.scorecells import TRUTHS, as_number, cell_text, with_point
from promptci.compare.experiments.simulations import simulation_rows
from promptci.compare.experiments.tablerows import TableForm, table_rows, wrapped_rows
from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import DataRow
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, excerpt

SCORES = ("score", "accuracy", "acc", "reward", "passed")
"""How the column of scores may be called, unless it is said."""
ID, MODEL = "id", "model"
TRIAL = "trial"


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

    BY: ClassVar[tuple[str, ...]] = ()
    """Columns beside `model` by whose values it is reported, where these recur."""
    CALLED: ClassVar[tuple[str, ...]] = SCORES
    KNOWN: ClassVar[frozenset[str]] = frozenset((ID, MODEL))
    """Columns that are found whatever their case and what is between their words."""
    ALIASES: ClassVar[Mapping[str, str]] = dict.fromkeys(("llm", "model_name", "model_id"), MODEL)
    """What else such a column may be called, where there is none of its name."""
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
        scores = self._scores(rows, columns)
        if len(scores) == 1:
            return ScoredRows(rows, scores[0], self.by or self._by(rows, further))
        within, names = self._within(scores), self._names(scores)
        apart = next(name for name in (within, MODEL, "column") if name and name not in columns)
        long = list(_long(rows, names, apart))
        by = self.by or self._by(long, further)
        own = apart == within or apart in by
        return ScoredRows(long, SCORES[0], by if own else (*by, apart))

    def _within(self, scores: Sequence[str]) -> str:
        """What several columns of scores tell apart of one result; empty where each is its own."""
        return ""

    def _by(self, rows: Sequence[DataRow], further: Sequence[str]) -> tuple[str, ...]:
        """The columns by which it is reported, where it is not said."""
        found = [name for name in (MODEL,) if name in rows[0].values]
        for name in self.BY:
            if name in rows[0].values and name not in further:
                values = {cell_text(row.values.get(name)) for row in rows}
                found += [name] if len(values) <= len(rows) // 2 else []
        return tuple(found)

    def _apart(self, rows: list[DataRow]) -> list[DataRow]:
        """A row for each score, where one lists several."""
        return rows

    def _known(self, rows: list[DataRow], further: Sequence[str]) -> list[DataRow]:
        """The rows with columns such as `Task ID` under the name that is known."""
        taken, other = {*rows[0].values, *self.by, *self.score, *further}, dict[str, str]()
        plains = {plain_name(name): name for name in reversed(rows[0].values)}
        for plain in (*self.KNOWN, *self.ALIASES):
            known, name = self.ALIASES.get(plain, plain), plains.get(plain)
            if name and known not in taken and name not in (*self.by, *self.score, *further):
                other[name] = known
                taken.add(known)
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
            return [name for name in named if not _STRAYS.search(name)] or named
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
            found[name] = name if match is None else match["own"] or match["one"] or name
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
            value = TRUTHS[text] if text in TRUTHS else float(with_point(text))
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


_STRAYS = re.compile(
    r"(?:^|[\W_])(?:std|stdev|stderr|sd|se|sem|var|variance|ci\d*)(?:$|[\W_])", re.IGNORECASE
)
"""Names of columns that say how far a score strays."""
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
    if all(text.strip().lower() in TRUTHS for text in texts):
        return True
    numbers = [as_number(text) for text in texts if text]
    return None not in numbers and any(each != int(each) for each in numbers if each is not None)


def _quoted(name: str) -> str:
    return shlex.quote(excerpt(name))

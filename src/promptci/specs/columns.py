"""Columns of a spreadsheet and fields of a log as golden examples: which is what."""

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Plain, excerpt

Column = Annotated[str, Meta(min_length=1, max_length=500)]

OWN = ("id", "expected", "cluster", "tags")
"""What columns of these names are where none are mapped; case does not count."""


_MOST_PRINTED = 100_000
"""Characters of what Python printed, whose parser needs much memory for each."""

_WHOLE = frozenset({"vars", "messages", "history"})
"""Columns that only a table has whose schema is that of an example."""


class ColumnsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`columns` of an eval: what an example takes from which column, or field of a log."""

    id: Column | None = None
    vars: dict[str, Column] | list[Column] | None = None
    expected: Column | dict[str, Column] | None = None
    tags: Column | list[Column] | None = None
    cluster: Column | None = None
    json: list[Column] = []


class NoColumnError(ValueError):
    """A column that is not there, or cannot be read; the message says what to write."""


class Columns(Struct, frozen=True):
    """Makes examples of rows. Without a `file` the names of columns decide.

    `is_text` says that cells are text, where an empty one is not given. `is_table` says that all
    rows have the same columns, where null is not given. `variables` are those of the prompt: a
    column that differs from one in nothing but case is that one.
    """

    file: ColumnsFile | None = None
    is_text: bool = True
    variables: frozenset[str] = frozenset()
    is_table: bool = True

    def example(self, row: Mapping[str, Plain]) -> dict[str, Plain]:
        """The fields of the example in a row. Raises `NoColumnError`."""
        if self.file is None and not self.is_table:
            return dict(row)
        cells = self._decoded(row)
        if self.mapped is not None:
            return self._mapped(self._whole(self.mapped, cells), cells)
        if not self.is_table:
            return dict(cells)
        if not self.is_text and not _WHOLE.isdisjoint(cells):
            return {name: value for name, value in cells.items() if value is not None}
        fields = _by_names(cells)
        variables = fields["vars"]
        assert isinstance(variables, dict)
        for name in self.variables - variables.keys():
            key = _key(name, variables)
            if key in variables and key not in self.variables:
                variables[name] = variables.pop(key)
        return fields

    @property
    def mapped(self) -> ColumnsFile | None:
        """What is taken from where; None where the names of columns decide."""
        is_named = self.file is None or self.file == ColumnsFile(json=self.file.json)
        return None if is_named else self.file

    def wanted(self) -> tuple[str, ...]:
        """The columns that are named, each once."""
        return () if self.file is None else tuple(dict.fromkeys(_named(self.file)))

    def _decoded(self, row: Mapping[str, Plain]) -> Mapping[str, Plain]:
        """The row with the columns read that hold JSON."""
        names = () if self.file is None else self.file.json
        found = {_key(name, row): name for name in names}
        return {k: cell_as_json(v, found[k]) if k in found else v for k, v in row.items()}

    def _whole(self, file: ColumnsFile, row: Mapping[str, Plain]) -> ColumnsFile:
        """The file with what names of columns say of the rest, where all of it would be variables.

        A name that the prompt uses is a variable.
        """
        if file.vars is not None or not self.is_text:
            return file
        taken = {_key(column, row) for column in _named(file, with_json=False)}
        for name in OWN:
            key = _key(name, row)
            is_free = key in row and key not in taken and name not in self.variables
            if getattr(file, name) is None and is_free:
                file = replace(file, **{name: key})
        return file

    def _mapped(self, file: ColumnsFile, row: Mapping[str, Plain]) -> dict[str, Plain]:
        fields: dict[str, Plain] = {"vars": self._variables(file, row)}
        for name, column in (("id", file.id), ("cluster", file.cluster)):
            value = None if column is None else value_in_column(column, row, must_be=False)
            if value not in (None, ""):
                fields[name] = value
        if isinstance(file.expected, dict):
            fields["expected"] = {key: value_in_column(c, row) for key, c in file.expected.items()}
        elif file.expected is not None:
            value = value_in_column(file.expected, row, must_be=False)
            if value is not None and not (self.is_text and value == ""):
                fields["expected"] = value
        listed = [file.tags] if isinstance(file.tags, str) else file.tags or []
        fields["tags"] = [tag for column in listed for tag in _tags(value_in_column(column, row))]
        return fields

    def _variables(self, file: ColumnsFile, row: Mapping[str, Plain]) -> dict[str, Plain]:
        if isinstance(file.vars, dict):
            return {name: value_in_column(column, row) for name, column in file.vars.items()}
        if file.vars is not None:
            return {column: value_in_column(column, row) for column in file.vars}
        taken = {_key(column, row) for column in _named(file, with_json=False)}
        return {name: value for name, value in row.items() if name not in taken}


def _named(file: ColumnsFile, *, with_json: bool = True) -> Iterator[str]:
    for part in (file.id, file.vars, file.expected, file.tags, file.cluster):
        if isinstance(part, str):
            yield part
        elif part is not None:
            yield from part.values() if isinstance(part, dict) else part
    yield from file.json if with_json else ()


def _key(name: str, row: Mapping[str, Plain]) -> str:
    """What a row calls a column: case and blanks do not count where that is clear."""
    if name in row:
        return name
    alike = [key for key in row if _folded(key) == _folded(name)]
    return alike[0] if len(alike) == 1 else name


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def value_in_column(column: str, row: Mapping[str, Plain], *, must_be: bool = True) -> Plain:
    """The value of a column, or of a field inside a field: `request.messages.0.content`.

    Raises `NoColumnError` where it must be there and is not.
    """
    key = _key(column, row)
    if key in row:
        return row[key]
    value: Plain = dict(row)
    for step in column.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif must_be:
            raise NoColumnError(no_column(column, row))
        else:
            return None
    return value


def no_column(column: str, names: Mapping[str, Plain] | tuple[str, ...]) -> str:
    """What to say of a column that is not there."""
    return f"there is no column `{excerpt(column)}`: {did_you_mean(column, names)}"


def has_column(column: str, header: tuple[str, ...]) -> bool:
    """Whether a header has a column, whatever its case."""
    return _key(column, dict.fromkeys(header)) in header


def cell_as_json(value: Plain, column: str) -> Plain:
    """What the JSON in a cell says. Raises `NoColumnError` where it is none.

    Lists and mappings may also be as Python prints them, since that is how pandas writes them.
    """
    if not isinstance(value, str) or value == "":
        return value
    try:
        return json.loads(value, parse_constant=_refuse)  # type: ignore[no-any-return]
    except (ValueError, RecursionError) as error:
        if (printed := _as_printed(value)) is not None:
            return printed
        said = excerpt(str(error), 60)
        raise NoColumnError(
            f"column `{excerpt(column)}` holds no JSON ({said}): fix the cell"
        ) from None


def _as_printed(text: str) -> Plain:
    """The list or mapping that Python printed so; None for anything else."""
    if not text.lstrip().startswith(("[", "{")) or len(text) > _MOST_PRINTED:
        return None
    try:
        value = ast.literal_eval(text.strip())
        return json.loads(json.dumps(value, allow_nan=False))  # type: ignore[no-any-return]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _tags(value: Plain) -> list[Plain]:
    """Tags in a cell: a list, or a text with `;` between them."""
    if isinstance(value, list):
        return value
    return [tag.strip() for tag in str(value or "").split(";") if tag.strip()]


def _by_names(cells: Mapping[str, Plain]) -> dict[str, Plain]:
    """An example by its columns' names: `id`, `expected`, `cluster`, `tags`, `meta.*`, variables.

    Of these an empty cell is one that is not given; an empty variable is an empty text.
    """
    own = {_key(name, cells): name for name in OWN}
    row: dict[str, Plain] = {
        name: cells[key] for key, name in own.items() if cells.get(key) not in (None, "")
    }
    row["tags"] = _tags(row.pop("tags", ""))
    row["meta"] = {k.removeprefix("meta."): v for k, v in cells.items() if k.startswith("meta.")}
    row["vars"] = {
        name: value
        for name, value in cells.items()
        if name not in own and not name.startswith("meta.")
    }
    return row

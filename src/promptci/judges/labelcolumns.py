"""Tables of labelled outputs: what is taken from which column."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from promptci.parsing.source import Plain
from promptci.scorers.tools.markedcalls import marked_calls
from promptci.specs.columns import Column, NoColumnError, cell_as_json, value_in_column

_OWN = ("output", "label", "expected", "tool_calls", "id")
"""What columns of these names are where no other is named."""


class LabelColumnsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`columns` of a golden set: what an output takes from which column, or field of a log."""

    output: Column | None = None
    label: Column | None = None
    expected: Column | None = None
    tool_calls: Column | None = None
    id: Column | None = None
    vars: dict[str, Column] = {}
    json: Annotated[list[Column], Meta(description="columns whose cells are JSON")] = []


def labelled_fields(
    row: Mapping[str, Plain], file: LabelColumnsFile | None, *, is_table: bool
) -> dict[str, Plain]:
    """The fields of the labelled output in a row; what else a table has are variables.

    Raises `NoColumnError` for a column that is not there, or holds no JSON where it should.
    """
    fields = dict(row) if file is None and not is_table else _mapped(row, file, is_table=is_table)
    if isinstance(fields.get("tool_calls"), str):
        _read_calls(fields, (file and file.tool_calls) or "tool_calls")
    if fields.get("tool_calls"):
        fields.setdefault("output", None)
    return fields


def _mapped(
    row: Mapping[str, Plain], file: LabelColumnsFile | None, *, is_table: bool
) -> dict[str, Plain]:
    told = file or LabelColumnsFile()
    cells = {**row, **{name: cell_as_json(row[name], name) for name in told.json if name in row}}
    fields: dict[str, Plain] = {}
    for name in _OWN:
        column = getattr(told, name)
        value = value_in_column(column or name, cells, must_be=column is not None)
        if value is not None and not (is_table and value == "" and name != "output"):
            fields[name] = value
    if file is not None:
        fields["vars"] = {each: value_in_column(c, cells) for each, c in told.vars.items()}
    else:
        fields["vars"] = {each: value for each, value in row.items() if each not in _OWN}
    return fields


def _read_calls(fields: dict[str, Plain], column: Column) -> None:
    """Calls that are a text: a list, or the answer itself, as in `[area(base=10)]`.

    Raises `NoColumnError` for what is neither.
    """
    said = fields.pop("tool_calls")
    try:
        fields["tool_calls"] = cell_as_json(said, column)
    except NoColumnError:
        if fields.get("output") or not marked_calls(str(said)):
            raise
        fields["output"] = said

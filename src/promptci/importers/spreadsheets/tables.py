"""Spreadsheets and data files: columns become variables and what is expected, as a mapping says."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import PurePosixPath

from promptci.digest import long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    Row,
    StandIn,
)
from promptci.importers.names import Names, slug
from promptci.importers.sources import Sources
from promptci.importers.spreadsheets.columnnames import (
    OWN_NAMES,
    is_given,
    is_variable,
    likely_expected,
    misspelt,
    named_variables,
    slug_variable,
    usual_name,
)
from promptci.importers.spreadsheets.jsonrows import begins_rows, read_json_rows
from promptci.importers.spreadsheets.leftout import decimal_commas, left_out_columns, told_left_out
from promptci.importers.spreadsheets.owntables import is_own_table, read_own_table
from promptci.parsing.datafile import DataRow, RowOrFault, read_csv, read_jsonl
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.parsing.tablefile import columns_of_bytes, read_parquet, read_xlsx

_read_any_csv = partial(read_csv, any_delimiter=True)
_READERS: Mapping[str, Callable[[bytes, str], Iterator[RowOrFault]]] = {
    ".csv": _read_any_csv,
    ".tsv": _read_any_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json_rows,
    ".parquet": lambda data, path: read_parquet(data, path, columns_of_bytes(data, path)),
    ".xlsx": read_xlsx,
}
_SAMPLE = 50
TO_DO = "TODO"
"""What is expected where a row leaves that open: `lint` and `browse` show it."""


def table_columns(sources: Sources, path: str) -> list[str]:
    """The names of a table's columns, or of the fields of its first rows."""
    found: dict[str, None] = {}
    for row in islice(_rows(sources, path), _SAMPLE):
        if isinstance(row, Fault):
            raise SpecError([row])
        found.update(dict.fromkeys(row.values))
    if not found:
        raise RequestError(f"{path} has no rows: write one for each example")
    return list(found)


def read_table(sources: Sources, path: str) -> Imported:
    """Read a table whose columns are called as ours: `id`, `expected`, `tags`, and variables."""
    columns = table_columns(sources, path)
    if is_own_table(columns):
        return read_own_table(lambda: _rows(sources, path), path)
    own = {
        name: column for column in columns for name in OWN_NAMES if column.strip().lower() == name
    }
    usual = [column for column in columns if usual_name(column) == "expected"]
    taken = usual[0] if "expected" not in own and len(usual) == 1 else ""
    if taken:
        own["expected"] = taken
    if "expected" not in own:
        listed = ", ".join(f"`{column}`" for column in columns[:12])
        example = f"--map expected='{likely_expected(columns) or 'COLUMN'}'"
        wrong = f"has the columns {listed}, and none is called `expected`"
        without = f"--map '{slug_variable(columns[0])}={columns[0]}'"
        cure = f"say which it is, as in {example}, or, where none is, name variables: {without}"
        raise RequestError(f"{path} {wrong}: {cure}")
    rest = {column: column for column in columns if is_given(column) and column not in own.values()}
    found = read_mapped_table(sources, path, {**rest, **own})
    if taken:
        said = f"`{excerpt(taken)}` is taken for what is expected: --map says another"
        found.notes.append(Mark(path).warning(said))
    return found


def read_mapped_table(sources: Sources, path: str, mapping: Mapping[str, str]) -> Imported:
    """Read a table: `mapping` says from which column an id, an expectation or a variable comes.

    `expected.NAME` makes what is expected an object. Columns that are not named are left out and
    reported, unless no variable is named: then all others are variables, or what their names say.
    Raises `RequestError` for a column that is not there.
    """
    columns = table_columns(sources, path)
    if wrong := misspelt(mapping, columns):
        raise RequestError(wrong)
    mapping = _with_variables(mapping, columns)
    _refuse_unknown(path, mapping, columns)
    found = Imported()
    name = Names().take(slug(PurePosixPath(path).stem) or "table")
    names = {name: mapping[key] for key, name in named_variables(mapping).items()}
    content = "\n".join(f"{{{{ {each} }}}}" for each in names)
    prompt: dict[str, Plain] = {"messages": [{"role": "user", "content": content}]}
    made = StandIn(
        frozenset(names),
        "a table has no prompt: one that sends its columns is written, to be edited",
    )
    found.prompts.append(ImportedPrompt(name, prompt, path, made))
    scorer = _scorer(sources, path, mapping, found.notes)
    found.evals.append(ImportedEval(name, {"scorers": [scorer]}, name, path))
    found.examples.append(ExampleSet(name, lambda: _examples(sources, path, mapping, names, found)))
    spare = [column for column in columns if column not in mapping.values()]
    found.losses.extend(left_out_columns(spare, Names(set(names)), path))
    found.losses.extend(told_left_out(sources.read(path), path))
    found.notes.extend(decimal_commas(_sample(sources, path), path, [*mapping.values()]))
    return found


def _with_variables(mapping: Mapping[str, str], columns: list[str]) -> Mapping[str, str]:
    """A mapping that names no variable, with the columns that can be one or are called as ours."""
    if any(map(is_variable, mapping)):
        return mapping
    rest = [column for column in columns if column not in mapping.values()]
    usual = {column: column for column in rest if column in OWN_NAMES}
    return {**usual, **mapping, **{column: column for column in rest if is_variable(column)}}


def _scorer(sources: Sources, path: str, mapping: Mapping[str, str], notes: list[Fault]) -> Plain:
    """How answers are judged, by what is expected; a note says where no column tells that."""
    has_fields = any(key.startswith("expected.") for key in mapping)
    if "expected" not in mapping and not has_fields:
        wrong = "no column says what is expected, any answer passes: add --map expected=COLUMN"
        notes.append(Mark(path).warning(wrong))
        return {"length": {"min": 1}}
    sampled = (row.values.get(mapping.get("expected", "")) for row in _sample(sources, path))
    is_object = has_fields or any(isinstance(value, dict) for value in sampled)
    return "json_fields" if is_object else "short_answer"


def _refuse_unknown(path: str, mapping: Mapping[str, str], columns: list[str]) -> None:
    for name, column in mapping.items():
        if column not in columns:
            turned = f"write NAME=COLUMN, as in --map '{excerpt(column)}={excerpt(name)}'"
            advice = turned if name in columns else did_you_mean(column, columns)
            raise RequestError(f"{path} has no column `{excerpt(column)}`: {advice}")
    if not any(map(is_variable, mapping)):
        raise RequestError("no column is a variable: add one, as in --map question=COLUMN")


def _rows(sources: Sources, path: str) -> Iterator[RowOrFault]:
    reader = _READERS.get(PurePosixPath(path).suffix.lower())
    if reader is None:
        raise RequestError(f"{path} is no table by its name: let it end in {', '.join(_READERS)}")
    return reader(sources.read(path), path)


def _sample(sources: Sources, path: str) -> Iterator[DataRow]:
    return (row for row in islice(_rows(sources, path), _SAMPLE) if isinstance(row, DataRow))


def _examples(
    sources: Sources,
    path: str,
    mapping: Mapping[str, str],
    names: Mapping[str, str],
    found: Imported,
) -> Iterator[Row]:
    lines: dict[str, int] = {}
    for row in _rows(sources, path):
        if isinstance(row, Fault):
            found.losses.append(row)
        if isinstance(row, Fault) or all(value in ("", None) for value in row.values.values()):
            continue
        found.place = Mark(path, row.line, 1)
        made = _example(row, mapping, names)
        if made.get("expected") == TO_DO:
            wrong = "the row says not what is expected: replace the `TODO` that is written"
            found.losses.append(found.place.fault(wrong))
        first = lines.setdefault(_key(made), row.line)
        if first == row.line:
            yield made
            continue
        what, cure = ("id", "change it") if "id" in made else ("inputs", "give each row an id")
        wrong = f"the row is left out, since it has the {what} of line {first}: {cure}"
        found.losses.append(found.place.fault(wrong))


def _key(made: Row) -> str:
    """What tells an example from others: its id, or else its inputs."""
    return f"id {made['id']}" if "id" in made else long_digest(made.get("vars"))


def _example(row: DataRow, mapping: Mapping[str, str], names: Mapping[str, str]) -> Row:
    made: Row = {}
    ident = row.values.get(mapping["id"]) if "id" in mapping else None
    if ident not in (None, ""):
        made["id"] = str(ident)
    given = ((name, row.values.get(column)) for name, column in names.items())
    made["vars"] = {name: "" if value is None else value for name, value in given}
    parts = {
        key.removeprefix("expected."): row.values.get(column)
        for key, column in mapping.items()
        if key.startswith("expected.")
    }
    expected: Plain = parts or (
        row.values.get(mapping["expected"]) if "expected" in mapping else None
    )
    if expected not in (None, ""):
        made["expected"] = expected
    elif "expected" in mapping:
        made["expected"] = TO_DO
    tags = row.values.get(mapping["tags"]) if "tags" in mapping else None
    if isinstance(tags, str) and tags.strip():
        made["tags"] = [each.strip() for each in tags.split(";") if each.strip()]
    elif isinstance(tags, list):
        made["tags"] = [str(each) for each in tags]
    if "cluster" in mapping and row.values.get(mapping["cluster"]) not in (None, ""):
        made["cluster"] = str(row.values[mapping["cluster"]])
    return made


def _kind(name: str, title: str, *suffixes: str) -> Importer:
    def matches(path: str, head: bytes) -> bool:
        if path.lower().endswith(".json"):
            return ".jsonl" in suffixes and begins_rows(head)
        return path.lower().endswith(suffixes)

    return Importer(name, title, matches, read_table, table_columns, read_mapped_table)


TABLES = (
    _kind("csv", "A table in CSV", ".csv", ".tsv"),
    _kind("jsonl", "Rows in JSONL, or a list of them in JSON", ".jsonl", ".ndjson"),
    _kind("parquet", "A table in Parquet", ".parquet"),
    _kind("xlsx", "The first sheet of a workbook", ".xlsx"),
)

"""Examples with answers and scores as tables: CSV, Parquet, xlsx."""

import csv
import io
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from promptci.errors import RequestError
from promptci.exporters.exported import (
    Exported,
    ExportedAnswer,
    ExportedEval,
    Exporter,
    ExportOptions,
)
from promptci.extras import needs_extra
from promptci.templates.template import as_text

_ENDS = ("expected", "answer", "fate", "score", "input_tokens", "output_tokens", "cost", "latency")


def _header(evals: tuple[ExportedEval, ...]) -> list[str]:
    meta: dict[str, None] = {}
    names: dict[str, None] = {}
    for each in evals:
        for example in each.task.examples():
            meta.update(dict.fromkeys(f"meta.{name}" for name in example.meta))
            names.update(dict.fromkeys(f"vars.{name}" for name in example.vars))
    place = ["commit"] if len({each.commit for each in evals}) > 1 else []
    return [*place, "eval", "model", "id", "tags", *meta, *names, *_ENDS]


def _rows(evals: tuple[ExportedEval, ...], header: list[str]) -> Iterator[list[Any]]:
    given = [name for name in header if name.startswith(("meta.", "vars."))]
    for each in evals:
        for answer in each.answers():
            example = answer.example
            cells = {f"meta.{name}": value for name, value in example.meta.items()}
            cells |= {f"vars.{name}": value for name, value in example.vars.items()}
            values = [as_text(cells[name]) if name in cells else None for name in given]
            place = [each.commit] if header[0] == "commit" else []
            place += [each.name, each.task.model.name, example.id, ";".join(example.tags)]
            yield [*place, *values, *_ending(answer)]


def _ending(answer: ExportedAnswer) -> list[Any]:
    example, completion, result = answer.example, answer.completion, answer.result
    expected = as_text(example.expected) if example.has_expected else None
    judged = [None, None] if result is None else [result.fate, result.score]
    if completion is None:
        return [expected, None, *judged, None, None, None, None]
    usage = completion.usage
    cost = None if completion.cost is None else float(completion.cost)
    latency = completion.latency if completion.latency == completion.latency else None
    return [
        expected, completion.text, *judged, usage.input_tokens, usage.output_tokens, cost, latency,
    ]  # fmt: skip


def write_csv(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """A CSV file; cells that a spreadsheet would take for a formula are defused."""
    del options
    return Exported({"examples.csv": lambda: _csv(evals)})


def _csv(evals: tuple[ExportedEval, ...]) -> Iterator[bytes]:
    header = _header(evals)
    for row in [header, *_rows(evals, header)]:
        line = io.StringIO()
        cells = [_defused(cell) if isinstance(cell, str) else cell for cell in row]
        csv.writer(line, lineterminator="\r\n").writerow(cells)
        yield line.getvalue().encode()


def _defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before it."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def write_parquet(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """A Parquet file, variables as text. Raises `RequestError` without the extra."""
    del options
    arrow, parquet = _library("pyarrow"), _library("pyarrow.parquet")
    return Exported({"examples.parquet": lambda: _parquet(evals, arrow, parquet)})


def _parquet(evals: tuple[ExportedEval, ...], arrow: Any, parquet: Any) -> Iterator[bytes]:
    header = _header(evals)
    numbers = {"score": arrow.float64(), "cost": arrow.float64(), "latency": arrow.float64(),
               "input_tokens": arrow.int64(), "output_tokens": arrow.int64()}  # fmt: skip
    schema = arrow.schema([(name, numbers.get(name, arrow.string())) for name in header])
    columns = list(zip(*_rows(evals, header), strict=True)) or [()] * len(header)
    arrays = [arrow.array(list(c), type=f.type) for c, f in zip(columns, schema, strict=True)]
    data = io.BytesIO()
    parquet.write_table(arrow.Table.from_arrays(arrays, schema=schema), data)
    yield data.getvalue()


def write_xlsx(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """A workbook with one sheet. Raises `RequestError` without the extra."""
    del options
    workbooks = _library("openpyxl")
    return Exported({"examples.xlsx": lambda: _xlsx(evals, workbooks)})


def _xlsx(evals: tuple[ExportedEval, ...], workbooks: Any) -> Iterator[bytes]:
    book = workbooks.Workbook(write_only=True)
    sheet = book.create_sheet("examples")
    header = _header(evals)
    cells = import_module("openpyxl.cell.cell")
    for row in [header, *_rows(evals, header)]:
        sheet.append([_cell(each, sheet, cells) for each in row])
    data = io.BytesIO()
    book.save(data)
    yield data.getvalue()


def _cell(value: Any, sheet: Any, cells: Any) -> Any:
    """A text is a text, also where it begins like a formula; characters that XML lacks are out."""
    if not isinstance(value, str):
        return value
    cell = cells.WriteOnlyCell(
        sheet, value=cells.ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)[:32_767]
    )
    cell.data_type = "s"
    return cell


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise RequestError(needs_extra("this export", "tables")) from None


TABLES = tuple(
    Exporter(name, title, write, of_commits=True, of_flows=True)
    for name, title, write in (
        ("csv", "Examples with answers and scores, as CSV", write_csv),
        ("parquet", "The same as Parquet", write_parquet),
        ("xlsx", "The same as a workbook", write_xlsx),
    )
)

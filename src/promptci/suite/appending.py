"""Add an example to the file in which an eval has its others, leaving all else as it is."""

import csv
import io
import json
from collections.abc import Callable, Mapping

from promptci.errors import RequestError
from promptci.parsing.source import Node, Plain
from promptci.parsing.yamlfile import load_yaml

_Row = Mapping[str, Plain]


def with_example(text: str, path: str, row: _Row) -> str:
    """The text of a file of examples with one more at its end.

    `path` says the form: `.jsonl` a line, `.csv` a row under the header, YAML an item of the list
    (of `examples` in an eval). Raises `RequestError` where the file has no place for it.
    """
    ending = path[path.rfind(".") :]
    add = _FORMS.get(ending)
    if add is None:
        raise RequestError(f"{path}: examples are only added to .jsonl, .csv and .yaml files")
    return add(text, path, row)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _jsonl(text: str, path: str, row: _Row) -> str:
    if text.lstrip().startswith("["):
        raise RequestError(f"{path} is one JSON array: write one object a line, then add to it")
    return f"{_ended(text)}{json.dumps(row, ensure_ascii=False)}\n"


def _csv(text: str, path: str, row: _Row) -> str:
    header = next(csv.reader(io.StringIO(text, newline="")), [])
    given = {"id": row.get("id"), "expected": row.get("expected")}
    variables = row.get("vars")
    given |= variables if isinstance(variables, dict) else {}
    spare = sorted(
        name for name, value in given.items() if value is not None and name not in header
    )
    if spare:
        raise RequestError(f"{path} has no column for {', '.join(spare)}: add one to its header")
    line = io.StringIO()
    cells = [_cell(given.get(name)) for name in header]
    csv.writer(line, lineterminator="\r\n" if "\r\n" in text else "\n").writerow(cells)
    return f"{_ended(text)}{line.getvalue()}"


def _cell(value: Plain) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _yaml(text: str, path: str, row: _Row) -> str:
    root = load_yaml(text.encode(), path)
    listed = root.value.get("examples") if isinstance(root.value, dict) else root
    if listed is None or not isinstance(listed.value, list) or not listed.value:
        raise RequestError(f"{path} has no list of examples with an item in it: write the first")
    lines = _ended(text).split("\n")
    first = listed.value[0]
    dash = lines[first.mark.line - 1][: first.mark.column - 1].rfind("-")
    if dash < 0 or lines[first.mark.line - 1][:dash].strip():
        raise RequestError(f"{path}: the examples are in brackets: write each on a line of its own")
    end = _end_of(listed, lines, dash)
    item = f"{' ' * dash}- {json.dumps(row, ensure_ascii=False)}"
    return "\n".join([*lines[:end], item, *lines[end:]])


def _end_of(listed: Node, lines: list[str], dash: int) -> int:
    """The number of the first line behind the last item of a list in block form."""
    assert isinstance(listed.value, list)
    end = listed.value[-1].mark.line
    while end < len(lines):
        line = lines[end]
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent <= dash:
            break
        end += 1
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return end


_FORMS: Mapping[str, Callable[[str, str, _Row], str]] = {
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".yaml": _yaml,
    ".yml": _yaml,
}

"""promptfoo's tests in CSV files: columns are variables, `__expected` is an assertion."""

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache

from promptci.errors import Fault, SpecError
from promptci.parsing.source import Mark, Node, decode, excerpt

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_WITH_THRESHOLD = frozenset((
    "answer-relevance", "classifier", "context-faithfulness", "context-recall", "context-relevance",
    "cost", "latency", "levenshtein", "perplexity-score", "perplexity", "rouge-n", "similar",
    "starts-with",
))  # fmt: skip
_PREFIXES = {
    "javascript:": "javascript", "fn:": "javascript", "eval:": "javascript", "grade:": "llm-rubric",
    "llm-rubric:": "llm-rubric", "python:": "python",
}  # fmt: skip


def csv_tests(data: bytes, path: str, known: frozenset[str], losses: list[Fault]) -> Iterator[Node]:
    """The tests in a CSV file, as a YAML list would hold them.

    `known` are the assertions that a cell's prefix may name; other text is what the output must
    equal. Raises `SpecError` for a file that is no CSV.
    """
    text = decode(data, path)
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        _tell_odd_columns(header, path, losses)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _test(header, cells, Mark(path, reader.line_num, 1), known)
    except csv.Error as error:
        raise SpecError([Mark(path, reader.line_num).fault(f"not CSV: {error}")]) from None


def _tell_odd_columns(header: list[str], path: str, losses: list[Fault]) -> None:
    for name in header:
        odd = name.startswith("__") and not _SPECIAL.fullmatch(name)
        if odd:
            losses.append(
                Mark(path, 1).fault(f"the column `{excerpt(name)}` is not known: rename it")
            )


_SPECIAL = re.compile(
    r"__(?:expected\d*|prefix|suffix|description|providerOutput|metric|threshold|metadata:.+"
    r"|config:__expected\d*:threshold)"
)


def _test(header: list[str], cells: list[str], mark: Mark, known: frozenset[str]) -> Node:
    row = dict(zip(header, cells, strict=False))
    parts: dict[str, Node] = {}
    variables = {
        name: Node(value, mark) for name, value in row.items() if not name.startswith("__")
    }
    parts["vars"] = Node(variables, mark, dict.fromkeys(variables, mark))
    for name in ("description", "providerOutput"):
        if row.get(f"__{name}"):
            parts[name] = Node(row[f"__{name}"], mark)
    options = {n: Node(row[f"__{n}"], mark) for n in ("prefix", "suffix") if row.get(f"__{n}")}
    if options:
        parts["options"] = Node(options, mark, dict.fromkeys(options, mark))
    threshold = row.get("__threshold", "").strip()
    if _NUMBER.fullmatch(threshold):
        parts["threshold"] = Node(float(threshold), mark)
    metadata = {n[11:]: Node(v, mark) for n, v in row.items() if n.startswith("__metadata:") and v}
    if metadata:
        parts["metadata"] = Node(metadata, mark, dict.fromkeys(metadata, mark))
    parts["assert"] = Node(_assertions(row, mark, known), mark)
    return Node(parts, mark, dict.fromkeys(parts, mark))


def _assertions(row: dict[str, str], mark: Mark, known: frozenset[str]) -> list[Node]:
    found: list[Node] = []
    for name, value in row.items():
        if name.startswith("__expected") and value.strip():
            found.append(_assertion(value.strip(), mark, known))
    for index, each in enumerate(found):
        assert isinstance(each.value, dict)
        if row.get("__metric"):
            each.value["metric"] = Node(row["__metric"], mark)
        names = [f"__config:__expected{index + 1}:threshold"]
        names += ["__config:__expected:threshold"] if index == 0 else []
        for name in names:
            if _NUMBER.fullmatch(row.get(name, "").strip()):
                each.value["threshold"] = Node(float(row[name]), mark)
    return found


def _assertion(cell: str, mark: Mark, known: frozenset[str]) -> Node:
    """A cell as an assertion: `type:value`, `type(threshold):value`, else what must be equal."""
    for prefix, kind in _PREFIXES.items():
        if cell.startswith(prefix):
            return _made(mark, kind, cell[len(prefix) :].strip())
    if cell.startswith("file://"):
        return _made(mark, "python" if ".py" in cell else "javascript", cell)
    found = _pattern(known).fullmatch(cell)
    if found is None:
        return _made(mark, "equals", cell)
    limit = float(found["limit"]) if found["limit"] else None
    if found["kind"] in _WITH_THRESHOLD and limit is None:
        limit = 0.8 if found["kind"] == "similar" else 0.75
    value = found["value"].strip() if found["value"] else None
    return _made(mark, f"{found['not'] or ''}{found['kind']}", value, limit)


@lru_cache(maxsize=2)
def _pattern(known: frozenset[str]) -> re.Pattern[str]:
    """`type`, `type:value` or `type(threshold):value`, with `not-` or without."""
    kinds = "|".join(re.escape(kind) for kind in sorted(known, key=len, reverse=True))
    limit = r"(?:\((?P<limit>\d+(?:\.\d+)?)\))?"
    return re.compile(rf"(?P<not>not-)?(?P<kind>{kinds}){limit}(?::(?P<value>.*))?", re.DOTALL)


def _made(mark: Mark, kind: str, value: str | None, threshold: float | None = None) -> Node:
    parts = {"type": Node(kind, mark)}
    if value is not None:
        parts["value"] = Node(value, mark)
    if threshold is not None:
        parts["threshold"] = Node(threshold, mark)
    return Node(parts, mark, dict.fromkeys(parts, mark))

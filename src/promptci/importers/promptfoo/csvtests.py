"""promptfoo's tests in CSV files: columns are variables, `__expected` is an assertion."""

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

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

_STARTS = tuple(_PREFIXES)


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
        columns = _Columns.of(header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _test(columns, cells, Mark(path, reader.line_num, 1), known)
    except csv.Error as error:
        raise SpecError([Mark(path, reader.line_num).fault(f"not CSV: {error}")]) from None


def _tell_odd_columns(header: list[str], path: str, losses: list[Fault]) -> None:
    for name in header:
        odd = name.startswith("__") and not _SPECIAL.fullmatch(name)
        if odd:
            losses.append(
                Mark(path, 1).fault(f"the column `{excerpt(name)}` is not known: rename it")
            )
    if "assert" in header and not any(map(_IS_EXPECTED, header)):
        wrong = "the column `assert` is a variable and asserts nothing, in promptfoo, too"
        losses.append(Mark(path, 1).fault(f"{wrong}: call it `__expected`"))


_IS_EXPECTED = re.compile(r"__expected\d*").fullmatch


_SPECIAL = re.compile(
    r"__(?:expected\d*|prefix|suffix|description|providerOutput|metric|threshold|metadata:.+"
    r"|config:__expected\d*:threshold)"
)


class _Columns(Struct, frozen=True):
    """The names of the columns, sorted out once: which are variables, which are what else."""

    names: tuple[str, ...]
    variables: tuple[str, ...]
    expected: tuple[str, ...]
    metadata: tuple[str, ...]

    @classmethod
    def of(cls, names: list[str]) -> "_Columns":
        return cls(
            tuple(names),
            tuple(name for name in names if not name.startswith("__")),
            tuple(dict.fromkeys(name for name in names if name.startswith("__expected"))),
            tuple(name for name in names if name.startswith("__metadata:")),
        )

    @property
    def is_plain(self) -> bool:
        """Whether there are no columns but variables and what is expected."""
        return len(self.variables) + len(self.expected) == len(self.names)


def _test(columns: _Columns, cells: list[str], mark: Mark, known: frozenset[str]) -> Node:
    row = dict(zip(columns.names, cells, strict=False))
    variables = {name: Node(row[name], mark) for name in columns.variables if name in row}
    parts: dict[str, Node] = {"vars": Node(variables, mark)}
    if not columns.is_plain:
        parts |= _beside(columns, row, mark)
    parts["assert"] = Node(_assertions(columns, row, mark, known), mark)
    return Node(parts, mark)


def _beside(columns: _Columns, row: dict[str, str], mark: Mark) -> dict[str, Node]:
    """What a row says of its test beside variables and assertions."""
    parts: dict[str, Node] = {}
    for name in ("description", "providerOutput"):
        if row.get(f"__{name}"):
            parts[name] = Node(row[f"__{name}"], mark)
    options = {n: Node(row[f"__{n}"], mark) for n in ("prefix", "suffix") if row.get(f"__{n}")}
    if options:
        parts["options"] = Node(options, mark)
    threshold = row.get("__threshold", "").strip()
    if _NUMBER.fullmatch(threshold):
        parts["threshold"] = Node(float(threshold), mark)
    metadata = {n[11:]: Node(row[n], mark) for n in columns.metadata if row.get(n)}
    if metadata:
        parts["metadata"] = Node(metadata, mark)
    return parts


def _assertions(
    columns: _Columns, row: dict[str, str], mark: Mark, known: frozenset[str]
) -> list[Node]:
    cells = (row.get(name, "").strip() for name in columns.expected)
    found = [_assertion(cell, mark, known) for cell in cells if cell]
    if columns.is_plain:
        return found
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
    if cell.startswith(_STARTS):
        prefix = next(each for each in _PREFIXES if cell.startswith(each))
        return _made(mark, _PREFIXES[prefix], cell[len(prefix) :].strip())
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
    return Node(parts, mark)

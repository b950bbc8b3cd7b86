"""Rows in a JSON file: a list of objects, or an object that holds one such list."""

from collections.abc import Iterator

from promptci.errors import Fault
from promptci.importers.foreignyaml import load_foreign
from promptci.parsing.datafile import DataRow, RowOrFault, read_jsonl
from promptci.parsing.source import Node, excerpt


def read_json_rows(data: bytes, path: str) -> Iterator[RowOrFault]:
    """The rows, with the lines where they begin. Raises `SpecError` for what is no JSON."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        yield from read_jsonl(data, path)
        return
    root = load_foreign(data, path, [])
    lists = _lists(root)
    if len(lists) != 1:
        wrong = "several lists of rows are" if lists else "no list of rows is"
        yield root.mark.fault(f"{wrong} in it: save one as a file of its own")
        return
    for each in next(iter(lists.values())):
        row = each.plain()
        if isinstance(row, dict):
            yield DataRow(each.mark.line, row)
        else:
            yield each.mark.fault("a row must be an object: write names and values")


def told_beside_rows(data: bytes, path: str) -> Iterator[Fault]:
    """A loss for each key beside the list of rows that says something."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return
    root = load_foreign(data, path, [])
    lists = _lists(root)
    for key, node in root.value.items() if isinstance(root.value, dict) else ():
        if key not in lists and node.value not in (None, "", [], {}):
            wrong = f"`{excerpt(key)}` beside the rows is not carried"
            yield root.key_mark(key).fault(f"{wrong}: write it into the prompt")


def begins_rows(head: bytes) -> bool:
    """Whether a JSON file begins with a list of objects, or with an object around one."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] == b"[":
        return text[1:].lstrip()[:1] == b"{"
    squeezed = b"".join(text.split())
    return text[:1] == b"{" and b":[{" in squeezed


def _lists(root: Node) -> dict[str, list[Node]]:
    parts = root.value if isinstance(root.value, dict) else {}
    return {
        key: node.value
        for key, node in parts.items()
        if isinstance(node.value, list) and any(isinstance(n.value, dict) for n in node.value)
    }

"""Rows of JSON and JSONL files of other tools, one by one, with their lines."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from promptci.errors import Fault, SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.sources import Sources
from promptci.parsing.jsonline import read_object
from promptci.parsing.source import Mark, Node, Plain, decode

Located = tuple[dict[str, Plain], Mark]
"""An object and the line where it begins."""

_PLACED = 2_000_000
"""Bytes of a JSON file up to which rows know the places of their parts: that takes memory."""


class PartMark(Mark, frozen=True, eq=False):
    """Where an object of a JSON file begins, and with it where its parts do."""

    node: Node | None = None


def mark_in(mark: Mark, *path: str | int) -> Mark:
    """The place of what is at a path of keys and indexes in a row, as far as that is known."""
    for step in path:
        node = mark.node if isinstance(mark, PartMark) else None
        child = None if node is None else node.get(step)
        if node is None or child is None or child is node:
            return mark
        at = node.key_mark(step) if isinstance(step, str) else child.mark
        mark = PartMark(at.path, at.line, at.column, child)
    return mark


def mark_below(mark: Mark, key: str) -> Mark:
    """The place of the first key of this name in a row, on whatever level; else the row."""
    node = mark.node if isinstance(mark, PartMark) else None
    found = None if node is None else key_place(node, key)
    return found or mark


def key_place(node: Node | None, key: str) -> Mark | None:
    """The place of a key in a mapping or a list, or in one inside of it."""
    if node is None or not isinstance(node.value, dict | list):
        return None
    if isinstance(node.value, dict) and key in node.value:
        return node.key_mark(key)
    inner = node.value.values() if isinstance(node.value, dict) else node.value
    return next((found for each in inner if (found := key_place(each, key))), None)


NO_ROW = "a row must be an object: write names and values"
"""What is said of anything else among rows."""


def read_rows(sources: Sources, path: str, losses: list[Fault]) -> Iterator[Located]:
    """The objects of a JSONL file, or of the list in a JSON file; odd rows are losses."""
    return ((value, mark) for value, mark, _ in _objects(sources, path, losses))


def read_nested(
    sources: Sources, path: str, losses: list[Fault], keys: Iterable[str]
) -> Iterator[tuple[Located, list[Located] | None]]:
    """The rows of `read_rows`, each with the objects of the first list under one of `keys`.

    What is no object there is a loss, too.
    """
    for value, mark, node in _objects(sources, path, losses):
        key = next((key for key in keys if isinstance(value.get(key), list)), None)
        listed = None if node is None or key is None else node.get(key)
        inner = None if key is None else list(_inner(value[key], listed, mark, losses))
        yield (value, mark), inner


def _inner(values: Plain, node: Node | None, mark: Mark, losses: list[Fault]) -> Iterator[Located]:
    """The objects of a list, each where it begins as far as that is known."""
    parts = node.value if node is not None and isinstance(node.value, list) else []
    places = chain(map(part_mark, parts), repeat(mark))
    for each, at in zip(values if isinstance(values, list) else [], places, strict=False):
        if isinstance(each, dict):
            yield each, at
        else:
            losses.append(at.fault(NO_ROW))


def _objects(
    sources: Sources, path: str, losses: list[Fault]
) -> Iterator[tuple[dict[str, Plain], Mark, Node | None]]:
    """Each object with its place and, in JSON, with the places of its parts."""
    if path.endswith((".jsonl", ".ndjson")):
        yield from ((*row, None) for row in _lines(sources.lines(path), path, losses))
        return
    data = sources.read(path)
    try:
        root = load_foreign(data, path, losses)
    except SpecError:
        if data.lstrip()[:1] != b"{" or b"\n{" not in data:
            raise
        lines = _lines(data.split(b"\n"), path, losses)  # lines of objects under a name of JSON
        yield from ((*row, None) for row in lines)
        return
    for each in root.value if isinstance(root.value, list) else [root]:
        value = each.plain()
        if isinstance(value, dict):
            yield value, part_mark(each) if len(data) <= _PLACED else each.mark, each
        else:
            losses.append(each.mark.fault(NO_ROW))


def part_mark(node: Node) -> Mark:
    """Where an object of a JSON file begins, which knows where its parts do."""
    return PartMark(node.mark.path, node.mark.line, node.mark.column, node)


def _lines(lines: Iterable[bytes], path: str, losses: list[Fault]) -> Iterator[Located]:
    """The objects of lines; a line that is none is a loss, if another is one.

    Raises `SpecError`, with the first fault alone, where no line is an object: this is no file of
    rows, and the faults of its other lines say no more.
    """
    early: list[Fault] = []  # faults of lines before the first object
    faults = early
    for number, data in enumerate(lines, 1):
        try:
            line = decode(data, path, number).removesuffix("\n")
        except SpecError as error:
            if number == 1:
                raise
            faults.extend(error.faults)
            continue
        if line.strip():
            mark = Mark(path, number, 1)
            found = read_object(line, mark)
            if isinstance(found, dict):
                if faults is early:
                    losses.extend(early)
                    faults = losses
                yield found, mark
            else:
                faults.append(found)
    if faults is early and early:
        raise SpecError(early[:1])


def first_object(head: bytes) -> dict[str, Plain]:
    """The first object of a JSONL or JSON file, as far as it is there."""
    text = head.decode(errors="replace").lstrip("\ufeff \t\r\n[")
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def object_of(value: Plain) -> dict[str, Plain]:
    """A mapping as it is; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: Plain) -> list[dict[str, Plain]]:
    """The mappings of a list; of what is no list none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def turns_of(value: Plain, mark: Mark, losses: list[Fault]) -> list[Plain] | None:
    """The turns of a chat in the fields that turns have here; None where it is no chat."""
    if not isinstance(value, list) or not value:
        return None
    turns: list[Plain] = []
    for index, each in enumerate(value):
        if not isinstance(each, dict) or "role" not in each:
            return None
        kept: Plain = {key: part for key, part in each.items() if key in _TURN and part is not None}
        for key in sorted(each.keys() - _TURN) if not each.keys() <= _TURN else ():
            if each[key] not in (None, [], {}, ""):
                place = mark_in(mark, index, key)
                losses.append(place.fault(f"`{key}` of a turn is not carried: delete it"))
        turns.append(kept)
    return turns


_TURN = frozenset(("role", "content", "name", "tool_calls", "tool_call_id"))

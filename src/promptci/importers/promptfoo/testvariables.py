"""The variables of promptfoo's tests: from files, filled in, and lists of them written out."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from promptci.errors import Fault
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.promptfoo.files import Lost, Reader
from promptci.importers.usedvariables import as_sent
from promptci.parsing.source import Mark, Node, Plain, excerpt

MAX_MATRIX = 10_000
"""Tests that lists may make together."""

_PLACEHOLDER = re.compile(r"\{\{-?\s*([\w.]+)\s*-?\}\}")


def expand_variables(
    variables: Node, reader: Reader, *, as_matrix: bool = True
) -> Iterator[dict[str, Plain]]:
    """The values of a test's variables: a list makes a test of each of its items.

    Files are read, and a value that names other variables is filled in.
    """
    variables = _from_files(variables, reader)
    if not isinstance(variables.value, dict):
        reader.losses.append(
            variables.mark.fault("`vars` must be a mapping: write names and values")
        )
        return
    names = list(variables.value)
    choices = [_choices(variables.value[name], reader, as_matrix=as_matrix) for name in names]
    size = prod(max(1, len(each)) for each in choices)
    if size > MAX_MATRIX:
        reader.losses.append(too_large(variables.mark, "lists", size))
        return
    for values in product(*choices):
        yield _filled(dict(zip(names, map(as_sent, values), strict=True)), variables, reader)


def _from_files(variables: Node, reader: Reader) -> Node:
    """Variables in files, of which a later one wins."""
    written = variables.value if isinstance(variables.value, list) else [variables]
    if not written or not all(isinstance(each.value, str) for each in written):
        return variables
    values: dict[str, Node] = {}
    keys: dict[str, Mark] = {}
    for each in written:
        for path in paths_named(str(each.value), each.mark, reader):
            read = load_foreign(reader.sources.read(path, each.mark), path, reader.losses)
            if isinstance(read.value, dict):
                values |= read.value
                keys |= read.keys
    return Node(values, variables.mark, keys)


def _choices(node: Node, reader: Reader, *, as_matrix: bool) -> list[Plain]:
    value = node.value
    if isinstance(value, list) and as_matrix:
        found = [reader.text_or_data(each) for each in value]
        return [each for each in found if not isinstance(each, Lost)]
    if isinstance(value, str) and value.startswith("file://") and any(c in value for c in "*?["):
        paths = reader.sources.find(reader.path(value, node.mark), node.mark)
        found = [reader.content(path, node.mark) for path in paths]
        return [each for each in found if not isinstance(each, Lost)]
    read = reader.text_or_data(node)
    if isinstance(read, Lost):
        return [""]
    return list(read) if isinstance(read, list) and as_matrix and isinstance(value, str) else [read]


def _filled(values: dict[str, Plain], node: Node, reader: Reader) -> dict[str, Plain]:
    """Values whose placeholders name other variables, filled in once as promptfoo does."""
    return {
        name: _fill(value, values, node.get(name).mark, reader) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _fill(text: str, values: Mapping[str, Plain], mark: Mark, reader: Reader) -> str:
    if "{{" not in text and "{%" not in text:
        return text

    def put(match: re.Match[str]) -> str:
        value = values.get(match[1])
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        reader.losses.append(
            mark.fault(f"`{excerpt(match[0])}` in a variable is not carried: write it out")
        )
        return match[0]

    filled = _PLACEHOLDER.sub(put, text)
    if "{%" in filled or re.search(r"\{\{(?!-?\s*[\w.]+\s*-?\}\})", filled):
        reader.losses.append(mark.fault("logic in a variable is not carried: write it out"))
    return filled


def paths_named(written: str, mark: Mark, reader: Reader) -> list[str]:
    """The file that is named, or those that a pattern matches."""
    path = reader.path(written, mark)
    found = reader.sources.find(path, mark) if any(c in path for c in "*?[") else [path]
    if not found:
        reader.losses.append(
            mark.fault(f"no file matches `{excerpt(written)}`: correct the pattern")
        )
    return found


def too_large(mark: Mark, what: str, size: int) -> Fault:
    """What is said where lists make more than `MAX_MATRIX` tests together."""
    cure = "write those that count"
    return mark.fault(f"these {what} make {size:,} tests (at most {MAX_MATRIX:,}): {cure}")

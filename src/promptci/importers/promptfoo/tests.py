"""promptfoo's tests: inline, in files and from scenarios, with defaults merged."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import PurePosixPath

from promptci.errors import SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.promptfoo.csvtests import csv_tests
from promptci.importers.promptfoo.files import CODE_FILES, Reader
from promptci.importers.promptfoo.testvariables import MAX_MATRIX, paths_named, too_large
from promptci.parsing.jsonline import read_object
from promptci.parsing.source import Mark, Node, as_node, decode, excerpt, mapping_of


def source_tests(node: Node, reader: Reader, known: frozenset[str]) -> Iterator[Node]:
    """Every test that `tests` holds or names, with its place; faults are added to the losses.

    `known` are the assertions that a cell of a CSV file may name.
    """
    items = node.value if isinstance(node.value, list) else [node]
    for item in items:
        try:
            yield from _tests_of(item, reader, known)
        except SpecError as error:
            reader.losses.extend(error.faults)


def _tests_of(item: Node, reader: Reader, known: frozenset[str]) -> Iterator[Node]:
    if isinstance(item.value, dict):
        if set(item.value) <= {"path", "config"} and "path" in item.value:
            item = item.get("path")
        else:
            yield item
            return
    if not isinstance(item.value, str):
        reader.losses.append(item.mark.fault("a test must be a mapping or a file: write one"))
        return
    yield from _tests_at(item.value, item.mark, reader, known)


def _tests_at(written: str, mark: Mark, reader: Reader, known: frozenset[str]) -> Iterator[Node]:
    for start, why in _FAR.items():
        if written.startswith(start):
            wrong = f"`{excerpt(written)}` is {why}: save it as a CSV file"
            reader.losses.append(mark.fault(wrong))
            return
    plain = re.sub(r"(\.\w+):\w+$", r"\1", written)
    if plain.endswith(CODE_FILES):
        wrong = f"`{excerpt(written)}` is code, which is not run: save what it makes as a CSV file"
        reader.losses.append(mark.fault(wrong))
        return
    for each in paths_named(plain.split("#")[0], mark, reader):
        if reader.enters(each, mark):
            try:
                yield from _file(each, mark, reader, known)
            finally:
                reader.inside.discard(each)


_FAR = {
    **dict.fromkeys(
        ("http://", "https://", "az://", "s3://"), "a remote file, which is not fetched"
    ),
    "huggingface://": "a remote dataset, which is not fetched",
    **dict.fromkeys(("exec:", "package:"), "code, which is not run"),
}


def _file(path: str, mark: Mark, reader: Reader, known: frozenset[str]) -> Iterator[Node]:
    data = reader.sources.read(path, mark)
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".csv":
        yield from csv_tests(data, path, known, reader.losses)
    elif suffix == ".jsonl":
        yield from _jsonl(data, path, reader)
    elif suffix in (".yaml", ".yml", ".json"):
        read = load_foreign(data, path, reader.losses)
        listed = read.value if isinstance(read.value, list) else [read]
        for each in listed:
            yield from _tests_of(each, reader, known)
    else:
        reader.losses.append(
            mark.fault(f"`{excerpt(path)}` is no file of tests that is read: save it as CSV")
        )


def _jsonl(data: bytes, path: str, reader: Reader) -> Iterator[Node]:
    for number, line in enumerate(decode(data, path).split("\n"), 1):
        if line.strip():
            mark = Mark(path, number, 1)
            read = read_object(line, mark)
            if isinstance(read, dict):
                yield as_node(read, mark)
            else:
                reader.losses.append(read)


def scenario_tests(node: Node, reader: Reader, known: frozenset[str]) -> Iterator[Node]:
    """The tests of scenarios: each of a scenario's tests under each of its configurations."""
    items = node.value if isinstance(node.value, list) else [node]
    for item in items:
        scenario = reader.node(item)
        if not isinstance(scenario.value, dict):
            reader.losses.append(
                item.mark.fault("a scenario must be a mapping: write `config` and `tests`")
            )
            continue
        nothing = Node([Node({}, scenario.mark)], scenario.mark)
        configs = list(source_tests(scenario.value.get("config", nothing), reader, known))
        tests = list(source_tests(scenario.value.get("tests", nothing), reader, known))
        if (size := len(configs) * len(tests)) > MAX_MATRIX:
            reader.losses.append(too_large(item.mark, "configurations and tests", size))
            continue
        for config, test in product(configs, tests):
            yield merged(config, test)


def merged(default: Node, test: Node) -> Node:
    """A test on top of a default: variables and options by name, assertions one after the other."""
    if not default.value:
        return test
    below, above = dict(mapping_of(default)), mapping_of(test)
    alone = mapping_of(above.get("options", test)).get("disableDefaultAsserts")
    if alone is not None and alone.value is True:
        below.pop("assert", None)
    values = {**below, **above}
    for key in ("vars", "options", "metadata"):
        if key in below and key in above:
            inner = {**mapping_of(below[key]), **mapping_of(above[key])}
            values[key] = Node(inner, above[key].mark, {**below[key].keys, **above[key].keys})
    if "assert" in below and "assert" in above:
        values["assert"] = Node(
            [*_items(below["assert"]), *_items(above["assert"])], above["assert"].mark
        )
    return Node(values, test.mark, {**default.keys, **test.keys})


def _items(node: Node) -> list[Node]:
    return node.value if isinstance(node.value, list) else [node]

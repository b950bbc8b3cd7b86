"""The golden examples of an eval, streamed: read again each time rather than held in memory."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import UnsupportedOperation
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import msgspec
from msgspec import field

from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import Tree, inside, open_file, read_file
from promptci.git.samefile import STORED
from promptci.git.unfollowed import no_file
from promptci.parsing.jsonline import some_rows
from promptci.parsing.shape import read_shape as read_shape
from promptci.parsing.source import Mark, Node, Plain, as_node
from promptci.parsing.yamlfile import load_yaml
from promptci.specs.columns import Columns, NoColumnError, has_column, no_column
from promptci.specs.evalfile import ExampleFile
from promptci.specs.evalparsing import example_in_part, parse_example, with_files
from promptci.specs.evalspec import EvalSpec, Example, InPart
from promptci.suite.attachments import attaching
from promptci.suite.packedexamples import Pack, Packing, packed_examples
from promptci.withasides import WithAsides

if TYPE_CHECKING:
    from promptci.parsing.datafile import RowOrFault

Stamp: TypeAlias = tuple[int, int] | None
"""Size and time of change of a file, which tell that somebody wrote to it."""

KEPT = 10_000
"""Examples of a data file that are kept once read; larger files are read again each time."""


def _read_table(file: BinaryIO, path: str) -> "Iterator[RowOrFault]":
    from promptci.parsing.tablefile import read_parquet, read_xlsx

    return (read_xlsx if path.endswith(".xlsx") else read_parquet)(file, path)


def _read_rows(file: BinaryIO, path: str) -> "Iterator[RowOrFault]":
    from promptci.parsing.datafile import read_csv, read_jsonl

    return (read_csv if path.endswith(".csv") else read_jsonl)(file, path)


_READERS: Mapping[str, Callable[[BinaryIO, str], "Iterator[RowOrFault]"]] = {
    ".jsonl": _read_rows,
    ".json": _read_rows,
    ".csv": _read_rows,
    ".parquet": _read_table,
    ".xlsx": _read_table,
}
_STREAMED = tuple(_READERS)
_TABLES = (".csv", ".parquet", ".xlsx")
_TEXT = (".csv", ".xlsx")
_YAML = (".yaml", ".yml")
_KINDS = "examples are read from .jsonl, .json, .csv, .yaml, .parquet and .xlsx files"


class ExampleFault(Fault, frozen=True):
    """A fault of an example; the first of them says what is known of the example."""

    ASIDES = frozenset({"more", "example"})

    example: InPart | None = None


class Golden(WithAsides, frozen=True):
    """The golden examples of an eval: `inline`, or in the file at `path` and read again each time.

    The examples of a YAML file are `inline` too; `path` says then where they come from. Those of a
    small data file are packed in `kept` once it was read to its end without a fault. `header` holds
    the columns of a table once it was read.
    """

    ASIDES = frozenset({"kept", "header"})

    tree: Tree
    inline: tuple[Example | Fault, ...] = ()
    path: str = ""
    columns: Columns = field(default_factory=Columns)
    kept: list[Pack] = field(default_factory=list)
    header: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, tree: Tree, spec: EvalSpec) -> "Golden":
        """Where an eval's examples are. Raises `SpecError` for a file that cannot be used."""
        path = ""
        if isinstance(spec.examples, str):
            path = _find(tree, spec, spec.examples)
        if spec.columns is not None and not path.endswith(_STREAMED):
            wrong = "`columns` are those of a data file, and `examples` names none: delete them"
            raise SpecError([spec.marks.get("columns", spec.mark).fault(wrong)])
        attach = attaching(tree, path or spec.mark.path)
        if not isinstance(spec.examples, str):
            return cls(tree, tuple(with_files(each, attach) for each in spec.examples))
        if path.endswith(_YAML):
            read = _from_yaml(tree, path)
            inline = (e if isinstance(e, Fault) else with_files(e, attach) for e in read)
            return cls(tree, tuple(inline), path)
        is_text, is_table = path.endswith(_TEXT), path.endswith(_TABLES)
        return cls(tree, (), path, Columns(spec.columns, is_text, spec.variables, is_table))

    @property
    def is_read_anew(self) -> bool:
        """Whether the examples are in a data file, and not held in memory."""
        return self.path.endswith(_STREAMED)

    @property
    def is_table(self) -> bool:
        """Whether all examples have the same columns."""
        return self.path.endswith(_TABLES)

    def has_column(self, name: str) -> bool:
        """Whether a table has a column; to be asked once it was read."""
        return has_column(name, tuple(self.header))

    @property
    def gives_expected(self) -> bool:
        """Whether a table says what is expected, be it of some rows."""
        mapped = self.columns.mapped
        if mapped is not None and (mapped.vars is not None or mapped.expected is not None):
            return mapped.expected is not None
        return self.has_column("expected")

    def __iter__(self) -> Iterator[Example | Fault]:
        """Each example in file order, or what is wrong with it."""
        if not self.path.endswith(_STREAMED):
            yield from self.inline
        elif self.kept:
            for pack in self.kept:
                yield from packed_examples(pack, self.path)
        else:
            yield from self._read()

    def _read(self) -> Iterator[Example | Fault]:
        """Read the data file, and keep what was read if it is little and good."""
        packing: Packing | None = Packing()
        for item in self._rows():
            yield item  # first, as who takes it may find its digest
            if packing is not None and isinstance(item, Example) and len(packing) < KEPT:
                packing.add(item)
            else:
                packing = None
        if packing is not None:
            self.kept[:] = packing.packs()

    def at(self, rows: frozenset[int]) -> Iterator[Example | Fault]:
        """Those in some rows, from 0, of a file with a row a line that has no fault."""
        return self._rows(rows)

    def _rows(self, rows: frozenset[int] | None = None) -> Iterator[Example | Fault]:
        read_rows = next(reader for end, reader in _READERS.items() if self.path.endswith(end))
        with open_file(self.tree, self.path) as opened:
            file = opened if rows is None else some_rows(opened, rows)
            yield from self.made_of(read_rows(file, self.path))

    def made_of(self, rows: "Iterable[RowOrFault]") -> Iterator[Example | Fault]:
        """The examples in rows of the file."""
        attach = attaching(self.tree, self.path)
        for row in rows:
            if isinstance(row, Fault):
                yield row
                continue
            if self.is_table and not self.header:
                self.header.extend(row.values)
                absent = [each for each in self.columns.wanted() if not self.has_column(each)]
                if absent:
                    yield from (self._no_column(each) for each in absent)
                    return
            found = self.from_row(row.values, Mark(self.path, row.line, 1))
            if isinstance(found, Example):
                yield with_files(found, attach)
            else:
                yield from found

    def _no_column(self, name: str) -> Fault:
        return Mark(self.path, 1, 1).fault(no_column(name, tuple(self.header)))

    def from_row(self, values: dict[str, Plain], mark: Mark) -> Example | Iterable[Fault]:
        """The example in a row; else every fault of it."""
        try:
            fields = self.columns.example(values)
        except NoColumnError as error:
            return (mark.fault(str(error)),)
        try:
            return parse_example(msgspec.convert(fields, ExampleFile), mark)
        except msgspec.ValidationError:
            return _faults_of(as_node(fields, mark))

    def examples(self) -> Iterator[Example]:
        """The same where faults have been ruled out. Raises `SpecError` at one nevertheless."""
        for example in self:
            if isinstance(example, Fault):
                raise SpecError([example])
            yield example

    def stamp(self) -> Stamp:
        """What changes when somebody writes to the file; None where that is impossible."""
        if not self.path.endswith(_STREAMED) or isinstance(self.tree, STORED):
            return None
        with self.tree.open(self.path) as file:
            try:
                found = os.fstat(file.fileno())
            except UnsupportedOperation:  # from a commit
                return None
        return found.st_size, found.st_mtime_ns


def _find(tree: Tree, spec: EvalSpec, written: str) -> str:
    """The path of an eval's data file, checked. Raises `SpecError`."""
    mark = spec.marks["examples"]
    try:
        path = inside(written, start=spec.mark.path.rpartition("/")[0])
    except RequestError as error:
        raise SpecError([mark.fault(str(error))]) from None
    if not path.endswith((*_STREAMED, *_YAML)):
        wrong = f"`{written}`: {_KINDS}: name one"
        raise SpecError([mark.fault(wrong)])
    if not tree.exists(path):
        raise SpecError([mark.fault(no_file(tree, path, "name one relative to this eval"))])
    return path


def _from_yaml(tree: Tree, path: str) -> Iterator[Example | Fault]:
    """The examples of a YAML file, a list at its top, or what is wrong with them."""
    node = load_yaml(read_file(tree, path), path)
    if not isinstance(node.value, list):
        wrong = "a file of examples holds a list: write items that begin with `- vars:`"
        raise SpecError([node.mark.fault(wrong)])
    for item in node.value:
        file = read_shape(item, ExampleFile, [])
        if file is None:
            yield from _faults_of(item)
        else:
            yield parse_example(file, item.mark)


def _faults_of(node: Node) -> Iterator[Fault]:
    """Every fault of an example."""
    faults: list[Fault] = []
    read_shape(node, ExampleFile, faults)
    example: InPart | None = example_in_part(node)
    for fault in faults:
        fields = {name: getattr(fault, name) for name in Fault.__struct_fields__}
        yield ExampleFault(**fields, example=example)
        example = None

"""Scorers for XML. Nothing is fetched or expanded: a text that declares entities is refused."""

import re
from collections.abc import Iterator
from typing import Annotated, TypeAlias
from xml.parsers import expat

from msgspec import Meta, Struct, field

from promptci.parsing.source import excerpt
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.fences import fence_hint
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, failed, graded, listed

MAX_DEPTH = 100
"""Elements inside each other that an answer may hold."""

TRIES = 100
"""Places where XML is looked for in prose: an answer may be huge."""

_CHUNK = 1 << 16
_OPENING = re.compile(rb"<[A-Za-z_:\x80-\xff]")


class XMLOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be in the XML."""

    elements: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(description="elements that must be there: names, or paths such as `order/item`"),
    ] = ()


class NotXML(ValueError):
    """A text that is not XML; the message begins with `not XML` and says where it fails."""


class _Done(Exception):
    """The root element is closed."""


_Path: TypeAlias = tuple[str, ...]


class _Elements(Struct):
    """Reads one document and takes from `missing` the elements that it comes by.

    A prefix is left out of names: `<s:item>` is an `item`.
    """

    missing: set[_Path]
    stops_at_end: bool = False
    open: list[str] = field(default_factory=list)
    end: int = 0

    def read(self, data: bytes, start: int = 0) -> None:
        """Read a document from a place on. Raises `NotXML`, or `_Done` at the end of its root."""
        parser = expat.ParserCreate("utf-8")
        parser.StartDoctypeDeclHandler = _doctype
        parser.EntityDeclHandler = _entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda _: self._end(parser)
        size = _CHUNK
        try:
            while start < len(data):
                parser.Parse(data[start : start + size], False)
                # Ever larger: a tag that does not end is read again from its start each time.
                start, size = start + size, 2 * size
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            where = f"line {error.lineno}, column {error.offset + 1}"
            raise NotXML(f"not XML: {expat.ErrorString(error.code)} in {where}") from None
        finally:
            self.end = max(self.end, parser.CurrentByteIndex)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise NotXML(f"not XML: nested more than {MAX_DEPTH} deep")
        self.open.append(name.rpartition(":")[2])
        for path in [path for path in self.missing if path[-1] == self.open[-1]]:
            if tuple(self.open[-len(path) :]) == path:
                self.missing.discard(path)

    def _end(self, parser: expat.XMLParserType) -> None:
        self.open.pop()
        if self.stops_at_end and not self.open:
            self.end = parser.CurrentByteIndex
            raise _Done


def is_xml(options: XMLOptions, binding: ScorerContext) -> Judge:
    """The output is well-formed XML as a whole, and holds some elements."""
    paths = _paths(options, binding)

    def judge(subject: Subject) -> Score:
        missing = set(paths)
        try:
            read_xml(subject.output, missing)
        except NotXML as error:
            return failed(f"{error}{fence_hint(subject.output)}")
        return _score(missing, len(paths))

    return judge


def contains_xml(options: XMLOptions, binding: ScorerContext) -> Judge:
    """The output has a whole XML element somewhere, and in all of those some elements."""
    paths = _paths(options, binding)

    def judge(subject: Subject) -> Score:
        missing = set(paths)
        found = False
        for _ in find_xml(subject.output, missing):
            found = True
            if not missing:
                return PASSED
        return _score(missing, len(paths)) if found else failed("no XML element")

    return judge


def read_xml(text: str, missing: set[_Path]) -> None:
    """Read a text that is XML, white space around it aside; takes its elements from `missing`.

    Raises `NotXML`, also for a document type that declares or refers to anything.
    """
    try:
        data = text.strip().encode("utf-8")
    except UnicodeEncodeError:
        raise NotXML("not XML: half a character") from None
    _Elements(missing).read(data)


def find_xml(text: str, missing: set[_Path]) -> Iterator[None]:
    """Stops at each whole element in a text, within some tries."""
    data = text.encode("utf-8", "replace")
    start, budget = _next(data, 0), 3 * len(data)
    for _ in range(TRIES):
        if start < 0 or budget < 0:
            return
        inside = set(missing)
        elements = _Elements(inside, stops_at_end=True)
        try:
            elements.read(data, start)
        except _Done:
            missing &= inside
            yield
            start += elements.end
        except NotXML:
            pass
        budget -= max(elements.end, 1)
        start = _next(data, start + 1)


def _next(data: bytes, start: int) -> int:
    """Where the next tag seems to begin, -1 if nowhere."""
    found = _OPENING.search(data, start)
    return -1 if found is None else found.start()


def _doctype(name: str, system: str | None, public: str | None, has_subset: bool) -> None:
    if system or public or has_subset:
        raise NotXML("not XML here: its document type declares or refers to something")


def _entity(*_: object) -> None:
    raise NotXML("not XML here: it declares an entity")


def _paths(options: XMLOptions, binding: ScorerContext) -> frozenset[_Path]:
    for index, path in enumerate(options.elements):
        if "." in path:
            wrong = f"`{excerpt(path)}` is the name of one element here"
            cure = f"write a path as `{excerpt(path.replace('.', '/'))}`"
            binding.warn(f"{wrong}: {cure}", "elements", index)
    return frozenset(tuple(path.strip("/").split("/")) for path in options.elements)


def _score(missing: set[_Path], wanted: int) -> Score:
    if not missing:
        return PASSED
    names = tuple(sorted("/".join(path) for path in missing))
    return graded(1 - len(missing) / wanted, f"no element {listed(names)}")


SCORERS = {
    "is_xml": Scorer(
        is_xml,
        XMLOptions,
        "the output is well-formed XML, without a document type that declares anything",
        "elements",
        example="is_xml: {elements: [order/item]}",
        is_format=True,
    ),
    "contains_xml": Scorer(
        contains_xml,
        XMLOptions,
        "there is a whole XML element somewhere in the output",
        "elements",
        example="contains_xml: {elements: [answer]}",
        is_format=True,
    ),
}

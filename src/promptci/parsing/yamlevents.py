"""What a YAML file holds, built from the events of PyYAML's parser."""

from collections.abc import Iterator
from typing import NoReturn

import yaml

from promptci.errors import Fault, SpecError
from promptci.latepattern import late
from promptci.parsing import yamlguard
from promptci.parsing.gitmarks import refuse_conflict
from promptci.parsing.source import MAX_DEPTH, Mark, Node, decode, excerpt
from promptci.parsing.yamlaliases import Anchors
from promptci.parsing.yamlerror import explained
from promptci.parsing.yamlguard import (
    AT_ONCE,
    refuse_control_characters,
    refuse_too_many,
    shield_separators,
)
from promptci.parsing.yamlscalar import NULLS, read_scalar

MAX_BYTES = 1_000_000
MAX_SIZE = 200_000
"""Values in one file, counted with its aliases written out; 100 characters of text weigh as one."""
MAX_FAULTS = 100
_SURROGATE = late("[\ud800-\udfff]")


def read_document(data: bytes, path: str) -> Node:
    """See `load_yaml`."""
    if len(data) > MAX_BYTES:
        cure = "move its examples to a .jsonl file"
        raise SpecError([Mark(path).fault(f"the file is over 1 MB, the most for YAML: {cure}")])
    refuse_conflict(data, path)
    text = decode(data, path).replace("\r\n", "\n").replace("\r", "\n")
    refuse_control_characters(text, path)
    shielded, restore = shield_separators(text)
    if len(shielded) > AT_ONCE:
        refuse_too_many(shielded, path)
    reader = _Reader(yaml.parse(shielded, Loader=yamlguard.LOADER), path, restore)
    try:
        root = reader.document()
    except yaml.YAMLError as exc:
        fault = explained(exc, text, path)
        known = any(each.line == fault.line for each in reader.faults)
        raise SpecError(reader.faults if known else [*reader.faults, fault]) from None
    if reader.faults:
        raise SpecError(reader.faults)
    return root


class _Reader:
    """Builds nodes straight from the parser's events and counts before it expands."""

    def __init__(self, events: Iterator[yaml.Event], path: str, restore: dict[int, str]) -> None:
        self.faults: list[Fault] = []
        self._events = events
        self._path = path
        self._restore = restore
        self._anchors = Anchors()
        self._size = self._deepest = 0

    def document(self) -> Node:
        root = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                if is_nothing(next(self._events)):
                    break
                self._stop(event, "a second document starts here: keep one to a file")
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, 1)
                if is_nothing(event):
                    root = None
                    break
        if root is None:
            raise SpecError([Mark(self._path).fault("the file is empty: write `key: value` lines")])
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if isinstance(event, yaml.CollectionStartEvent):
            return self._collection(event, depth)
        assert isinstance(event, yaml.ScalarEvent)
        self._weigh(event, _weight(event))
        self._refuse_tag(event)
        return self._remember(event, Node(self._scalar(event), self._mark(event)))

    def _collection(self, event: yaml.CollectionStartEvent, depth: int) -> Node:
        self._weigh(event, 1)
        self._refuse_tag(event)
        if depth > MAX_DEPTH:
            self._stop(event, f"nested deeper than {MAX_DEPTH} levels: flatten this")
        anchor, size, above = event.anchor, self._size, self._deepest
        self._deepest = depth
        if anchor:
            self._anchors.begin(anchor)
        is_map = isinstance(event, yaml.MappingStartEvent)
        node = self._mapping(event, depth) if is_map else self._sequence(event, depth)
        if anchor:
            height = self._deepest - depth + 1
            self._anchors.add(anchor, node, size=self._size - size + 1, height=height)
        self._deepest = max(above, self._deepest)
        return node

    def _sequence(self, start: yaml.Event, depth: int) -> Node:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Node(items, self._mark(start))

    def _mapping(self, start: yaml.Event, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, depth)
            value = self._node(next(self._events), depth + 1)
            if key is None:
                continue
            if key in keys:
                first = f"first on line {keys[key].line}"
                self._fault(event, f"`{excerpt(key)}` is there twice, {first}: keep one")
                continue
            values[key], keys[key] = value, self._mark(event)
        return Node(values, self._mark(start), keys)

    def _key(self, event: yaml.Event, depth: int) -> str | None:
        """The text of a key as it is written; None, with a fault noted, if it cannot be one."""
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, depth + 1)
            cure = 'put quotes around a text that starts with a brace, as in "{{ name }}"'
            self._fault(event, f"a list, mapping or alias cannot be a key: {cure}")
            return None
        self._refuse_tag(event)
        key = self._text(event)
        self._remember(event, Node(key, self._mark(event)))
        if event.style:
            return key
        if key == "<<":
            self._fault(event, "merge keys (`<<`) are not read: write the keys out")
            return None
        if key in NULLS:
            self._fault(event, "a key is missing or null: write its name, in quotes if need be")
            return None
        return key

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        anchor = self._anchors.named(event.anchor or "")
        if isinstance(anchor, str):
            self._stop(event, anchor)
        self._weigh(event, anchor.size)
        self._deepest = max(self._deepest, depth + anchor.height - 1)
        if self._deepest > MAX_DEPTH:
            name = f"`*{excerpt(event.anchor or '')}`"
            self._stop(event, f"{name} nests deeper than {MAX_DEPTH} levels: flatten it")
        return anchor.node

    def _scalar(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        text = self._text(event)
        if event.style:
            return text
        try:
            return read_scalar(text)
        except ValueError as exc:
            self._fault(event, f"{exc}: put quotes around it if it is text")
            return text

    def _text(self, event: yaml.ScalarEvent) -> str:
        if event.style == '"' and _SURROGATE.search(event.value):
            self._fault(event, "half a character (`\\ud800` to `\\udfff`): write the whole one")
        return event.value.translate(self._restore) if self._restore else event.value

    def _remember(self, event: yaml.ScalarEvent, node: Node) -> Node:
        if event.anchor:
            self._anchors.add(event.anchor, node, size=_weight(event))
        return node

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            cure = "delete it, or put quotes around a text that starts with `!`"
            self._fault(event, f"the tag `{excerpt(event.tag)}` is not read: {cure}")

    def _weigh(self, event: yaml.Event, size: int) -> None:
        self._size += size
        if self._size > MAX_SIZE:
            wrong = f"the file is too large with its aliases written out (over {MAX_SIZE:,})"
            self._stop(event, f"{wrong}: write fewer values, or move examples to a .jsonl file")

    def _mark(self, event: yaml.Event) -> Mark:
        start = event.start_mark
        return Mark(self._path, start.line + 1, start.column + 1) if start else Mark(self._path)

    def _fault(self, event: yaml.Event, message: str) -> None:
        self.faults.append(self._mark(event).fault(message))
        if len(self.faults) == MAX_FAULTS:
            raise SpecError(self.faults)

    def _stop(self, event: yaml.Event, message: str) -> NoReturn:
        raise SpecError([*self.faults, self._mark(event).fault(message)])


def is_nothing(event: yaml.Event) -> bool:
    """Whether a document holds no value, as after a `---` at the end of a file."""
    return isinstance(event, yaml.ScalarEvent) and event.value == "" and not event.style


def _weight(event: yaml.ScalarEvent) -> int:
    return 1 + len(event.value) // 100

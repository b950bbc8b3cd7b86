"""YAML and JSON of other tools: merge keys are followed and unknown tags reported, under guard."""

import json
import re
from contextlib import suppress

import yaml

from promptci.errors import Fault, SpecError
from promptci.parsing.gitmarks import refuse_conflict
from promptci.parsing.source import MAX_DEPTH, Mark, Node, Plain, as_node, decode, excerpt
from promptci.parsing.yamlerror import explained
from promptci.parsing.yamlscalar import read_scalar

MAX_BYTES = 20_000_000
MAX_VALUES = 200_000
"""Values of a YAML file with aliases written out: each takes half a kilobyte with its place."""
MAX_JSON_VALUES = 400_000
_PLACED = 2_000_000
_BETWEEN = re.compile(r"[,:\[{\n-]")
"""What separates values, in YAML; no value begins without one of them before it."""
_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_STANDARD = "tag:yaml.org,2002:"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_foreign(data: bytes, path: str, losses: list[Fault]) -> Node:
    """The value of a YAML or JSON file with its places; scalars are those of YAML 1.2.

    Merge keys (`<<`) are followed, as js-yaml and PyYAML do. A tag is not followed and is a loss.
    Raises `SpecError` where the file is no YAML, too large, too deep, or bombs with aliases.
    """
    if len(data) > MAX_BYTES:
        raise SpecError(
            [Mark(path).fault("the file is over 20 MB: move its data to a .jsonl file")]
        )
    text = decode(data, path)
    refuse_conflict(data, path)
    if path.endswith(".json"):
        return _json(text, path, losses)
    try:
        _check_count(text, path)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as exc:
        if path.endswith((".jsonl", ".ndjson")):
            wrong = "it holds lines, and this kind reads one document: name another file or kind"
            raise SpecError([Mark(path).fault(wrong)]) from None
        raise SpecError([explained(exc, text, path)]) from None
    except RecursionError:
        raise SpecError([Mark(path).fault("nested too deep: flatten it")]) from None
    if root is None:
        raise SpecError([Mark(path).fault("the file is empty")])
    return _Composer(path, losses).node(root, 1)


def parse_plain(text: str) -> Plain:
    """A text as YAML's flow or block form has it, or as JSON. Raises `ValueError` otherwise."""
    try:
        return load_foreign(text.encode(), "text", []).plain()
    except SpecError as exc:
        raise ValueError(str(exc)) from None


def _check_count(text: str, path: str) -> None:
    """Raises `SpecError` for a YAML file of too many values, before any of them is built."""
    if sum(1 for _ in _BETWEEN.finditer(text)) < MAX_VALUES:
        return
    values = (yaml.ScalarEvent, yaml.AliasEvent, yaml.CollectionStartEvent)
    count = 0
    for event in yaml.parse(text, Loader=_LOADER):
        count += isinstance(event, values)
        if count > MAX_VALUES:
            raise SpecError([_too_many(_place(path, event), MAX_VALUES)])


def check_json_count(text: str, mark: Mark) -> None:
    """Raises `SpecError` at `mark` for JSON of too many values, before any of them is built."""
    if sum(map(text.count, ",[{")) < MAX_JSON_VALUES:
        return
    bare = _TEXT.sub("", text)
    if sum(map(bare.count, ",[{")) >= MAX_JSON_VALUES:
        raise SpecError([_too_many(mark, MAX_JSON_VALUES)])


def _too_many(mark: Mark, most: int) -> Fault:
    return mark.fault(f"over {most:,} values, with aliases written out: part the file")


def _json(text: str, path: str, losses: list[Fault]) -> Node:
    """JSON with its places where YAML, which tells them, reads it the same."""
    check_json_count(text, Mark(path))
    try:
        value, text = _loads(text)
    except json.JSONDecodeError as exc:
        raise SpecError([Mark(path, exc.lineno, exc.colno).fault(f"not JSON: {exc.msg}")]) from None
    except (RecursionError, ValueError):
        raise SpecError([Mark(path).fault("not JSON that can be read: flatten it")]) from None
    if len(text) <= _PLACED:
        with suppress(yaml.YAMLError, SpecError, RecursionError):
            _check_count(text, path)
            root = yaml.compose(text, Loader=_LOADER)
            told: list[Fault] = []
            node = _Composer(path, told).node(root, 1) if root is not None else None
            if node is not None and node.plain() == value:
                losses.extend(told)
                return node
    return as_node(value, Mark(path, 1, 1))


def _loads(text: str) -> tuple[Plain, str]:
    """JSON, also with comments and commas at the end of lists; and its text without them."""
    try:
        return json.loads(text), text
    except json.JSONDecodeError:
        bare = _COMMENT.sub(_blanked, text)
    bare = _LAST_COMMA.sub(lambda found: found[1] or f" {found[2]}", bare)
    return json.loads(bare), bare


_STRING = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"({_STRING})|,(\s*[\]}}])")


def _blanked(found: re.Match[str]) -> str:
    """A text as it is; a comment as blanks, so that the places behind it stay."""
    return found[1] or re.sub(r"[^\n]", " ", found[0])


class _Composer:
    """Turns what PyYAML composed into nodes and counts while it follows aliases."""

    def __init__(self, path: str, losses: list[Fault]) -> None:
        self._path = path
        self._losses = losses
        self._count = 0
        self._open: set[int] = set()

    def node(self, node: yaml.Node, depth: int) -> Node:
        self._guard(node, depth)
        mark = self._mark(node)
        if not node.tag.startswith(_STANDARD):
            cure = "its value is read without it"
            self._losses.append(
                mark.fault(f"the tag `{excerpt(node.tag)}` is not followed: {cure}")
            )
        if isinstance(node, yaml.ScalarNode):
            return Node(self._scalar(node), mark)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return Node([self.node(each, depth + 1) for each in node.value], mark)
            assert isinstance(node, yaml.MappingNode)
            return self._mapping(node, mark, depth)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, mark: Mark, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        merged: dict[str, tuple[Node, Mark]] = {}
        for key, value in node.value:
            place = self._mark(key)
            if not isinstance(key, yaml.ScalarNode):
                raise SpecError([place.fault("a list or mapping cannot be a key: quote it")])
            if key.value == "<<" and not key.style:
                for name, brought in self._merged(value, depth).items():
                    merged.setdefault(name, brought)
            else:
                if key.value in values:
                    wrong = f"`{excerpt(key.value)}` is given twice and the last is read"
                    self._losses.append(keys[key.value].fault(f"{wrong}: rename or delete this"))
                values[key.value], keys[key.value] = self.node(value, depth + 1), place
        for name, (each, place) in merged.items():
            if name not in values:
                values[name], keys[name] = each, place
        return Node(values, mark, keys)

    def _merged(self, node: yaml.Node, depth: int) -> dict[str, tuple[Node, Mark]]:
        """What a merge key brings: of several mappings the first has the say."""
        listed = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: dict[str, tuple[Node, Mark]] = {}
        for each in listed:
            read = self.node(each, depth + 1)
            if not isinstance(read.value, dict):
                raise SpecError([read.mark.fault("`<<` takes a mapping: write the keys out")])
            for name, value in read.value.items():
                found.setdefault(name, (value, read.key_mark(name)))
        return found

    def _scalar(self, node: yaml.ScalarNode) -> str | int | float | bool | None:
        if node.style:
            return str(node.value)
        try:
            return read_scalar(node.value)
        except ValueError:
            return str(node.value)

    def _guard(self, node: yaml.Node, depth: int) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise SpecError([_too_many(self._mark(node), MAX_VALUES)])
        if depth > MAX_DEPTH or id(node) in self._open:
            raise SpecError([self._mark(node).fault(f"nested deeper than {MAX_DEPTH} levels")])

    def _mark(self, node: yaml.Node) -> Mark:
        return _place(self._path, node)


def _place(path: str, found: yaml.Node | yaml.Event) -> Mark:
    start = found.start_mark
    return Mark(path, start.line + 1, start.column + 1) if start else Mark(path)

"""Typed shapes read from nodes: the value, or every fault in it at its own place."""

import re
from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean, nearest_name
from promptci.parsing.kinds import (
    PAIRS,
    advice,
    as_share,
    choices,
    fits_kind,
    in_words,
    show_value,
    written_value,
)
from promptci.parsing.source import Mark, Node, excerpt

MAX_FAULTS = 100
"""Faults reported of one node; a file with more of them is fixed step by step anyway."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"
"""The dialect of the schemas."""

T = TypeVar("T")


def read_shape(node: Node, shape: type[T], faults: list[Fault]) -> T | None:
    """A node's value as an instance of `shape`, or None after adding its faults to `faults`.

    `shape` is any type that msgspec can convert to, such as a `Struct`. Conversion is strict: a
    whole number is read where a `float` is wanted, and nothing else changes its kind.
    """
    try:
        return msgspec.convert(node.plain(), shape, strict=True)
    except msgspec.ValidationError as exc:
        walk = _Walk({})
        walk.check(node, inspect.type_info(shape), "")
        faults.extend(walk.faults[:MAX_FAULTS] or [_own_words(node, str(exc))])
        return None


def shape_schema(shape: type, *, title: str, description: str) -> dict[str, Any]:
    """The JSON Schema of a shape (draft 2020-12), for editors."""
    return {
        "$schema": DRAFT,
        **msgspec.json.schema(shape),
        "title": title,
        "description": description,
    }


def _own_words(node: Node, said: str) -> Fault:
    """msgspec's own message, for checks that only the shape knows, at the place it names."""
    message, _, path = said.partition(" - at `$")
    steps = re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", path.partition("[...]")[0])
    return node.get(*(key or int(index) for key, index in steps)).mark.fault(message)


class _Walk:
    """Goes through a node beside the type that it should have, and notes where they part.

    `name` is what a value is called in sentences: `messages[0].role`, empty at the top. `cures`
    are those that a shape gives for values of another kind (`CURES`), by such names.
    """

    def __init__(self, cures: dict[str, str]) -> None:
        self.faults: list[Fault] = []
        self._cures = cures

    def check(self, node: Node, kind: inspect.Type, name: str) -> None:
        if len(self.faults) >= MAX_FAULTS:
            return
        if isinstance(kind, inspect.Metadata):
            self.check(node, kind.type, name)
        elif isinstance(kind, inspect.UnionType):
            self._check_union(node, kind, name)
        elif isinstance(kind, inspect.LiteralType | inspect.EnumType):
            self._check_choice(node, kind, name)
        elif not fits_kind(node.value, kind):
            self._wrong_kind(node, (kind,), name)
        elif type(kind) in _CHECKS:
            _CHECKS[type(kind)](self, node, kind, name)

    def _check_union(self, node: Node, kind: inspect.UnionType, name: str) -> None:
        """Note the faults under the member that the value comes nearest to."""
        members = tuple(each for each in kind.types if not isinstance(each, inspect.NoneType))
        if node.value is None and len(members) < len(kind.types):
            return
        fitting = [each for each in members if fits_kind(node.value, each)]
        if not fitting and len(members) > 1:
            self._wrong_kind(node, members, name)
            return
        tries = []
        for each in fitting or members:
            tries.append(_Walk(self._cures))
            tries[-1].check(node, each, name)
        self.faults += min(tries, key=lambda walk: len(walk.faults)).faults

    def _check_fields(self, node: Node, kind: Any, name: str) -> None:
        fields = {field.encode_name: field for field in kind.fields}
        known = {*fields, getattr(kind, "tag_field", None)} - {None}
        meant = set[str]()
        if getattr(kind, "forbid_unknown_fields", False):
            elsewhere = getattr(kind.cls, "ELSEWHERE", {})
            unknown = (key for key in _mapping(node) if key not in known)
            for key, _ in zip(unknown, range(MAX_FAULTS), strict=False):
                cure = elsewhere.get(key) or did_you_mean(key, known)
                near = nearest_name(key, {*known, *elsewhere}, 0.8) if elsewhere else ""
                if near != key and near in elsewhere:
                    cure = f"did you mean `{near}`? {elsewhere[near]}"
                if cure.startswith("known are"):
                    cure = f"{getattr(kind.cls, 'OTHERWISE', '')}{cure}"
                if not cure.startswith("known are"):  # it may be the one that is missing
                    meant.add(cure)
                wrong = f"unknown key {_called(_inside(name, key))}: {cure}"
                self._note(node.key_mark(key), wrong)
        self._cures |= {_inside(name, k): v for k, v in getattr(kind.cls, "CURES", {}).items()}
        for key, field in fields.items():
            if key in _mapping(node):
                before, value = len(self.faults), _mapping(node)[key]
                self.check(value, field.type, _inside(name, key))
                if said := getattr(kind.cls, "SAYS", {}).get(key):
                    self._say(before, value.mark, f"{_called(_inside(name, key))} {said}")
            elif field.required and not any(f"`{key}" in cure for cure in meant):
                self._note(node.mark, f"{_called(_inside(name, key))} is missing: add it")

    def _say(self, before: int, mark: Mark, sentence: str) -> None:
        """Put a field's own sentence in the place of a fault of its value as a whole."""
        new = self.faults[before:]
        rest = [each for each in new if (each.line, each.column) != (mark.line, mark.column)]
        if len(rest) < len(new):
            self.faults[before:] = [mark.fault(sentence), *rest]

    def _check_entries(self, node: Node, kind: inspect.DictType, name: str) -> None:
        self._check_length(node, kind, name)
        for key, value in _mapping(node).items():
            self.check(Node(key, node.key_mark(key)), kind.key_type, _inside(name, key))
            self.check(value, kind.value_type, _inside(name, key))

    def _check_items(self, node: Node, kind: Any, name: str) -> None:
        self._check_length(node, kind, name)
        for number, item in enumerate(_list(node)):
            self.check(item, kind.item_type, f"{name}[{number}]")

    def _check_tuple(self, node: Node, kind: inspect.TupleType, name: str) -> None:
        wanted, items = len(kind.item_types), _list(node)
        if len(items) != wanted:
            wrong = f"must hold {wanted} items, here are {len(items)}: fix the list"
            self._note(node.mark, f"{_called(name)} {wrong}")
        for number, (item, item_type) in enumerate(zip(items, kind.item_types, strict=False)):
            self.check(item, item_type, f"{name}[{number}]")

    def _check_choice(
        self, node: Node, kind: inspect.LiteralType | inspect.EnumType, name: str
    ) -> None:
        allowed = choices(kind)
        if any(type(node.value) is type(each) and node.value == each for each in allowed):
            return
        given = node.value if isinstance(node.value, str) else ""
        hint = did_you_mean(given, map(written_value, allowed))
        self._note(node.mark, f"{_called(name)} cannot be {show_value(node.value)}: {hint}")

    def _check_number(self, node: Node, kind: Any, name: str) -> None:
        for attribute, (words, holds) in _BOUNDS.items():
            bound = getattr(kind, attribute)
            if bound is not None and not holds(node.value, bound):
                wrong = f"must be {words} {bound}, here is {show_value(node.value)}"
                cure = as_share(node.value) if (attribute, bound) == ("le", 1) else "change it"
                self._note(node.mark, f"{_called(name)} {wrong}: {cure}")

    def _check_text(self, node: Node, kind: inspect.StrType, name: str) -> None:
        self._check_length(node, kind, name)
        if kind.pattern is not None and not re.search(kind.pattern, str(node.value)):
            wrong = f"must match `{kind.pattern}`, here is {show_value(node.value)}"
            self._note(node.mark, f"{_called(name)} {wrong}: change it")

    def _check_length(self, node: Node, kind: Any, name: str) -> None:
        value = node.value
        assert isinstance(value, str | list | dict)
        unit = "characters" if isinstance(value, str) else "items"
        if kind.min_length is not None and len(value) < kind.min_length:
            wrong = f"must have {kind.min_length} {unit} or more" if value else "must not be empty"
            self._note(node.mark, f"{_called(name)} {wrong}: fill it in")
        if kind.max_length is not None and len(value) > kind.max_length:
            wrong = f"must have at most {kind.max_length} {unit}, here are {len(value)}"
            self._note(node.mark, f"{_called(name)} {wrong}: shorten it")

    def _wrong_kind(self, node: Node, kinds: tuple[inspect.Type, ...], name: str) -> None:
        wrong = f"must be {in_words(kinds)}, here is {show_value(node.value)}"
        cure = advice(node.value, kinds)
        shapes = [kind for kind in kinds if isinstance(kind, inspect.StructType)]
        if name in self._cures and node.value is not None:
            cure = self._cures[name]
        elif cure == PAIRS and shapes:
            fields = sorted(shapes[0].fields, key=lambda field: not field.required)
            cure += f", such as `{fields[0].encode_name}: …`"
        self._note(node.mark, f"{_called(name)} {wrong}: {cure}")

    def _note(self, mark: Mark, message: str) -> None:
        self.faults.append(mark.fault(message))


_CHECKS: Mapping[type[inspect.Type], Callable[[_Walk, Node, Any, str], None]] = {
    inspect.StructType: _Walk._check_fields,
    inspect.TypedDictType: _Walk._check_fields,
    inspect.DataclassType: _Walk._check_fields,
    inspect.DictType: _Walk._check_entries,
    inspect.TupleType: _Walk._check_tuple,
    inspect.ListType: _Walk._check_items,
    inspect.VarTupleType: _Walk._check_items,
    inspect.SetType: _Walk._check_items,
    inspect.FrozenSetType: _Walk._check_items,
    inspect.IntType: _Walk._check_number,
    inspect.FloatType: _Walk._check_number,
    inspect.StrType: _Walk._check_text,
}
_BOUNDS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "ge": ("at least", ge),
    "gt": ("more than", gt),
    "le": ("at most", le),
    "lt": ("less than", lt),
    "multiple_of": ("a multiple of", lambda value, step: value % step == 0),
}


def _mapping(node: Node) -> dict[str, Node]:
    assert isinstance(node.value, dict)
    return node.value


def _list(node: Node) -> list[Node]:
    assert isinstance(node.value, list)
    return node.value


def _inside(name: str, key: str) -> str:
    return f"{name}.{excerpt(key)}" if name else excerpt(key)


def _called(name: str) -> str:
    return f"`{name}`" if name else "this"

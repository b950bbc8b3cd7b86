"""The inputs of a Prompty file: by name, or in a list of properties."""

import re
from collections.abc import Collection, Iterator

from promptci.errors import Fault
from promptci.parsing.source import Mark, Node, Plain, excerpt


def named_inputs(node: Node | None) -> Iterator[tuple[str, Plain]]:
    """The inputs by name, as `inputs` of either version or `inputSchema` has them."""
    value = node.plain() if node is not None else None
    if isinstance(value, dict) and isinstance(value.get("properties"), dict | list):
        value = value["properties"]
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(each.get("name")), each) for each in value if isinstance(each, dict))


def input_defaults(node: Node | None) -> Iterator[tuple[str, Plain]]:
    """Values of inputs: `default`, `sample` or `example`, or what replaces one in version 1."""
    for name, each in named_inputs(node):
        if isinstance(each, dict):
            found = next(
                (each[k] for k in ("default", "sample", "example") if each.get(k) is not None), None
            )
            if found is not None:
                yield name, found
        elif each is not None and not isinstance(each, list) and each not in _TYPES:
            yield name, each


_TYPES = ("string", "number", "integer", "boolean", "object", "array", "float", "thread")
"""The value of an input that only has a type."""


def threads_of(inputs: Node | None) -> re.Pattern[str] | None:
    """Where the inputs of the kind `thread` are in a template."""
    names = [re.escape(name) for name, kind in _kinds(inputs) if kind == "thread"]
    return re.compile(rf"\{{\{{-?\s*({'|'.join(names)})\s*-?\}}\}}") if names else None


def names_of_pictures(inputs: Node | None) -> frozenset[str]:
    """The inputs of the kind `image`."""
    return frozenset(name for name, kind in _kinds(inputs) if kind == "image")


def tell_files(inputs: Node | None, taken: Collection[str], losses: list[Fault]) -> None:
    """A loss for each input that is a file, which a text here names; those `taken` are sent."""
    for name, kind in _kinds(inputs):
        if inputs is not None and name not in taken and kind in {"image", "file", "audio"}:
            wrong = f"`{excerpt(name)}` of the kind `{kind}` is sent as text and not as {_A[kind]}"
            losses.append(_place(inputs, name).fault(f"{wrong}: name a file"))


def _place(inputs: Node, name: str) -> Mark:
    """The place of an input: a key, or an item with that name."""
    items = inputs.value if isinstance(inputs.value, list) else []
    named = (each.mark for each in items if _name_of(each) == name)
    return next(named, inputs.key_mark(name))


def _name_of(item: Node) -> Plain:
    """What an item of a list of inputs is called."""
    return item.get("name").plain() if isinstance(item.value, dict) and "name" in item.value else ""


_A = {"image": "an image", "file": "a file", "audio": "a sound"}


def _kinds(inputs: Node | None) -> Iterator[tuple[str, str]]:
    for name, each in named_inputs(inputs):
        if isinstance(each, dict):
            yield name, str(each.get("kind", each.get("type")))

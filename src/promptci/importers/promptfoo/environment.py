"""Environment variables that a configuration names: never read, filled in where it has a value."""

import re
from collections.abc import Mapping

from promptci.errors import Fault
from promptci.importers.promptfoo.scripttext import CodeText
from promptci.parsing.source import Mark, Node

_DEFAULT = (
    r"(?:\|\s*default\(\s*|or\s+)(?P<quote>['\"])(?P<other>[^'\"]*)(?P=quote)(?:\s*,\s*\w+)?\s*\)?"
)
_TAKEN = re.compile(rf"\{{\{{-?\s*(?:process\.)?env\.(?P<name>\w+)\s*(?:{_DEFAULT})?\s*-?\}}\}}")
_ALONE = re.compile(
    r"\{\{-?\s*(?:process\.)?env\.(?P<name>\w+)\s*-?\}\}|\$\{(?P<shell>\w+)\}"
    r"|\$(?P<plain>[A-Z_]\w+)"
)


def with_environment(root: Node, notes: list[Fault]) -> Node:
    """A configuration with the values that its own `env` or a default gives; others stay."""
    parts = root.value if isinstance(root.value, dict) else {}
    own = parts["env"].value if "env" in parts else None
    values = {
        name: str(node.value)
        for name, node in (own if isinstance(own, dict) else {}).items()
        if isinstance(node.value, str | int | float) and "{{" not in str(node.value)
    }
    return _filled(root, values, notes)


def variable_of(value: object) -> str:
    """The environment variable that a text is taken from as a whole, or nothing."""
    found = _ALONE.fullmatch(value.strip()) if isinstance(value, str) else None
    return (found["name"] or found["shell"] or found["plain"] or "") if found else ""


def is_unset(value: object) -> bool:
    """Whether a text holds a variable of the environment that nothing in the file gives."""
    return isinstance(value, str) and _TAKEN.search(value) is not None


def _filled(node: Node, values: Mapping[str, str], notes: list[Fault]) -> Node:
    value = node.value
    if isinstance(value, str):
        if "env." not in value or isinstance(value, CodeText):
            return node
        text = _TAKEN.sub(lambda found: _value(found, values, node.mark, notes), value)
        return node if text == value else Node(text, node.mark)
    if isinstance(value, dict):
        return Node({k: _filled(v, values, notes) for k, v in value.items()}, node.mark, node.keys)
    if isinstance(value, list):
        return Node([_filled(each, values, notes) for each in value], node.mark)
    return node


def _value(found: re.Match[str], values: Mapping[str, str], mark: Mark, notes: list[Fault]) -> str:
    name, other = found["name"], found["other"]
    if name not in values and other is not None:
        notes.append(
            mark.warning(f"`{other}` is taken, which promptfoo asks where {name} is unset")
        )
    return values.get(name, found[0] if other is None else other)

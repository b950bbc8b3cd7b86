"""Short ways to write steps, spread out into the long ones."""

import re
from collections.abc import Container

from promptci.errors import Fault
from promptci.parsing.source import Node, mapping_of
from promptci.specs.flows.shapes import ASKED, REPEATED


def asked_name(node: Node) -> str | None:
    """What a step is called that is written without a name: as its prompt or flow; else None."""
    said = [node.get(key).value for key in ASKED if key in mapping_of(node)]
    return step_name(said[0]) if said and isinstance(said[0], str) else None


def step_name(asked: str) -> str:
    """What a step is called that asks this prompt or flow and has no name."""
    return re.sub(r"\W", "_", asked)


def called(name: str, node: Node) -> Node:
    """A mapping of a name and what is below it."""
    return Node({name: node}, node.mark, {name: node.mark})


def spread_out(node: Node, kind: str, known: Container[str], faults: list[Fault]) -> Node:
    """A `loop` or `map` in one line, as `{prompt: fix, until: {regex: OK}, at_most: 3}`.

    What says how often it is taken goes beside its step, and `until` looks at what that step says
    where it names none of the `known` ones. Adds to `faults` what is said twice.
    """
    inner = mapping_of(node.get(kind))
    words = {key: each for key, each in inner.items() if _is_own(kind, key, each)}
    rest = {key: each for key, each in inner.items() if key not in words}
    marks = node.get(kind).keys
    step = Node(rest, node.get(kind).mark, marks)
    name = asked_name(step)
    if name is None and (not words or len(rest) != 1):
        return node
    for key in words.keys() & mapping_of(node).keys():
        wrong = f"`{key}` is in this `{kind}` and beside it: delete one of them"
        faults.append(marks[key].fault(wrong))
    found = {**mapping_of(node), kind: step if name is None else called(name, step), **words}
    if "until" in found and (name or "until" in words):
        found["until"] = _until(name or next(iter(rest)), found["until"], known)
    return Node(found, node.mark, {**{key: marks[key] for key in words}, **node.keys})


def _is_own(kind: str, key: str, value: Node) -> bool:
    """Whether a key beside a step is one of the block: a step could be called `item`, too."""
    return key in REPEATED[kind] and (key in ("until", "start") or not mapping_of(value))


def _until(name: str, node: Node, known: Container[str]) -> Node:
    """A condition on what the loop's one step says, where it does not say on what."""
    mapping = mapping_of(node)
    first, inner = next(iter(mapping.items()), ("", node))
    is_whole = not mapping or any(key in mapping or key in mapping_of(inner) for key in ASKED)
    root = first.partition(".")[0]
    return node if is_whole or root == name or root in known else called(name, node)

"""Scorer sets: lists of scorers that evals share, put in where a scorer says `use: NAME`."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Node, excerpt
from promptci.scorers.base.reach import Reach

MOST_SCORERS = 500
"""In one list; each answer is judged by all of them."""

USE = "use"

MOST_DEEP = 10
"""Sets inside each other."""

MOST_USES = 1_000
"""Sets opened for one list of scorers: a set that uses another twice doubles it each time."""


def expanded(
    nodes: Sequence[Node], faults: list[Fault], reach: Reach
) -> Iterator[tuple[Node, Reach]]:
    """The scorers in a list, those of the sets that it uses among them, each with its reach."""
    if len(nodes) > MOST_SCORERS:
        wrong = f"{len(nodes):,} scorers in one list: at most {MOST_SCORERS}"
        faults.append(nodes[MOST_SCORERS].mark.fault(wrong))
        return
    for node in nodes:
        if isinstance(node.value, dict) and USE in node.value:
            yield from _of_sets(node, faults, reach)
        else:
            yield node, reach


def _of_sets(node: Node, faults: list[Fault], reach: Reach) -> Iterator[tuple[Node, Reach]]:
    """The scorers of the sets that a `use` names."""
    stray = [key for key in node.value if key != USE] if isinstance(node.value, dict) else []
    for key in stray:
        wrong = f"`{excerpt(key)}` does not go with `use`: make it an item of its own"
        faults.append(node.key_mark(key).fault(wrong))
    named = node.get(USE)
    names = named.value if isinstance(named.value, list) else [named]
    if stray or not names:
        faults += [] if stray else [named.mark.fault("`use` names no set: write one")]
        return
    for name in names:
        yield from _of_set(name, faults, reach)


def _of_set(name: Node, faults: list[Fault], reach: Reach) -> Iterator[tuple[Node, Reach]]:
    wrong = _wrong_with(name, reach)
    if wrong:
        faults.append(name.mark.fault(wrong))
        return
    reach.uses.append(str(name.value))
    found = reach.sets[str(name.value)]
    inner = replace(reach, opened=(*reach.opened, str(name.value)))
    yield from expanded(found.value if isinstance(found.value, list) else (), faults, inner)


def _wrong_with(name: Node, reach: Reach) -> str:
    """Why a set cannot be used, with the cure; empty if it can."""
    if not isinstance(name.value, str):
        return "`use` takes the name of a scorer set: write it as text"
    if name.value not in reach.sets:
        there = did_you_mean(name.value, reach.sets)
        known = there if reach.sets else "write it below `scorers:` in promptci.yaml"
        return f"there is no scorer set `{excerpt(name.value)}`: {known}"
    if name.value in reach.opened:
        ring = " uses ".join(f"`{each}`" for each in (*reach.opened, name.value))
        return f"a scorer set must not use itself, here {ring}: take one of them out"
    if len(reach.opened) >= MOST_DEEP:
        return f"scorer sets are more than {MOST_DEEP} deep in each other: write them flatter"
    if len(reach.uses) >= MOST_USES:
        return f"scorer sets are used more than {MOST_USES:,} times here: use fewer"
    return ""

"""The flows of a tree read from their files, each after those that it takes as steps."""

from collections.abc import Callable, Mapping

from promptci.errors import Fault
from promptci.git.repo import Tree
from promptci.parsing.source import Node, excerpt
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.parsing import parse_flow
from promptci.specs.flows.shapes import file_names
from promptci.specs.prompt import Prompt
from promptci.suite.flowfiles import no_flow, surroundings

MOST_NESTED = 10
"""How deep flows may be nested."""


class FlowReading:
    """Goes through the files of flows once.

    `read` gives what a file holds, or None after adding why not to `faults`. `flows` are those read
    so far, by name, `asked` the prompts that any file names, and `parts` the prompts and flows that
    each names, with the files in which it has faults. Those with faults are added to `broken`.
    """

    def __init__(
        self,
        tree: Tree,
        paths: Mapping[str, str],
        *,
        read: Callable[[str], Node | None],
        prompts: Mapping[str, Prompt],
        broken: set[str],
        faults: list[Fault],
    ) -> None:
        """`paths` are the files by the names of their flows."""
        self.flows: dict[str, Flow] = {}
        self.asked: set[str] = set()
        self.parts: dict[str, frozenset[str]] = {}
        self._tree, self._paths, self._read_file = tree, paths, read
        self._prompts, self._broken, self._faults = prompts, broken, faults
        self._under_way: list[str] = []

    def read_all(self) -> None:
        """Read every file."""
        for name in self._paths:
            self._read(name)

    def _read(self, name: str) -> None:
        if name in self.flows or name in self._broken:
            return
        path = self._paths[name]
        node = self._read_file(path)
        flow = None if node is None else self._parsed(name, path, node)
        if flow is None:
            self._broken.add(name)
        else:
            self.flows[name] = flow

    def _parsed(self, name: str, path: str, node: Node) -> Flow | None:
        named = tuple(file_names(node.plain()))
        self.parts[name] = frozenset(each for key, each in named if key != "data")
        self.asked.update(prompt for key, prompt in named if key == "prompt")
        broken = frozenset(self._broken)
        around = surroundings(self._tree, path, self._prompts, broken, self._inner)
        self._under_way.append(name)
        before = len(self._faults)
        try:
            return parse_flow(node, name, self._faults, around)
        finally:
            self._under_way.pop()
            self.parts[name] |= {fault.path for fault in self._faults[before:]}

    def _inner(self, name: str, node: Node, faults: list[Fault]) -> Flow | None:
        """The flow that a step takes; None after adding why there is none."""
        wrong = self._refused(name)
        if not wrong and name in self._paths:
            self._read(name)
        elif not wrong and name not in self._broken:
            wrong = self._unknown(name)
        if wrong:
            faults.append(node.mark.fault(wrong))
            return None
        return self.flows.get(name)

    def _refused(self, name: str) -> str:
        """Why a flow cannot be taken here, though it may be there."""
        if name in self._under_way:
            circle = (*self._under_way[self._under_way.index(name) :], name)
            if len(circle) == 2:
                return f"the flow `{name}` takes itself as a step: write a `loop` in its place"
            way = " → ".join(f"`{each}`" for each in circle)
            return f"the flows take each other as steps, {way}: break the cycle"
        if len(self._under_way) >= MOST_NESTED:
            wrong = f"flows are nested {MOST_NESTED} deep, and no deeper is allowed"
            return f"{wrong}: write the steps of `{excerpt(name)}` here"
        return ""

    def _unknown(self, name: str) -> str:
        if name in self._prompts:
            return f"`{name}` is a prompt: write `prompt: {name}`"
        return no_flow(name, self._paths)

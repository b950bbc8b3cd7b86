"""The ids of golden examples: each is used once, and what must pass is among them."""

from collections.abc import Iterator
from itertools import islice

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import MAX_FAULTS
from promptci.parsing.source import Mark, excerpt
from promptci.specs.evalspec import EvalSpec
from promptci.suite.packedlines import SeenIds

MOST_NAMES = 1000
"""Ids looked through for one that may have been meant."""


class GoldenIds:
    """The ids of an eval's examples, in the order of its file."""

    def __init__(self, spec: EvalSpec) -> None:
        self._spec = spec
        self._seen = SeenIds()
        self._first: dict[str, None] = {}
        self._missing = set(spec.gate.must_pass)

    def add(self, id_: str, line: int) -> str:
        """What is wrong with an id that an example not far ahead has, too; else empty."""
        if len(self._first) < MOST_NAMES:
            self._first[id_] = None
        self._missing.discard(id_)
        first = self._seen.add(id_, line)
        return _twice(first) if first else ""

    def repeated(self, path: str, most: int) -> Iterator[tuple[Fault, str]]:
        """The faults of ids that come twice far apart, known once all were added; what of."""
        for id_, first, line in islice(self._seen.repeated(), most):
            said = f"example `{excerpt(id_, 60)}` {_twice(first)}"
            yield Mark(path, line, 1).fault(said), repetition(id_)

    def strays(self) -> Iterator[Fault]:
        """The faults of what must pass and is no example."""
        gate, marks = self._spec.gate, self._spec.marks
        for name in islice((n for n in gate.must_pass if n in self._missing), MAX_FAULTS):
            wrong = f"`must_pass` names no example `{excerpt(name)}`"
            said = f"{wrong}: {did_you_mean(name, self._first)}"
            yield marks.get("must_pass", self._spec.mark).fault(said)


def repetition(id_: str) -> str:
    """What all faults of an id that comes again have in common: they are one."""
    return f"the id {id_} comes again"


def _twice(line: int) -> str:
    return f"has the id, or else the inputs, of line {line}: change one"

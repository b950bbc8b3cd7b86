"""Records split by what a tree's evals expect."""

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from promptci.compare.comparison import Comparison
from promptci.compare.outcomes.splits import ResultSplit, SplitBy
from promptci.git.repo import Tree
from promptci.records.record import Record

if TYPE_CHECKING:
    from promptci.suite.golden import Golden


class Splitting:
    """Splits records by what a tree's evals expect, which is read when it is first needed."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    @cached_property
    def _expectations(self) -> Any:
        return import_module("promptci.history.expectations").Expectations(self._tree)

    def between(self, older: Tree | None, newer: Tree) -> SplitBy:
        """Splits the records of an eval in two trees."""

        def split(base: Record, head: Record, comparison: Comparison) -> tuple[ResultSplit, ...]:
            trees = (older, newer) if older is not None else ()
            found: tuple[ResultSplit, ...]
            found = self._expectations.split(base, head, comparison, trees)
            return found

        return split

    @property
    def goldens(self) -> "Mapping[str, Golden]":
        """The examples of evals of the tree that were read so far."""
        found: Any = self.__dict__.get("_expectations")
        known: Mapping[str, Golden] = {} if found is None else found.goldens
        return known

    def expected(self, eval_name: str) -> str:
        """A digest of what an eval expects."""
        found: str = self._expectations.of(eval_name).digest
        return found

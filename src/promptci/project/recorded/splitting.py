"""Records split by what a tree's evals expect."""

from functools import cached_property
from importlib import import_module
from typing import Any

from promptci.compare.comparison import Comparison
from promptci.compare.splits import ResultSplit, SplitBy
from promptci.git.repo import Tree
from promptci.records.record import Record


class Splitting:
    """Splits records by what a tree's evals expect, which is read when it is first needed."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    @cached_property
    def _expectations(self) -> Any:
        return import_module("promptci.history.expectations").Expectations(self._tree)

    def by(self, base: Record, head: Record, comparison: Comparison) -> tuple[ResultSplit, ...]:
        """Two records of an eval, split; a `SplitBy`."""
        found: tuple[ResultSplit, ...] = self._expectations.split(base, head, comparison)
        return found

    def expected(self, eval_name: str) -> str:
        """A digest of what an eval expects."""
        found: str = self._expectations.of(eval_name).digest
        return found


def splitting(tree: Tree) -> SplitBy:
    """Splits records by what a tree's evals expect."""
    return Splitting(tree).by

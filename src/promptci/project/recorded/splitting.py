"""Records split by what a tree's evals expect."""

from functools import cache
from importlib import import_module
from typing import Any

from promptci.compare.comparison import Comparison
from promptci.compare.splits import ResultSplit, SplitBy
from promptci.git.repo import Tree
from promptci.records.record import Record


def splitting(tree: Tree) -> SplitBy:
    """Splits records by what a tree's evals expect, which is read when it is first needed."""

    @cache
    def expectations() -> Any:
        return import_module("promptci.history.expectations").Expectations(tree)

    def split_by(base: Record, head: Record, comparison: Comparison) -> tuple[ResultSplit, ...]:
        found: tuple[ResultSplit, ...] = expectations().split(base, head, comparison)
        return found

    return split_by

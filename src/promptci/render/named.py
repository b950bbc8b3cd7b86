"""Subjects of a sentence by name: the first few, and how many more there are."""

from collections.abc import Collection, Sequence

from promptci.compare.compared import Compared

MOST_SUBJECTS = 3
"""Evals, models or examples of one kind that are named; of the rest only the count is given."""


def on_model(found: Compared, among: Sequence[Compared]) -> str:
    """An eval by its name, and its model where others of the eval stand beside it."""
    models = {each.pair.head.model.name for each in among if each.name == found.name}
    on = f" on `{found.pair.head.model.name}`" if len(models) > 1 else ""
    return f"`{found.name}`{on}"


def few(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - MOST_SUBJECTS:,} more" if len(names) > MOST_SUBJECTS else ""
    return f"{', '.join(names[:MOST_SUBJECTS])}{more}"


def few_evals(names: Collection[str]) -> str:
    """The first few evals by name."""
    return few([f"`{name}`" for name in sorted(names)])

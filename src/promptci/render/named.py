"""Subjects of a sentence by name: the first few, and how many more there are."""

from collections.abc import Callable, Collection, Sequence

from promptci.compare.compared import Compared

MOST_SUBJECTS = 3
"""Evals, models or examples of one kind that are named; of the rest only the count is given."""


def on_model(
    found: Compared,
    among: Sequence[Compared],
    form: Callable[[str], str] = "`{}`".format,
    *,
    title: str = "",
) -> str:
    """An eval by its name, and its model where the eval has others.

    Both in a `form`; `title` replaces the name where the eval was called otherwise.
    """
    model = model_beside(found, among)
    name = form(title or found.name)
    return f"{name} on {form(model)}" if model else name


def model_beside(found: Compared, among: Sequence[Compared]) -> str:
    """The model of an eval where the eval has others; else empty."""
    model = found.pair.head.model.name
    is_told = any(o.name == found.name and o.pair.head.model.name != model for o in among)
    return model if is_told else ""


def model_names(found: Compared) -> str:
    """The model, those of a flow's steps, or both sides' where they differ."""
    base, head = found.pair.base.model_names, found.pair.head.model_names
    return head if base == head else f"{base} → {head}"


def few(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - MOST_SUBJECTS:,} more" if len(names) > MOST_SUBJECTS else ""
    return f"{', '.join(names[:MOST_SUBJECTS])}{more}"


def few_evals(names: Collection[str]) -> str:
    """The first few evals by name."""
    return few([f"`{name}`" for name in sorted(names)])

"""How well answers name the right class: figures of each class and the confusion matrix."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from promptci.compare.compared import Compared
from promptci.compare.outcomes.confusion import ClassFigures, Confusion
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import fits, table, text
from promptci.render.terminal.tables import side_titles
from promptci.secrets.safetext import on_one_line

MOST_CLASSES = 20
"""Classes that are shown; of the rest only the number is said."""

MOST_MISTAKES = 5
"""Mistakes that are named where the matrix does not fit."""

_WIDEST = 24
_NONE = "(none)"


def class_parts(outcome: EvalOutcome, look: Look) -> Iterator[RenderableType]:
    """A table of classes and the matrix, for each scorer that sorts answers into classes."""
    for label, found in outcome.confusions.items():
        yield ""
        where = f"{outcome.record.eval} on {outcome.record.model}, {label}"
        shares = (
            f"accuracy {figures.share(found.accuracy)}, macro F1 {figures.share(found.macro_f1)}"
        )
        yield text(f"{where}: {shares}", "bold")
        yield _figures(found)
        yield ""
        yield from _matrix(found, look)


def compared_classes(found: Compared, names: tuple[str, str]) -> Iterator[RenderableType]:
    """F1 of each class on both sides, where both were run."""
    for label, head in found.head.confusions.items():
        base = found.base.confusions.get(label)
        if base is not None:
            yield ""
            yield _compared(label, base, head, names)


def _compared(label: str, base: Confusion, head: Confusion, names: tuple[str, str]) -> Table:
    columns = (*side_titles(names), "change")
    made = table({f"F1, {label}": "left"} | dict.fromkeys(columns, "right"))
    before = {each.label: each.f1 for each in base.classes}
    after = {each.label: each.f1 for each in head.classes}
    for name in list(dict.fromkeys((*head.labels, *base.labels)))[:MOST_CLASSES]:
        shares = [before.get(name), after.get(name)]
        cells = ["-" if share is None else figures.share(share) for share in shares]
        change = after.get(name, 0.0) - before.get(name, 0.0)
        made.add_row(_name(name), *cells, figures.points(change) if None not in shares else "")
    means = map(figures.share, (base.macro_f1, head.macro_f1))
    moved = figures.points(head.macro_f1 - base.macro_f1)
    made.add_row(text("macro F1", "bold"), *means, moved)
    return made


def _figures(found: Confusion) -> Table:
    columns = ("precision", "recall", "F1", "expected", "given")
    made = table({"class": "left"} | dict.fromkeys(columns, "right"))
    for each in _shown(found):
        shares = map(figures.share, (each.precision, each.recall, each.f1))
        made.add_row(_name(each.label), *shares, f"{each.expected:,}", f"{each.given:,}")
    if len(found.labels) > MOST_CLASSES:
        made.add_row(text(f"… {len(found.labels) - MOST_CLASSES:,} more"))
    return made


def _shown(found: Confusion) -> list[ClassFigures]:
    """The classes in their order; of many those with the lowest F1 among those that occur."""
    classes = list(found.classes)
    if len(classes) <= MOST_CLASSES:
        return classes
    return sorted(classes, key=lambda each: (not each.expected + each.given, each.f1))[
        :MOST_CLASSES
    ]


def _matrix(found: Confusion, look: Look) -> Iterator[RenderableType]:
    """The whole matrix where it fits, else the most frequent mistakes."""
    if len(found.labels) <= MOST_CLASSES:
        grid = _grid(found)
        if fits(grid, look):
            yield grid
            return
    for pair, count in found.mistakes[:MOST_MISTAKES]:
        got = _NONE if pair.got is None else pair.got
        taken = f"{on_one_line(pair.expected, _WIDEST)} taken for {on_one_line(got, _WIDEST)}"
        yield text(f"{taken}: {figures.counted(count, 'time')}")


def _grid(found: Confusion) -> Table:
    """Rows are classes expected, columns those given; the last column where any gave none."""
    rows = found.matrix
    has_none = any(row[-1] for row in rows)
    titles = [on_one_line(label, _WIDEST) for label in found.labels] + [_NONE] * has_none
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    made.add_column("expected \\ given", overflow="fold")
    for title in titles:
        made.add_column(text(title), justify="right", no_wrap=True)
    for label, row in zip(found.labels, rows, strict=True):
        cells = [
            text(f"{count:,}", "" if place == label or not count else "red")
            for place, count in zip((*found.labels, None), row, strict=True)
        ]
        made.add_row(_name(label), *cells[: len(titles)])
    return made


def _name(label: str) -> RenderableType:
    return text(on_one_line(label, _WIDEST))

"""The browser: evals, then their examples, then one example with its attempts."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import DataTable

from promptci.browsing.candidatescreen import CandidateScreen
from promptci.browsing.examplescreen import ExampleScreen
from promptci.browsing.review import Review
from promptci.browsing.reviewapp import Keys, ReviewApp, app_of, title_line
from promptci.render.html import figures
from promptci.render.html.labels import FATES, STATES
from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageEvalV1, PageExampleV1
from promptci.render.terminal.results.browse import cell


class Browser(ReviewApp):
    """Looks through the results of a page; with `is_review` it begins with what is to decide."""

    def on_mount(self) -> None:
        first = self.review.next_open() if self.is_review else None
        self.push_screen(EvalsScreen(self.page))
        if first is not None:
            self.push_screen(ExampleScreen(first))


NARROW = 80
"""Columns of a terminal under which a table leaves out what is not needed to choose a row."""

_EVAL_COLUMNS = ("Eval", "Model", "Verdict", "Base", "Head", "Change", "Lost", "Won", "Flaky")
_FEW, _FEW_WITH_MODEL = (0, 2, 5, 6, 7, 8), (0, 1, 2, 5, 6, 7)
"""Columns where there is little room: without the model, unless it tells rows of an eval apart."""


class ChoiceRows(DataTable[Any]):
    """A table of rows to choose from; the footer says how."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Open")]


class EvalsScreen(Screen[None]):
    """All evals, the worst first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "candidates", "Candidates"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, page: PageV1) -> None:
        super().__init__()
        self.page = page
        self.columns: Sequence[int] = ()

    def compose(self) -> ComposeResult:
        yield title_line(self.page.sentence)
        yield ChoiceRows(cursor_type="row", zebra_stripes=True)
        yield Keys()

    def on_resize(self, event: Resize) -> None:
        """Show the columns that there is room for."""
        is_by_model = len({each.eval for each in self.page.evals}) < len(self.page.evals)
        few = _FEW_WITH_MODEL if is_by_model else _FEW
        wanted = few if event.size.width < NARROW else range(len(_EVAL_COLUMNS))
        if wanted != self.columns:
            self.columns = wanted
            self.fill()

    def fill(self) -> None:
        """Show the evals, and keep the row that was chosen."""
        table = self.query_one(ChoiceRows)
        row = table.cursor_row
        table.clear(columns=True)
        table.add_columns(*(_EVAL_COLUMNS[at] for at in self.columns))
        for each in self.page.evals:
            cells = tuple(_eval_row(each))
            table.add_row(*(cell(cells[at]) for at in self.columns))
        table.move_cursor(row=row)
        table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`c` is there for an eval with candidates still to be judged."""
        return action != "candidates" or self.marked() in app_of(self).drafted

    def marked(self) -> str:
        """The eval that the cursor is on."""
        row = self.query_one(ChoiceRows).cursor_row
        return self.page.evals[row].eval if row < len(self.page.evals) else ""

    def action_candidates(self) -> None:
        """Go through the candidates of the marked eval."""
        self.app.push_screen(CandidateScreen(app_of(self).drafted[self.marked()]))

    def on_data_table_row_highlighted(self) -> None:
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        app_of(self).settle()
        self.refresh_bindings()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        chosen = self.page.evals[event.cursor_row]
        mine = [e for e in self.page.examples if (e.eval, e.model) == (chosen.eval, chosen.model)]
        self.app.push_screen(ExamplesScreen(mine, f"{chosen.eval} on {chosen.model}"))


class ExamplesScreen(Screen[None]):
    """The examples of an eval; `f` leaves the lost ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Lost only"),
        Binding("a", "accept", "Accept"),
        Binding("escape", "app.pop_screen", "Back"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, examples: list[PageExampleV1], title: str) -> None:
        super().__init__()
        self.examples = examples
        self.shown = examples
        self.heading = title

    def compose(self) -> ComposeResult:
        yield title_line(self.heading)
        yield ChoiceRows(cursor_type="row", zebra_stripes=True)
        yield Keys()

    def on_mount(self) -> None:
        self.query_one(ChoiceRows).add_columns("Fate", "Example", "Tags", "Reason or input")
        self.fill()

    def on_screen_resume(self) -> None:
        self.fill()

    def fill(self) -> None:
        """Show the rows that are wanted."""
        table = self.query_one(ChoiceRows)
        row = table.cursor_row
        table.clear()
        for each in self.shown:
            table.add_row(*map(cell, _example_row(each, app_of(self).review)))
        table.move_cursor(row=min(row, len(self.shown) - 1))
        table.focus()

    def action_filter(self) -> None:
        """Show the lost examples alone, or all of them again."""
        lost = [each for each in self.examples if each.fate == "lost"]
        self.shown = self.examples if self.shown is not self.examples else lost
        self.fill()

    def action_accept(self) -> None:
        if self.shown:
            app_of(self).ask_why(self.shown[self.query_one(ChoiceRows).cursor_row], self.fill)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.app.push_screen(ExampleScreen(self.shown[event.cursor_row]))


def _eval_row(each: PageEvalV1) -> Iterator[str]:
    yield each.eval
    yield each.model
    yield " ".join(STATES[each.state])
    yield figures.percent(each.base.score if each.base else None)
    yield figures.percent(each.head.score)
    yield figures.delta(each.delta)
    yield from (str(count) for count in (each.lost, each.won, each.flaky))


def _example_row(each: PageExampleV1, review: Review) -> Iterator[str]:
    decision = review.decision(each)
    yield " ".join((*FATES[each.fate], *([decision] if decision else [])))
    yield each.id
    yield ", ".join(each.tags)
    yield each.reason or " · ".join(str(value)[:200] for value in each.vars.values())

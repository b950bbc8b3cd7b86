"""What all screens of the browser share: the page, the review, and asking for a reason."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, Input, Label, Static

from promptci.browsing.review import Review
from promptci.errors import PromptCIError
from promptci.project.golden.candidates import Candidates
from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageExampleV1
from promptci.secrets.safetext import for_terminal, on_one_line

Done: TypeAlias = Callable[[], None]
"""What happens once something was decided."""


LOOKS = """
    ModalScreen { align: center middle; }
    ModalScreen > * { width: 80%; max-width: 100; }
    #head, .line { background: $boost; padding: 0 1; }
    #body { padding: 0 1; }
    .line { max-height: 50%; }
    DataTable { height: 1fr; }
    Keys.-rows { layout: grid; grid-rows: 1; height: auto; }
"""
"""How all screens of the browser look."""


MOST_TITLE = 800
"""Characters of a screen's title, which are ten rows of a terminal of 80 columns."""

_ONE_ROW = 62
"""Columns that the keys of an example take in one row."""


class Keys(Footer):
    """The keys of a screen: in a row, or on a narrow terminal in rows of four."""

    def compose(self) -> ComposeResult:
        yield from super().compose()
        self.use_rows()

    def on_resize(self) -> None:
        self.use_rows()

    def use_rows(self) -> None:
        """Use as many rows as the keys need."""
        is_narrow = self.screen.size.width < _ONE_ROW
        self.set_class(is_narrow, "-rows")
        if is_narrow:
            self.styles.grid_size_columns = 4


class WhyScreen(ModalScreen[str]):
    """Asks why an example may be lost."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", "Leave")]

    def __init__(self, example: PageExampleV1, last: str) -> None:
        super().__init__()
        self.example = example
        self.last = last

    def compose(self) -> ComposeResult:
        asked = f"Why may {self.example.eval} / {self.example.id} be lost?"
        yield Label(one_line(asked))
        yield Input(self.last, placeholder="Reason; Enter accepts, Escape leaves it")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        why = event.value.strip()
        if why:
            self.dismiss(why)
        else:
            self.notify("Write why it may be lost, or leave it with Escape.", severity="warning")


class ReviewApp(App[None]):
    """Shows a page and takes decisions; `is_review` says that it ends when all are made."""

    CSS = LOOKS
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        page: PageV1,
        review: Review,
        root: Path,
        *,
        is_review: bool,
        drafted: Mapping[str, Candidates] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self.drafted = drafted
        self.page = page
        self.review = review
        self.root = root
        self.is_review = is_review
        self.why = ""

    def settle(self) -> None:
        """Forget the evals whose candidates are all judged."""
        self.drafted = {name: each for name, each in self.drafted.items() if any(each)}

    def ask_why(self, example: PageExampleV1, done: Done) -> None:
        """Ask for the reason, accept, and go on."""
        if example.fate != "lost":
            self.notify("Only a lost example can be accepted.", severity="warning")
            return

        def take(why: str | None) -> None:
            if why:
                self.take_down(example, why)
                done()

        self.push_screen(WhyScreen(example, self.why), take)

    def take_down(self, example: PageExampleV1, why: str) -> None:
        """Write an accepted loss, or say why that cannot be done."""
        try:
            self.review.decide(example, "accepted", why)
        except PromptCIError as error:
            self.notify(for_terminal(str(error)), severity="error", timeout=10, markup=False)
        else:
            self.why = why


def app_of(screen: Screen[None]) -> ReviewApp:
    """The app that a screen is part of."""
    assert isinstance(screen.app, ReviewApp)
    return screen.app


def one_line(text: str, most: int = 200) -> Content:
    """A text on one line, cut after so many characters; nothing in it is taken for markup."""
    return Content(on_one_line(text, most))


def title_line(text: str) -> Static:
    """The lines at the top of a screen: a verdict may take a few."""
    return Static(one_line(text, MOST_TITLE), classes="line")

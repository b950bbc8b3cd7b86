"""Candidates drafted from logs, one after the other, until a person has judged them."""

from typing import ClassVar

from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Label, Static

from promptci.browsing.reviewapp import LOOKS, Keys, one_line
from promptci.errors import PromptCIError
from promptci.project.golden.candidates import Candidate, Candidates
from promptci.render.terminal.results.browse import candidate_text
from promptci.reportdata.goldenset import JudgedCandidates
from promptci.secrets.safetext import for_terminal


class ExpectedScreen(ModalScreen[str]):
    """Asks what is expected; the answer that was given is there to be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", "Leave")]

    def __init__(self, candidate: Candidate) -> None:
        super().__init__()
        self.candidate = candidate

    def compose(self) -> ComposeResult:
        yield Label(one_line(f"What is expected of {self.candidate.id}?"))
        yield Input(self.candidate.answer, placeholder="Enter takes it, Escape leaves it")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value)
        else:
            self.notify("Write what is expected, or leave it with Escape.", severity="warning")


class CandidateScreen(Screen[None]):
    """One candidate; each decision is written at once and goes on to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "take", "Take the answer"),
        Binding("e", "expect", "Expect another"),
        Binding("x", "drop", "Drop for good"),
        Binding("s", "skip", "Skip"),
        Binding("escape", "leave", "Back"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, candidates: Candidates) -> None:
        super().__init__()
        self.candidates = candidates
        self.waiting = list(candidates)
        self.done = JudgedCandidates()

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with VerticalScroll():
            yield Static(id="body")
        yield Keys()

    def on_mount(self) -> None:
        self.show()

    def show(self) -> None:
        """Show the candidate that is next; without one, leave."""
        if not self.waiting:
            self.action_leave()
            return
        each = self.waiting[0]
        head = f"{self.candidates.name} / {each.id} · {len(self.waiting)} to judge"
        self.query_one("#head", Static).update(one_line(head))
        text = candidate_text(each.vars, each.answer)
        self.query_one("#body", Static).update(Content.from_rich_text(text))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_take(self) -> None:
        """What was answered is what is expected."""
        if self.waiting[0].answer:
            self.accept(self.waiting[0].answer)
        else:
            self.notify("Nothing was answered: say what is expected by e.", severity="warning")

    def action_expect(self) -> None:
        """Ask for what is expected."""

        def take(said: str | None) -> None:
            if said:
                self.accept(said)

        self.app.push_screen(ExpectedScreen(self.waiting[0]), take)

    def accept(self, expected: str) -> None:
        """Write the candidate as an example, or say why that cannot be done."""
        try:
            self.candidates.accept(self.waiting[0], expected)
        except PromptCIError as error:
            self.notify(for_terminal(str(error)), severity="error", timeout=10, markup=False)
        else:
            self.next(replace(self.done, taken=self.done.taken + 1))

    def action_drop(self) -> None:
        """Keep it out for good."""
        self.candidates.drop(self.waiting[0])
        self.next(replace(self.done, dropped=self.done.dropped + 1))

    def action_skip(self) -> None:
        """Leave it for another time."""
        self.next(replace(self.done, skipped=self.done.skipped + 1))

    def next(self, done: JudgedCandidates) -> None:
        """Take down what was decided, and go on."""
        self.done = done
        self.waiting.pop(0)
        self.show()

    def action_leave(self) -> None:
        """Back to the evals, or out of the app where there are none."""
        if isinstance(self.app, CandidatesApp):
            self.app.exit()
        else:
            self.app.pop_screen()


class CandidatesApp(App[None]):
    """Goes through an eval's candidates and ends with the last."""

    CSS = LOOKS
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, candidates: Candidates) -> None:
        super().__init__()
        self.judging = CandidateScreen(candidates)

    def on_mount(self) -> None:
        self.push_screen(self.judging)

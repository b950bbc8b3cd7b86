"""One example, and what is decided about it."""

import os
import subprocess
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from promptci.browsing.editors import editor_command
from promptci.browsing.review import Decision
from promptci.browsing.reviewapp import Keys, app_of, one_line
from promptci.render.html.labels import FATES
from promptci.render.json.page.parts import PageExampleV1
from promptci.render.terminal.results.browse import example_text


class ExampleScreen(Screen[None]):
    """One example, and what is decided about it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "diff", "Diff"),
        Binding("a", "accept", "Accept"),
        Binding("r", "decide('rejected')", "Reject"),
        Binding("s", "decide('skipped')", "Skip"),
        Binding("n", "next", "Next"),
        Binding("o", "edit", "Edit"),
        Binding("escape", "app.pop_screen", "Back"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, example: PageExampleV1) -> None:
        super().__init__()
        self.example = example
        self.with_diff = True

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with VerticalScroll():
            yield Static(id="body")
        yield Keys(compact=True)

    def on_mount(self) -> None:
        self.show()

    def show(self) -> None:
        """Show the example as it is now."""
        review, each = app_of(self).review, self.example
        marks = [FATES[each.fate][1], *(["must pass"] if each.must_pass else [])]
        marks += [decision] if (decision := review.decision(each)) else []
        head = f"{each.eval} / {each.id} on {each.model}: {', '.join(marks)}"
        self.query_one("#head", Static).update(one_line(f"{head} · {len(review.open)} to decide"))
        body = Content.from_rich_text(example_text(each, with_diff=self.with_diff))
        self.query_one("#body", Static).update(body)

    def action_diff(self) -> None:
        """Show how the answers differ, or each by itself."""
        self.with_diff = not self.with_diff
        self.show()

    def action_accept(self) -> None:
        app_of(self).ask_why(self.example, self.action_next)

    def action_decide(self, decision: Decision) -> None:
        """Reject or skip the loss, and go on."""
        if self.example.fate == "lost":
            app_of(self).review.decide(self.example, decision)
            self.action_next()

    def action_next(self) -> None:
        """Go to the next loss to decide about; at the end of a review, leave."""
        found = app_of(self).review.next_open(self.example)
        if found is not None:
            self.example = found
        elif app_of(self).is_review:
            app_of(self).exit()
            return
        self.show()

    def action_edit(self) -> None:
        """Open the example's file at its line, in the person's own editor."""
        if not self.example.file:
            self.notify("This example is in no file any more.", severity="warning")
            return
        command = editor_command(
            os.environ, app_of(self).root / self.example.file, self.example.line
        )
        try:
            with self.app.suspend():
                subprocess.run(command, check=False)
        except OSError as error:
            self.notify(f"{command[0]}: {error.strerror}", severity="error", markup=False)

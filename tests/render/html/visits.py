"""A page open in a real Chromium, and everything that it does unasked."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processes import wait_until

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

HANG = 300_000.0
"""Milliseconds after which something hangs: a browser may take 20 s to begin."""


@dataclass
class Visit:
    """A page open in the browser, and everything that it did unasked."""

    page: Any
    heard: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def waits_for(self, selector: str, *texts: str) -> None:
        """Look again until what is selected reads so."""
        wait_until(lambda: self.texts(selector) == list(texts))


def visit(browser: Any, path: Path, **options: Any) -> Visit:
    """Open a file; console messages, errors, dialogs and requests are heard."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, **options)
    context.set_default_timeout(HANG)
    made = Visit(context.new_page())
    made.page.on("console", lambda message: made.heard.append(f"console: {message.text}"))
    made.page.on("pageerror", lambda error: made.heard.append(f"error: {error}"))
    made.page.on("dialog", lambda dialog: made.heard.append(f"dialog: {dialog.message}"))
    made.page.on("request", lambda request: made.heard.append(request.url))
    made.page.goto(path.as_uri())
    made.heard.remove(path.as_uri())
    return made

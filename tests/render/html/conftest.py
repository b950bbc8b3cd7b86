"""One browser for the tests of a module: no other event loop could run beside it."""

from collections.abc import Iterator
from typing import Any

import pytest

from render.html.visits import CHROMIUM, HANG


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=HANG
        )
        yield found
        found.close()

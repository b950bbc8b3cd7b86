"""The page against WCAG 2.2 AA, by axe-core from npm, in light and dark, all of it unfolded."""

import shutil
import subprocess
from pathlib import Path

import pytest

from promptci.atomic import write_report
from promptci.render.html.page import html_page
from render.html.pages import page_of
from render.html.test_browser import LOST
from render.html.test_page import past
from render.html.visits import CHROMIUM, visit

AXE = "axe-core@4.14.1"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install it"),
    pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed"),
]


@pytest.fixture(scope="module")
def axe(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--silent", "--no-audit", "--ignore-scripts", AXE]
    subprocess.run(command, cwd=folder, check=True, timeout=300)
    return Path(folder, "node_modules/axe-core/axe.min.js").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_in_anybodys_way(browser, axe, tmp_path, scheme):
    path = tmp_path / "report.html"
    write_report(path, html_page(page_of({}, LOST, past=past())))
    seen = visit(browser, path, color_scheme=scheme)
    seen.page.locator("article .commands").first.wait_for()
    seen.page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    seen.page.evaluate(axe)
    found = seen.page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
    assert len(found["passes"]) > 30
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    seen.page.context.close()

"""The page in a real Chromium: what a reader does with it, and what hostile texts cannot.

`make test` installs Chromium where it may.
"""

from pathlib import Path

import pytest

from promptci.atomic import write_report
from promptci.render.html.page import html_page
from promptci.render.json.page.page import page_document
from promptci.reportdata.answerbook import AnswerBook
from promptci.reportdata.pastscores import Past
from promptci.reportdata.reported import Reported
from render import stories, values
from render.html.pages import REWORDED, page_of
from render.html.test_page import PAYLOADS, jsonl, past
from render.html.visits import CHROMIUM, visit

LOST = {"t-01": "shipping", "t-02": "I think it is billing", "t-03": "billing or shipping"}

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install it"),
    pytest.mark.slow,
]


@pytest.fixture
def lost(tmp_path) -> Path:
    path = tmp_path / "report.html"
    write_report(path, html_page(page_of({}, LOST, past=past())))
    return path


def test_a_reader_finds_filters_opens_and_follows(browser, lost):
    seen = visit(browser, lost)
    page = seen.page
    seen.waits_for(".chips button:visible", "lost 3", "passing 17")
    seen.waits_for("#list > p", "3 examples")
    page.locator("ins").first.wait_for()
    assert "shipping" in seen.texts("ins")  # the first lost ones are open
    page.get_by_text("Prompt as sent (base to head)").first.click()
    page.locator("details[open] ins", has_text="always").wait_for()

    page.get_by_role("button", name="passing 17").click()
    seen.waits_for("#list > p", "17 examples")
    page.get_by_label("Tag", exact=True).select_option("refund")
    seen.waits_for("#list > p", "8 examples")
    page.get_by_label("Tag", exact=True).select_option("")
    page.keyboard.press("/")
    page.keyboard.type("number 17")
    seen.waits_for("#list > p", "1 example")
    page.get_by_role("button", name="passing").click()
    page.get_by_label("Search").fill("think")  # a word of one answer alone
    page.locator("article.example", has_text="t-02").wait_for()
    seen.waits_for("#list > p", "1 example")
    page.get_by_role("button", name="lost 1").click()
    page.get_by_label("Search").fill("number 17")
    page.get_by_text("0 examples, 1 under the other filters above").wait_for()
    page.get_by_role("button", name="lost 0").click()
    page.locator("article.example", has_text="t-17").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("article.here .commands").wait_for()
    assert page.evaluate("location.hash") == "#router/t-17/fake%2Fsmall"

    page.evaluate("location.hash = '#router/t-02'")
    page.locator("article.here", has_text="t-02").wait_for()
    at = "document.querySelector('.here').getBoundingClientRect().top"
    assert 0 <= page.evaluate(at) < 200
    page.keyboard.press("n")
    page.locator("article.here", has_text="t-03").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.locator("svg a circle").first.click()
    page.locator("details.commit[open]").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").first.click()
    saved = Path(download.value.path()).read_text()
    assert saved.startswith('"Eval","Verdict","Base","Head"')
    assert [each for each in seen.heard if not each.startswith("blob:")] == []
    page.context.close()


def test_hostile_texts_do_nothing(browser, tmp_path):
    rows = "".join(jsonl(number, payload) for number, payload in enumerate(PAYLOADS))
    content = values.files(**{"evals/router.jsonl": rows})
    pair = values.pair(content | REWORDED, content)
    everything = "".join(PAYLOADS)
    answers = {each.id: everything for each in pair.head.examples()}
    found = page_of({}, answers, of=pair, past=past(everything, everything, everything))
    path = tmp_path / "report.html"
    write_report(path, html_page(found))
    seen = visit(browser, path)
    buttons = seen.page.locator("button.row")
    for index in range(min(6, buttons.count())):
        if buttons.nth(index).get_attribute("aria-expanded") == "false":
            buttons.nth(index).click()
    seen.page.locator("article .commands").nth(3).wait_for()
    assert seen.page.locator("img, iframe, base, form[action]").count() == 0
    assert seen.page.locator("[onload], [onerror], [style]").count() == 0
    assert seen.page.title().startswith("promptci:")
    assert seen.heard == []
    seen.page.context.close()


@pytest.mark.long
def test_without_scripts_and_on_paper_it_reads(browser, lost):
    seen = visit(browser, lost, java_script_enabled=False)
    assert "shipping" in seen.texts("#plain ins")
    assert seen.page.get_by_text("need JavaScript").is_visible()
    assert seen.page.locator("#tools").is_hidden()
    seen.page.emulate_media(media="print")
    assert seen.page.locator("nav").is_hidden()
    seen.page.context.close()


OVER = """each => [...each.querySelectorAll("*")].filter(one => !one.closest("svg")
  && getComputedStyle(one).position !== "absolute"
  && (one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1
      && getComputedStyle(one).overflowX !== "visible")).map(one => one.outerHTML)"""
"""What of an element reaches out of the window, or can be scrolled sideways."""


def test_no_window_is_too_narrow_for_the_evals(browser, tmp_path):
    path = tmp_path / "report.html"
    book, checked = AnswerBook(), stories.regression()
    shown = page_document(Reported(checked, "the working tree", book, past=Past()))
    write_report(path, html_page(shown))
    seen = visit(browser, path)
    cells = seen.page.locator("table.evals").first.locator("td[data-head]")
    assert seen.texts("td[data-head=Cost]")[0] == "$0.0019 \u2192 $0.0020"
    for width in (375, 710, 800, 1030):
        seen.page.set_viewport_size({"width": width, "height": 900})
        assert seen.page.locator("#evals").evaluate(OVER) == []
        assert seen.page.locator("nav").evaluate(OVER) == []
        assert min(cells.nth(at).bounding_box()["width"] for at in range(10)) > 0
    seen.page.context.close()


@pytest.mark.long
def test_a_phone_shows_it_without_scrolling_sideways(browser, lost):
    seen = visit(browser, lost)
    seen.page.set_viewport_size({"width": 360, "height": 700})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert seen.page.evaluate(wide) == 0
    table = seen.page.locator("#evals .scroll").first
    assert table.evaluate("each => each.scrollWidth - each.clientWidth") == 0
    cells = table.locator("td[data-head]")
    assert seen.page.viewport_size["width"] >= max(
        box["x"] + box["width"] for box in (cells.nth(at).bounding_box() for at in range(10))
    )
    seen.page.context.close()

"""The browser, driven by keys: what it shows, and what a review writes down."""

import asyncio
import colorsys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from msgspec.structs import replace

from browsing.screens import settled, text_of
from promptci.browsing.editors import editor_command
from promptci.browsing.review import Review
from promptci.errors import RequestError
from render.html.pages import page_of
from tables import every_row

if find_spec("textual") is None:
    pytest.skip("it is of the extra `tui`", allow_module_level=True)

pytestmark = pytest.mark.slow
LOST = {"t-01": "shipping", "t-02": "[red]x[/] \x1b[31m", "t-03": "other"}


def browse(*keys, is_review=False, refuses="", see=None, size=(110, 40), change=None):
    """Press keys; gives the screens before and after each, what was accepted, and the review."""
    from promptci.browsing.app import Browser  # late: Textual, and each worker reads this module

    page, accepted, screens = page_of({}, LOST), [], []
    page = change(page) if change else page

    def accept(example, why):
        if example.id == refuses:
            raise RequestError("the record has no such example")
        accepted.append((example.id, why))

    review = Review(page.examples, accept)
    app = Browser(page, review, Path("/nowhere"), is_review=is_review)

    async def run():
        async with app.run_test(size=size) as pilot:
            for key in (None, *keys):
                await pilot.press(*([key] if key else []))
                text = await settled(app, pilot)
                screens.append(see(app) if see else text)

    asyncio.run(run())
    return screens, accepted, review


HUES = ((20, "red"), (70, "yellow"), (170, "green"), (200, "cyan"), (260, "blue"), (310, "pink"))


def hue_of(color):
    """A colour by the part of the circle that it is of; nothing for what is nearly grey."""
    if color is None or color.triplet is None:
        return ""
    hue, lightness, saturation = colorsys.rgb_to_hls(*color.triplet.normalized)
    if saturation < 0.25 or not 0.1 < lightness < 0.92:
        return ""
    return next((name for end, name in HUES if 360 * hue < end), "red")


def seen_of(app):
    """The screen, and under it which words have a colour, are bold or are on a colour.

    Shades are left out: they come with Textual's theme.
    """
    marks = []
    for number, strip in enumerate(app.screen._compositor.render_strips(), 1):
        for segment in strip:
            style = segment.style
            words = " ".join(segment.text.split())
            if style is None or not any(char.isalnum() for char in words):
                continue
            ground = hue_of(style.bgcolor)
            said = (hue_of(style.color), "bold" if style.bold else "", ground and f"on {ground}")
            if any(said):
                marks.append(f"{number:>3}  {' '.join(filter(None, said))}: {words}")
    return "\n".join([text_of(app).rstrip(), "", *marks])


def test_from_evals_to_examples_to_one_and_back():
    keys = ("enter", "f", "f", "f", "enter", "d", "escape", "escape")
    evals, examples, lost, every, again, one, apart, back, start = browse(*keys)[0]
    assert "1 of 1 eval lost more than its gate allows (`router`)." in evals
    assert "misses its gate" in evals
    assert "-15.0" in evals
    assert "t-17" in examples
    assert "t-03" in lost
    assert "t-17" not in lost
    assert "t-17" in every
    assert "t-17" not in again
    assert "router / t-01 on fake/small: lost" in one
    assert "Ticket number 1" in one
    assert "[-billing-] {+shipping+}" in one
    assert "head: ✗ failed" in apart
    assert "Reason or input" in back
    assert "Verdict" in start


def test_the_screens_are_those_that_were_looked_at(golden):
    """Letters and where they are, and what is set apart by colour or weight."""
    evals, examples, lost, one, apart = browse("enter", "f", "enter", "d", see=seen_of)[0]
    *_, asked = browse("n", "a", is_review=True, see=seen_of)[0]
    names = {"evals": evals, "examples": examples, "lost": lost, "example": one, "diff": apart}
    for name, screen in (names | {"accept": asked}).items():
        text = "\n".join(line.rstrip() for line in screen.splitlines()).rstrip()
        golden(f"browse-{name}.txt", f"{text}\n")


def test_what_an_answer_says_is_no_markup_and_no_escape():
    *_, screen = browse("n", "d", is_review=True)[0]
    assert "[red]x[/] \\x1b[31m" in screen


def test_a_review_accepts_with_a_reason_rejects_and_skips():
    keys = ("a", "o", "k", "enter", "r", "s")
    screens, accepted, review = browse(*keys, is_review=True)
    assert "Why may router / t-01 be lost?" in screens[1]
    assert accepted == [("t-01", "ok")]
    assert review.summary == "1 accepted, 1 rejected, 1 skipped."
    assert (review.left, screens[-1]) == (2, "")


def test_without_a_reason_nothing_is_accepted_and_the_last_one_is_offered_again():
    keys = ("a", "enter", "escape", "a", "x", "enter", "a", "enter")
    screens, accepted, review = browse(*keys, is_review=True)
    assert "Why may router / t-01 be lost?" in screens[2]
    assert "Write why it may be lost, or leave it with Escape." in screens[2]
    assert "3 to decide" in screens[3]
    assert accepted == [("t-01", "x"), ("t-02", "x")]
    assert review.summary == "2 accepted, 1 not decided."


def test_a_table_that_is_longer_than_the_screen_leaves_its_title():
    at = browse("enter", see=lambda app: app.screen.max_scroll_y, size=(110, 5))[0]
    assert at[-1] == 0, "the table is scrolled, not the screen with its title"


def test_a_long_verdict_is_whole_above_the_rows():
    said = " ".join(f"Part {n} of it is told." for n in range(24))
    told = partial(replace, sentence=said)
    [screen] = browse(change=told, size=(80, 24))[0]
    assert "Part 23 of it is told." in " ".join(screen.split())
    assert "router" in screen
    [low] = browse(change=told, size=(60, 12))[0]
    assert "router" in low


def test_what_cannot_be_accepted_is_said():
    screens, accepted, review = browse("a", "x", "enter", is_review=True, refuses="t-01")
    assert "the record has no such example" in screens[-1]
    assert (accepted, review.left) == ([], 3)
    screens, _, _ = browse("enter", "ctrl+end", "a")
    assert "Only a lost example can be accepted." in screens[-1]


@every_row(
    ("environ", "command"),
    [
        ({}, ["vi", "+7", "/p/a b.csv"]),
        ({"EDITOR": "nano -w"}, ["nano", "-w", "+7", "/p/a b.csv"]),
        (
            {"EDITOR": "nano", "VISUAL": "code -n"},
            ["code", "-n", "--wait", "--goto", "/p/a b.csv:7"],
        ),
        ({"VISUAL": "/usr/bin/hx"}, ["/usr/bin/hx", "/p/a b.csv:7"]),
    ],
)
def test_editors_are_told_the_line_in_their_own_way(environ, command):
    assert editor_command(environ, Path("/p/a b.csv"), 7) == command
    assert editor_command({"EDITOR": "vi"}, Path("/p"), 0) == ["vi", "+1", "/p"]


def test_a_narrow_terminal_shows_what_matters_and_every_key():
    evals, examples, one = browse("enter", "enter", size=(60, 16))[0]
    assert "Change  Lost  Won  Flaky" in evals
    assert "Base" not in evals
    assert all("⏎ Open" in text and "q Quit" in text for text in (evals, examples))
    keys = " ".join(one.splitlines()[-2:])
    for key in ("d Diff", "a Accept", "r Reject", "s Skip", "n Next", "o Edit", "esc Back"):
        assert f"{key} " in keys
    assert "q Quit" in keys

    def on_two(page):
        return replace(page, evals=[*page.evals, replace(page.evals[0], model="fake/large")])

    [evals] = browse(size=(60, 16), change=on_two)[0]
    assert "Change  Lost  Won" in evals
    assert all(model in evals for model in ("fake/small", "fake/large"))

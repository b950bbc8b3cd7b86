"""Secrets go before a text is cut, folded or marked."""

import re

import pytest

from promptci.render.terminal.columns import Cell, Column, lay_out
from promptci.render.terminal.columns import labelled as in_columns
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, labelled, text
from promptci.secrets import known, safetext
from promptci.specs.credentials import Secret
from tables import every_row

KEY = "lk_" + "kanari7Q" * 8
AROUND = "y" * 70 + KEY


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setattr(known, "_kept", {Secret(KEY, "the key in LAB_KEY")})


@every_row(
    "shown",
    [
        lambda: safetext.on_one_line(AROUND, 100),
        lambda: safetext.for_markdown(AROUND, 100),
        lambda: safetext.as_markdown_code(AROUND, 100),
        lambda: safetext.as_html_code(AROUND, 100),
        lambda: safetext.as_markdown_fence(AROUND),
        lambda: safetext.for_terminal(AROUND),
        lambda: safetext.for_xml(AROUND),
        lambda: safetext.for_workflow_command(AROUND),
        lambda: safetext.for_workflow_property(AROUND),
        lambda: draw([text(AROUND)], Look(80)),
        lambda: draw([labelled([("name", AROUND)])], Look(80)),
        lambda: lay_out([Column("a")] * 2, [[Cell(AROUND), Cell(AROUND)]], Look(80)),
        lambda: in_columns([("name", AROUND)], Look(80)),
    ],
)
def test_no_part_of_a_key_is_left(shown):
    assert "kanari" not in re.sub(r"\s", "", shown())

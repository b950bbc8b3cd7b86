"""One escaping function per medium: whatever the text, it stays text."""

import re
from xml.etree import ElementTree

from hypothesis import given
from markdown_it import MarkdownIt

from promptci.secrets.safetext import (
    as_html_code,
    as_markdown_code,
    as_markdown_fence,
    for_markdown,
    for_workflow_command,
    for_workflow_log,
    for_workflow_property,
    for_xml,
)
from render.hostile import TEXTS
from tables import every_row

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
REFERENCE = re.compile(
    r"@[\w/-]|#\d|\bGH-\d|\b[A-Z]{2,}-\d|https?://|www\.|\b[0-9a-f]{7,40}\b|\$", re.IGNORECASE
)


def inlines(text):
    """The inline tokens of a Markdown text that must be one paragraph."""
    blocks = MARKDOWN.parse(text)
    assert [token.type for token in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    return blocks[1].children


@given(TEXTS)
def test_a_sentence_becomes_text_and_code_only(text):
    for token in inlines(for_markdown(text)):
        assert token.type in ("text", "code_inline")
        assert token.type == "code_inline" or not REFERENCE.search(token.content)


@given(TEXTS, TEXTS)
def test_a_sentence_in_a_table_stays_in_its_cell(text, other):
    row = f"| {for_markdown(text)} | {as_markdown_code(other)} |"
    tokens = MARKDOWN.parse(f"| a | b |\n|---|---|\n{row}\n")
    types = [token.type for token in tokens]
    assert types.count("td_open") == 2
    assert types.count("tr_open") == 2
    assert types.count("table_open") == 1
    children = [child.type for token in tokens for child in token.children or ()]
    assert set(children) <= {"text", "code_inline"}


@given(TEXTS)
def test_a_name_is_one_code_span(text):
    tokens = inlines(as_markdown_code(text))
    kinds = [token.type for token in tokens if token.content]
    assert kinds == ["code_inline"] or (kinds == ["text"] and tokens[0].content == "(empty)")


@every_row(
    ("text", "shown"),
    [
        ("Lost 3 and won 1 of 40, all confirmed.", "Lost 3 and won 1 of 40, all confirmed."),
        ("`refund-2` must pass and is lost", "`refund-2` must pass and is lost"),
        ("the score fell by 12.5% (adjusted p 0.0037)", None),
        ("evals/x.yaml: it's not there", "`evals/x.yaml`: it's not there"),
        ("1. one", "`1.` one"),
        ("a@b.c, then", "`a@b.c`, then"),
        ("between -5.1 and +0.8 → 3", None),
        ("`a``b`", "`a` `b`"),
        ("", "(empty)"),
    ],
)
def test_plain_sentences_stay_readable(text, shown):
    assert for_markdown(text) == (text if shown is None else shown)


@given(TEXTS)
def test_a_fence_holds_all_of_the_text(text):
    tokens = MARKDOWN.parse(as_markdown_fence(text, "diff"))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].info == "diff"


@given(TEXTS)
def test_a_name_in_html_is_one_element(text):
    shown = as_html_code(text)
    element = ElementTree.fromstring(for_xml(shown))
    assert element.tag == "code"
    assert len(element) == 0


@given(TEXTS)
def test_xml_of_any_text_is_read_by_a_strict_parser(text):
    element = ElementTree.Element("a", b=for_xml(text))
    element.text = for_xml(text)
    again = ElementTree.fromstring(ElementTree.tostring(element))
    assert again.text or not text


V2 = re.compile(r"^\s*::[^:]*::?")
V1 = "##["


@given(TEXTS)
def test_a_log_line_starts_no_workflow_command(text):
    for line in re.split(r"\r\n|\r|\n", for_workflow_log(text)):
        assert "::" not in line
        assert V1 not in line


@given(TEXTS, TEXTS)
def test_the_runner_reads_one_command_with_our_title_and_text(title, text):
    line = f"::error title={for_workflow_property(title)}::{for_workflow_command(text)}"
    assert "\n" not in line
    assert "\r" not in line
    name, _, rest = line[2:].partition(" ")
    properties, _, data = rest.partition("::")
    assert name == "error"
    key, _, value = properties.partition("=")
    assert (key, "," in properties) == ("title", False)
    assert unescaped(value) == for_workflow_log(title)
    assert unescaped(data) == for_workflow_log(text)


def unescaped(text):
    """As GitHub's runner does it: percent last."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text

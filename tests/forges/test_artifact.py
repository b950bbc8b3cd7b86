"""An artifact from a fork is data: its form is checked, and nothing in it acts."""

import os
import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from promptci.errors import RequestError
from promptci.forges.artifact import MOST_BYTES, harmless, read_artifact
from promptci.render.markdown import report as markdown
from render import stories
from render.hostile import TEXTS
from tables import every_row

MARKER = "<!-- promptci check -->"
HEAD = "b" * 40


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "head").write_text(f"{HEAD}\n")
    (tmp_path / "comment.md").write_text(f"{MARKER}\n**fine**\n")
    return tmp_path


def refused(folder, head=HEAD):
    with pytest.raises(RequestError) as caught:
        read_artifact(folder, head, MARKER)
    return str(caught.value)


def test_a_sound_one_is_read(folder):
    whose = "_From the job of the change itself, which its author may have altered._"
    assert read_artifact(folder, HEAD, MARKER) == f"{MARKER}\n{whose}\n\n**fine**\n"
    state = "<!-- verdict: passed -->"
    (folder / "comment.md").write_text(f"{MARKER}\n{state}\n\n**fine**\n")
    assert read_artifact(folder, HEAD, MARKER) == f"{MARKER}\n{state}\n{whose}\n\n\n**fine**\n"


def test_another_commit_is_refused(folder):
    assert "another commit" in refused(folder, "c" * 40)
    assert "whole id" in refused(folder, "main")
    assert "whole id" in refused(folder, "")


@pytest.mark.parametrize("name", ["head", "comment.md"])
def test_what_is_no_small_file_is_refused(folder, name):
    path = folder / name
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    assert "longer than" in refused(folder)
    path.write_bytes(b"\xff\xfe")
    assert "UTF-8" in refused(folder)
    path.unlink()
    assert "cannot be read" in refused(folder)
    path.symlink_to("/etc/hostname")
    assert "is a link" in refused(folder)
    path.unlink()
    os.mkfifo(path)
    assert "no regular file" in refused(folder)
    path.unlink()
    path.mkdir()
    assert "read" in refused(folder) or "regular" in refused(folder)


def test_another_project_s_is_refused(folder):
    other = MARKER.replace(" -->", ": bots -->")
    (folder / "comment.md").write_text(f"{other}\n**fine**\n")
    assert refused(folder).endswith(
        "another project of the repository: give its folder with --project"
    )
    assert read_artifact(folder, HEAD, other).startswith(f"{other}\n")


def test_what_is_no_report_is_refused(folder):
    (folder / "comment.md").write_text("hello")
    cure = "write one with `promptci check --report markdown=FILE`"
    assert refused(folder) == f"{folder}/comment.md is no report: {cure}"


@every_row(
    "text",
    [
        "@everyone see #12",
        "![x](https://evil.example/p.png)",
        "[x](javascript:alert(1))",
        "[x]: https://evil.example",
        "<img src=x>",
        "<script>alert(1)</script>",
        "<!-- promptci check -->",
        "&#60;img src=x&#62;",
        "www.evil.example",
        "<https://evil.example>",
        "<details open>",
        "</details><a href='x'>y</a>",
    ],
)
def test_nothing_in_it_acts(text):
    tame = harmless(text)
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False})
    kinds = {
        token.type
        for block in parser.parse(tame)
        for token in [block, *(block.children or ())]
        if "<details>" not in token.content and "</details>" not in token.content
    }
    assert kinds.isdisjoint({"link_open", "image", "html_inline", "html_block"})
    assert "@e" not in tame
    assert "#1" not in tame


REFERENCES = re.compile(
    r"^\s*/\w|[!$%]\d|[~%]\"?\w|\[\w+:\d|\*iteration:|\[\[|\w>|gh-\d|[A-Z][A-Z0-9]+-\d|[0-9a-f]{7}",
    re.IGNORECASE | re.MULTILINE,
)
"""What GitHub or GitLab makes a link of, or obeys."""


@every_row(
    "text",
    [
        "/merge",
        "a\n  /close",
        "see !12",
        "GH-12",
        "gh-12",
        "JIRA-12",
        "5f3a9c1",
        "a" * 40,
        "(0123456789ABCDEF0123456789abcdef01234567)",
        "5f3a9c1...0123456",
        "$12 and %3",
        '~bug ~"to do" %"1.0"',
        "[vulnerability:12]",
        '*iteration:"x"',
        "[[home]]",
        "group/project>",
    ],
)
def test_no_command_to_gitlab_and_no_reference_is_left(text):
    assert REFERENCES.search(text)
    assert harmless(text).replace("\u200b", "") == text
    assert not REFERENCES.search(harmless(text))


@given(TEXTS)
def test_no_text_makes_a_link_an_image_or_a_tag(text):
    parser = MarkdownIt("commonmark", {"html": True})
    for block in parser.parse(harmless(text)):
        for token in (block, *(block.children or ())):
            assert token.type not in ("link_open", "image")


def test_no_hidden_character_turns_what_is_read_around():
    tame = harmless("a\u202eb\u2066c\0d\x1b[2Je\U000e0041f\u200bg\r\n| h\t| \r")
    seen = "a\\u202eb\\u2066c\\x00d\\x1b[2Je\\U000e0041f\\u200bg\n| h\t| \\x0d"
    assert tame.replace("\u200b", "") == seen


def test_our_own_report_reads_the_same():
    report = markdown.comment(stories.regression())
    assert harmless(report.partition("\n")[2]).replace("\u200b", "") == report.partition("\n")[2]
    assert "</details>" in harmless(report)

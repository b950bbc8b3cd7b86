"""What the comment says: cut to size, resolved when all is well again, earlier verdicts folded."""

from promptci.forges.commentbody import MARKER as FORM
from promptci.forges.commentbody import MOST_HISTORY, CommentBody
from promptci.render.markdown.marker import marker
from promptci.render.markdown.report import comment
from render import stories
from tables import every_row

MARKER = "<!-- promptci check -->"
BAD = f"{MARKER}\n<!-- verdict: failed -->\n\n**1 of 2 evals regressed.**\n\nMore."
GOOD = f"{MARKER}\n<!-- verdict: passed -->\n\n**No change in score.**\n\nMore."
HEADS = [f"{number:040x}" for number in range(1, 30)]


def test_the_markers_of_report_and_comment_are_one():
    assert marker("") == MARKER
    assert FORM.fullmatch(MARKER)


FOLDERS = [
    "a",
    "services/router",
    "a--b",
    "x-->y",
    "(a) b",
    "客服/路由" * 40,
    "\udcff",
    "a\nb",
    "a%2D",
]


def test_every_folder_has_a_marker_of_its_own_that_nothing_in_it_ends():
    lines = [marker(folder) for folder in (*FOLDERS, "")]
    assert len(set(lines)) == len(lines)
    for line in lines:
        assert FORM.fullmatch(line)
        body = CommentBody(f"{line}\nMore.")
        texts = [body.text(None, 65_536, has_html=has_html) for has_html in (True, False)]
        assert all(body.is_of(text.replace("\n", "\r\n")) for text in texts)
        assert not any(CommentBody(f"{o}\n").is_of(t) for o in lines if o != line for t in texts)


def test_a_first_comment_has_marker_and_state():
    text = CommentBody(BAD, HEADS[0]).text(None, 65_536)
    assert text.splitlines()[:2] == [MARKER, f"<!-- verdict: failed at {HEADS[0]} -->"]
    assert "Earlier verdicts" not in text
    assert "Resolved" not in text


def test_it_is_resolved_when_all_is_well_again():
    first = CommentBody(BAD, HEADS[0]).text(None, 65_536)
    second = CommentBody(GOOD, HEADS[1]).text(first, 65_536)
    assert "**Resolved.**" in second
    assert "<summary>Earlier verdicts (1)</summary>" in second
    assert f"- `{HEADS[0][:7]}` failed: 1 of 2 evals regressed." in second
    third = CommentBody(BAD, HEADS[2]).text(second, 65_536)
    assert "**Resolved.**" not in third
    assert third.index("passed: No change in score.") < third.index("failed: 1 of 2 evals")


def test_the_same_commit_again_is_no_history():
    first = CommentBody(BAD, HEADS[0]).text(None, 65_536)
    assert CommentBody(BAD, HEADS[0]).text(first, 65_536) == first


def test_the_history_ends_somewhere():
    text = None
    for number, head in enumerate(HEADS):
        report = BAD.replace("1 of 2", f"{number} of 99")
        text = CommentBody(report, head).text(text, 65_536)
    assert text.count("\n- `") == MOST_HISTORY
    assert "28 of 99" in text
    assert "- `0000000` failed: 27 of 99 evals regressed." in text


@every_row("most", [600, 5_000, 32_768, 65_536])
def test_it_fits_and_what_it_opens_it_closes(most):
    block = "<details><summary>x</summary>\n\n```diff\n- a\n\n+ b\n```\n\n</details>"
    report = BAD + "\n\n" + "\n\n".join([block] * 2_000)
    text = CommentBody(report, HEADS[1]).text(CommentBody(BAD, HEADS[0]).text(None, most), most)
    assert len(text) < most
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0
    assert "the rest is left out" in text
    assert "Earlier verdicts (1)" in text


def test_of_a_long_fold_there_is_as_much_as_fits():
    """A fold of all losses is longer than what one forge takes; the first of them are told."""
    loss = "<details><summary>lost: %d</summary>\n\n```diff\n- <details>\n```\n\n</details>"
    losses = "\n\n".join(loss % number for number in range(2_000))
    folds = f"<details><summary>losses</summary>\n\n{losses}\n\n</details>"
    text = CommentBody(f"{BAD}\n\n{folds}\n\nNext: this.", HEADS[1]).text(None, 32_768)
    assert 32_000 < len(text) < 32_768
    assert "</details>\n\n… the rest is left out" in text
    assert text.endswith("see the log of the job\n\n</details>\n\nNext: this.")
    lines = text.splitlines()
    assert sum(line.startswith("<details>") for line in lines) == lines.count("</details>")


def test_long_losses_leave_room_for_what_is_below_them():
    fence = "```text\n</details>\n\n%s\n```"
    loss = "<details><summary>lost: %d</summary>\n\n" + fence + "\n\n</details>"
    losses = "\n\n".join(loss % (number, "so\n\n" * 1_500) for number in range(10))
    text = CommentBody(f"{BAD}\n\n{losses}\n\nNext: this.", HEADS[1]).text(None, 32_768)
    assert len(text) < 32_768
    assert text.endswith("Next: this.")
    assert [n for n in range(10) if f"lost: {n}" not in text] == []


def test_a_forge_without_html_gets_none():
    report = comment(stories.regression())
    text = CommentBody(report, HEADS[0]).text(None, 32_768, has_html=False)
    assert text.startswith("[//]: # (promptci check)\n")
    assert [tag for tag in ("<details", "<summary", "<code", "<!--") if tag in text] == []
    fold = "<details><summary>lost: <code>a&amp;b</code></summary>"
    answer = "- <code>x</code> </details>"
    said = CommentBody(f"{BAD}\n\n{fold}\n\n```diff\n{answer}\n```\n\n</details>")
    plain = said.text(None, 32_768, has_html=False)
    assert f"**lost: `a&b`**\n\n```diff\n{answer}\n```" in plain
    later = CommentBody(GOOD, HEADS[1]).text(text, 32_768, has_html=False)
    assert "Resolved" in later
    assert f"- `{HEADS[0][:7]}` failed: " in later

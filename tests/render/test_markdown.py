"""The report on GitHub: reads well, fits, and nothing untrusted becomes markup, link or mention."""

import re

import pytest
from hypothesis import example, given
from markdown_it import MarkdownIt
from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.check.verification import Stale
from promptci.compare.gate.gate import Block
from promptci.compare.lostexamples import LostExample
from promptci.errors import Fault, SpecError
from promptci.render.markdown.marker import marker
from promptci.render.markdown.refusal import summary as refusal
from promptci.render.markdown.report import MOST_COMMENT, MOST_SUMMARY, comment, summary
from properties import usually
from render import stories
from render.hostile import HOSTILE, TEXTS
from render.test_media import REFERENCE
from render.values import BASE, EVAL, compared, files, fresh, pair, pairs
from tables import every_row

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OWN_HTML = ("<!-- promptci check -->", "<!-- verdict: ", "<details><summary>", "</details>")
FOUND = compared({}, {"t-00": "other"})
FRESH = fresh(answers={"t-00": "other"})


def laced(text):
    """A check in which every text that is not ours is this one."""
    example = replace(FOUND.lost[0].example, id=text, vars={text: text}, expected=text)
    spec = replace(FOUND.pair.head.spec, name=text)
    model = replace(FOUND.pair.head.model, name=text)
    head = replace(FOUND.pair.head, spec=spec, model=model)
    changes = tuple(
        replace(change, id=text) if change.id == "t-00" else change
        for change in FOUND.confirmed.comparison.changes
    )
    comparison = replace(FOUND.confirmed.comparison, changes=changes)
    found = replace(
        FOUND,
        pair=replace(FOUND.pair, head=head),
        confirmed=replace(FOUND.confirmed, comparison=comparison),
        lost=(LostExample(example, f"billing {text}", text, text),),
        blocks=(Block("must_pass", f"`{text}` must pass and is lost"),),
        head=replace(FOUND.head, errors={text: 2}),
    )
    undecided = replace(FOUND.judgement, verdict="not comparable", obstacle=text)
    return Checked(
        replace(BASE, why=f"the merge base of HEAD and {text}"),
        compared=(found, replace(found, judgement=undecided)),
        fresh=(replace(FRESH, record=replace(FRESH.record, eval=text), failures=(text,)),),
        reused=((text, text),),
        stale=(Stale(text, text, text, text),),
        flaky=((text, text, text),),
        unknown=((text, text),),
        removed=(text,),
        notes=(text,),
    )


def shape(text):
    """The block structure of a page."""
    return [(token.type, token.level) for token in MARKDOWN.parse(text)]


@every_row("story", ["regression", "stale", "quiet"])
def test_a_comment_reads_well(golden, story):
    golden(f"comment-{story}.md", comment(getattr(stories, story)()))


def test_marker_and_verdict_come_first():
    checked = stories.regression()
    first, state, blank, verdict, *_ = comment(checked).split("\n")
    assert (first, state, blank) == (marker(""), "<!-- verdict: failed -->", "")
    assert verdict.startswith("**1 of 14 evals regressed")
    assert comment(checked) == f"{first}\n{state}\n\n{summary(checked)}"


@usually(40)
@given(TEXTS)
@example("\n".join(HOSTILE))
@example("see www.… and X-WWW. as they are")
def test_nothing_untrusted_becomes_more_than_text_and_code(text):
    page = comment(laced(text))
    for token in MARKDOWN.parse(page):
        if token.type == "html_block":
            assert token.content.strip().startswith(OWN_HTML)
            assert token.content.count("<details>") <= 1
        for child in token.children or ():
            assert child.type in ("text", "code_inline", "softbreak", "strong_open", "strong_close")
            assert child.type == "code_inline" or not REFERENCE.search(costless(child.content))


def costless(text):
    """Our own amounts of money are no formulas, as a blank precedes each."""
    return text.replace("$0.", "0.")


@usually(40)
@given(TEXTS)
@example("\n".join(HOSTILE))
def test_no_text_changes_the_structure_of_the_page(text):
    assert shape(comment(laced(text or "x"))) == shape(comment(laced("plain")))


def test_answers_are_a_diff_in_a_fence_that_they_cannot_close():
    page = comment(laced("```\n````\n</details>"))
    fences = [token for token in MARKDOWN.parse(page) if token.type == "fence"]
    assert [token.info for token in fences] == ["diff", "diff", "sh"]
    assert fences[1].content == "- billing ```\n+ ```\n  ````\n  </details>\n"
    assert fences[1].markup == "`````"


@pytest.mark.slow
def test_hundreds_of_lost_examples_fit_a_comment():
    ids = [f"t-{i:02}" for i in range(200)]
    found = compared({}, dict.fromkeys(ids, "other ``` é🙂" * 400), of=pair(files(200)))
    checked = Checked(BASE, compared=(found,) * 3)
    page = comment(checked)
    assert len(page.encode()) < MOST_COMMENT
    assert len(page.encode()) > MOST_COMMENT / 2
    assert page.count("<details>") == page.count("</details>")
    shown = page.count("<summary>lost: ")
    more = re.findall(r"… ([\d,]+) more lost examples", page)
    assert shown + sum(int(number.replace(",", "")) for number in more) == 600
    assert shown > 3


def test_of_many_evals_those_that_moved_come_first_and_fit_a_screen():
    still, lost = compared({}, {}), compared({}, {f"t-{i:02}": "other" for i in range(12)})
    page = comment(Checked(BASE, compared=((still,) * 10 + (lost,)) * 18))
    rows = [line for line in page.splitlines() if line.startswith("| ✗ |")]
    table = "| | eval" + page.partition("| | eval")[2].partition("<details>")[0]
    assert len(rows) == 18
    assert table.count("| ✗ |") == 12
    assert "6 more evals that moved or are new, all of them blocked" in page
    assert table.splitlines()[0].endswith(
        "eval on `fake/small` | base | head | change | lost | won | verdict |"
    )
    assert "±0.0" not in table
    assert "180 evals without a change in any example" in page
    assert "12 lost examples of <code>" in page
    depth, seen = 0, 0
    for line in page.splitlines():
        seen += depth == 0
        depth += line.count("<details>") - line.count("</details>")
    assert seen < 60
    assert len(page.encode()) < MOST_COMMENT


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 9])
def test_an_eval_on_several_models_is_told_with_its_model(count):
    tree = files(**{"evals/router.yaml": EVAL + "models: [fake/small, fake/big]\n"})
    lost = {f"t-{n:02}": "x" for n in range(count)}
    found = tuple(compared({}, lost, of=each) for each in pairs(tree, tree))
    for whole in (comment, summary):
        page = whole(Checked(BASE, compared=found))
        for model in ("fake/small", "fake/big"):
            assert f"- `router` on `{model}`: " in page
            name = f"<code>router</code> on <code>{model}</code>"
            assert f"lost: {name} / <code>t-00</code>" in page
            assert (f"9 lost examples of {name}" in page) == (count == 9)


@pytest.mark.slow
def test_thousands_of_evals_fit_a_summary():
    lost = compared({}, {"t-00": "other"})
    many = Checked(
        BASE,
        compared=(lost,) * 900,
        fresh=(fresh(),) * 10,
        stale=(Stale("x" * 100, "m", "y" * 200, "z" * 200),) * 1_000,
        notes=("note " * 50,) * 1_000,
    )
    for page, most in ((summary(many), MOST_SUMMARY), (comment(many), MOST_COMMENT)):
        assert len(page.encode()) < most
        assert page.count("<details>") == page.count("</details>")
        assert "more evals" in page


def test_what_happened_is_before_what_to_do_and_the_rest_below():
    page = comment(stories.regression())
    accept = "promptci accept greet t-04 -m WHY"
    order = ("| verdict |", "  - ✗ the score fell", "<summary>lost:", "**Next:**", accept)
    order = (*order, "**removed evals**", "<summary>Tokens, cost")
    assert sorted(order, key=page.index) == list(order)


def test_a_check_that_judged_nothing_has_no_table():
    assert "|" not in comment(stories.stale())


def test_faulty_files_are_a_summary_in_which_nothing_acts():
    found = [Fault("evals/a|b.yaml", 3, 1, "<img src=x> @all #1"), Fault("x", 0, 0, "y", True)]
    page = refusal(SpecError(found))
    assert "- `evals/a│b.yaml:3`: `<img` `src=x>` `@all` `#1`" in page
    assert "- `x`: warning: y" in page
    many = refusal(SpecError([Fault("x", n, 1, "wrong " * 50) for n in range(5_000)]))
    assert len(many.encode()) < MOST_COMMENT
    assert "more fault" in many

"""Candidates in the browser, driven by keys: what it shows, and what is written down."""

import asyncio
import json
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from browsing.screens import settled
from promptci.browsing.review import Review
from promptci.project.golden.candidates import Candidates, drafted_candidates
from promptci.project.project import Project
from render.html.pages import page_of

if find_spec("textual") is None:
    pytest.skip("it is of the extra `tui`", allow_module_level=True)

pytestmark = pytest.mark.slow
DRAFTED = {"a": "shipping", "b": "[red]other[/]", "c": "", "d": "billing"}


@pytest.fixture
def drafted(repo):
    """A project whose eval has a candidate for each letter."""
    repo.write(
        {
            "prompts/q.yaml": "model: openai/gpt-6-luna\nmessages: ['{{ ticket }}']\n",
            "evals/q.yaml": "scorers: [equals]\nexamples: q.jsonl\n",
            "evals/q.jsonl": '{"vars": {"ticket": "t"}, "expected": "x"}\n',
            "evals/q.candidates.jsonl": "".join(
                json.dumps(
                    {
                        "id": each,
                        "vars": {"ticket": f"ticket {each}"},
                        "expected": "TODO",
                        "meta": {"answer": answer} if answer else {},
                    }
                )
                + "\n"
                for each, answer in DRAFTED.items()
            ),
        }
    )
    with closing(Project(repo.path, environ={})) as project:
        yield project


def judge(project, *keys):
    """Press keys; gives the screens before and after each, and what was judged."""
    from promptci.browsing.candidatescreen import CandidatesApp  # late: Textual

    app = CandidatesApp(Candidates(project, "q"))
    return pressed(app, *keys), app.judging.done


def pressed(app, *keys):
    screens = []

    async def run():
        async with app.run_test(size=(80, 24)) as pilot:
            for key in (None, *keys):
                await pilot.press(*([key] if key else []))
                screens.append(await settled(app, pilot))

    asyncio.run(run())
    return screens


def examples(project):
    path = project.workspace.repo.root / "evals/q.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["vars"]["ticket"]: row["expected"] for row in rows}


def test_each_candidate_is_taken_changed_dropped_or_left_for_later(drafted):
    screens, done = judge(drafted, "t", "x", "t", "e", "enter", "o", "k", "enter", "s")
    first, second, third, empty, *_ = screens
    assert "q / a · 4 to judge" in first
    assert "shipping" in first
    assert "[red]other[/]" in second
    assert "(nothing)" in third
    assert "Nothing was answered: say what is expected by e." in empty
    assert "What is expected of c?" in screens[4]
    assert "Write what is expected, or leave it with Escape." in screens[5]
    assert "q / d · 1 to judge" in screens[8]
    assert (done.taken, done.dropped, done.skipped) == (2, 1, 1)
    assert examples(drafted) == {"t": "x", "ticket a": "shipping", "ticket c": "ok"}
    assert [each.id for each in Candidates(drafted, "q")] == ["d"]


def test_what_cannot_be_written_is_said_and_stays(drafted):
    path = drafted.workspace.repo.root / "evals/q.jsonl"
    path.write_text(path.read_text() + '{"id": "a", "vars": {"ticket": "u"}, "expected": "x"}\n')
    screens, done = judge(drafted, "t")
    assert "q / a · 4 to judge" in screens[-1]
    assert "`a`" in screens[-1]
    assert done.taken == 0


def test_an_eval_with_nothing_to_judge_is_not_drafted(drafted):
    assert list(drafted_candidates(drafted)) == ["q"]
    judge(drafted, "x", "x", "x", "x")
    assert drafted_candidates(drafted) == {}


def test_they_are_reached_from_the_results_of_their_eval_and_lead_back(drafted):
    from promptci.browsing.app import Browser  # late: Textual

    page = page_of({}, {"t-01": "shipping"})
    waiting = {"router": Candidates(drafted, "q")}
    review = Review(page.examples, lambda *_: None)
    app = Browser(page, review, Path("/nowhere"), is_review=False, drafted=waiting)
    evals, first, *_, last = pressed(app, "c", "x", "escape", "c", "x", "x", "x", "c")
    assert "c Candidates" in evals
    assert "q / a · 4 to judge" in first
    assert "Verdict" in last
    assert "Candidates" not in last
    assert app.drafted == {}

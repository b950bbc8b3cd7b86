"""A check after a run: what the run judged stands, and only what is lost or edited is judged."""

import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest

from projects import PROMPT, REWORDED, TICKETS, before_and_after, example, jsonl, route
from promptci.commands.main import main
from promptci.run.solving import solve

ALL = {ticket[0] for ticket in TICKETS}


def rows():
    """The project's golden examples, tagged by what is expected."""
    return [example(*ticket, tags=[ticket[2]]) for ticket in TICKETS]


def worse(asked):
    """A model that sends parcels to billing."""
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def edited(project, api):
    """Commits a change of some files with its scores; a new prompt is answered by `then`."""

    def edit(files, then=route):
        api.answers(before_and_after(route, then))
        for each in ({"prompts/router.yaml": PROMPT, "evals/router.jsonl": jsonl(rows())}, files):
            project.write(each)
            assert main(["run"]) in (0, 1)
            project.commit("scores")

    return edit


@pytest.fixture
def checked(capsys, monkeypatch):
    """What a check says, its exit code, and the ids of examples that it judged or looked up."""
    judged, solve_one = [], solve.solve

    def counted(task, example, **more):
        judged.append(example.id)
        return solve_one(task, example, **more)

    monkeypatch.setattr(solve, "solve", counted)

    def check(*arguments):
        judged.clear()
        capsys.readouterr()
        code = main(["check", "--base", "HEAD~1", *arguments])
        return code, capsys.readouterr().out, set(judged)

    return check


@contextmanager
def forgotten(project):
    """Without what earlier commands left, but for the answers."""
    known = project.path / ".promptci/known"
    kept = known.rename(known.with_name("kept"))
    yield
    shutil.rmtree(known, ignore_errors=True)
    kept.rename(known)


def alter(project):
    """Have another text for each stored answer."""
    with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db, db:
        db.execute("UPDATE completion SET text = text || ' ', seal = NULL")


def test_a_check_judges_again_what_is_lost_alone(edited, checked, project):
    edited({"prompts/router.yaml": PROMPT.replace(*REWORDED)}, worse)
    code, said, judged = checked()
    assert judged == {"parcel"}
    with forgotten(project):
        assert checked() == (code, said, ALL)
    assert checked("--report", "html=page.html")[2] == ALL  # which hears of each
    assert checked()[2] == {"parcel"}
    alter(project)
    assert checked()[2] == ALL
    assert checked("--refresh")[2] == ALL


def test_of_edited_examples_the_others_are_not_judged_again(edited, checked, project):
    card, refund, *others = rows()
    card["expected"], refund["vars"]["ticket"] = "shipping", "Money, please"
    new = example("new", "Hi", "other")
    golden = {"evals/router.jsonl": jsonl([card, refund, *others, new])}
    edited(golden)
    code, said, judged = checked("--json")
    assert judged == {"card", "refund", "new"}
    with forgotten(project):
        assert checked("--json") == (code, said, ALL | {"new"})
    edited(golden | {"prompts/router.yaml": PROMPT.replace(*REWORDED)}, worse)
    checked()  # which asks of the base what was edited
    code, said, judged = checked("--json")
    assert judged == {"card", "refund", "new", "parcel"}
    with forgotten(project):
        assert checked("--json") == (code, said, ALL | {"new"})

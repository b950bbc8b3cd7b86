"""A check after a run: what the run judged stands, and only what is lost is judged again."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from projects import PROMPT, REWORDED, TICKETS, before_and_after, route
from promptci.commands.main import main
from promptci.run.solving import solve
from tables import every_row

ALL = {ticket[0] for ticket in TICKETS}


def worse(asked):
    """A model that sends parcels to billing."""
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def edited(project, api):
    """Commits an edit of the prompt with its scores; `then` answers what is asked by it."""

    def edit(then):
        api.answers(before_and_after(route, then))
        project.write({"prompts/router.yaml": PROMPT})
        assert main(["run"]) in (0, 1)
        project.commit("scores")
        project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
        assert main(["run"]) in (0, 1)
        project.commit("edit")

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


def forget(project):
    """Delete what earlier commands left, but for the answers."""
    shutil.rmtree(project.path / ".promptci/known")


def alter(project):
    """Have another text for each stored answer."""
    with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db, db:
        db.execute("UPDATE completion SET text = text || ' ', seal = NULL")


@pytest.mark.parametrize(("then", "lost"), [(route, set()), (worse, {"parcel"})])
def test_a_check_judges_again_what_is_lost_alone(edited, checked, project, then, lost):
    edited(then)
    code, said, judged = checked()
    assert judged == lost
    forget(project)
    assert checked() == (code, said, ALL)


@every_row("arguments", [["--report", "html=page.html"], ["--refresh"]])
def test_all_is_judged_for_who_wants_to_hear_of_it(edited, checked, arguments):
    edited(route)
    assert checked(*arguments)[2] == ALL


def test_answers_that_are_others_now_are_judged_again(edited, checked, project):
    edited(worse)
    alter(project)
    assert checked()[2] == ALL

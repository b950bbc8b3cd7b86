"""A check after a run: what the run judged is kept, and only what is lost or edited is judged."""

import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest

from projects import PROMPT, REWORDED, TICKETS, before_and_after, example, jsonl, route
from promptci.commands.main import main
from promptci.compare.stored.recalledsides import SideRecall
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
            known, before = project.path / ".promptci/known", project.path / ".promptci/before"
            shutil.rmtree(before, ignore_errors=True)
            if known.is_dir():
                shutil.copytree(known, before)
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
        check.times = lambda: len(judged)
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


@contextmanager
def known_of_the_base(project):
    """With what was known before the last run, as where the change comes from another machine."""
    with forgotten(project):
        shutil.copytree(project.path / ".promptci/before", project.path / ".promptci/known")
        yield


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


def regraded():
    """Golden examples of which one is expected otherwise, one is new and one is gone."""
    card, _, *others = rows()
    return [card | {"expected": "shipping"}, *others, example("new", "Hi", "other")]


def test_of_edited_examples_the_others_are_known_of_the_base(edited, checked, project):
    golden = {"evals/router.jsonl": jsonl(regraded())}
    edited(golden)
    with forgotten(project):
        code, said, judged = checked("--json")
        assert judged == ALL | {"new"}
    with known_of_the_base(project):
        assert checked("--json") == (code, said, {"card", "refund", "new"})
        alter(project)
        assert checked("--json")[2] == ALL | {"new"}


def test_of_a_prompt_edited_as_well_the_base_is_known(edited, checked, project):
    golden = {"evals/router.jsonl": jsonl(regraded())}
    edited(golden | {"prompts/router.yaml": PROMPT.replace(*REWORDED)}, worse)
    checked()  # which asks of the base what was edited
    with forgotten(project):
        code, said, judged = checked("--json")
        both = checked.times()
    with known_of_the_base(project):
        assert checked("--json") == (code, said, judged)
        assert checked.times() <= both - len(ALL & judged) + len({"card", "refund", "new"})


def test_what_a_check_judged_the_next_one_finds(edited, checked, project):
    edited({"evals/router.jsonl": jsonl(regraded())})
    with forgotten(project):
        code, said, _ = checked("--json")
        assert checked("--json") == (code, said, {"card", "new", "refund"})
    edited({"prompts/router.yaml": PROMPT.replace(*REWORDED)}, worse)
    with forgotten(project):
        code, said, _ = checked("--json")
        once = checked.times()
        assert checked("--json")[:2] == (code, said)
        assert checked.times() == once - len(ALL) + 1  # what the base said is looked up


def test_where_most_examples_were_edited_all_are_judged(edited, checked, project):
    new = [each | {"expected": "other"} for each in rows()]
    edited({"evals/router.jsonl": jsonl(new)})
    with forgotten(project):
        found = checked("--json")
    with known_of_the_base(project):
        assert checked("--json") == found


def test_an_answer_that_is_not_stored_is_asked_for(edited, checked, project):
    edited({"evals/router.jsonl": jsonl(regraded())})
    with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db, db:
        db.execute("DELETE FROM completion WHERE rowid = (SELECT max(rowid) FROM completion)")
    with known_of_the_base(project):
        assert checked("--json")[2] == ALL | {"new"}


def test_what_a_run_logged_is_not_replaced_by_a_check(edited, checked, monkeypatch):
    edited({"prompts/router.yaml": PROMPT.replace(*REWORDED)}, worse)
    assert main(["run"]) in (0, 1)  # which finds the record committed
    monkeypatch.setattr(SideRecall, "recall_all", lambda self, seen: {})
    assert checked()[2] == ALL
    once = checked.times()
    assert main(["run"]) in (0, 1)
    assert checked.times() == once
    assert main(["show", "router"]) == 0

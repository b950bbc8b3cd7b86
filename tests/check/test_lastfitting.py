"""The last commit whose record is of its own files, in small real histories."""

import pytest
from msgspec.structs import replace

from check.evaluations import base_state, no_build, record, tasks
from promptci.check.lastfitting import FittingRecords, LastFitting, with_stand_ins
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.records.scorewriter import dump
from render.values import BASE, PROMPT, files, side, suite

FILES = files(4)
RECORD = "evals/router.scores.yaml"
GOOD = dump({"fake/small": record(FILES)})
WORSE = PROMPT.replace("You route", "Route")


@pytest.fixture
def history(repo):
    """Commits files, and with `recorded` the record that is of them; then looks for the last."""
    state = dict(FILES)

    def commit(*, recorded=True, **changed):
        state.update({path.replace("__", "/") + ".yaml": text for path, text in changed.items()})
        made = {RECORD: dump({"fake/small": record(state)})} if recorded is True else {}
        made |= {RECORD: recorded} if isinstance(recorded, str) else {}
        repo.write(state | made)
        return repo.commit("x")

    def last(name="router", model="fake/small", **more):
        opened = Repo.discover(repo.path)
        found = FittingRecords(opened, no_build, lambda suite: suite).last(
            opened.head(), name, model, **more
        )
        opened.close()
        return found

    commit.last, commit.repo = last, repo
    return commit


def test_a_record_of_its_own_files_is_the_one(history):
    first = history()
    found = history.last()
    assert (found.why, found.found.revision.id, found.said("the base")) == ("", first, "")


@pytest.mark.parametrize(
    ("recorded", "why"),
    [
        (False, "is stale"),
        ("format: 2\n", "is damaged"),
        (GOOD.replace("models:", "<<<<<<< ours\nmodels:"), "is damaged"),
        (GOOD.replace("score: 1", "score: 0.5", 1), "is damaged"),
        (GOOD.replace("format: 2", "format: one"), "is damaged"),
        (GOOD.replace("is: pass", "is: fail", 1), "is damaged"),
    ],
)
def test_where_one_does_not_fit_the_last_that_does_counts(history, recorded, why):
    first = history()
    history(prompts__router=WORSE, recorded=recorded)
    found = history.last()
    assert found.found.revision.id == first
    assert found.why.startswith(why)
    said = found.said("the base")
    assert said.startswith("the base's record is ")
    assert said.endswith(f"judged against {first[:7]}, the last commit whose record fits its files")


def test_where_none_ever_fitted_that_is_said(history):
    history(recorded=dump({"fake/small": record(FILES | {"prompts/router.yaml": WORSE})}))
    found = history.last()
    assert found.found is None
    assert "no commit before has one that fits" in found.said("the base")


def test_where_none_was_ever_committed_there_is_nothing_to_go_by(history):
    history(recorded=False)
    history(prompts__router=WORSE, recorded=False)
    assert history.last() is None
    assert history.last("no-such-eval") is None


def test_of_a_commit_without_a_record_no_example_is_read(history, monkeypatch):
    history(recorded=False)
    history(prompts__router=WORSE, recorded=False)
    monkeypatch.setattr("promptci.check.evalstate.make_ready", None)
    assert history.last() is None


def test_a_record_that_was_deleted_is_found_behind_commits_without_one(history):
    first, repo = history(), history.repo
    repo.git("rm", "-q", RECORD)
    repo.commit("no record any more")
    history(prompts__router=WORSE, recorded=False)
    found = history.last()
    assert (found.found.revision.id, found.why) == (first, "is missing")


def test_a_model_that_was_swapped_is_found_where_it_is_the_only_one(history):
    first = history()
    assert history.last(model="fake/other") is None
    assert history.last(model="fake/other", is_only=True).found.revision.id == first


def test_a_renamed_eval_is_followed_to_its_former_name(history):
    first, repo = history(), history.repo
    for old, new in ((".yaml", ".yaml"), (".jsonl", ".jsonl"), (".scores.yaml", ".scores.yaml")):
        repo.git("mv", f"evals/router{old}", f"evals/queue{new}")
    text = FILES["evals/router.yaml"].replace("router.jsonl", "queue.jsonl")
    repo.write({"evals/queue.yaml": f"prompt: router\n{text}", "prompts/router.yaml": WORSE})
    repo.commit("renamed, and worse without a record")
    found = history.last("queue")
    assert (found.found.revision.id, found.found.name) == (first, "router")


def test_a_copy_beside_its_origin_is_none_that_was_renamed(history):
    history()
    text = f"prompt: router\n{FILES['evals/router.yaml']}"
    history(evals__copied=text, recorded=False)
    assert history.last("copied") is None
    assert not history.last().why


def test_another_commit_is_used_for_one_eval_alone(history):
    history()
    found = history.last()
    base = with_stand_ins(side("base"), {"router": [LastFitting(found.found, "is stale")]})
    spec = suite(FILES).evals["router"]
    assert base.pick(spec).prompt.mark.path == "prompts/router.yaml"
    assert with_stand_ins(side("base"), {}).pick(spec) == side("base").pick(spec)


def test_history_is_read_only_where_the_base_s_record_is_not_seen_to_fit():
    made, other = record(FILES), record(FILES | {"prompts/router.yaml": WORSE})
    asked = []
    plain = base_state(FILES, FILES, {"fake/small": made})
    state = replace(plain, last_fitting=lambda *names: asked.append(names))
    tip = replace(BASE, tip=Revision("1" * 40))
    for each, wanted in (
        (state, 0),
        (replace(state, records=lambda _: {}), 1),
        (replace(state, records=lambda _: {"fake/small": other}), 1),
        (replace(state, suite=suite(FILES | {"prompts/router.yaml": WORSE})), 1),
        (replace(state, revision=tip), 1),
    ):
        asked.clear()
        each.find_stand_ins(suite(FILES), tasks(FILES), no_build)
        assert len(asked) == wanted
        assert not asked or asked[0] == ("router", "fake/small", True)

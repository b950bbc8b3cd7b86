"""The parts of two tasks: builds of an embedded model, and models that took another's place."""

import pytest
from msgspec.structs import replace

from projects import EVAL, router
from promptci.git.repo import Repo
from promptci.history.partdiff import PartDiff, pair_tasks
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.suite.loading import load_suite


@pytest.fixture
def tasks(repo):
    """The tasks of the project `router` with two models."""
    repo.write(
        router(
            "http://llm.example/v1",
            eval=EVAL.replace("examples", "models: [small, large]\nexamples"),
        )
    )
    opened = Repo.discover(repo.path)
    yield make_plan(load_suite(opened.worktree), Selection(), lambda _: "").tasks
    opened.close()


def of_build(task, build):
    return replace(task, settings=replace(task.settings, build=build))


@pytest.mark.parametrize(
    ("recorded", "here", "parts"),
    [("b1", "b2", ("build",)), ("b1", "b1", ()), (None, "b2", ()), ("", "b2", ()), ("b1", "", ())],
)
def test_another_build_is_named_where_both_are_known(tasks, recorded, here, parts):
    task = tasks[0]
    assert PartDiff(task, of_build(task, here), None, recorded).parts == parts


def test_models_are_paired_by_name_and_single_ones_in_any_case(tasks):
    small, large = tasks
    assert list(pair_tasks([small], [large])) == [(small, large)]
    assert list(pair_tasks([small, large], [large])) == [(large, large), (small, None)]
    assert list(pair_tasks([], [small])) == [(None, small)]

"""What is stored alone: the same results as the driver's that could ask, and no event loop."""

import shutil
import subprocess
import sys
import textwrap
from contextlib import suppress

import pytest

from fakes import ScriptedModel
from projects import EVAL, JUDGE, TICKETS, planned, route, router
from promptci.cache.cache import Cache
from promptci.commands.main import main
from promptci.errors import BudgetError
from promptci.run.driving.finishing import Finishing
from promptci.run.driving.runner import run_plan
from promptci.run.driving.unasked import finish_stored, work_left
from promptci.run.driving.work import works
from promptci.spending.limits import Limits, Progress
from promptci.spending.reservations import make_budget
from run.driving.test_runner import URL, Pool

JUDGED = EVAL.replace("- equals", f"- {JUDGE.replace('{{ tone }}', 'Judge')}")


def judge(text):
    """The judge says something of no use about refunds."""
    return route(text) if "Judge" not in text else "no idea" if "refund" in text else "good"


@pytest.fixture
def cache(tmp_path):
    cache = Cache(tmp_path / "cache.sqlite")
    yield cache
    cache.close()


def run_stored(plan, *, cache, limits, sink, progress, **more):
    """As a project's evaluation does it."""
    left = list(work_left(works(plan), cache, limits, Finishing(sink, progress)))
    if left:
        run_plan(left, cache=cache, limits=limits, sink=sink, progress=progress, **more)


def run_stored_first(plan, *, cache, limits, sink, progress, **more):
    """The same of a run that asks."""
    if left := finish_stored(plan, cache, limits, Finishing(sink, progress)):
        run_plan(left, cache=cache, limits=limits, sink=sink, progress=progress, **more)


def driven(run, plan, cache, rule=route, **limits):
    """What came of each example, and the counts."""
    finished, progress, pool = [], Progress(plan.count), Pool(ScriptedModel(rule))
    given = Limits(**limits)
    run(
        plan,
        pool=pool,
        cache=cache,
        limits=given,
        sink=finished.append,
        progress=progress,
        budget=make_budget(given, pool.most),
        sharing=None,
    )
    told = {
        each.example.id: (each.evaluated.result, each.evaluated.why, each.asked, bytes(each.keys))
        for each in finished
    }
    assert len(told) == len(finished)
    return told, (progress.done, progress.asked, progress.cached, progress.errors)


@pytest.mark.parametrize("stored", ["nothing", "some", "all"])
@pytest.mark.parametrize("eval_file", [EVAL, JUDGED])
def test_its_results_are_those_of_the_driver(cache, stored, eval_file):
    plan = planned(router(URL, eval=eval_file))
    if stored != "nothing":
        most = {"max_requests": 3} if stored == "some" else {}
        with suppress(BudgetError):
            driven(run_plan, plan, cache, judge, **most)
    assert driven(run_stored, plan, cache, offline=True) == driven(
        run_plan, plan, cache, offline=True
    )


@pytest.mark.parametrize("stored", [0, 1, 3, 20])
@pytest.mark.parametrize("eval_file", [EVAL, JUDGED])
def test_what_is_not_stored_is_asked_after_it(tmp_path, stored, eval_file):
    plan, found = planned(router(URL, eval=eval_file)), []
    for run in (run_stored_first, run_plan):
        cache = Cache(tmp_path / run.__name__)
        with suppress(BudgetError):
            driven(run_plan, plan, cache, judge, max_requests=stored)
        found.append(driven(run, plan, cache, judge))
        cache.close()
    assert found[0] == found[1]


def test_what_the_driver_asks_is_left_to_it_is_left_to_the_driver(cache, monkeypatch):
    plan = planned(router(URL))
    driven(run_plan, plan, cache)
    monkeypatch.setattr("promptci.run.driving.unasked.unasked", lambda request, limits: None)
    cache.clear()
    told, counts = driven(run_stored, plan, cache, offline=True)
    assert len(told) == len(TICKETS) == counts[3]


def test_a_staged_change_is_judged_without_an_event_loop(repo, api):
    api.answers(route)
    repo.write(router(api.url))
    repo.commit("Add the router")
    main(["run"])
    repo.commit("scores")
    main(["run"])
    script = """
        import sys
        from promptci.commands.main import main
        code = main(["check", "--staged", "--offline"])
        print(code, [name for name in ("openai", "git", "asyncio") if name in sys.modules])
    """
    repo.write({"prompts/router.yaml": (repo.path / "prompts/router.yaml").read_text() + "# x\n"})
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=repo.path)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_what_is_stored_is_judged_again_without_an_event_loop(repo, api):
    repo.write(router(api.url))
    main(["run"])
    shutil.rmtree(repo.path / ".promptci/known")
    script = """
        import sys
        from promptci.commands.main import main
        main(["run"])
        print("asyncio" in sys.modules)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=repo.path)
    assert done.stdout.splitlines()[-1] == "False"

"""The driver: what is asked, what is stored before it counts, and how a run ends."""

import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import ScriptedModel
from processes import run_forked
from projects import EVAL, JUDGE, TICKETS, example, jsonl, planned, route, router
from promptci.cache.cache import Cache
from promptci.errors import BudgetError, ModelError, RequestError, StorageError
from promptci.records.record import Score
from promptci.run.driving.exampleorder import CHUNK, LARGE_CHUNK
from promptci.run.driving.runner import run_plan
from promptci.run.driving.workers import MOST_IN_A_ROW
from promptci.run.planning.plan import Plan
from promptci.scorers.registry.registry import BoundScorer
from promptci.specs.request import Request
from promptci.specs.tokenprice import Price
from promptci.spending.limits import Limits, Progress

URL = "http://127.0.0.1:9/v1"
PRICE = Price(Decimal(1), Decimal(1))


class Pool:
    """Gives every endpoint the same model, four calls at a time."""

    def __init__(self, model):
        self.asked_for = []
        self._model = model

    def model(self, endpoint, concurrency):
        self.asked_for.append((endpoint.name, concurrency))
        return self._model

    def concurrency(self, endpoint):
        return 4

    def cost(self, request, completion):
        return PRICE.cost(completion.usage)

    def most(self, request):
        return Decimal(100) / 1_000_000


class ScriptedRuns:
    """Plans run against a scripted model, with what came of them."""

    def __init__(self, cache):
        self.cache = cache
        self.model = ScriptedModel(route)
        self.pool = Pool(self.model)
        self.finished = []
        self.sink = self.finished.append

    def run(self, plan, **limits):
        self.finished.clear()
        self.progress = Progress(plan.count)
        run_plan(
            plan,
            pool=self.pool,
            cache=self.cache,
            limits=Limits(**limits),
            sink=lambda finished: self.sink(finished),
            progress=self.progress,
        )
        return self.finished

    @property
    def fates(self):
        return {each.example.id: each.evaluated.result.fate for each in self.finished}


@pytest.fixture
def driven(tmp_path):
    cache = Cache(tmp_path / "cache.sqlite")
    yield ScriptedRuns(cache)
    cache.close()


PLAN = planned(router(URL))


def many(count, **files):
    rows = jsonl(example(f"n{number}", f"Hello {number}", "other") for number in range(count))
    return planned(router(URL, examples=rows, **files))


def test_every_example_has_a_result(driven):
    found = driven.run(PLAN)
    assert driven.fates == {id_: "pass" for id_, _, _ in TICKETS}
    assert [each.asked for each in found] == [1] * 6
    assert (driven.progress.done, driven.progress.asked, driven.progress.cached) == (6, 6, 0)
    assert driven.progress.cost == sum(each.took.cost for each in found)
    assert driven.model.closed


def test_what_is_stored_is_not_asked(driven):
    driven.run(PLAN)
    found = driven.run(PLAN)
    assert len(driven.model.requests) == 6
    assert [each.asked for each in found] == [0] * 6
    assert (driven.progress.asked, driven.progress.cached, driven.progress.cost) == (0, 6, 0)


@pytest.mark.parametrize("is_noting", [True, False])
def test_an_answer_outlives_the_process_before_it_counts(driven, tmp_path, monkeypatch, is_noting):
    if not is_noting:
        monkeypatch.setattr(Cache, "note", lambda cache, rows: None)
        monkeypatch.setattr(Cache, "is_noting", False)

    def sink(finished):
        now = tmp_path / str(len(driven.finished))  # what a process that dies now leaves behind
        now.mkdir()
        for path in filter(Path.is_file, tmp_path.glob("cache.sqlite*")):
            (now / path.name).write_bytes(path.read_bytes())
        key = finished.evaluated.request.key
        with closing(Cache(now / "cache.sqlite")) as another:
            assert another.get([key])[key].text == finished.evaluated.completion.text
        driven.finished.append(finished)

    driven.sink = sink
    assert len(driven.run(many(40))) == 40


def test_the_same_question_is_asked_once(driven):
    rows = [example(f"n{number}", "Hello", "other") for number in range(50)]
    found = driven.run(planned(router(URL, examples=jsonl(rows))))
    assert len(driven.model.requests) == 1
    assert len(found) == 50
    assert sum(each.asked for each in found) == driven.progress.asked == 1
    assert driven.progress.cached == 49


def test_repeats_are_questions_of_their_own(driven):
    plan = planned(router(URL), repeat=3)
    found = driven.run(plan)
    assert plan.count == len(found) == len(driven.model.requests) == 18
    assert sorted({each.attempt for each in found}) == [0, 1, 2]


def test_no_more_calls_are_under_way_than_asked_for(driven):
    driven.model.delay = 0.01
    driven.run(many(60))
    assert driven.model.most_in_flight == 4
    driven.run(many(60), refresh=True, concurrency=9)
    assert driven.model.most_in_flight == 9
    assert driven.pool.asked_for == [("lab", 4), ("lab", 9)]


def test_many_workers_are_all_used(driven):
    driven.model.delay = 0.5
    driven.run(many(600), concurrency=300)
    assert driven.model.most_in_flight > 200


def test_as_many_as_there_is_room_for_are_looked_up_at_a_time(driven, monkeypatch):
    looks, look = [], Cache.get

    def counted(cache, keys):
        looks.append(len(keys))
        return look(cache, keys)

    monkeypatch.setattr(Cache, "get", counted)
    driven.run(many(1000), concurrency=100)
    assert (looks[0], sum(looks)) == (CHUNK, 1000)
    assert CHUNK * 4 <= looks[1] <= LARGE_CHUNK + CHUNK
    assert len(looks) < 1000 / CHUNK


def test_a_judge_asks_after_the_answer(driven):
    driven.model.rule = lambda text: "good" if text.startswith("Hello") else "billing"
    judge = JUDGE.replace("{{ tone }} ", "Hello: ")
    plan = planned(router(URL, eval=EVAL.replace("- equals", f"- {judge}")))
    found = driven.run(plan)
    assert set(driven.fates.values()) == {"pass"}
    assert all(each.took.answers >= 2 for each in found)
    questions = len({request.key for request in driven.model.requests})
    assert len(driven.model.requests) == questions == driven.progress.asked
    assert driven.progress.asked + driven.progress.cached == 12
    driven.run(plan)
    assert len(driven.model.requests) == questions


def test_a_judge_without_an_answer_is_an_error_that_keeps_what_was_paid(driven):
    def rule(text):
        if text.startswith("Judge"):
            raise ModelError("does not judge", "bad_request")
        return "billing"

    driven.model.rule = rule
    judge = JUDGE.replace("{{ tone }} ", "Judge: ")
    found = driven.run(planned(router(URL, eval=EVAL.replace("- equals", f"- {judge}"))))
    assert set(driven.fates.values()) == {"error"}
    assert {each.evaluated.why for each in found} == {"does not judge"}
    assert [(each.took.answers, each.asked) for each in found] == [(1, 1)] * 6
    assert (driven.progress.asked, driven.progress.cached) == (6, 0)


def side_by_side(subject):
    """A scorer that asks three questions at once, two of them the same."""
    settings = PLAN.tasks[0].settings
    first, second = (
        Request(settings, PLAN.tasks[0].prompt.render({"ticket": f"{subject.output} {word}"}))
        for word in ("first", "second")
    )
    answers = yield (first, second, first)
    assert isinstance(answers, tuple)
    return Score(1.0, [each.text for each in answers] == ["1", "2", "1"])


class SideBySide:
    """Judges with that scorer."""

    shared = (BoundScorer("side", 1.0, side_by_side, {}, asks=True),)

    def of(self, example, faults=None):
        return self.shared


@pytest.fixture
def side_plan():
    task = planned(router(URL, examples=jsonl([example("a", "Hello", "other")]))).tasks[0]
    return Plan((replace(task, judges=SideBySide()),))


def test_questions_may_be_asked_side_by_side(driven, side_plan):
    answers = {"first": "1", "second": "2"}
    driven.model.rule = lambda text: answers.get(text.split()[-1], "other")
    [found] = driven.run(side_plan)
    assert found.evaluated.result.fate == "pass"
    assert len(driven.model.requests) == 3
    assert (found.took.answers, found.asked) == (4, 3)


@pytest.mark.parametrize("failing", [("first",), ("second",), ("first", "second")])
def test_questions_side_by_side_fail_as_one(driven, side_plan, failing):
    def rule(text):
        if text.split()[-1] in failing:
            raise ModelError("no", "bad_request")
        return "other"

    driven.model.rule = rule
    [found] = driven.run(side_plan)
    assert found.evaluated.result.fate == "error"
    assert (driven.progress.done, driven.progress.errors) == (1, 1)


# How a run ends


def refuse(kind, text="no", every=1):
    """A rule that refuses with this kind of error."""
    count = 0

    def rule(question):
        nonlocal count
        count += 1
        if count % every == 0:
            raise ModelError(text, kind)
        return "other"

    return rule


def test_a_missing_answer_is_an_error_of_its_examples(driven):
    driven.model.rule = refuse("timeout", every=3)
    found = driven.run(PLAN)
    assert sorted(driven.fates.values()) == ["error"] * 2 + ["fail"] * 4
    assert driven.progress.errors == 2
    assert {each.evaluated.why for each in found} == {"", "no"}


@pytest.mark.parametrize("kind", ["quota", "auth"])
def test_who_is_not_let_in_asks_no_more(driven, kind):
    driven.model.rule = refuse(kind, every=5)
    with pytest.raises(ModelError, match="no"):
        driven.run(many(200), concurrency=1)
    assert len(driven.model.requests) == 5
    assert driven.progress.done == 4
    assert driven.model.closed
    driven.model.rule = route
    driven.run(many(200), concurrency=1)
    assert len(driven.model.requests) == 5 + 196


def test_many_failures_in_a_row_end_a_run(driven):
    driven.model.rule = refuse("transient", "is down")
    with pytest.raises(ModelError, match="is down; 20 requests in a row got no answer"):
        driven.run(many(500))
    assert MOST_IN_A_ROW <= len(driven.model.requests) <= MOST_IN_A_ROW + 4


def test_failures_with_answers_between_them_do_not(driven):
    count = 0

    def rule(question):
        nonlocal count
        count += 1
        if count % MOST_IN_A_ROW:
            raise ModelError("no", "bad_request")
        return "other"

    driven.model.rule = rule
    assert len(driven.run(many(200), concurrency=1)) == 200


def test_a_ceiling_on_requests_ends_a_run_and_keeps_what_was_asked(driven):
    with pytest.raises(BudgetError, match="ceiling of 7 requests"):
        driven.run(many(50), max_requests=7)
    assert len(driven.model.requests) == driven.progress.done == 7
    driven.run(many(50))
    assert len(driven.model.requests) == 50


def test_stored_answers_are_free(driven):
    driven.run(PLAN)
    assert len(driven.run(PLAN, max_requests=0, max_cost=Decimal(0))) == 6


def test_offline_asks_no_model(driven):
    driven.run(PLAN, offline=True)
    assert set(driven.fates.values()) == {"error"}
    assert driven.pool.asked_for == []


def test_refresh_asks_again_but_only_once(driven):
    rows = [example(f"n{number}", "Hello", "other") for number in range(100)]
    plan = planned(router(URL, examples=jsonl(rows)))
    driven.run(plan)
    driven.model.rule = lambda text: "none"
    driven.run(plan, refresh=True)
    assert len(driven.model.requests) == 2
    assert set(driven.fates.values()) == {"fail"}
    driven.run(plan)
    assert set(driven.fates.values()) == {"fail"}


def test_a_model_that_cannot_be_opened_is_said(driven, monkeypatch):
    def no_key(endpoint, concurrency):
        raise RequestError("needs a key")

    monkeypatch.setattr(driven.pool, "model", no_key)
    with pytest.raises(RequestError, match="needs a key"):
        driven.run(PLAN)


def test_answers_that_cannot_be_kept_end_a_run_in_order(driven, monkeypatch):
    def full(rows, *, replaces):
        raise StorageError("cache.sqlite: the disk is full")

    monkeypatch.setattr(driven.cache, "keep", full)
    with pytest.raises(StorageError, match="the disk is full"):
        driven.run(many(100))
    assert driven.model.closed
    assert len(driven.finished) < 100
    monkeypatch.undo()
    driven.cache.close()
    with closing(Cache(driven.cache.path)) as another:  # which finds what had been noted
        assert another.size().answers >= len(driven.finished) > 0


def test_a_sink_that_fails_ends_a_run_in_order(driven):
    def full(finished):
        raise StorageError("run log: the disk is full")

    driven.sink = full
    with pytest.raises(StorageError, match="run log"):
        driven.run(many(100))
    assert driven.model.closed


def test_a_bug_in_a_scorer_is_not_swallowed(driven, side_plan):
    def broken(subject):
        raise ZeroDivisionError("oops")

    judges = SideBySide()
    judges.shared = (BoundScorer("broken", 1.0, broken, {}),)
    with pytest.raises(ZeroDivisionError):
        driven.run(Plan((replace(side_plan.tasks[0], judges=judges),)))
    assert driven.model.closed


# How much it takes

MEMORY = """
import resource, sys
from pathlib import Path
from projects import example, jsonl, planned, router
from processes import run_forked
from promptci.cache.cache import Cache
from promptci.specs.completion import Completion
from promptci.compare.outcomes.collector import Collector
from promptci.spending.limits import Limits, Progress
from promptci.run.driving.runner import run_plan

class Pool:
    size = 2000  # a product of two constants would be one text for all
    async def complete(self, request): return Completion("other " + self.size * "x")
    async def aclose(self): pass
    def model(self, endpoint, concurrency): return self
    def concurrency(self, endpoint): return 50
    def cost(self, request, completion): return None
    def most(self, request): return None

rows = (example(f"n{number}", f"Hello {number}", "other") for number in range(int(sys.argv[1])))
plan = planned(router("http://127.0.0.1:9", examples=jsonl(rows)))
collector = Collector(plan, {})
cache = Cache(Path("cache.sqlite"))
run_plan(plan, pool=Pool(), cache=cache, limits=Limits(), sink=collector.take, progress=Progress(0))
[outcome] = collector.outcomes()
assert outcome.record.total == int(sys.argv[1])
status = Path("/proc/self/status")  # elsewhere: Linux counts what the parent took before, too
peaks = [line.split()[1] for line in status.open() if "VmHWM" in line] if status.exists() else []
print(*peaks or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])
"""


def peak(count, folder):
    """The most memory, in bytes, that a run over so many examples takes."""
    folder.mkdir()
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n{MEMORY}"
    command = [sys.executable, "-c", script, str(count)]
    done = run_forked(command, cwd=folder, capture_output=True, check=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


def test_results_stream_by(tmp_path):
    """Answers of 2 kB each pass through; what stays of an example is its result."""
    few, many = peak(500, tmp_path / "few"), peak(1_500, tmp_path / "many")
    assert 0 < (many - few) / 1_000 < 3_000, (many, few)  # 1,400 to 2,100 is usual

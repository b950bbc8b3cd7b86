"""Blocks on workers, beside one coordinator: what is asked, what is stored, what it may cost."""

import gc
import hashlib
from decimal import Decimal

import pytest

from fakecluster import FakeCluster, LostLink
from fakes import Reply, response_to
from projects import TICKETS, config, example, jsonl, route, router
from promptci.bundles.carrying import take_answers
from promptci.cache.cache import Cache
from promptci.cluster.blocks import block_size, blocks_of
from promptci.cluster.messages import Setup, this_machine
from promptci.cluster.snapshot import pack_project
from promptci.cluster.worker import Job
from promptci.project.project import Project
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.spending.limits import Limits
from promptci.spending.spent import Spending

MANY = 60
NO_LIMITS = Limits()


@pytest.fixture
def project(repo, api):
    """A project with sixty examples, ten of which ask what others ask."""
    asked = [n % 50 for n in range(MANY)]
    rows = [
        example(f"e{n}", f"{TICKETS[k % 6][1]} {k}", TICKETS[k % 6][2]) for n, k in enumerate(asked)
    ]
    api.answers(route)
    repo.write(router(api.url, examples=jsonl(rows)))
    opened = Project(repo.path, environ={})
    yield opened
    opened.close()


@pytest.fixture
def clusters(tmp_path):
    made = []

    def make(limits=NO_LIMITS, workers=2, **options):
        setup = Setup(str(tmp_path / "coordinator"), "run", limits, 8, workers, **options)
        made.append(FakeCluster(setup))
        return made[-1]

    yield make
    for each in made:
        each.close()


def plan_of(project):
    return make_plan(project.workspace.suite, Selection(), project.models.build)


def blocks(project, size=10):
    return list(blocks_of(plan_of(project), project.workspace.cache, size=size))


def run(cluster, project, size=10, **options):
    files = pack_project(project.workspace.repo)
    job = Job(hashlib.sha256(files).hexdigest(), {}, Limits(concurrency=8))
    folder = project.workspace.repo.root.with_name("worker")
    return cluster.run(job, blocks(project, size), files=files, folder=folder, **options)


def test_every_question_is_asked_once(project, api, clusters, tmp_path):
    results = run(clusters(), project)
    assert [each.failure for each in results] == [None] * 6
    assert sum(each.done for each in results) == MANY
    assert api.count == 50 == sum(each.asked for each in results)
    cache = Cache(tmp_path / "taken.sqlite")
    for number, each in enumerate(results):
        (tmp_path / str(number)).write_bytes(each.bundle)
        take_answers(cache, tmp_path / str(number))
    assert cache.size().answers == 50
    assert not list(blocks_of(plan_of(project), cache))
    cache.close()


def test_blocks_that_a_worker_has_at_a_time_are_one_run(project, api, clusters):
    cluster = clusters(workers=1)
    api.answers(lambda asked: Reply(body=response_to(asked.body, asked), delay=0.05))
    results = run(cluster, project, size=30, workers=1)
    assert [each.done for each in results] == [30, 30]
    assert sum(each.asked for each in results) == api.count == 50
    assert cluster.begun == 1


def test_answers_of_a_coordinator_on_the_drivers_machine_do_not_travel(project, api, clusters):
    cache = project.workspace.cache_path
    cluster = clusters(machine=this_machine(), cache=str(cache))
    results = run(cluster, project)
    assert [each.bundle for each in results] == [b""] * 6
    assert blocks(project) == []
    assert api.count == 50


def failures(results):
    return {each.failure.name for each in results if each.failure is not None}


def test_a_ceiling_on_calls_holds_for_all_together(project, api, clusters):
    results = run(clusters(Limits(max_requests=17)), project)
    assert api.count == 17
    assert failures(results) == {"BudgetError"}


def test_a_ceiling_on_money_holds_for_all_together(project, api, clusters):
    cluster = clusters(Limits(max_cost=Decimal("0.0004")))
    results = run(cluster, project)
    assert failures(results) == {"BudgetError"}
    spent = cluster.ask("spent")
    assert 0 < spent.cost <= Decimal("0.0004")
    assert spent.requests == api.count


def test_what_was_spent_before_counts(project, api, clusters):
    earlier = Spending(45, 0, Decimal(0))
    results = run(clusters(Limits(max_requests=50), earlier=earlier), project)
    assert (api.count, failures(results)) == (5, {"BudgetError"})


def test_a_ceiling_without_a_price_refuses_before_a_call(project, api, clusters):
    project.workspace.repo.root.joinpath("promptci.yaml").write_text(
        config(api.url).replace("prices:\n  small-1: {input: 1, output: 2}\n", "")
    )
    results = run(clusters(Limits(max_cost=Decimal(1))), project)
    assert (api.count, failures(results)) == (0, {"RequestError"})


def test_a_lost_coordinator_goes_on_from_its_disk(project, api, clusters):
    cluster = clusters(Limits(max_requests=100))
    to_lose = [cluster]

    def answer(asked):
        if api.count >= 20 and to_lose:
            to_lose.pop().lose()
        return route(asked)

    api.answers(answer)
    results = run(cluster, project)
    assert failures(results) == set()
    assert sum(each.done for each in results) == MANY
    under_way = 2 * 8
    assert 50 <= api.count <= 50 + under_way
    assert cluster.ask("spent").requests >= api.count


def test_a_coordinator_that_is_gone_ends_a_block_with_a_sentence(project, clusters, api):
    cluster = clusters()
    cluster.ask = LostLink().ask
    results = run(cluster, project)
    assert failures(results) == {"StorageError"}
    assert api.count == 0


def test_a_block_that_is_taken_up_again_asks_only_the_rest(project, api, clusters, caplog):
    class WorkerDies(Exception):
        """What a kill is to a thread."""

    cluster = clusters()

    def answer(asked):
        if api.count == 5:
            cluster.ask_soon, cluster.kept = _dies, cluster.ask_soon
        return route(asked)

    async def _dies(*arguments, **options):
        raise WorkerDies

    api.answers(answer)
    with pytest.raises(WorkerDies):
        run(cluster, project, size=60, workers=1)
    gc.collect()
    assert [each.getMessage() for each in caplog.records if each.name == "asyncio"] == []
    cluster.ask_soon = cluster.kept
    asked = api.count
    assert asked < 50
    results = run(cluster, project, size=60, workers=1)
    assert (failures(results), results[0].done) == (set(), MANY)
    assert api.count <= 50 + 2 * 8  # one worker may make the calls of both


def test_refusals_of_one_worker_slow_all(project, api, clusters):
    refusals = [Reply(429, headers={"Retry-After": "0"})] * 2
    api.answers(lambda asked: refusals.pop() if refusals else route(asked))
    results = run(clusters(), project)
    assert failures(results) == set()
    assert api.count == 50 + 2


def test_a_key_that_is_refused_ends_every_block(project, api, clusters):
    api.answers(lambda asked: Reply(401))
    results = run(clusters(), project)
    assert failures(results) == {"ModelError"}
    assert api.count <= 2


def test_errors_of_a_request_are_counted_and_named(project, api, clusters):
    api.answers(lambda asked: Reply(400) if asked.endswith(" 7") else route(asked))
    results = run(clusters(), project)
    assert sum(each.errors for each in results) == 2
    assert {why for each in results for why in each.whys} != set()


def test_another_version_is_named(project, api, clusters):
    files = pack_project(project.workspace.repo)
    job = Job("x", {}, Limits(), version="0.0.1")
    folder = project.workspace.repo.root.with_name("worker")
    [first, *_] = clusters().run(job, blocks(project), files=files, folder=folder)
    assert "a worker has promptci" in first.failure.message
    assert api.count == 0


def test_only_what_is_not_stored_is_in_a_block(project, api):
    assert sum(len(each.examples) for each in blocks(project)) == MANY
    assert {len(each.examples) for each in blocks(project, size=25)} == {25, 10}
    assert len({each.name for each in blocks(project)}) == 6


@pytest.mark.parametrize(
    ("count", "workers", "size"),
    [(10, 4, 20), (1200, 4, 75), (10_000, 2, 1000), (10**6, 16, 1000), (400, 2, 50)],
)
def test_blocks_are_small_where_there_is_little_for_each_worker(count, workers, size):
    assert block_size(count, workers) == size

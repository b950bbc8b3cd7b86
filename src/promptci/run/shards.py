"""What is divided among the shards of a run, and the stored answers of one."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from promptci.cache.cache import Cache
from promptci.digest import long_digest
from promptci.run.plan import Plan
from promptci.run.task import Task
from promptci.run.work import Work, works
from promptci.specs.completion import Completion
from promptci.spending.limits import Limits

_CHUNK = 500


def plan_digest(plan: Plan) -> str:
    """What a plan evaluates: the fingerprints of its evals on their models."""
    return long_digest(sorted([t.spec.name, t.model.name, t.fingerprint] for t in plan.tasks))


def shard_limits(limits: Limits, shard: tuple[int, int]) -> Limits:
    """A part's share of the ceilings: those of all parts together are the ceilings given."""
    number, of = shard
    cost = None if limits.max_cost is None else limits.max_cost / Decimal(of)
    return replace(
        limits,
        max_requests=_share(limits.max_requests, number, of),
        max_tokens=_share(limits.max_tokens, number, of),
        max_cost=cost,
    )


def _share(ceiling: int | None, number: int, of: int) -> int | None:
    if ceiling is None:
        return None
    return ceiling // of + (number <= ceiling % of)


def with_shared_rates(plan: Plan, of: int) -> Plan:
    """The plan with its endpoints' limits per minute divided among so many parts."""
    return replace(plan, tasks=tuple(_slower(task, of) for task in plan.tasks))


def _slower(task: Task, of: int) -> Task:
    endpoint = task.model.endpoint
    if endpoint.requests_per_minute is None and endpoint.tokens_per_minute is None:
        return task
    slower = replace(
        endpoint,
        requests_per_minute=_part(endpoint.requests_per_minute, of),
        tokens_per_minute=_part(endpoint.tokens_per_minute, of),
    )
    model = replace(task.model, endpoint=slower)
    return replace(task, model=model, settings=replace(task.settings, model=model))


def _part(limit: int | None, of: int) -> int | None:
    return None if limit is None else max(1, limit // of)


def stored_answers_of(plan: Plan, cache: Cache) -> Iterator[tuple[str, Completion]]:
    """Every stored answer that went into a plan's examples, judges' included, in order of keys."""
    found: dict[str, Completion] = {}
    source = works(plan)
    while chunk := list(islice(source, _CHUNK)):
        while chunk:
            keys = {r.key for work in chunk for r in work.requests if r.asks_model}
            known = cache.get(list(keys))
            found.update(known)
            chunk = [work for work in chunk if _goes_on(work, known)]
    yield from sorted(found.items())


def _goes_on(work: Work, known: dict[str, Completion]) -> bool:
    """Whether a work has more to ask after what is stored."""
    if not all(request.asks_model and request.key in known for request in work.requests):
        return False
    work.answers = {request.key: known[request.key] for request in work.requests}
    return work.step() is None

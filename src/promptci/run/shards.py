"""What is divided among the shards of a run, and the stored answers of one."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from msgspec.structs import replace

from promptci.cache.cache import Cache
from promptci.digest import long_digest
from promptci.errors import RequestError
from promptci.run.driving.work import Work, works
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.limits import Limits
from promptci.stores.shared import place_of

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
    """The plan with its endpoints' limits per minute divided among so many parts.

    Raises `RequestError` where a limit is too small to be divided.
    """
    return replace(plan, tasks=tuple(_slower(task, of) for task in plan.tasks))


def _slower(task: Task, of: int) -> Task:
    task = replace(task, steps={number: _slower(each, of) for number, each in task.steps.items()})
    endpoint = task.model.endpoint
    if endpoint.requests_per_minute is None and endpoint.tokens_per_minute is None:
        return task
    slower = replace(
        endpoint,
        requests_per_minute=_part(endpoint.requests_per_minute, of),
        tokens_per_minute=_part(endpoint.tokens_per_minute, of),
    )
    model = replace(task.model, endpoint=slower)
    settings = replace(task.settings, model=model)
    retriever = task.retriever and replace(task.retriever, settings=settings)
    return replace(task, model=model, settings=settings, retriever=retriever)


def _part(limit: int | None, of: int) -> int | None:
    if limit is not None and limit < of:
        wrong = f"a limit of {limit} a minute cannot be divided among {of} parts"
        raise RequestError(f"{wrong}: take at most {limit}")
    return None if limit is None else limit // of


def stored_answers_of(plan: Plan, cache: Cache) -> Iterator[tuple[str, Completion]]:
    """Every stored answer that went into a plan's examples, judges' included, in order of keys."""
    found = {request.key: answer for _, request, answer in _stored(plan, cache)}
    yield from sorted(found.items())


def stored_places_of(plan: Plan, cache: Cache) -> dict[str, str]:
    """Where each of these answers belongs in a shared store, by its key."""
    return {
        request.key: place_of(task.prompt.digest, request.settings.canonical)
        for task, request, _ in _stored(plan, cache)
    }


def _stored(plan: Plan, cache: Cache) -> Iterator[tuple[Task, Request, Completion]]:
    """What each example of a plan asks and is stored, as far as what is stored leads."""
    source = works(plan)
    while chunk := list(islice(source, _CHUNK)):
        while chunk:
            asked = [(w.task, r) for w in chunk for r in w.requests if r.is_stored]
            known = cache.get(list({request.key for _, request in asked}))
            yield from ((t, r, known[r.key]) for t, r in asked if r.key in known)
            chunk = [work for work in chunk if _goes_on(work, known)]


def _goes_on(work: Work, known: dict[str, Completion]) -> bool:
    """Whether a work has more to ask after what is stored."""
    if not all(request.is_stored and request.key in known for request in work.requests):
        return False
    work.answers = {request.key: known[request.key] for request in work.requests}
    return work.step() is None

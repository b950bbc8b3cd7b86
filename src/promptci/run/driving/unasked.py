"""What a run does not ask: what it must not, what waits, and what is done by stored answers alone.

The last needs no event loop, which half a hook's time would go to.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING

from promptci.cache.cache import Cache
from promptci.errors import NotStoredError
from promptci.run.driving.finishing import Finishing
from promptci.run.driving.work import Work, keys_to_ask_again, works
from promptci.run.planning.plan import Plan
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.limits import Limits

if TYPE_CHECKING:
    from promptci.run.driving.cachewriter import CacheWriter

NOT_STORED = "not in the cache, and --offline sends no request"
"""Why an example has no answer where no model may be asked."""
_AT_ONCE = 256
"""Examples looked up together."""


def unasked(request: Request, limits: Limits) -> str | None:
    """Why a request is not sent; None where it may be."""
    if request.asks_model:
        if limits.offline:
            return NOT_STORED
        if limits.stopped:
            return limits.stopped
        if why := limits.unanswered.get(request.key):
            return why
    return limits.barred.get(request.settings.model.endpoint.name)


def is_put_off(request: Request, work: Work, cache_writer: "CacheWriter", limits: Limits) -> bool:
    """Whether a request is asked later, by other means; its examples then stay undone."""
    if limits.deferred is None or not request.asks_model:
        return False
    replaces = limits.refresh or request.key in cache_writer.dismissed
    if not limits.deferred(request, work, replaces=replaces):
        return False
    cache_writer.put_off(request.key)
    return True


def finish_stored(
    plan: Plan | Iterable[Work], cache: Cache, limits: Limits, finishing: Finishing
) -> Plan | Iterable[Work]:
    """Finish what stored answers finish, before there is an event loop; what is left, if any.

    Of live work that is all up to the first answer that is missing. Raises `NotStoredError` at that
    one under limits of what is `only_stored`.
    """
    is_timed = limits.max_time is not None or limits.deferred is not None
    if limits.refresh or (is_timed and not limits.offline):
        return plan
    source = works(plan) if isinstance(plan, Plan) else plan
    if limits.offline:
        return list(work_left(source, cache, limits, finishing))
    return _stored_first(source, cache, limits, finishing)


def work_left(
    source: Iterable[Work], cache: Cache, limits: Limits, finishing: Finishing
) -> Iterator[Work]:
    """Work of an offline run that asks something that is no model, such as code.

    All other is finished, by stored answers or for want of one.
    """
    source = iter(source)
    while chunk := list(islice(source, _AT_ONCE)):
        while chunk:
            known = _known(chunk, cache, limits)
            going_on = []
            for work in chunk:
                if not _is_served(work, known, limits, finishing):
                    yield work
                elif not work.is_over and not _is_finished(work, finishing):
                    going_on.append(work)
            chunk = going_on


def _stored_first(
    source: Iterable[Work], cache: Cache, limits: Limits, finishing: Finishing
) -> Iterable[Work]:
    """Finish work by stored answers up to the first that is missing; all that is left, if any."""
    source = iter(source)
    while chunk := list(islice(source, _AT_ONCE)):
        while chunk:
            known, going_on = _known(chunk, cache, limits), list[Work]()
            for place, work in enumerate(chunk):
                asked = work.unheard
                if any(request.key not in known for request in asked):
                    if limits.only_stored:
                        raise NotStoredError("not every answer is stored")
                    return chain(going_on, chunk[place:], source)
                work.answers |= {request.key: known[request.key] for request in asked}
                if not _is_finished(work, finishing):
                    going_on.append(work)
            chunk = going_on
    return ()


def _known(chunk: Iterable[Work], cache: Cache, limits: Limits) -> Mapping[str, Completion]:
    """The stored answers to what some work asks, but for those that are to be asked again."""
    asked = (request for work in chunk for request in work.unheard)
    known = cache.get(list({request.key: None for request in asked if request.is_stored}))
    again = keys_to_ask_again(chunk, known, judges=limits.refresh_judges)
    return {key: found for key, found in known.items() if key not in again}


def _is_served(
    work: Work, known: Mapping[str, Completion], limits: Limits, finishing: Finishing
) -> bool:
    """Give work its answers, or end it where one must not be asked for; False where one may."""
    is_served = True
    for request in work.unheard:
        if request.key in known:
            work.answers[request.key] = known[request.key]
        elif why := unasked(request, limits):
            finishing.fail(work, why)
            return True
        else:
            is_served = False
    return is_served


def _is_finished(work: Work, finishing: Finishing) -> bool:
    """Go on with work that is answered; whether that was the end of it."""
    evaluated = work.step()
    if evaluated is not None:
        finishing.finish(work, evaluated)
    return evaluated is not None

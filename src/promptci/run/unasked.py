"""What a run does not ask: what it must not, what waits, and what is done by stored answers alone.

The last needs no event loop, which half a hook's time would go to.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from promptci.cache.cache import Cache
from promptci.run.finishing import Finishing
from promptci.run.work import Work, keys_to_ask_again
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.limits import Limits

if TYPE_CHECKING:
    from promptci.run.cachewriter import CacheWriter

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


def work_left(
    works: Iterable[Work], cache: Cache, limits: Limits, finishing: Finishing
) -> Iterator[Work]:
    """Work of an offline run that asks something that is no model, such as code.

    All other is finished, by stored answers or for want of one.
    """
    source = iter(works)
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

"""What of the next examples is stored already, here or in a shared store, and what another asks."""

from collections.abc import Sequence

from promptci.run.driving.cachewriter import CacheWriter
from promptci.run.driving.work import Work, keys_to_ask_again
from promptci.specs.completion import Completion
from promptci.spending.limits import Limits
from promptci.stores.shared import place_of


async def look_up(
    works: Sequence[Work], cache_writer: CacheWriter, limits: Limits
) -> tuple[dict[str, Completion], set[str]]:
    """The stored answers to what some examples ask, and the keys that others are asking.

    Answers that are to be asked again are dismissed. Those that came meanwhile are among the stored
    ones.
    """
    cache_writer.begin_look()
    asked = (request for work in works for request in work.unheard)
    keys = list({request.key for request in asked if request.is_stored})
    fresh = cache_writer.fresh.intersection(keys)  # as it is before what is read now
    known, others = await cache_writer.look_up(keys, claims=not limits.offline)
    if cache_writer.sharing is not None and not limits.offline:
        known |= await _shared(works, cache_writer, {*keys}.difference(known, others))
    own = cache_writer.here(keys)
    again = keys_to_ask_again(works, known, judges=limits.refresh_judges) - fresh - own.keys()
    cache_writer.dismissed |= again
    for key in again:
        del known[key]
    return known | own, others


async def _shared(
    works: Sequence[Work], cache_writer: CacheWriter, missing: set[str]
) -> dict[str, Completion]:
    """What a shared store has of the missing answers, which are stored here then.

    The places of the others are remembered: that is where their answers will be sent.
    """
    places = {
        request.key: place_of(work.task.prompt.digest, request.settings.canonical)
        for work in works
        for request in work.unheard
        if request.key in missing
    }
    cache_writer.places |= places
    assert cache_writer.sharing is not None
    if not await cache_writer.sharing.take_in(places.values(), cache_writer.disk):
        return {}
    known, _ = await cache_writer.look_up(list(missing), claims=False)
    for key in known:
        cache_writer.places.pop(key)
    return known

"""What of the next examples is stored already, and what another process is asking."""

from collections.abc import Sequence

from promptci.run.cachewriter import CacheWriter
from promptci.run.work import Work, keys_to_ask_again
from promptci.specs.completion import Completion
from promptci.spending.limits import Limits


async def look_up(
    works: Sequence[Work], cache_writer: CacheWriter, limits: Limits
) -> tuple[dict[str, Completion], set[str]]:
    """The stored answers to what some examples ask, and the keys that others are asking.

    Answers that are to be asked again are dismissed.
    """
    asked = (request for work in works for request in work.requests)
    keys = list({request.key for request in asked if request.asks_model})
    known, others = await cache_writer.look_up(keys, claims=not limits.offline)
    again = keys_to_ask_again(works, known, judges=limits.refresh_judges) - cache_writer.fresh
    cache_writer.dismissed |= again
    for key in again:
        del known[key]
    return known, others

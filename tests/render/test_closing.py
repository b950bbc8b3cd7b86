"""The last lines of a run."""

from decimal import Decimal

from promptci.render.terminal.closing import closing
from promptci.spending.limits import Progress


def test_what_the_provider_had_in_its_cache_is_said():
    progress = Progress(3, done=3, asked=3, cost=Decimal("0.5"), input_tokens=36_000)
    assert closing(progress, (), (), keeps=True) == (
        "3 asked for $0.5000, 0 from the cache; no record changed"
    )
    progress.read_tokens = 24_000
    assert closing(progress, (), (), keeps=True) == (
        "3 asked for $0.5000, 0 from the cache; of 36k input tokens 24k came from the provider's"
        " cache; no record changed"
    )

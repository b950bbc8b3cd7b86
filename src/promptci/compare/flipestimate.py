"""What confirming flips that are known may ask: so many examples, as often as is asked for."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from promptci.compare.comparison import Comparison
from promptci.compare.confirmed import flipped
from promptci.compare.gate.regressiongate import may_confirm_run
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.records.record import Record
from promptci.run.estimates import Estimate, PriceOf
from promptci.run.planbounds import with_repeats
from promptci.run.planning.plan import Again
from promptci.run.planning.task import Task


def flips_again(task: Task, base: Record, found: Comparison, times: int) -> Iterator[Again]:
    """What confirming the flips of a task against a record may ask, at most."""
    flips = 0 if found.obstacle else len(flipped(found))
    for each in may_confirm_run(task, base, times) if flips else ():
        yield replace(each, examples=min(each.examples, flips), if_asked=False)


def estimate_flips(
    outcomes: Iterable[EvalOutcome], times: int, price_of: PriceOf
) -> tuple[Estimate, ...]:
    """The same of all outcomes, where nothing but that is left to be asked."""
    known, again = list[Estimate](), list[Again]()
    for each in outcomes:
        known.append(Estimate(each.task, each.record.total, each.record.total))
        if each.base is not None and each.comparison is not None:
            again += flips_again(each.task, each.base, each.comparison, times)
    return with_repeats(known, again, price_of)

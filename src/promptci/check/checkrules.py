"""What a check is given: the change, who evaluates, and what it goes by."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.check.staleness import RecordsOf
from promptci.compare.planruns import RunPlan
from promptci.run.planning.task import BuildOf
from promptci.run.recall import Find
from promptci.spending.limits import CONFIRM
from promptci.suite.suite import Suite

if TYPE_CHECKING:
    from promptci.check.sharedquestions import SharedQuestions
    from promptci.compare.compared import Compared
    from promptci.compare.pairing.pairs import Pair
    from promptci.compare.stored.recalledsides import SideRecall
    from promptci.run.driving.work import Sink
    from promptci.run.planning.plan import Again


class HeadState(Struct, frozen=True):
    """The change: its suite, and the records that it brings along."""

    suite: Suite
    records: RecordsOf


def no_sides() -> None:
    """Where nothing that runs left is taken."""


class Runner(Struct, frozen=True):
    """Who evaluates: `run` a plan, `find` stored answers, `build_of` a model.

    `need_code` raises `RequestError` where the user's own code must not be run. `also` hears of the
    answers behind the base's records that are looked up; without it what `sides` gives knows what
    runs left; it is asked for once something is compared.
    """

    run: RunPlan
    find: Find
    build_of: BuildOf
    need_code: Callable[[], None] = lambda: None
    also: "Sink | None" = None
    sides: "Callable[[], SideRecall | None]" = no_sides

    def compare(
        self,
        pairs: "Sequence[Pair]",
        *,
        times: int,
        more: "Sequence[Again]" = (),
        heard: "SharedQuestions | None" = None,
    ) -> "tuple[Compared, ...]":
        """Evaluate both sides of pairs and judge them; what was `heard` is not judged again."""
        from promptci.compare.comparing import compare_pairs  # late: stale records end before

        run, sides = self.run, self.sides()
        if heard is not None:
            run, sides = heard.hearing(run), sides and sides.telling(heard.is_told, heard.former)
        return compare_pairs(
            pairs,
            run,
            self.find,
            times=times,
            more=more,
            recalled=heard,
            sides=sides,
            also=self.also,
        )


class CheckRules(Struct, frozen=True):
    """What a check goes by. `confirm` is how often flipped examples are asked again.

    `barred` says of endpoints that are not asked why not. With `is_frozen` no model is asked: the
    committed records are used for both sides. Those of the head are the author's word, and no
    verdict unless `trusts_records`. `day` is that on which the change was made, by which accepted
    losses end.
    """

    confirm: int = CONFIRM
    barred: Mapping[str, str] = field(default_factory=dict)
    is_frozen: bool = False
    trusts_records: bool = False
    day: str = ""

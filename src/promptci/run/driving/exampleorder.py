"""The examples of a run in the order in which they are taken up.

Under a ceiling no more are begun than can end.
"""

from collections import deque
from collections.abc import Iterator
from functools import reduce
from itertools import islice
from operator import add

from promptci.errors import PromptCIError
from promptci.run.answertotals import Took
from promptci.run.driving.work import Work
from promptci.run.planning.task import Task
from promptci.run.solving.solve import asked_at_most
from promptci.spending.budget import Budget
from promptci.spending.ceiling import NO_MONEY
from promptci.spending.limits import Limits
from promptci.spending.reservations import HoldingBudget
from promptci.spending.spent import NOTHING_SPENT, Spending

CHUNK = 32
"""Examples read in a row while answers are awaited, and the first ones.

Few, since the workers wait meanwhile.
"""

LARGE_CHUNK = 256
"""Examples looked up in the cache at a time, and read in a row while every answer was there so far.

Many, since a look waits for the transaction under way.
"""


class NewExamples:
    """Gives work that is new. Half of an example's answers are worth nothing.

    So where a ceiling is set, one that takes several questions is begun once there is room for all
    that it may ask, beside what those under way may; of an eval that has a result as much
    as its dearest example took. One at a time is begun in any case.
    """

    def __init__(self, source: Iterator[Work], budget: HoldingBudget | None) -> None:
        """`budget` is None where nothing is counted against a ceiling."""
        self._source, self._budget = source, budget
        self.has_more = True
        self._next: Work | None = None
        self._open: list[Work] = []
        self._at_first: dict[str, Spending] = {}
        self._dearest: dict[str, Spending] = {}

    def take(self, most: int, *, is_idle: bool) -> list[Work]:
        """So many at most; `is_idle` says that nothing is under way."""
        budget = self._budget
        if budget is None:
            taken = list(islice(self._source, most))
            self.has_more = len(taken) == most
            return taken
        self._note_over()
        held = reduce(add, map(self._left, self._open), NOTHING_SPENT)
        found: list[Work] = []
        while len(found) < most:
            work = self._next or next(self._source, None)
            if work is None:
                self.has_more = False
                break
            more = NOTHING_SPENT if work.asks_once else self._left(work)
            self._next = work if more != NOTHING_SPENT else None
            if self._next and (found or not is_idle) and not budget.has_room(held + more):
                break
            if self._next:
                self._open.append(work)
            self._next = None
            held += more
            found.append(work)
        return found

    def _note_over(self) -> None:
        for work in self._open:
            if work.is_over and work.took.answers:
                place = _place(work.task)
                before = self._dearest.get(place, NOTHING_SPENT)
                self._dearest[place] = _larger(before, _spent(work.took))
        self._open = [work for work in self._open if not work.is_over]

    def _left(self, work: Work) -> Spending:
        """What it may still take."""
        place = _place(work.task)
        if place not in self._dearest and place not in self._at_first:
            self._at_first[place] = self._bound(work)
        whole = self._dearest.get(place) or self._at_first[place]
        return (whole + -_spent(work.took)).at_least_nothing

    def _bound(self, work: Work) -> Spending:
        """All that it may take; what judges ask is taken for one question each."""
        assert self._budget is not None
        task, example = work.task, work.example
        asked = () if task.given is not None else asked_at_most(task, example, attempt=work.attempt)
        judges = sum(scorer.asks for scorer in task.judges.of(example))
        try:
            found = (self._budget.bound_of(request) for request in asked if request.asks_model)
            return reduce(add, found, Spending(judges))
        except PromptCIError:  # there is no price: whoever lets it through says so
            return NOTHING_SPENT


class Feed:
    """Gives work a chunk at a time; `again` is work that can go on with the answers it has."""

    def __init__(self, new: NewExamples) -> None:
        self.again: deque[Work] = deque()
        self._new, self._is_first = new, True

    @property
    def has_new(self) -> bool:
        """Whether examples are left that were not read."""
        return self._new.has_more

    def go_on(self, work: Work) -> None:
        """Put work in line that can go on, once however many answers it got meanwhile."""
        if not work.is_listed:
            work.is_listed = True
            self.again.append(work)

    def next(self, *, waiting: int, room: int | None) -> list[Work]:
        """Work that can go on, before work that is new.

        `waiting` is how many questions await their answers and `room` how many may before more
        examples are read; None for no more of them.
        """
        size = CHUNK if waiting or self._is_first else LARGE_CHUNK
        self._is_first = False
        chunk = [self.again.popleft() for _ in range(min(len(self.again), size))]
        for work in chunk:
            work.is_listed = False
        chunk = [work for work in chunk if not work.is_over]
        if room is not None and waiting <= room:
            is_idle = not waiting and not chunk
            chunk += self._new.take(size - len(chunk), is_idle=is_idle)
        return chunk


def held_by(budget: Budget, limits: Limits) -> HoldingBudget | None:
    """What counts the questions of this run against a ceiling, if anything does."""
    is_live = limits.deferred is None and not limits.offline
    return budget if is_live and isinstance(budget, HoldingBudget) and budget.has_ceiling else None


def _place(task: Task) -> str:
    return f"{task.fingerprint} {task.model.name}"


def _spent(took: Took) -> Spending:
    return Spending(took.answers, took.input_tokens + took.output_tokens, took.cost or NO_MONEY)


def _larger(one: Spending, other: Spending) -> Spending:
    return Spending(
        max(one.requests, other.requests),
        max(one.tokens, other.tokens),
        max(one.cost, other.cost),
    )

"""What a plan would ask and cost, found by driving its generators against the cache alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct, field

from promptci.cache.cache import Cache
from promptci.run.driving.exampleorder import CHUNK
from promptci.run.driving.work import Work, judges_left, keys_to_ask_again, works
from promptci.run.estimates import Estimate, PriceOf, Sizes, with_refusals
from promptci.run.planbounds import imagined_asking, with_repeats
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.run.solving.judgeestimate import questions_until_useless
from promptci.run.solving.solve import asked_at_most, left_to_ask
from promptci.specs.completion import Completion
from promptci.specs.flows.flow import Flow
from promptci.specs.request import Request


class _Tour(Struct):
    """One go through a plan; the same request is only counted once."""

    cache: Cache
    price_of: PriceOf
    estimates: dict[int, Estimate]
    refresh: bool
    refresh_judges: bool = False
    judges_alone: bool = False
    counted: set[str] = field(default_factory=set)
    sizes: dict[int, Sizes] = field(default_factory=dict)

    def visit(self, chunk: list[Work]) -> None:
        """Drive work on as long as the cache has answers."""
        while chunk:
            known = self._look_up(chunk)
            chunk = [work for work in chunk if self._goes_on(work, known)]
        for sizes in self.sizes.values():
            sizes.fold()

    def _add(self, found: Estimate, requests: Iterable[Request]) -> None:
        """Add requests of prompts, once a chunk was visited."""
        place = id(found)
        sizes = self.sizes[place] = self.sizes.get(place) or Sizes(found, self.price_of, 1)
        for request in requests:
            sizes.add(request)

    def _look_up(self, chunk: list[Work]) -> dict[str, Completion]:
        """The answers in the cache, but for those that are none and would be asked for again."""
        if self.refresh:
            return {}
        known = self.cache.get(list({r.key: None for work in chunk for r in work.requests}))
        again = keys_to_ask_again(chunk, known, judges=self.refresh_judges)
        return {key: found for key, found in known.items() if key not in again}

    def _goes_on(self, work: Work, known: dict[str, Completion]) -> bool:
        """Whether a work has more to ask after what is known; what needs no model is not run."""
        found = self.estimates[id(work.task)]
        missing = [r for r in work.requests if r.is_stored and (not known or r.key not in known)]
        if not missing and not all(request.is_stored for request in work.requests):
            found.examples += 1
            found.cached += 1
            found.is_least |= any(scorer.asks for scorer in work.task.judges.of(work.example))
            return False
        if missing:
            found.examples += 1
            is_behind = missing[0].is_judges and not missing[0].step  # else it picks among samples
            if self.judges_alone or is_behind or work.task.given is not None:
                for each in (work,) if self.judges_alone else judges_left(work, self._look_up):
                    self._count_judging(found, each)
                return False
            self._count(found, [request for request in missing if request.asks_model])
            self._add(found, self._to_come(work, missing))
            imagined_asking(found, work.task, work.example, self.price_of)
            return False
        if not work.asks_once:
            work.answers = {request.key: known[request.key] for request in work.requests}
            if work.step() is None:
                return True
        found.examples += 1
        found.cached += 1
        return False

    def _count_judging(self, found: Estimate, work: Work) -> None:
        """Count what a judge may ask from here on, if every reply is of no use."""
        steps = max((scorer.steps for scorer in work.task.judges.shared), default=1)
        for request in steps * questions_until_useless(work.steps, work.asks):
            if request.asks_model:
                found.add(request, self.price_of(request.settings.model))

    def _to_come(self, work: Work, missing: list[Request]) -> list[Request]:
        """What may be asked after what is being asked, until there is an answer to judge.

        What is imagined looks alike and is not, so each of these counts.
        """
        if work.task.asks_once:
            return []
        if not isinstance(work.task.prompt, Flow):
            most = asked_at_most(work.task, work.example, attempt=work.attempt)
            if work.task.talk is not None and work.took.answers:  # turns, calls: in any order
                return list(most)
            return list(most[work.took.answers + len(work.requests) :])
        if self.refresh:
            left = asked_at_most(work.task, work.example, attempt=work.attempt)
        else:
            left = left_to_ask(work.task, work.example, self._known, attempt=work.attempt)
        now, said = {each.key for each in missing}, [each.messages for each in missing]
        return [each for each in left if each.messages not in said or each.key not in now]

    def _known(self, requests: Sequence[Request]) -> Mapping[str, Completion]:
        judges = self.refresh_judges
        return self.cache.get([r.key for r in requests if not (judges and r.asks_judge)])

    def _count(self, found: Estimate, requests: list[Request]) -> None:
        new = {each.key: each for each in requests if each.key not in self.counted}
        self.counted |= new.keys()
        self._add(found, new.values())


def dry_run(
    plan: Plan,
    *,
    cache: Cache,
    price_of: PriceOf,
    refresh: bool = False,
    refresh_judges: bool = False,
    until_asked: bool = False,
) -> tuple[Estimate, ...]:
    """What each task of a plan would ask, without asking; with `refresh` nothing stored counts.

    With `refresh_judges` nothing counts that judges have said; `until_asked` ends it at the first.
    """
    estimates = {id(task): Estimate(task) for task in plan.tasks}
    tour = _Tour(cache, price_of, estimates, refresh, refresh_judges)
    return with_repeats(_toured(works(plan), tour, until_asked=until_asked), plan.again, price_of)


def dry_run_works(
    source: Iterable[Work],
    tasks: Iterable[Task],
    *,
    cache: Cache,
    price_of: PriceOf,
    refresh: bool = False,
) -> tuple[Estimate, ...]:
    """The same of work on these tasks that only asks judges, at the most that they may ask."""
    estimates = {id(task): Estimate(task) for task in tasks}
    tour = _Tour(cache, price_of, estimates, refresh=refresh, judges_alone=True)
    return _toured(iter(source), tour)


def _toured(
    source: Iterator[Work], tour: _Tour, *, until_asked: bool = False
) -> tuple[Estimate, ...]:
    while chunk := list(islice(source, CHUNK)):
        tour.visit(chunk)
        if until_asked and any(each.requests or each.is_least for each in tour.estimates.values()):
            break
    return with_refusals(tuple(tour.estimates.values()))

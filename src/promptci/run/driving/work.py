"""Work under way: one example each, its generator and the answers it waits for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.run.answertotals import Took
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.run.solving.flows.together import has_whole_group
from promptci.scorers.base.verdict import PASSED
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.noanswer import is_worth_asking_again
from promptci.specs.request import Apart, Ask, Asking, Request
from promptci.specs.thoughts import separate_thoughts

if TYPE_CHECKING:
    from promptci.run.solving.solve import Evaluated

FindFor: TypeAlias = Callable[[list["Work"]], Mapping[str, Completion]]
"""Stored answers to what works ask, by request key."""

_SILENT = BoundScorer("", 0.0, lambda subject: PASSED, {})
"""A scorer that asks no model."""


class Work(Struct, eq=False):
    """One example under way: its generator, and the answers it waits for.

    `first`, `took` and `keys` are as in `Finished`. `is_over` once it has a result, which its last
    answers may outlive. `waits` are the keys whose answers it is waiting for; it `is_listed` while
    it is in line to go on.
    """

    task: Task
    example: Example
    attempt: int
    steps: "Asking[Evaluated]"
    asks: Ask
    answers: dict[str, Completion] = field(default_factory=dict)
    took: Took = field(default_factory=Took)
    keys: bytearray = field(default_factory=bytearray)
    asked: int = 0
    is_over: bool = False
    waits: set[str] = field(default_factory=set)
    is_listed: bool = False
    first: tuple[str, ...] = ()

    @property
    def requests(self) -> tuple[Request, ...]:
        """What it asks at the moment."""
        return self.asks if isinstance(self.asks, tuple) else (self.asks,)

    @property
    def asks_once(self) -> bool:
        """Whether no model is asked again after the first answer, whatever that says."""
        return self.task.asks_once and not any(
            scorer.asks for scorer in self.task.judges.of(self.example)
        )

    @property
    def unheard(self) -> tuple[Request, ...]:
        """What it asks and neither has nor waits for."""
        if not self.waits and not self.answers:
            return self.requests
        open_ = self.waits | self.answers.keys()
        return tuple(request for request in self.requests if request.key not in open_)

    @property
    def is_answered(self) -> bool:
        """Whether it can go on."""
        if isinstance(self.asks, Request):
            return self.asks.key in self.answers
        if isinstance(self.asks, Apart) and len(self.asks.groups) > 1:
            found = [self.answers.get(request.key) for request in self.asks]
            return has_whole_group(self.asks, found)
        return all(request.key in self.answers for request in self.asks)

    def step(self) -> "Evaluated | None":
        """Hand over the answers; the result, or None if there is more to ask.

        Of groups that need not wait for each other those that are whole are handed over.
        """
        given = self._handed_over()
        self._note(given)
        if isinstance(self.asks, tuple):
            found = [None if request is None else self.answers[request.key] for request in given]
            said: Any = tuple(found)
        else:
            said = self.answers[self.asks.key]
        try:
            self.asks = self.steps.send(said)
        except StopIteration as done:
            value: Evaluated = done.value
            return value
        asked = {request.key for request in self.requests}
        self.answers = {key: said for key, said in self.answers.items() if key in asked}
        return None

    def _handed_over(self) -> Sequence[Request | None]:
        """What it asks, with None for what is not answered or whose group is not."""
        requests = self.requests
        if not isinstance(self.asks, Apart):
            return requests
        given: list[Request | None] = [None] * len(requests)
        for group in self.asks.groups:
            if all(requests[place].key in self.answers for place in group):
                given[group.start : group.stop] = requests[group.start : group.stop]
        return given

    def asked_by(self, key: str) -> Request:
        """What it asks with this key; another example may call the same question otherwise."""
        return next(request for request in self.requests if request.key == key)

    def note_answers(self) -> None:
        """Add the answers of models to what went into the example."""
        self._note(self.requests)

    def _note(self, requests: Iterable[Request | None]) -> None:
        for request in requests:
            if request is not None and self._is_mine(request) and request.key in self.answers:
                self.took.add(self.answers[request.key])
                self.keys += bytes.fromhex(request.key)

    @staticmethod
    def _is_mine(request: Request) -> bool:
        return request.asks_model and request.is_counted


class Finished(Struct, frozen=True):
    """One example, evaluated once: attempt number `attempt`.

    `took` is what all answers took that went into it, judges' included, and `keys` are the keys of
    what was asked for them, 32 bytes each; `asked` says how many of them were not in the cache.
    `first` are the keys of what was asked first, of a flow alone.
    """

    task: Task
    example: Example
    attempt: int
    evaluated: "Evaluated"
    took: Took = field(default_factory=Took)
    asked: int = 0
    keys: bytes | bytearray = b""
    first: tuple[str, ...] = ()


Sink: TypeAlias = Callable[[Finished], None]
"""Whoever wants the results, one by one, as they arrive."""


def keys_to_ask_again(
    chunk: Iterable[Work], known: Mapping[str, Completion], *, judges: bool = False
) -> set[str]:
    """The keys of what is stored and asked for, but no answer; with `judges` all that they said."""
    if not known:
        return set()
    return {
        request.key
        for work in chunk
        for request in work.requests
        if (found := known.get(request.key))
        and (request.is_judges or not request.settings.is_deterministic)
        and (
            (judges and request.asks_judge)
            or is_worth_asking_again(
                request, separate_thoughts(found, work.task.prompt.thoughts), work.task.spec.scored
            )
        )
    }


def works(plan: Plan) -> Iterator[Work]:
    """Every example of every task, each with its first question.

    The smallest evals come first, so that there is soon something to look at, and those of one
    prompt one after the other, so that what its questions share is read once.
    """
    for task in _smallest_first(plan.tasks):
        for example in plan.examples(task):
            for attempt in range(plan.first, plan.first + plan.repeat):
                yield begin_work(task, example, attempt, is_brief=plan.is_brief)


def _smallest_first(tasks: Sequence[Task]) -> list[Task]:
    groups: dict[tuple[str, str], list[Task]] = {}
    for task in tasks:
        groups.setdefault((task.model.name, task.prompt.digest), []).append(task)
    for group in groups.values():
        group.sort(key=lambda task: task.count)
    in_order = sorted(groups.values(), key=lambda group: group[0].count)
    return [task for group in in_order for task in group]


def judges_left(work: Work, find: FindFor) -> Iterator[Work]:
    """The same example once for each judge, at its first question to which `find` has no answer.

    Judges of steps are among them; those that have answered everything are left out.
    """
    for each in _judged_apart(work):
        known = find([each])
        while all(request.key in known for request in each.requests):
            each.answers = {request.key: known[request.key] for request in each.requests}
            if each.step() is not None:
                break
            known = find([each])
        else:
            yield each


def _judged_apart(work: Work) -> Iterator[Work]:
    task, example = work.task, work.example
    unjudged = replace(example, steps={})
    for scorer in task.judges.of(example):
        if scorer.asks:
            yield begin_work(task, unjudged, work.attempt, scorers=(scorer,))
    for name, judges in task.step_judges.items():
        if name in example.steps and any(each.asks for each in judges.shared):
            step = replace(example, steps={name: example.steps[name]})
            yield begin_work(task, step, work.attempt, scorers=(_SILENT,))


def begin_work(
    task: Task,
    example: Example,
    attempt: int,
    *,
    is_brief: bool = False,
    scorers: Sequence[BoundScorer] | None = None,
) -> Work:
    """One example with its first question; see `Plan` for `is_brief`.

    With `scorers` these judge it, and not those of its eval.
    """
    from promptci.run.solving.solve import evaluate_example  # late: where nothing is asked

    steps = evaluate_example(task, example, attempt=attempt, is_brief=is_brief, scorers=scorers)
    work = Work(task, example, attempt, steps, next(steps))
    if is_brief and task.steps:
        work.first = tuple(request.key for request in work.requests)
    return work

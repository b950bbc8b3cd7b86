"""Both sides of a comparison put before a judge that prefers one: `select_best`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.records.record import Result
from promptci.run.answertotals import Took
from promptci.run.driving.work import Finished, Work
from promptci.run.recall import Find, recalled
from promptci.run.solving.judgeestimate import questions_until_useless
from promptci.run.solving.solve import Evaluated, solve, unanswered
from promptci.scorers.base.attempts import as_attempt
from promptci.scorers.base.preference import Contest, ContestSpent, Preference, sum_up
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.registry import BoundScorer, Subject
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Asking, Request

CHUNK = 200
"""Examples whose answers are looked up at a time."""


class Round(Struct):
    """One judge of one eval on one pair of models, and what it has said so far."""

    found: Compared
    judge: BoundScorer
    preferences: list[Preference] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    same: int = 0
    took: Took = field(default_factory=Took)
    asked: int = 0

    def works(self, find: Find) -> Iterator[Work]:
        """A question for every example that both sides answered, in other words each."""
        pair = self.found.pair
        examples = (e for e in pair.head.examples() if self.judge.judges(frozenset(e.tags)))
        while chunk := list(islice(examples, CHUNK)):
            sides = [solve(task, e) for task in (pair.base, pair.head) for e in chunk]
            known = recalled(sides, find)
            both = zip(chunk, known[: len(chunk)], known[len(chunk) :], strict=True)
            for example, before, after in both:
                if before is None or after is None:
                    self.errors["one side gave no answer"] += 1
                    continue
                base, head = before.completion, after.completion
                if not {base.outcome, head.outcome} <= set(pair.head.spec.scored):
                    self.errors["one side's answer was refused, cut off or empty"] += 1
                elif (base.text, base.tool_calls) == (head.text, head.tool_calls):
                    self.same += 1
                else:
                    yield from self._work(example, base, head)

    def works_again(self, find: Find) -> Iterator[Work]:
        """The same questions once more; what comes of these is not counted."""
        return Round(self.found, self.judge).works(find)

    def _work(self, example: Example, base: Completion, head: Completion) -> Iterator[Work]:
        steps = self._steps(example, base, head)
        try:
            asks = next(steps)
        except StopIteration:  # there is nothing to judge, which has been counted
            return
        yield Work(self.found.pair.head, example, 0, steps, asks)

    def _steps(self, example: Example, base: Completion, head: Completion) -> Asking[Evaluated]:
        assert self.judge.prefer is not None
        try:
            preference = yield from as_attempt(
                self.judge.prefer(_subject(example, base), _subject(example, head)), 0
            )
        except NoVerdict as error:
            self.errors[str(error)] += 1
            return Evaluated(unanswered(example), why=str(error))
        self.preferences.append(preference)
        return Evaluated(Result(example.id, example.digest, "pass"))

    @property
    def contest(self) -> Contest:
        """The result."""
        errors = dict(self.errors)
        found = sum_up(self.judge.label, self.preferences, same=self.same, errors=errors)
        spent = ContestSpent(
            replies=self.took.answers,
            asked=self.asked,
            input_tokens=self.took.input_tokens,
            output_tokens=self.took.output_tokens,
            cost=self.took.cost,
        )
        return replace(found, spent=spent)

    def take(self, finished: Finished) -> None:
        """Remember what the votes on one example took."""
        self.took.join(finished.took)
        self.asked += finished.asked

    def most(self, find: Find) -> Iterator[Request]:
        """What the judge may be asked at most: each reply may be of no use, in either order."""
        for work in self.works_again(find):
            yield from 2 * questions_until_useless(work.steps, work.asks)


def contest_rounds(found: Sequence[Compared]) -> list[Round]:
    """Every judge that prefers one of two, for every comparison whose answers are stored."""
    return [
        Round(each, judge)
        for each in found
        if each.pair.base_record is None and each.pair.head_record is None
        for judge in each.pair.head.judges.contests
    ]


def _subject(example: Example, completion: Completion) -> Subject:
    return Subject(
        completion.text, example.expected, example.has_expected, example.scope, completion
    )

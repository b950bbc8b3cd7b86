"""Both sides of a comparison put before a judge that prefers one: `select_best`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from promptci.compare.compared import Compared, Find
from promptci.records.record import Result
from promptci.run.plan import Task
from promptci.run.solve import Evaluated, unanswered
from promptci.run.work import Work
from promptci.scorers.base.preference import Contest, Preference, sum_up
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.registry import BoundScorer, Subject
from promptci.specs.completion import Asking, Completion, Request
from promptci.specs.evalspec import Example
from promptci.specs.thoughts import heard

CHUNK = 200
"""Examples whose answers are looked up at a time."""


@dataclass(slots=True)
class Round:
    """One judge of one eval on one pair of models, and what it has said so far."""

    found: Compared
    judge: BoundScorer
    preferences: list[Preference] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    same: int = 0

    def works(self, find: Find) -> Iterator[Work]:
        """A question for every example that both sides answered, in other words each."""
        pair = self.found.pair
        examples = (e for e in pair.head.examples() if self.judge.judges(frozenset(e.tags)))
        while chunk := list(islice(examples, CHUNK)):
            keys = {e.id: (_key(pair.base, e), _key(pair.head, e)) for e in chunk}
            known = find([key for both in keys.values() for key in both])
            for example in chunk:
                base, head = (known.get(key) for key in keys[example.id])
                if base is None or head is None:
                    self.errors["one side gave no answer"] += 1
                    continue
                base = heard(base, pair.base.prompt.thoughts)
                head = heard(head, pair.head.prompt.thoughts)
                if not {base.outcome, head.outcome} <= set(pair.head.spec.scored):
                    self.errors["one side's answer was refused, cut off or empty"] += 1
                elif (base.text, base.tool_calls) == (head.text, head.tool_calls):
                    self.same += 1
                else:
                    yield from self._work(example, base, head)

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
            preference = yield from self.judge.prefer(
                _subject(example, base), _subject(example, head)
            )
        except NoVerdict as error:
            self.errors[str(error)] += 1
            return Evaluated(unanswered(example), why=str(error))
        self.preferences.append(preference)
        return Evaluated(Result(example.id, example.digest, "pass"))

    @property
    def contest(self) -> Contest:
        """What it has come to."""
        return sum_up(self.judge.label, self.preferences, same=self.same, errors=dict(self.errors))


def contest_rounds(found: Sequence[Compared]) -> list[Round]:
    """Every judge that prefers one of two, for every comparison whose answers are stored."""
    return [
        Round(each, judge)
        for each in found
        if each.pair.base_record is None and each.pair.head_record is None
        for judge in each.pair.head.judges.contests
    ]


def _key(task: Task, example: Example) -> str:
    return Request(task.settings, task.prompt.render(example.vars, example.files)).key


def _subject(example: Example, completion: Completion) -> Subject:
    return Subject(
        completion.text, example.expected, example.has_expected, example.scope, completion
    )

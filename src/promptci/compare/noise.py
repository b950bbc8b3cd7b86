"""How much an eval varies when nothing changes: the same questions, asked several times.

Measures: TARr@K and TARa@K of Atil and others (2024, arXiv 2408.04667), the shares of examples
whose text, or the answer read out of it, is the same in all K runs; the share with one verdict; and
pass^k, the chance that k answers to an example all pass, estimated without bias by
C(c, k) / C(K, k) for c passes of K (Yao and others, 2024, arXiv 2406.12045), beside pass@k, the
chance that one of them does: 1 - C(K - c, k) / C(K, k) (Chen and others, 2021, arXiv 2107.03374).
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from statistics import stdev

from msgspec import Struct, field

from promptci.compare.alarms import Alarms, simulate
from promptci.compare.outcomes.trialfigures import AtK, trials_at
from promptci.compare.repeated import Attempt, Repeated
from promptci.run.driving.work import Finished
from promptci.run.planning.task import Task
from promptci.stats.describe import mean
from promptci.stats.visible import visible_drop


class Noise(Struct, frozen=True, dict=True):
    """One eval on one model, asked `times` times.

    `examples` are those with two answers or more, by id; `unanswered` are the ids of the others.
    `alarms` is None where nothing varies. `served` tells apart who answered, in the endpoint's
    own words. `errors` counts missing answers by what was in the way.
    """

    task: Task
    times: int
    examples: tuple[Repeated, ...]
    unanswered: tuple[str, ...]
    served: tuple[str, ...]
    alarms: Alarms | None
    errors: Mapping[str, int] = {}

    @property
    def missing(self) -> int:
        """How many answers are missing."""
        return sum(self.errors.values())

    @property
    def is_undecided(self) -> bool:
        """Whether too many answers are missing."""
        return not self.examples or len(self.unanswered) > self.task.spec.gate.max_errors

    @property
    def is_deterministic(self) -> bool:
        """Whether the model is to answer the same each time, and did."""
        is_told = is_repeatable(self.task) and bool(self.examples)
        return is_told and all(example.is_same_text for example in self.examples)

    @cached_property
    def flips(self) -> tuple[Repeated, ...]:
        """The examples that sometimes pass, those most in doubt first."""
        found = [example for example in self.examples if example.is_flipping]
        return tuple(sorted(found, key=lambda e: (abs(e.passed / len(e.results) - 0.5), e.id)))

    @cached_property
    def scores(self) -> tuple[float, ...]:
        """The score of each run, over the examples that it answered."""
        runs = ([each.attempts[run] for each in self.examples] for run in range(self.times))
        answered = [[a.result.score for a in run if a is not None] for run in runs]
        return tuple(mean(scores) for scores in answered if scores)

    @property
    def score(self) -> float:
        """The mean score over all answers, each example weighing the same."""
        return mean([mean([r.score for r in each.results]) for each in self.examples])

    @property
    def deviation(self) -> float:
        """The standard deviation of the score over the runs."""
        return stdev(self.scores) if len(self.scores) > 1 else 0.0

    @cached_property
    def variance(self) -> float:
        """The noise in one answer's score: sigma squared, the mean over the examples; 0..0.5."""
        return mean([example.variance for example in self.examples])

    @property
    def error(self) -> float:
        """The standard error of the difference of two runs: sqrt(2 sigma^2 / n)."""
        return math.sqrt(2 * self.variance / len(self.examples))

    @property
    def same_text(self) -> float:
        """The share of examples whose answers are all the same text: TARr@K; sources above."""
        return mean([float(example.is_same_text) for example in self.examples])

    @property
    def same_answer(self) -> float | None:
        """The share of examples in which the same answer is read each time: TARa@K.

        None where no scorer reads an answer out of a text, as judges and searches do not.
        """
        if not self._is_read:
            return None
        return mean([float(example.is_same_answer) for example in self.examples])

    @property
    def vote(self) -> float | None:
        """The score if each example's runs voted, as in self-consistency (Wang and others, 2022).

        The answer read most often is scored, of equals the one given first. None where no scorer
        reads an answer out of a text.
        """
        return mean([each.voted.score for each in self.examples]) if self._is_read else None

    @cached_property
    def _is_read(self) -> bool:
        attempts = (a for each in self.examples for a in each.attempts if a is not None)
        return any(attempt.read for attempt in attempts)

    @property
    def same_verdict(self) -> float:
        """The share of examples that pass always or never."""
        return mean([float(not example.is_flipping) for example in self.examples])

    @property
    def chances(self) -> tuple[AtK, ...]:
        """pass@k and pass^k with their intervals, for each k that is shown."""
        return trials_at({each.id: (len(each.results), each.passed) for each in self.examples})

    def pass_power(self, k: int) -> float | None:
        """pass^k over the examples with so many answers; None if there is none."""
        found = [each.pass_power(k) for each in self._with(k)]
        return mean(found) if found else None

    def pass_any(self, k: int) -> float | None:
        """pass@k over the same examples."""
        found = [each.pass_any(k) for each in self._with(k)]
        return mean(found) if found else None

    def _with(self, k: int) -> Iterator[Repeated]:
        return (each for each in self.examples if len(each.results) >= k)

    @cached_property
    def detectable(self) -> float | None:
        """The smallest true drop that a comparison of two runs shows four times out of five.

        Losses come on top of the flips of noise. None if not even losing all examples would show.
        """
        variance = 2 * self.variance
        return visible_drop(len(self.examples), variance, is_binary=self.is_binary)

    @property
    def is_binary(self) -> bool:
        """Whether McNemar's test judges: all scores are 0 or 1, and no clusters are declared."""
        scores = {result.score for example in self.examples for result in example.results}
        return scores <= {0.0, 1.0} and not self.task.clusters


class Repeats(Struct):
    """Gathers the results of a plan that asks each example several times."""

    _attempts: dict[tuple[int, str], dict[int, Attempt]] = field(default_factory=dict)
    _served: dict[int, set[str]] = field(default_factory=dict)
    _errors: dict[int, Counter[str]] = field(default_factory=dict)

    def take(self, finished: Finished) -> None:
        """Remember one result."""
        mine = self._attempts.setdefault((id(finished.task), finished.example.id), {})
        completion = finished.evaluated.completion
        if completion is None or finished.evaluated.result.fate == "error":
            self._errors.setdefault(id(finished.task), Counter())[finished.evaluated.why] += 1
            return
        scores = finished.evaluated.scores
        read = tuple((label, score.read) for label, score in scores if score.read)
        mine[finished.attempt] = Attempt(finished.evaluated.result, hash(completion.text), read)
        named = f"{completion.served_model} {completion.system_fingerprint}".strip()
        self._served.setdefault(id(finished.task), set()).add(named)

    def noise(self, task: Task, times: int) -> Noise:
        """What has come in for a task, with the simulated false alarms of its gate."""
        found = list(self._examples(task, times))
        examples = tuple(each for each in found if len(each.results) > 1)
        unanswered = tuple(each.id for each in found if len(each.results) < 2)
        served = tuple(sorted(self._served.get(id(task), set())))
        alarms = simulate(task, [each.results for each in examples])
        errors = dict(self._errors.get(id(task), Counter()).most_common())
        return Noise(task, times, examples, unanswered, served, alarms, errors)

    def _examples(self, task: Task, times: int) -> Iterator[Repeated]:
        mine = {id_: found for (at, id_), found in self._attempts.items() if at == id(task)}
        for id_ in sorted(mine):
            yield Repeated(id_, tuple(mine[id_].get(run) for run in range(times)))


def is_repeatable(task: Task) -> bool:
    """Whether asking again can only give the same: the embedded model, and no other judge."""
    return task.is_deterministic

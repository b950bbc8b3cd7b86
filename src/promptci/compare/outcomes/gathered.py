"""What has come in for one task: no more of each result than the record needs."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum, isnan

from promptci.compare.comparison import Comparison, compare_differing, compare_records
from promptci.compare.outcomes.failurereasons import FailureGroups, why_failed
from promptci.compare.outcomes.flowtraces import FlowTraces
from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, Spent, failures
from promptci.compare.outcomes.scoresums import ScoreSums
from promptci.compare.outcomes.tally import merge
from promptci.compare.outcomes.trialfigures import PickFigures, TrialCounts
from promptci.digest import said_digest
from promptci.records.packedresults import PackedResults
from promptci.records.record import Record, Result, Results
from promptci.records.results import ChunkedResults, Passed, summed_up
from promptci.run.answertotals import Took
from promptci.run.driving.work import Finished
from promptci.run.planning.task import Task
from promptci.run.recall import Find
from promptci.run.solved import LIMITS
from promptci.run.solving.solve import Evaluated
from promptci.specs.completion import Completion, RecordedSampling
from promptci.stats.describe import percentile
from promptci.stats.student import interval_of_scores

MOST_REASONS = 50
"""Different reasons for a missing answer that are counted apart, for each eval and model."""

MOST_UNANSWERED = 1_000
"""Examples without an answer whose reason is kept, for each eval and model."""

MOST_KEYS = 256_000
"""Keys kept of what was asked for a task; of one with more examples there are none."""


class Gathered:
    """What has come in for one task. `keys` are those of all that was asked, 32 bytes each.

    `said` are digests of what was answered, in the order of the results. `is_settled` says that
    each example took one answer, which another run would not ask for again.
    """

    def __init__(self, task: Task, base: Record | None, repeat: int, find: Find) -> None:
        self.task, self.base, self._find = task, base, find
        self.results = PackedResults(stay_listed=repeat > 1, expected=task.count)
        self.sums = ScoreSums()
        self.errors: Counter[str] = Counter()
        self.unanswered: dict[str, str] = {}
        self.latencies = array("d")
        self.took = Took()
        self.asked = self.cached = self.truncated = self.limited = 0
        self.keys, self.said = bytearray(), bytearray()
        self.is_settled = True
        self.sampling: RecordedSampling = task.sampling
        self._passed = Passed(base.results if base else ())
        self.failing = FailureGroups()
        self._whys: dict[str, tuple[int, str]] | None = {} if repeat > 1 else None
        self._trials, self._traces = TrialCounts(repeat), FlowTraces()
        self._outcome: EvalOutcome | None = None

    def take(self, finished: Finished) -> None:
        """Add one result, which is of this task; of repeats each counts."""
        evaluated = finished.evaluated
        self.results.append(evaluated.result)
        if self.base is not None and self.results.listed is not None:
            evaluated.result.share_texts()
        self._spend(finished)
        took = finished.took
        self.is_settled &= took.answers == 1 and took.last in self.task.spec.scored
        if self.task.count <= MOST_KEYS:
            self.keys += finished.keys
            self.said += said_digest("" if not evaluated.completion else evaluated.completion.text)
        self._trials.take(evaluated)
        self._traces.take(finished)
        if evaluated.result.fate == "fail":
            self._fail(finished.attempt, evaluated)
        if evaluated.completion is not None:
            self.latencies.extend(_latencies(evaluated))
            self.limited += evaluated.completion.finish_reason in LIMITS
            self.truncated += evaluated.completion.outcome == "truncated"
            is_default = evaluated.completion.sampling == "provider-default"
            if is_default and self.sampling != "picked":
                self.sampling = "provider-default"
        if evaluated.result.fate == "error":
            why, is_room = evaluated.why, len(self.errors) < MOST_REASONS
            self.errors[why if why in self.errors or is_room else "other reasons"] += 1
            if len(self.unanswered) < MOST_UNANSWERED:
                self.unanswered.setdefault(evaluated.result.id, why)
        else:
            self.sums.add(finished.example, evaluated)

    def _fail(self, attempt: int, evaluated: Evaluated) -> None:
        """Keep why an answer failed; of repeats the first that did, until most have said so."""
        id_, why = evaluated.result.id, why_failed(evaluated)
        if self._whys is not None:
            self._whys[id_] = min((attempt, why), self._whys.get(id_, (attempt, why)))
        elif not attempt:
            self.failing.take(id_, why)

    def as_lost(self, finished: Finished) -> LostAnswer | None:
        """The example, if it passed in the base record and this answer fails."""
        example, evaluated = finished.example, finished.evaluated
        if evaluated.result.fate != "fail":
            return None
        if not self._passed.has(example.id, evaluated.result.digest):
            return None
        output = evaluated.completion.text if evaluated.completion else ""
        why = why_failed(evaluated)
        return LostAnswer(self.task.spec.name, self.task.model.name, example, output, why)

    def outcome(self, repeat: int) -> EvalOutcome:
        """The outcome; worked out once, when all is in."""
        if self._outcome is None:
            self._outcome = self._conclude(repeat)
        return self._outcome

    def _conclude(self, repeat: int) -> EvalOutcome:
        listed, scores, unstable = self.results.listed, self.results.scores, 0
        if listed is not None and repeat > 1:
            listed, unstable = merge(listed)
            scores = [result.score for result in listed if result.fate != "error"]
            self._fail_by_most(listed)
        by_id = None if listed is None else tuple(sorted(listed, key=lambda each: each.id))
        record = self._record(self.results.chunked if by_id is None else by_id, scores)
        return EvalOutcome(
            task=self.task,
            record=record,
            interval=interval_of_scores(scores),
            base=self.base,
            comparison=None if self.base is None else self._compared(self.base, record),
            spent=self.spent,
            failures=tuple(failures(self.task, record)),
            errors=dict(self.errors),
            truncated=self.truncated,
            limited=self.limited,
            unstable=unstable,
            obstacles=self.task.judges.derived.values(self._means())[1],
            confusions=self.sums.confusions(self.task.judges.shared),
            failing=tuple(self.failing.groups()),
            trials=self._trials.figures,
            traces=self._traces.whole(self.task, self._find),
            picks=self._picks(),
            unanswered=self.unanswered,
        )

    def _fail_by_most(self, merged: Iterable[Result]) -> None:
        """Of repeated examples those fail of which most answers did not pass."""
        for result in merged:
            if self._whys and result.fate == "fail":
                self.failing.take(result.id, self._whys[result.id][1])

    def _compared(self, base: Record, record: Record) -> Comparison:
        """Both records compared; of large ones no chunk is read that both have."""
        sides = base.results, record.results
        is_large = all(isinstance(each, ChunkedResults) for each in sides)
        task = self.task
        if is_large and not (task.clusters or task.tags or task.expected):
            return compare_differing(base, record)
        return compare_records(base, record)

    def _picks(self) -> PickFigures | None:
        solve = self.task.prompt.solve
        return None if solve is None else self._trials.picks(solve.pick, solve.n)

    def _spend(self, finished: Finished) -> None:
        self.asked += finished.asked
        self.cached += finished.took.answers - finished.asked
        self.took.join(finished.took)
        for completion in _given(finished):
            self.took.add(completion)

    def _record(self, results: Results, scores: Sequence[float]) -> Record:
        """The record of some results, with the scores of those answered."""
        task, means, sums = self.task, self._means(), summed_up(results)
        return Record(
            eval=task.spec.name,
            model=task.model.name,
            model_id=task.model.identity,
            build=task.settings.build,
            prompt=task.prompt.name,
            version=task.prompt.version,
            fingerprint=task.fingerprint,
            parts=task.parts,
            sampling=self.sampling,
            score=fsum(scores) / len(scores) if scores else 0.0,
            passed=sums.passed,
            total=sums.total,
            metrics=means | task.judges.derived.values(means)[0],
            tags=self.sums.by_tag(),
            results=results,
        )

    def _means(self) -> dict[str, float]:
        return self.sums.means(self.task.judges.shared)

    @property
    def spent(self) -> Spent:
        """What all that has come in took."""
        times = None
        if self.latencies:
            times = (percentile(self.latencies, 0.5), percentile(self.latencies, 0.95))
        took = self.took
        tokens = took.input_tokens, took.output_tokens
        return Spent(*tokens, took.cost, times, self.asked, self.cached)


def _latencies(evaluated: Evaluated) -> list[float]:
    """How long an answer took, with all that it is made of; nothing where that is not known."""
    assert evaluated.completion is not None
    is_made = bool(evaluated.trace) or evaluated.walked is not None
    took = evaluated.latency if is_made else evaluated.completion.latency
    return [] if isnan(took) else [took]


def _given(finished: Finished) -> tuple[Completion, ...]:
    """The answers obtained elsewhere that went into a result."""
    found = finished.evaluated
    if finished.task.given is None or found.completion is None:
        return ()
    return (found.completion,) if found.picked is None else found.picked.candidates

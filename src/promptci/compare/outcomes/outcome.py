"""The results of a run, summed up per eval and model."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.comparison import OTHER_SCORERS, Comparison
from promptci.compare.outcomes.costs import CostChange, Costs, cost_change, keep_costs, known_costs
from promptci.compare.outcomes.failurereasons import FailureGroup
from promptci.compare.outcomes.flowtraces import FlowTraces
from promptci.errors import verdict_code
from promptci.records.record import Record, Result, results_of
from promptci.run.planning.task import Task
from promptci.specs.evalspec import Example
from promptci.suite.changedtags import Tags

if TYPE_CHECKING:
    from promptci.compare.outcomes.confusion import Confusion
    from promptci.compare.outcomes.trialfigures import PickFigures, TrialFigures
    from promptci.stats.uncertainty import Interval

_ROUNDING = 1e-9


class LostAnswer(Struct, frozen=True):
    """An example that passed in the base record and fails now, with what can be shown of it."""

    eval: str
    model: str
    example: Example
    output: str
    why: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Eval, model and id."""
        return self.eval, self.model, self.example.id


class Spent(Struct, frozen=True):
    """What the answers of an eval took, stored ones included; `cost` is None if a price is unknown.

    `latencies` are the median and the 95th percentile in seconds.
    """

    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    latencies: tuple[float, float] | None
    asked: int
    cached: int

    @property
    def is_known(self) -> bool:
        """Whether there are answers to go by, and not a record alone that is used for them."""
        return bool(self.asked or self.cached or self.input_tokens or self.output_tokens)


class EvalOutcome(Struct, frozen=True):
    """One eval on one model: its record, how sure the score is, what changed, what it took.

    `failures` are sentences about missed floors and must-pass examples, `errors` a sentence per
    kind of missing answer. `unstable` counts examples whose repeats disagree. `obstacles` says
    why a derived metric has no value. `confusions` are by metric, of the scorers that sort answers
    into classes; every repeat counts in them. `failing` are failed examples by reason. `against`
    names the commit that `base` is of, `unconfirmed` says what of lost and won examples was not
    asked again, `open_loss` that a net loss which would block is among them. `traces` are
    what the steps of a flow took. `trials` are there
    where examples were answered several times, `picks` where an answer is one of several.
    `limited` counts conversations that were ended at a limit of turns or calls. `unanswered` says
    of examples without an answer, of the first of them, why. `base_tags` are the tags of
    both sides of examples that had others at the base. Losses of those in `accepted` are accepted.
    `settled` is the record that is written, where its score is another: flaky examples keep in it
    the verdict that they had.
    """

    task: Task
    record: Record
    interval: "Interval | None"
    base: Record | None
    comparison: Comparison | None
    spent: Spent
    failures: tuple[str, ...]
    errors: Mapping[str, int]
    truncated: int
    unstable: int
    obstacles: Mapping[str, str] = field(default_factory=dict)
    confusions: "Mapping[str, Confusion]" = field(default_factory=dict)
    against: str = "the last commit"
    failing: tuple[FailureGroup, ...] = ()
    unconfirmed: str = ""
    open_loss: str = ""
    traces: FlowTraces | None = None
    trials: "TrialFigures | None" = None
    picks: "PickFigures | None" = None
    limited: int = 0
    unanswered: Mapping[str, str] = field(default_factory=dict)
    base_tags: Tags = field(default_factory=dict)
    cost: CostChange | None = None
    accepted: frozenset[str] = frozenset()
    settled: Record | None = None

    @property
    def title(self) -> str:
        """The eval, and what it is called in the record before, if otherwise."""
        was = self.base.eval if self.base else self.record.eval
        return self.record.eval if was == self.record.eval else f"{self.record.eval} (was {was})"

    @property
    def tags(self) -> Tags:
        """The tags of the examples, by id: of both sides, so that none is hidden by losing one."""
        return {**self.task.tags, **self.base_tags} if self.base_tags else self.task.tags

    @property
    def costs(self) -> Costs | None:
        """What all its answers took; None where not all are there to go by."""
        spent = self.spent
        if not spent.is_known or self.record.errors:
            return None
        tokens = spent.input_tokens + spent.output_tokens
        return Costs(self.record.total, spent.asked + spent.cached, tokens, spent.cost)

    @property
    def is_undecided(self) -> bool:
        """Whether so many answers, or such important ones, are missing that there is no verdict."""
        gate, errors = self.task.spec.gate, self.record.errors
        if errors > gate.max_errors or errors == self.record.total:
            return True
        wanted = results_of(self.record, gate.must_pass) if errors else ()
        return any(result.fate == "error" for result in wanted)

    @property
    def open_question(self) -> str:
        """What is not known, so that there is no verdict though nothing is missed; else empty."""
        return "" if self.failures else self.open_loss or _hidden_fall(self)


def lost_ids(outcome: EvalOutcome) -> tuple[str, ...]:
    """The examples that passed in the base record and fail now, where the two are comparable."""
    found = outcome.comparison
    return () if found is None or found.obstacle else found.ids("lost")


def score_interval(results: Sequence[Result]) -> "Interval | None":
    """The 95 % interval of the score: Wilson's where every score is 0 or 1, else Student's t."""
    from promptci.stats.student import interval_of_scores

    return interval_of_scores([result.score for result in results if result.fate != "error"])


def failures(task: Task, record: Record) -> Iterator[str]:
    """Missed floors and must-pass examples, a sentence each; a floor is that of all examples."""
    gate = task.spec.gate
    where = f"{record.eval} on {record.model}"
    is_whole = task.chosen is None
    if gate.min_score is not None and is_whole and record.score + _ROUNDING < gate.min_score:
        yield f"{where}: the score {record.score:.1%} is below the floor of {gate.min_score:.1%}"
    for result in results_of(record, gate.must_pass):
        if result.fate == "fail":
            yield must_pass_failure(where, result.id)


def must_pass_failure(where: str, id_: str) -> str:
    """The sentence on an example that must pass and fails."""
    return f"{where}: `{id_}` must pass and fails"


def outcomes_exit_code(outcomes: Sequence[EvalOutcome]) -> int:
    """1 where the gate of an eval with a verdict blocks, 3 where there is none or a loss is open.

    Else 0. An eval of which answers are missing has no verdict, whatever the others say.
    """
    mute = [each.is_undecided or each.task.is_stale for each in outcomes]
    decided = [each for each, is_mute in zip(outcomes, mute, strict=True) if not is_mute]
    return verdict_code(
        is_worse=any(each.failures for each in decided),
        is_open=any(mute) or any(each.open_question for each in decided),
    )


def _hidden_fall(outcome: EvalOutcome) -> str:
    """That the score fell by other scorers, so that it is not known whether the answers did."""
    base, found = outcome.base, outcome.comparison
    if base is None or found is None or found.obstacle != OTHER_SCORERS:
        return ""
    now = outcome.record.score
    if now >= base.score - outcome.task.spec.gate.tolerance - _ROUNDING:
        return ""
    return f"the scorers changed and the score fell from {base.score:.1%} to {now:.1%}"


def with_cost(found: EvalOutcome) -> EvalOutcome:
    """The same with what it costs beside its base, which is remembered for the next one."""
    keep_costs(found.record, found.costs)
    base = found.base
    if base is None or base.fingerprint == found.record.fingerprint:
        return found
    return replace(found, cost=cost_change(known_costs(base), found.costs))


def from_record(task: Task, record: Record) -> EvalOutcome:
    """An outcome that was not run: what a record says, at no cost."""
    return EvalOutcome(
        task=task,
        record=record,
        interval=score_interval(record.results),
        base=None,
        comparison=None,
        spent=Spent(0, 0, None, None, 0, 0),
        failures=(),
        errors={},
        truncated=0,
        unstable=0,
    )

"""What one eval on one model scored, for the reports of `run`, `score` and `check`."""

from typing import Annotated

from promptci.compare.comparison import Comparison
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.render.json.evaluate.flow import FlowRunV1, FlowV1, flow_of, flow_run_of
from promptci.render.json.evaluate.trials import PicksV1, TrialsV1, picks_of, trials_of
from promptci.render.json.measures import ClassesV1, LatencyV1, classes, latency, tags
from promptci.render.json.splits import SplitV1, TallyV1, splits_of
from promptci.render.json.structure import (
    COST,
    CostChangeV1,
    Ends,
    Money,
    Part,
    cost_change_of,
    ends,
    money,
    says,
)
from promptci.render.terminal.breakdown import run_splits


class ChangeV1(Part, frozen=True, kw_only=True):
    """What changed since the record of the last commit."""

    delta: Annotated[float | None, says("the score minus that of the record")]
    obstacle: Annotated[str | None, says("why the two are not comparable")]
    lost: Annotated[list[str], says("ids of examples that passed and fail now")]
    won: Annotated[list[str], says("ids of examples that failed and pass now")]
    changed: Annotated[list[str], says("ids of examples that were edited")]
    new: Annotated[list[str], says("ids of examples that the record does not have")]
    removed: Annotated[list[str], says("ids of examples that only the record has")]
    error: Annotated[list[str], says("ids of examples without an answer")]


class OutcomeV1(Part, frozen=True, kw_only=True):
    """One eval on one model."""

    eval: Annotated[str, says("the eval's name")]
    was: Annotated[str | None, says("what the last commit calls it; null where that is the same")]
    model: Annotated[str, says("the model's name")]
    prompt: Annotated[str, says("the prompt's name")]
    version: Annotated[str, says("the prompt's label")]
    fingerprint: Annotated[str, says("the digest of everything that was evaluated")]
    score: Annotated[float | None, says("over all examples")]
    interval: Annotated[Ends | None, says("the score's 95% interval")]
    passed: Annotated[int, says("how many examples passed")]
    total: Annotated[int, says("how many examples there are")]
    errors: Annotated[int, says("how many of them have no answer")]
    truncated: Annotated[int, says("answers that were cut off at the token limit")]
    limited: Annotated[int, says("conversations that were ended at a limit of turns or calls")]
    unstable: Annotated[int, says("examples whose repeats disagree")]
    metrics: Annotated[
        dict[str, float | None],
        says(
            "the mean of each scorer, and as `NAME/macro_f1` that of F1 over its classes; null "
            "where there is no value: a formula that divides by zero, say"
        ),
    ]
    tags: Annotated[dict[str, TallyV1], says("figures by tag")]
    classes: Annotated[dict[str, ClassesV1], says("figures by metric that sorts into classes")]
    trials: Annotated[
        TrialsV1 | None, says("where examples were answered several times: pass@k and pass^k")
    ]
    picks: Annotated[
        PicksV1 | None, says("where an answer is picked from several samples (`solve`)")
    ]
    flow: Annotated[FlowV1 | None, says("how a flow fails; null where nothing is said of steps")]
    steps: Annotated[FlowRunV1 | None, says("what the steps of a flow took; null of a prompt")]
    splits: Annotated[
        list[SplitV1],
        says("against that record, by expected value, where that takes few, and by tag"),
    ]
    unconfirmed: Annotated[
        str, says("what of lost and won examples was not asked again; empty where all were")
    ]
    open_loss: Annotated[
        str, says("a net loss that would block and was not asked again: no verdict; else empty")
    ]
    against: Annotated[str, says("what `change` is against: a commit, or `the last commit`")]
    change: Annotated[ChangeV1 | None, says("against the record of the last commit")]
    cost_change: Annotated[CostChangeV1 | None, says(COST)]
    input_tokens: Annotated[int, says("tokens of the requests")]
    output_tokens: Annotated[int, says("tokens of the answers")]
    cost: Money
    latency: Annotated[LatencyV1, says("how long answers took")]
    asked: Annotated[int, says("answers asked for")]
    cached: Annotated[int, says("answers from the cache")]
    sampling: Annotated[
        str, says("`greedy`, `sampled`, `provider-default` or `picked` (of samples)")
    ]
    failures: Annotated[list[str], says("missed floors and must-pass examples, a sentence each")]
    reasons: Annotated[dict[str, int], says("how many answers are missing, by the reason")]
    undecided: Annotated[bool, says("whether too many answers are missing")]


def outcome(found: EvalOutcome) -> OutcomeV1:
    """Everything that is known of one eval on one model."""
    record, spent = found.record, found.spent
    return OutcomeV1(
        eval=record.eval,
        was=None if not found.base or found.base.eval == record.eval else found.base.eval,
        model=record.model,
        prompt=record.prompt,
        version=record.version,
        fingerprint=record.fingerprint,
        score=record.score if record.total > record.errors else None,
        interval=ends(found.interval),
        passed=record.passed,
        total=record.total,
        errors=record.errors,
        truncated=found.truncated,
        limited=found.limited,
        unstable=found.unstable,
        metrics=dict(record.metrics) | dict.fromkeys(found.obstacles),
        tags=tags(found),
        classes=classes(found),
        trials=trials_of(found.trials),
        picks=picks_of(found.picks),
        flow=flow_of(record.results),
        steps=flow_run_of(found.traces),
        splits=splits_of(run_splits(found)),
        unconfirmed=found.unconfirmed,
        open_loss=found.open_loss,
        against=found.against,
        change=None if found.comparison is None else _change(found.comparison),
        cost_change=cost_change_of(found.cost),
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cost=money(spent.cost),
        latency=latency(spent),
        asked=spent.asked,
        cached=spent.cached,
        sampling=record.sampling,
        failures=list(found.failures),
        reasons=dict(found.errors),
        undecided=found.is_undecided,
    )


def _change(found: Comparison) -> ChangeV1:
    return ChangeV1(
        delta=found.delta,
        obstacle=found.obstacle or None,
        lost=list(found.flipped_ids("lost")),
        won=list(found.flipped_ids("won")),
        changed=list(found.ids("changed")),
        new=list(found.ids("new")),
        removed=list(found.ids("removed")),
        error=list(found.ids("error")),
    )

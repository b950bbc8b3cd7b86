"""One side of a comparison: what was evaluated there and what it scored."""

from typing import Annotated

from promptci.compare.compared import Compared
from promptci.compare.outcomes.outcome import EvalOutcome, Spent
from promptci.render.json.evaluate.flow import FlowV1, flow_of
from promptci.render.json.measures import ClassesV1, SpentV1, classes, spent, tags
from promptci.render.json.splits import TallyV1
from promptci.render.json.structure import Ends, Part, ends, says


class SideV1(Part, frozen=True, kw_only=True):
    """One side of a comparison."""

    model: Annotated[str, says("the model's name")]
    prompt: Annotated[str, says("the prompt's name")]
    version: Annotated[str, says("the prompt's label")]
    fingerprint: Annotated[str, says("the digest of everything that was evaluated")]
    sampling: Annotated[
        str, says("`greedy`, `sampled`, `provider-default` or `picked` (of samples)")
    ]
    score: Annotated[float | None, says("over the `n` examples of the comparison")]
    interval: Annotated[Ends | None, says("the score's 95% interval")]
    passed: Annotated[int, says("how many of all examples of this side passed")]
    total: Annotated[int, says("how many examples this side has")]
    errors: Annotated[int, says("how many of them have no answer")]
    reasons: Annotated[dict[str, int], says("how many answers are missing, by the reason")]
    metrics: Annotated[
        dict[str, float],
        says("the mean of each scorer, and as `NAME/macro_f1` that of F1 over its classes"),
    ]
    tags: Annotated[dict[str, TallyV1], says("figures by tag")]
    classes: Annotated[dict[str, ClassesV1], says("figures by metric that sorts into classes")]
    flow: Annotated[FlowV1 | None, says("how a flow fails; null where nothing is said of steps")]
    spent: Annotated[
        SpentV1 | None,
        says("what the answers took; null where only a committed record of them is known"),
    ]


def side(found: Compared, outcome: EvalOutcome, took: Spent | None, *, is_base: bool) -> SideV1:
    """One side. Its score is over the compared examples, `passed` and the rest over all."""
    scores, record = found.judgement.scores, outcome.record
    score = scores.base if is_base else scores.head
    interval = scores.base_interval if is_base else scores.head_interval
    return SideV1(
        model=record.model,
        prompt=record.prompt,
        version=record.version,
        fingerprint=record.fingerprint,
        sampling=record.sampling,
        score=score if found.judgement.n else None,
        interval=ends(interval),
        passed=record.passed,
        total=record.total,
        errors=record.errors,
        reasons=dict(outcome.errors),
        metrics=dict(record.metrics),
        tags=tags(outcome),
        classes=classes(outcome),
        flow=flow_of(record.results),
        spent=None if took is None else spent(took),
    )

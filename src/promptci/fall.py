"""The gate of a plain run: a fall is seen before the commit, against the record of the last one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from promptci.compared import judge_all
from promptci.comparison import Comparison
from promptci.confirmation import CONFIRM, RunPlan, confirm, flipped
from promptci.errors import SpecError
from promptci.gate import blocks
from promptci.outcome import Outcome
from promptci.pairs import Pair
from promptci.plan import Task
from promptci.sides import Side

BaseSide = Callable[[], Side | None]
"""The last commit as a side, loaded when first needed; None if its files cannot be used."""


def gated(
    outcomes: Sequence[Outcome],
    base_side: BaseSide,
    run: RunPlan,
    *,
    accepted: Mapping[tuple[str, str], frozenset[str]],
    times: int = CONFIRM,
) -> tuple[Outcome, ...]:
    """The same outcomes, flipped examples confirmed, with a sentence for each rule that is broken.

    `accepted` are the accepted losses by eval and model. An outcome without a comparable record
    stays as it is.
    """
    judged = [
        o for o in outcomes if o.comparison and not o.comparison.obstacle and not o.is_undecided
    ]
    comparisons = [o.comparison for o in judged if o.comparison]
    pairs = [_pair(outcome, base_side, accepted) for outcome in judged]
    judgements = judge_all(pairs, comparisons)
    confirmed = confirm(pairs, comparisons, run, times=times)
    settled: dict[int, Outcome] = {}
    for outcome, pair, judgement, found in zip(judged, pairs, judgements, confirmed, strict=True):
        broken = blocks(
            pair.gate, outcome.record, found.comparison, judgement, accepted=pair.accepted
        )
        settled[id(outcome)] = replace(
            outcome,
            comparison=found.comparison,
            failures=(
                *outcome.failures,
                *_sentences(outcome, [b.why for b in broken if _is_new(b.rule)]),
            ),
        )
    return tuple(settled.get(id(outcome), outcome) for outcome in outcomes)


def _is_new(rule: str) -> bool:
    """Floors and must-pass examples are already among an outcome's failures."""
    return rule in ("regressed", "net_loss")


def _sentences(outcome: Outcome, whys: Sequence[str]) -> Iterator[str]:
    for why in whys:
        yield f"{outcome.record.eval} on {outcome.record.model}: {why}, against the last commit"


def _pair(
    outcome: Outcome, base_side: BaseSide, accepted: Mapping[tuple[str, str], frozenset[str]]
) -> Pair:
    task = outcome.task
    return Pair(
        base=_base_task(outcome, base_side) or task,
        head=task,
        gate=task.spec.gate,
        base_record=outcome.base,
        accepted=accepted.get((task.spec.name, task.model.name), frozenset()),
    )


def _base_task(outcome: Outcome, base_side: BaseSide) -> Task | None:
    """The last commit's prompt on the same examples, needed only to ask flipped ones again."""
    comparison: Comparison | None = outcome.comparison
    task = outcome.task
    if comparison is None or not flipped(comparison) or task.settings.is_deterministic:
        return None
    try:
        side = base_side()
    except SpecError:
        return None
    pick = side.pick(task.spec) if side else None
    if pick is None or any(pick.prompt.missing(example.vars) for example in task.examples()):
        return None
    prompt = pick.prompt
    settings = replace(
        task.settings,
        parameters=prompt.parameters or {},
        response_format=prompt.response_format,
        tools=prompt.tools,
    )
    return replace(task, prompt=prompt, settings=settings)

"""The gate of a plain run: a fall is seen before the commit, against the record of the last one."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec.structs import asdict, replace

from promptci.compare.basetags import BaseSide
from promptci.compare.comparison import OTHER_SCORERS, Comparison, compare_records
from promptci.compare.confirmation import confirm, confirming
from promptci.compare.confirmed import Confirmed, flipped
from promptci.compare.gate.gate import open_loss, pair_blocks
from promptci.compare.judgement import Judgement
from promptci.compare.judgingpairs import confirm_falls, judge_all
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.pairing.comparedside import Pick
from promptci.compare.pairing.pairs import Pair
from promptci.compare.planruns import RunPlan, pass_over
from promptci.compare.repeatrule import MOST
from promptci.digest import long_digest
from promptci.errors import RequestError
from promptci.records.record import Record
from promptci.run.planning.answering import answered_by
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.modelspec import ModelSpec
from promptci.spending.limits import CONFIRM


def apply_regression_gate(
    outcomes: Sequence[EvalOutcome],
    base_side: BaseSide,
    run: RunPlan,
    *,
    accepted: Mapping[tuple[str, str], frozenset[str]],
    times: int = CONFIRM,
) -> tuple[EvalOutcome, ...]:
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
    judgements = confirm_falls(pairs, comparisons, judgements, confirmed)
    settled = {
        id(outcome): _settled(outcome, pair, judgement, found, base_side)
        for outcome, pair, judgement, found in zip(
            judged, pairs, judgements, confirmed, strict=True
        )
    }
    return tuple(settled.get(id(outcome), outcome) for outcome in outcomes)


def _settled(
    outcome: EvalOutcome,
    pair: Pair,
    judgement: Judgement,
    found: Confirmed,
    base_side: BaseSide,
) -> EvalOutcome:
    """An outcome with what confirming found, and a sentence for each rule that is broken."""
    broken = pair_blocks(pair, outcome.record, judgement, found)
    whys = [block.why for block in broken if _is_new(block.rule)]
    return replace(
        outcome,
        comparison=found.comparison,
        unconfirmed=found.remark,
        open_loss=open_loss(pair, judgement, found),
        failures=(*outcome.failures, *_sentences(outcome, whys, base_side)),
    )


def rescored(
    outcome: EvalOutcome,
    base_side: BaseSide,
    run: RunPlan,
    is_stored: Callable[[Task], bool],
) -> EvalOutcome:
    """An outcome compared with its base by the scorers of now, where those are others.

    The base's answers are judged again if they are stored, so that no model is asked; else the two
    stay not comparable.
    """
    before, found = outcome.base, outcome.comparison
    if before is None or found is None or found.obstacle != OTHER_SCORERS:
        return outcome
    task = _other_task(outcome, base_side)
    if task is None or not is_stored(task):
        return outcome
    [judged] = run(Plan((task,), is_partial=True), pass_over).outcomes()
    parts = replace(outcome.record.parts, prompt=before.parts.prompt, model=before.parts.model)
    base = replace(
        judged.record,
        eval=before.eval,
        prompt=before.prompt,
        version=before.version,
        accepted=before.accepted,
        parts=parts,
        fingerprint=long_digest(asdict(parts)),
    )
    return replace(outcome, base=base, comparison=compare_records(base, outcome.record))


def may_confirm_run(task: Task, base: Record, times: int) -> tuple[Again, ...]:
    """The most that confirming what flips against a record may ask, of the task and its base.

    What the base asks is not known before something flips: it is taken for as much as the task.
    """
    if not times or task.is_deterministic:
        return ()
    most = max(times, MOST) if task.judges.varies else times
    is_same = base.fingerprint == task.fingerprint
    return confirming(task, (task, task), most, if_asked=is_same)


def _is_new(rule: str) -> bool:
    """Floors and must-pass examples are already among an outcome's failures."""
    return rule in ("regressed", "net_loss")


def _sentences(outcome: EvalOutcome, whys: Sequence[str], base_side: BaseSide) -> Iterator[str]:
    for why in whys:
        side = base_side(outcome)
        where = side.name if side else "the last commit"
        yield f"{outcome.title} on {outcome.record.model}: {why}, against {where}"


def _pair(
    outcome: EvalOutcome, base_side: BaseSide, accepted: Mapping[tuple[str, str], frozenset[str]]
) -> Pair:
    task = outcome.task
    base = _base_task(outcome, base_side)
    is_drift = outcome.base is not None and outcome.base.parts == outcome.record.parts
    return Pair(
        base=base or task,
        head=task,
        gate=task.spec.gate,
        base_record=outcome.base,
        accepted=accepted.get((task.spec.name, task.model.name), frozenset()),
        can_repeat=is_drift or base is not None,
        is_drift=is_drift,
    )


def _base_task(outcome: EvalOutcome, base_side: BaseSide) -> Task | None:
    """The last commit's prompt and model on the same examples, to ask flipped ones again.

    None where nothing is to be asked, or the last commit's files cannot be used.
    """
    comparison: Comparison | None = outcome.comparison
    if comparison is None or not flipped(comparison) or outcome.task.is_deterministic:
        return None
    return _other_task(outcome, base_side)


def _other_task(outcome: EvalOutcome, base_side: BaseSide) -> Task | None:
    """The last commit's prompt and model on the same examples; None if they cannot be used."""
    task = outcome.task
    try:
        side = base_side(outcome)
        pick = side.pick(task.spec) if side else None
        model = _model(pick, outcome.base.model) if pick and outcome.base else None
        if side is None or side.suite is None or pick is None or model is None:
            return None
        if any(pick.prompt.missing(example.vars) for example in task.examples()):
            return None
        return answered_by(task, side.suite, pick.prompt, model, _builds(task))
    except RequestError:
        return None


def _model(pick: Pick, name: str) -> ModelSpec | None:
    """The model that a record was made with, as its commit has it."""
    return next((model for model in pick.models if model.name == name), None)


def _builds(task: Task) -> BuildOf:
    """Which builds answer: they are known only for the models that were just asked."""
    asked = (task, *task.asking)
    known = {each.model.identity: each.settings.build for each in asked}
    return lambda model: known.get(model.identity, "")

"""Both sides of pairs evaluated, their flips confirmed, and all judged as one family."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.comparison import Comparison, compare_records
from promptci.compare.confirmation import confirm, may_confirm
from promptci.compare.confirmed import Confirmed
from promptci.compare.gate.gate import moved_must_pass, open_loss, pair_blocks
from promptci.compare.judgement import Judgement, Test
from promptci.compare.judgingpairs import confirm_falls, judge_all
from promptci.compare.lostexamples import MOST_SHOWN, SeenAnswers, lost_examples
from promptci.compare.outcomes.flowtraces import untaken_steps
from promptci.compare.outcomes.outcome import EvalOutcome, from_record
from promptci.compare.pairing.pairs import Pair
from promptci.compare.planruns import RunPlan, pass_over
from promptci.compare.stored.recalledpairs import Recalls
from promptci.compare.stored.recalledsides import SideRecall
from promptci.compare.stored.storedspent import StoredSide, same_side, stored_side
from promptci.errors import NothingToRunError, RepeatsStoppedError
from promptci.records.record import Record
from promptci.run.driving.work import Sink
from promptci.run.planning.plan import Again, Plan
from promptci.run.recall import Find
from promptci.spending.limits import CONFIRM


def compare_pairs(
    pairs: Sequence[Pair],
    run: RunPlan,
    find: Find,
    *,
    times: int = CONFIRM,
    test: Test = "exact",
    more: Sequence[Again] = (),
    recalled: Recalls | None = None,
    sides: SideRecall | None = None,
    also: Sink | None = None,
) -> tuple[Compared, ...]:
    """Evaluate both sides of every pair, confirm flips and judge all as one family.

    The judgement goes by the first answers to all examples. Repeats are asked only of examples
    that flipped, so they decide which flips are confirmed and are kept out of the judgement,
    which they would bias; only a fall that they do not confirm is none where judges vary. `more`
    is what the caller may ask afterwards, beside that. Outcomes of pairs that are `recalled` are
    not judged again, nor are `sides` that a run left. `also` receives the answers behind a base's
    record that are looked up.
    """
    if not pairs:
        raise NothingToRunError("there is no eval that both sides can be compared on")
    seen = {id(pair): SeenAnswers(pair) for pair in pairs}
    again = tuple(each for pair in pairs for each in asked_afterwards(pair, times))
    outcomes = _evaluate(
        pairs, run, seen.values(), again=(*again, *more), recalled=recalled, sides=sides
    )
    comparisons = [
        compare_records(outcomes[id(pair.base)].record, outcomes[id(pair.head)].record)
        for pair in pairs
    ]
    judgements = judge_all(pairs, comparisons, test=test)
    confirmed = _confirmed(pairs, comparisons, run, times)
    judgements = confirm_falls(pairs, comparisons, judgements, confirmed, test=test)
    _fetch_base_answers(pairs, confirmed, run)

    def base_side(pair: Pair) -> StoredSide | None:
        known = None if sides is None else sides.spent(pair)
        return known or stored_side(pair.base, find, also)

    return tuple(
        _compared(pair, outcomes, judgement, settled, seen[id(pair)], find, base_side)
        for pair, judgement, settled in zip(pairs, judgements, confirmed, strict=True)
    )


def _compared(
    pair: Pair,
    outcomes: Mapping[int, EvalOutcome],
    judgement: Judgement,
    settled: Confirmed,
    seen: SeenAnswers,
    find: Find,
    base_side: Callable[[Pair], StoredSide | None],
) -> Compared:
    """One pair with what its gate says; `base_side` tells what is behind a base's record."""
    base, head = outcomes[id(pair.base)], outcomes[id(pair.head)]
    truncated = base.truncated if pair.base_record is None else None
    steps = base.traces.taken if base.traces else frozenset[str]()
    if pair.base_record is not None and pair.head_record is None:
        stored = same_side(pair.base, head) or base_side(pair)
        base = replace(base, spent=stored.spent) if stored and stored.spent else base
        truncated, steps = (stored.truncated, stored.steps) if stored else (None, steps)
    return Compared(
        base_truncated=truncated,
        untaken=untaken_steps(pair.base.prompt, pair.head.prompt, head.traces, steps),
        pair=pair,
        base=base,
        head=head,
        confirmed=settled,
        judgement=judgement,
        blocks=pair_blocks(pair, head.record, judgement, settled),
        lost=tuple(lost_examples(pair, settled.comparison, seen.whys, find)),
        churn=seen.churn,
        open_loss=open_loss(pair, judgement, settled),
    )


def _confirmed(
    pairs: Sequence[Pair], comparisons: Sequence[Comparison], run: RunPlan, times: int
) -> tuple[Confirmed, ...]:
    """Flips asked again; where a ceiling ends that they stay as they are."""
    try:
        return confirm(pairs, comparisons, run, times=times)
    except RepeatsStoppedError:
        return confirm(pairs, comparisons, run, times=0)


def _evaluate(
    pairs: Sequence[Pair],
    run: RunPlan,
    seen: Iterable[SeenAnswers],
    *,
    again: tuple[Again, ...],
    recalled: Recalls | None,
    sides: SideRecall | None,
) -> dict[int, EvalOutcome]:
    """The outcome of each task; those with a record in their place are not asked."""
    known = {id(p.base): from_record(p.base, p.base_record) for p in pairs if p.base_record}
    known |= {id(p.head): from_record(p.head, p.head_record) for p in pairs if p.head_record}
    seen = list(seen)
    if recalled is not None:
        known |= recalled.recall_all(seen)
    if sides is not None:
        known |= sides.recall_all(each for each in seen if id(each.pair.head) not in known)
    tasks = tuple(task for p in pairs for task in (p.base, p.head) if id(task) not in known)
    takers = {id(task): each.take for each in seen for task in (each.pair.base, each.pair.head)}
    if not tasks:
        return known
    ran = run(Plan(tasks, again=again), lambda f: takers[id(f.task)](f))
    if recalled is not None:
        recalled.keep_all([each for each in seen if id(each.pair.head) not in known], ran)
    return known | {id(outcome.task): outcome for outcome in ran.outcomes()}


def asked_afterwards(pair: Pair, times: int) -> tuple[Again, ...]:
    """What a comparison may ask beside the first answers: to confirm flips, and to show words."""
    confirming = may_confirm(pair, times)
    if pair.base_record is None or pair.head_record is not None:
        return confirming
    return (*confirming, Again(pair.head, pair.base, min(MOST_SHOWN, pair.base.count), 1))


def _fetch_base_answers(
    pairs: Sequence[Pair], confirmed: Sequence[Confirmed], run: RunPlan
) -> None:
    """Get the base's words for lost examples where only its record is known, to show them."""
    tasks = []
    for pair, settled in zip(pairs, confirmed, strict=True):
        ids = frozenset(settled.comparison.ids("lost")[:MOST_SHOWN])
        if pair.base_record is not None and pair.head_record is None and ids:
            tasks.append(pair.only(ids).base)
    if tasks:
        with suppress(RepeatsStoppedError):
            run(Plan(tuple(tasks), is_partial=True), pass_over)


def with_moved_must_pass(found: Compared, record: Record) -> Compared:
    """The same, blocked by examples that must pass, do in the base's `record` and fail now.

    For whatever reason: both sides fail where scorers or an example were edited.
    """
    passed = {result.id: result.digest for result in record.results if result.passed}
    accepted, comparison = found.pair.accepted, found.confirmed.comparison
    more = moved_must_pass(found.pair.gate, comparison, passed_before=passed, accepted=accepted)
    return replace(found, blocks=(*found.blocks, *more))

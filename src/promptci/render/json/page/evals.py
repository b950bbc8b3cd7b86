"""The evals of a report page: the state of each, and the figures of both sides."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.comparison import ChangeFate
from promptci.compare.outcomes.failurereasons import missing_reasons
from promptci.compare.outcomes.outcome import EvalOutcome, Spent, score_interval
from promptci.compare.outcomes.splits import ResultSplit
from promptci.judges.judgeresult import JudgeResult
from promptci.render.json.measures import classes, classes_of
from promptci.render.json.page.parts import PageEvalV1, PageSideV1, PageState
from promptci.render.json.page.past import eval_judges
from promptci.render.json.splits import SplitV1, splits_of
from promptci.render.json.structure import ends, money
from promptci.render.prompttext import prompt_text
from promptci.render.sentences import is_moved, sentence_of, verdict_sentence
from promptci.render.terminal.breakdown import run_splits, spent, splits
from promptci.reportdata.answerbook import AnswerBook
from promptci.run.driving.unasked import NOT_STORED

LATENCY_BOUNDS = (
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.35,
    0.5,
    0.75,
    1,
    1.5,
    2,
    3,
    5,
    7.5,
    10,
    15,
    20,
    30,
    60,
)
"""Upper bounds, in seconds, of what latencies are counted by; the last count is of those above."""

MOST_SPLITS = 50
"""Expected values and tags of an eval that are listed."""


def compared_eval(found: Compared, book: AnswerBook, judged: JudgeResult) -> PageEvalV1:
    """An eval with two sides."""
    judgement, ids = found.judgement, found.confirmed.comparison.ids
    took = _took(found)
    lost = ids("lost")
    labels = {name: each.labels for name, each in found.head.confusions.items()}
    return PageEvalV1(
        eval=found.name,
        was=found.pair.was or None,
        model=found.pair.head.model.name,
        state=_state(found),
        moved=is_moved(found),
        changed=list(found.head.record.changed_since(found.base.record)),
        sentence=verdict_sentence(found) + _why_missing(found.base, found.head),
        blocks=[block.why for block in found.blocks],
        delta=judgement.scores.delta if judgement.n else None,
        interval=ends(judgement.interval),
        tolerance=judgement.tolerance,
        lost=len(lost),
        won=len(ids("won")),
        flaky=len(ids("flaky")),
        errors=len(ids("error")),
        accepted=len(found.pair.accepted.intersection(lost)),
        base=_compared_side(found, found.base, took[0], book, labels),
        head=_compared_side(found, found.head, took[1], book, labels),
        splits=_moved(splits(found)),
        judges=eval_judges(found.head.task, judged),
    )


def _compared_side(
    found: Compared,
    outcome: EvalOutcome,
    took: Spent | None,
    book: AnswerBook,
    labels: Mapping[str, Sequence[str]],
) -> PageSideV1:
    """One of two sides: its score is that of the compared examples, accepted losses among them."""
    alone, scores = _side(outcome, took, book, labels), found.judgement.scores
    if not found.judgement.n:
        return alone
    if outcome is found.base:
        score, interval = scores.base, scores.base_interval
    else:
        score, interval = scores.head, scores.head_interval
    return replace(alone, score=score, interval=ends(interval))


def alone_eval(
    found: EvalOutcome,
    book: AnswerBook,
    judged: JudgeResult,
    *,
    is_new: bool,
    obstacle: str = "",
) -> PageEvalV1:
    """An eval with one side: a new one, one that did not change, or what a run evaluated.

    An `obstacle` says why it was not compared with anything.
    """
    counts = {fate: len(ids) for fate, ids in _moves(found).items()}
    state: PageState = "new" if is_new else "moved" if any(counts.values()) else "unchanged"
    if found.is_undecided or obstacle:
        state = "no verdict"
    elif found.failures:
        state = "blocked"
    side = _side(found, found.spent if found.spent.asked + found.spent.cached else None, book, {})
    return PageEvalV1(
        eval=found.record.eval,
        was=None,
        model=found.task.model.name,
        state=state,
        moved=is_new or state != "unchanged",
        changed=[],
        sentence=obstacle or _alone_sentence(found, is_new=is_new) + _why_missing(found),
        blocks=list(found.failures),
        delta=found.comparison.delta if found.comparison else None,
        interval=None,
        tolerance=found.task.spec.gate.tolerance,
        lost=counts["lost"],
        won=counts["won"],
        flaky=counts["flaky"],
        errors=found.record.errors,
        accepted=0,
        base=None,
        head=side,
        splits=_moved(run_splits(found)),
        judges=eval_judges(found.task, judged),
    )


def _moved(found: Iterable[ResultSplit]) -> list[SplitV1]:
    return splits_of(islice((each for each in found if each.delta), MOST_SPLITS))


def _took(found: Compared) -> tuple[Spent | None, Spent | None]:
    """What each side took with judges and repeats; where one is not known, neither counts.

    Otherwise the answers alone of one side would be beside all that was asked for the other.
    """
    took = spent(found)
    return took if None not in took else (None, None)


def _state(found: Compared) -> PageState:
    if found.judgement.verdict == "regressed":
        return "regressed"
    if found.blocks:
        return "blocked"
    if found.is_undecided:
        return "no verdict"
    verdict = found.judgement.verdict  # of losses that are all accepted nothing is left to judge
    return "underpowered" if verdict == "not comparable" else verdict


def _alone_sentence(found: EvalOutcome, *, is_new: bool) -> str:
    record = found.record
    passed = f"{record.passed:,} of {record.total:,} examples pass."
    if found.is_undecided:
        return f"No verdict: {record.errors:,} of {record.total:,} examples have no answer."
    if is_new:
        return f"New, with nothing to compare with. {passed}"
    moves = [f"{fate} {len(ids):,}" for fate, ids in _moves(found).items() if ids]
    return f"{sentence_of(' and '.join(moves))} {passed}" if moves else f"Not changed. {passed}"


def _why_missing(*sides: EvalOutcome) -> str:
    """Why most of the answers are missing that a verdict lacks; empty where that is unknown."""
    counts = Counter[str]()
    for side in sides:
        counts.update(side.errors if side.is_undecided else {})
    del counts[NOT_STORED]
    whys = missing_reasons(counts)
    return f" {'Reason' if len(whys) == 1 else 'First reason'}: {whys[0][0]}." if whys else ""


def _moves(found: EvalOutcome) -> dict[str, tuple[str, ...]]:
    """Examples that moved against the record that an outcome is compared with."""
    compared = found.comparison
    is_known = compared is not None and not compared.obstacle
    fates: tuple[ChangeFate, ...] = ("lost", "won", "flaky")
    return {fate: compared.ids(fate) if compared and is_known else () for fate in fates}


def _side(
    found: EvalOutcome, took: Spent | None, book: AnswerBook, labels: Mapping[str, Sequence[str]]
) -> PageSideV1:
    record, stored = found.record, book.cost(found.task)
    known = took if took and (took.asked or took.cached) else None
    cost, tokens = stored.cost, stored.tokens
    if known:
        cost, tokens = known.cost, known.input_tokens + known.output_tokens
    return PageSideV1(
        model=found.task.model.name,
        models=[each.name for each in found.task.models],
        version=record.version,
        score=record.score if record.errors < record.total else None,
        interval=ends(score_interval(record.results)),
        passed=record.passed,
        total=record.total,
        errors=record.errors,
        cost=money(cost),
        is_untold=cost is None and tokens is not None and found.task.is_priced,
        judges_apart=known is None and found.task.asks_judges,
        p50=stored.latency(0.5),
        p95=stored.latency(0.95),
        tokens=tokens,
        latencies=_counts(stored.latencies),
        classes=classes(found)
        or {label: classes_of(each) for label, each in book.confusions(found.task, labels).items()},
        prompt=prompt_text(found.task.prompt),
    )


def _counts(latencies: Iterable[float]) -> list[int]:
    """How many are at most each bound, and above the last."""
    counts = [0] * (len(LATENCY_BOUNDS) + 1)
    for each in latencies:
        counts[bisect_left(LATENCY_BOUNDS, each)] += 1
    return counts

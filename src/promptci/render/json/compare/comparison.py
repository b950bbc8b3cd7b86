"""One comparison of base and head, for the reports of `compare` and `check`."""

from typing import Annotated, Any

from promptci.compare.compared import Compared
from promptci.compare.comparison import Comparison
from promptci.compare.judgement import Judgement, Verdict
from promptci.compare.lostexamples import LostExample
from promptci.compare.outcomes.flowfailures import blamed_steps
from promptci.render.json.compare.contest import ContestV1, contest
from promptci.render.json.compare.side import SideV1, side
from promptci.render.json.splits import SplitV1, splits_of
from promptci.render.json.structure import (
    COST,
    CostChangeV1,
    Ends,
    Part,
    cost_change_of,
    ends,
    says,
)
from promptci.render.sentences import shared_count, verdict_sentence
from promptci.render.terminal.breakdown import metric_rows, spent, splits


class CellsV1(Part, frozen=True, kw_only=True):
    """How many examples passed where."""

    both: Annotated[int, says("on both sides")]
    only_base: Annotated[int, says("on the base only")]
    only_head: Annotated[int, says("on the head only")]
    neither: Annotated[int, says("on neither")]


class FatesV1(Part, frozen=True, kw_only=True):
    """Ids of examples by what became of them."""

    lost: Annotated[list[str], says("passed on the base and fail on the head")]
    won: Annotated[list[str], says("failed on the base and pass on the head")]
    flaky: Annotated[list[str], says("flipped, but not each time they were asked")]
    error: Annotated[list[str], says("without an answer on a side")]
    changed: Annotated[list[str], says("edited, and so not compared")]
    new: Annotated[list[str], says("only on the head")]
    removed: Annotated[list[str], says("only on the base")]


class ConfirmationV1(Part, frozen=True, kw_only=True):
    """Whether flips were confirmed."""

    asked: Annotated[bool, says("whether flipped examples were asked again")]
    note: Annotated[str, says("what was done")]


class BlockV1(Part, frozen=True, kw_only=True):
    """A reason why the gate blocks."""

    rule: Annotated[str, says("`regressed`, `must_pass`, `net_loss` or `min_score`")]
    why: Annotated[str, says("a sentence")]


class LostExampleV1(Part, frozen=True, kw_only=True):
    """A lost example with both answers."""

    example: Annotated[str, says("its id")]
    vars: Annotated[dict[str, Any], says("its variables")]
    expected: Annotated[Any, says("what was expected")]
    base: Annotated[str, says("the base's answer")]
    head: Annotated[str, says("the head's answer")]
    why: Annotated[str, says("why the head's answer fails")]
    accepted: Annotated[bool, says("whether the loss was accepted")]


class ComparisonV1(Part, frozen=True, kw_only=True):
    """One eval on one pair of models."""

    eval: Annotated[str, says("the eval's name")]
    was: Annotated[str | None, says("what the base calls it; null where that is the same")]
    verdict: Annotated[Verdict, says("what the examples say beyond themselves")]
    undecided: Annotated[bool, says("true where answers are missing, or nothing can be compared")]
    sentence: Annotated[str, says("the verdict in words")]
    obstacle: Annotated[str | None, says("why it is not comparable")]
    n: Annotated[int, says("examples in the test: those compared, without accepted losses")]
    cells: Annotated[CellsV1, says("how many of them passed where")]
    cost_change: Annotated[CostChangeV1 | None, says(COST)]
    delta: Annotated[float | None, says("the head's score minus the base's")]
    interval: Annotated[Ends | None, says("its 95% interval, without accepted losses")]
    p: Annotated[float | None, says("the p value")]
    log_p: Annotated[float | None, says("its natural logarithm, finite where `p` reads 0")]
    test: Annotated[str | None, says("the test's name")]
    adjusted_p: Annotated[float | None, says("by Holm, over all evals of the document")]
    tolerance: Annotated[float, says("the drop that the gate allows")]
    detectable: Annotated[
        float | None,
        says("the smallest true drop that `test`, at 5% for this eval alone, shows with 80% power"),
    ]
    needed: Annotated[int | None, says("about how many examples would settle the tolerance")]
    compared: Annotated[int, says("examples on both sides, unchanged and answered")]
    same: Annotated[int, says("those of them that kept their verdict")]
    examples: Annotated[FatesV1, says("the other examples, by what became of them")]
    open_loss: Annotated[
        str, says("a net loss that would block and was not asked again: no verdict; else empty")
    ]
    confirmation: Annotated[ConfirmationV1, says("whether flips were confirmed")]
    accepted: Annotated[list[str], says("ids of accepted losses")]
    stale_accepted: Annotated[list[str], says("ids of accepted losses that are not lost")]
    negative_flips: Annotated[float | None, says("lost examples as a share of those compared")]
    churn: Annotated[int | None, says("answers in other words, whatever their verdict")]
    blocks: Annotated[list[BlockV1], says("why the gate blocks")]
    base: Annotated[SideV1, says("the base's side")]
    head: Annotated[SideV1, says("the head's side")]
    splits: Annotated[
        list[SplitV1],
        says("the examples by expected value, where that takes few, and by tag; the worst first"),
    ]
    hidden_tags: Annotated[
        list[str], says("tags that fell beyond the tolerance while the total did not")
    ]
    format_metrics: Annotated[
        list[str], says("metrics that judge the form of an answer and not what it says")
    ]
    contests: Annotated[list[ContestV1], says("what each `select_best` prefers")]
    blamed: Annotated[
        dict[str, int],
        says(
            "how many lost examples each step of a flow is to blame for: the first that was right "
            "before, else `control flow`, else `composition`; empty where nothing is said of steps"
        ),
    ]
    lost: Annotated[list[LostExampleV1], says("at most 50 lost examples")]


def comparison(found: Compared) -> ComparisonV1:
    """Everything that is known of one eval on one pair of models."""
    judgement, confirmed, shared = found.judgement, found.confirmed, shared_count(found)
    parts = splits(found)
    p, lost = judgement.p, confirmed.comparison.ids("lost")
    base_spent, head_spent = spent(found)
    return ComparisonV1(
        eval=found.name,
        was=found.pair.was or None,
        verdict=judgement.verdict,
        undecided=found.is_undecided,
        sentence=verdict_sentence(found),
        obstacle=judgement.obstacle or None,
        n=judgement.n,
        cells=_cells(judgement),
        cost_change=cost_change_of(found.cost),
        delta=judgement.scores.delta if judgement.n else None,
        interval=ends(judgement.interval),
        p=None if p is None else p.p,
        log_p=None if p is None else p.log_p,
        test=None if p is None else p.test,
        adjusted_p=None if p is None else judgement.adjusted_p,
        tolerance=judgement.tolerance,
        detectable=judgement.detectable,
        needed=judgement.needed,
        compared=shared,
        same=len(confirmed.comparison.ids("same")),
        examples=_fates(confirmed.comparison),
        open_loss=found.open_loss,
        confirmation=ConfirmationV1(asked=confirmed.was_asked, note=confirmed.note),
        accepted=sorted(found.pair.accepted),
        stale_accepted=list(found.stale_accepted),
        negative_flips=len(lost) / shared if shared else None,
        churn=found.churn,
        blocks=[BlockV1(rule=block.rule, why=block.why) for block in found.blocks],
        base=side(found, found.base, base_spent, is_base=True),
        head=side(found, found.head, head_spent, is_base=False),
        splits=splits_of(parts),
        hidden_tags=[each.value for each in parts if each.kind == "tag" and each.is_hidden],
        format_metrics=[row.label for row in metric_rows(found) if row.is_format],
        contests=[contest(each) for each in found.contests],
        blamed=blamed_steps(confirmed.comparison),
        lost=[_lost(found, each) for each in found.lost],
    )


def _cells(found: Judgement) -> CellsV1:
    cells = found.cells
    return CellsV1(
        both=cells.both,
        only_base=cells.only_base,
        only_head=cells.only_head,
        neither=cells.neither,
    )


def _fates(found: Comparison) -> FatesV1:
    return FatesV1(
        lost=list(found.ids("lost")),
        won=list(found.ids("won")),
        flaky=list(found.ids("flaky")),
        error=list(found.ids("error")),
        changed=list(found.ids("changed")),
        new=list(found.ids("new")),
        removed=list(found.ids("removed")),
    )


def _lost(found: Compared, lost: LostExample) -> LostExampleV1:
    return LostExampleV1(
        example=lost.example.id,
        vars=dict(lost.example.vars),
        expected=lost.example.expected,
        base=lost.base,
        head=lost.head,
        why=lost.why,
        accepted=lost.example.id in found.pair.accepted,
    )

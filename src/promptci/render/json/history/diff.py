"""The report of `diff`."""

from typing import Annotated, Literal

from promptci.check.baserevision import Base
from promptci.compare.judgement import Verdict
from promptci.history.recordchanges import Damaged, DiffRow, RecordDiff
from promptci.records.record import Record
from promptci.render.json.compare.base import (
    BaseV1,
    RenamedV1,
    SplitEvalV1,
    base_of,
    renamed,
    split_parts,
)
from promptci.render.json.history.accept import ReasonedLossV1, reasoned
from promptci.render.json.splits import SplitV1, splits_of
from promptci.render.json.structure import (
    COST,
    CostChangeV1,
    Ends,
    ExitCode,
    Part,
    Report,
    cost_change_of,
    ends,
    says,
)


class RecordV1(Part, frozen=True, kw_only=True):
    """A score record of one eval on one model."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    model_id: Annotated[str, says("the model's endpoint and id")]
    label: Annotated[str, says("the prompt's label")]
    fingerprint: Annotated[str, says("the digest of everything that was evaluated")]
    score: Annotated[float | None, says("over all examples")]
    passed: Annotated[int, says("how many examples passed")]
    total: Annotated[int, says("how many examples there are")]


class DiffRowV1(Part, frozen=True, kw_only=True):
    """Two records of one eval that differ."""

    eval: Annotated[str, says("the eval's name")]
    was: Annotated[str | None, says("what the base calls it; null where that is the same")]
    model: Annotated[str, says("the head's model")]
    base_model: Annotated[str, says("the base's model")]
    base: Annotated[RecordV1, says("the base's record")]
    head: Annotated[RecordV1, says("the head's record")]
    changed_parts: Annotated[list[str], says("parts of the fingerprint that differ")]
    worse: Annotated[bool, says("whether an example was lost or the score fell")]
    accepted: Annotated[list[ReasonedLossV1], says("losses that the head accepts")]
    lost: Annotated[list[str], says("ids of examples that passed and fail now")]
    won: Annotated[list[str], says("ids of examples that failed and pass now")]
    changed: Annotated[list[str], says("ids of examples that were edited")]
    new: Annotated[list[str], says("ids of examples that only the head has")]
    removed: Annotated[list[str], says("ids of examples that only the base has")]
    error: Annotated[list[str], says("ids of examples without an answer on a side")]
    splits: Annotated[
        list[SplitV1], says("by expected value, where that takes few, and by tag; the worst first")
    ]
    cost_change: Annotated[CostChangeV1 | None, says(COST)]
    delta: Annotated[float | None, says("the head's score minus the base's")]
    n: Annotated[int, says("examples in the test")]
    interval: Annotated[Ends | None, says("the 95% interval of the difference")]
    p: Annotated[float | None, says("the p value")]
    adjusted_p: Annotated[float | None, says("by Holm, over all evals of the document")]
    verdict: Annotated[Verdict, says("what the examples say beyond themselves")]
    obstacle: Annotated[str | None, says("why it is not comparable")]


class DamagedV1(Part, frozen=True, kw_only=True, rename={"where": "in"}):
    """A record that cannot be read."""

    path: Annotated[str, says("the record's path")]
    where: Annotated[str, says("the commit, or the working tree")]
    why: Annotated[str, says("what is wrong with it")]


class DiffV1(Report, frozen=True, kw_only=True):
    """How committed scores differ."""

    command: Literal["diff"] = "diff"
    exit_code: ExitCode
    base: Annotated[BaseV1, says("the base")]
    head: Annotated[str, says("what was compared with it")]
    evals: Annotated[list[DiffRowV1], says("records on both sides that differ")]
    added: Annotated[list[RecordV1], says("records that only the head has")]
    removed: Annotated[list[RecordV1], says("records that only the base has")]
    renamed: Annotated[list[RenamedV1], says("evals that the base has under another name")]
    joined: Annotated[list[RenamedV1], says("evals of the base that another one took in")]
    split: Annotated[list[SplitEvalV1], says("evals whose examples several have now")]
    damaged: Annotated[list[DamagedV1], says("records that cannot be read")]
    older: Annotated[
        list[str], says("what records are older than their files, a sentence for models alike")
    ]


def diff_report(found: RecordDiff, base: Base, head: str) -> DiffV1:
    """Every record that differs; `head` says what was compared with the base."""
    return DiffV1(
        exit_code=found.exit_code,
        base=base_of(base),
        head=head,
        evals=[_row(row) for row in found.rows],
        added=[_record(record) for record in found.added],
        removed=[_record(record) for record in found.removed],
        renamed=renamed(found.renamed),
        joined=[RenamedV1(eval=into, was=was) for was, into in sorted(found.joined.items())],
        split=split_parts(found.split),
        damaged=[_damaged(each) for each in found.damaged],
        older=list(found.older),
    )


def _row(row: DiffRow) -> DiffRowV1:
    judgement, comparison = row.judgement, row.comparison
    p = judgement.p
    return DiffRowV1(
        eval=row.head.eval,
        was=None if row.base.eval == row.head.eval else row.base.eval,
        model=row.head.model,
        base_model=row.base.model,
        base=_record(row.base),
        head=_record(row.head),
        changed_parts=list(row.what),
        worse=row.is_worse,
        accepted=reasoned(row.head.accepted),
        lost=list(comparison.flipped_ids("lost")),
        won=list(comparison.flipped_ids("won")),
        changed=list(comparison.ids("changed")),
        new=list(comparison.ids("new")),
        removed=list(comparison.ids("removed")),
        error=list(comparison.ids("error")),
        splits=splits_of(row.splits),
        cost_change=cost_change_of(row.cost),
        delta=comparison.delta,
        n=judgement.n,
        interval=ends(judgement.interval),
        p=None if p is None else p.p,
        adjusted_p=None if p is None else judgement.adjusted_p,
        verdict=judgement.verdict,
        obstacle=judgement.obstacle or None,
    )


def _record(record: Record) -> RecordV1:
    return RecordV1(
        eval=record.eval,
        model=record.model,
        model_id=record.model_id,
        label=record.version,
        fingerprint=record.fingerprint,
        score=record.score if record.errors < record.total else None,
        passed=record.passed,
        total=record.total,
    )


def _damaged(found: Damaged) -> DamagedV1:
    return DamagedV1(path=found.path, where=found.where, why=found.why)

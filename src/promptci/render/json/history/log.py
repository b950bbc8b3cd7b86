"""The report of `log`."""

from typing import Annotated, Literal

from promptci.history.recordlog import Entry, RecordLog
from promptci.render.json.history.accept import ReasonedLossV1, reasoned
from promptci.render.json.splits import SplitV1, splits_of
from promptci.render.json.structure import ExitCode, Part, Report, says


class JudgeEditV1(Part, frozen=True, kw_only=True):
    """A judge that changed."""

    label: Annotated[str, says("the scorer's name")]
    base: Annotated[str, says("its lines in the record before")]
    head: Annotated[str, says("its lines here, empty where it is gone")]


class EntryV1(Part, frozen=True, kw_only=True):
    """What became of one model's record at one commit."""

    commit: Annotated[str, says("the full id")]
    date: Annotated[str, says("when it was made")]
    author: Annotated[str, says("who made it")]
    subject: Annotated[str, says("the first line of its message")]
    path: Annotated[str, says("the record's path at this commit")]
    branch: Annotated[str, says("the branch that it was made on, as the merge calls it")]
    merge: Annotated[str | None, says("the merge that brought it in; null on the main line")]
    was: Annotated[str | None, says("the eval's name in the record before, if otherwise")]
    split: Annotated[list[str], says("the evals among which it was split here")]
    joined: Annotated[list[str], says("the evals that were joined into it here")]
    model: Annotated[str | None, says("the model's name; null where the record is damaged")]
    model_id: Annotated[str | None, says("the model's endpoint and id")]
    label: Annotated[str | None, says("the prompt's label")]
    fingerprint: Annotated[str | None, says("the digest of everything that was evaluated")]
    score: Annotated[float | None, says("over all examples that have an answer")]
    passed: Annotated[int | None, says("how many examples passed")]
    total: Annotated[int | None, says("how many examples there are")]
    unmeasured: Annotated[int, says("how many were not asked since two branches were merged")]
    measured: Annotated[int, says("how many were asked that the record before left unmeasured")]
    edited: Annotated[int, says("how many examples were edited")]
    added: Annotated[int, says("how many examples are new")]
    gone: Annotated[int, says("how many examples were removed")]
    delta: Annotated[float | None, says("the score minus that of the record before")]
    obstacle: Annotated[str | None, says("why the two are not comparable")]
    lost: Annotated[list[str], says("ids of examples that passed before and fail here")]
    won: Annotated[list[str], says("ids of examples that failed before and pass here")]
    fallen: Annotated[
        list[SplitV1], says("expected values and tags that fell beyond the tolerance")
    ]
    changed: Annotated[list[str], says("parts of the fingerprint that differ")]
    judges: Annotated[list[JudgeEditV1], says("judges that changed")]
    accepted: Annotated[list[ReasonedLossV1], says("losses accepted here")]
    is_new: Annotated[bool, says("whether it is the model's first record")]
    is_removed: Annotated[bool, says("whether the record went away")]
    is_cut: Annotated[bool, says("whether the record before is not known")]
    computed_later: Annotated[bool, says("whether `run --rev` computed it")]
    damage: Annotated[str | None, says("what is wrong with the record")]
    stale: Annotated[
        list[str], says("parts of the fingerprint in which it is not of the commit's own files")
    ]


class LogV1(Report, frozen=True, kw_only=True):
    """The history of an eval's scores."""

    command: Literal["log"] = "log"
    exit_code: ExitCode
    eval: Annotated[str, says("the eval's name")]
    entries: Annotated[list[EntryV1], says("one item per commit and model, the newest first")]
    notes: Annotated[list[str], says("what to know of them, a sentence each")]
    older: Annotated[
        list[str], says("what records are older than the files here, a sentence for models alike")
    ]


def log_report(log: RecordLog) -> LogV1:
    """The history of an eval."""
    return LogV1(
        exit_code=log.exit_code,
        eval=log.eval,
        entries=[_entry(each) for each in log.entries],
        notes=list(log.notes),
        older=list(log.older),
    )


def _entry(entry: Entry) -> EntryV1:
    step, record = entry.step, entry.record
    return EntryV1(
        commit=step.revision.id,
        date=step.date,
        author=step.author,
        subject=step.subject,
        path=step.path,
        branch=entry.place.branch,
        merge=entry.place.merge or None,
        was=entry.was or None,
        split=list(entry.split),
        joined=list(entry.joined),
        model=entry.model or None,
        model_id=record.model_id if record else None,
        label=record.version if record else None,
        fingerprint=record.fingerprint if record else None,
        score=entry.score,
        passed=record.passed if record else None,
        total=record.total if record else None,
        unmeasured=entry.unmeasured,
        measured=entry.measured,
        edited=entry.edits.edited,
        added=entry.edits.added,
        gone=entry.edits.removed,
        delta=entry.delta,
        obstacle=entry.obstacle or None,
        lost=list(entry.lost),
        won=list(entry.won),
        fallen=splits_of(entry.fallen),
        changed=list(entry.what),
        judges=[JudgeEditV1(label=j.label, base=j.base, head=j.head) for j in entry.judges],
        accepted=reasoned(entry.accepted),
        is_new=record is not None and entry.base is None and not entry.is_cut,
        is_removed=record is None and not entry.damage,
        is_cut=entry.is_cut,
        computed_later=entry.is_later,
        damage=entry.damage or None,
        stale=list(entry.stale or ()),
    )

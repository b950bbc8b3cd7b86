"""The document of `report`: all that its page shows."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from promptci.check.checked import Checked
from promptci.check.verification import Stale
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.results import CompareResult, RunResult
from promptci.records.chunkfiles import score_path
from promptci.render.basetitle import base_name
from promptci.render.comparesentence import comparison_sentence
from promptci.render.firstsentence import needs_look, overall_sentence, run_sentence
from promptci.render.idlist import named
from promptci.render.json.page.evals import LATENCY_BOUNDS, alone_eval, compared_eval
from promptci.render.json.page.examples import alone_examples, compared_examples
from promptci.render.json.page.gathered import PageExamples
from promptci.render.json.page.pagecost import PageCostV1, page_cost
from promptci.render.json.page.parts import (
    PageEvalV1,
    PageExampleV1,
    PageJudgeV1,
    PastCommitV1,
    PastFatesV1,
)
from promptci.render.json.page.past import judges, past_commits, past_fates
from promptci.render.json.structure import ExitCode, Report, says
from promptci.render.terminal.compare.changes import worst_first
from promptci.reportdata.reported import WORKING_TREE, Reported

SEVERITY = (
    "regressed",
    "blocked",
    "no verdict",
    "moved",
    "underpowered",
    "improved",
    "new",
    "no worse",
    "unchanged",
)
"""The states of an eval, in the order in which a reader should see it."""

_STALE = "Not compared, since its score record does not match its files."

_MOST_NAMED = 4

LAST_COMMIT = "the last commit"
"""What a run is compared with."""


class PageV1(Report, frozen=True, kw_only=True):
    """A page of what changed, why, and how it came about; without texts that are not stored."""

    command: Literal["report"] = "report"
    exit_code: ExitCode
    verdict_code: Annotated[
        int | None, says("what `check` or `compare` would exit with; null without a base")
    ]
    needs_look: Annotated[
        bool, says("whether nothing blocks, but somebody should look before the change is merged")
    ]
    sentence: Annotated[str, says("whether somebody must act, in a sentence")]
    base: Annotated[str | None, says("what was compared with; null where there is nothing")]
    base_rev: Annotated[
        str | None, says("the base as `bisect --good` takes it; null where it is no commit")
    ]
    head: Annotated[str, says("what was evaluated")]
    head_rev: Annotated[
        str | None, says("the head as `bisect --bad` takes it; null where it is no commit")
    ]
    elsewhere: Annotated[
        list[str], says("evals whose head is not what the files say now, which commands read")
    ]
    from_records: Annotated[
        bool, says("whether committed records are used for answers that are not stored here")
    ]
    notes: Annotated[list[str], says("sentences that a reviewer should read")]
    cures: Annotated[list[str], says("what to do about records that do not match their files")]
    cost: Annotated[PageCostV1, says("what all evals took together")]
    latency_bounds: Annotated[list[float], says("upper bounds in seconds of counted latencies")]
    evals: Annotated[list[PageEvalV1], says("an item per eval and model, the worst first")]
    examples: Annotated[Sequence[PageExampleV1], says("every example, lost ones first")]
    commits: Annotated[list[PastCommitV1], says("commits that wrote records, the oldest first")]
    fates: Annotated[list[PastFatesV1], says("how examples came out at these commits")]
    single: Annotated[
        list[str], says("evals that had one model at a time, whose past is one, whichever it was")
    ]
    history_cut: Annotated[bool, says("whether older commits are left out")]
    shallow: Annotated[bool, says("whether this clone lacks part of the history")]
    history_notes: Annotated[
        list[str], says("what to know of records that are not of their commit's files")
    ]
    judges: Annotated[list[PageJudgeV1], says("judges that have a golden set")]


def page_document(found: Reported) -> PageV1:
    """The document of one page."""
    evals = _evals(found)
    return PageV1(
        exit_code=0,
        verdict_code=None if found.result is None else found.result.exit_code,
        needs_look=isinstance(found.result, Checked) and needs_look(found.result),
        sentence=_sentence(found),
        base=_base(found),
        base_rev=_base_rev(found),
        head=found.head,
        head_rev=_head_rev(found),
        elsewhere=sorted(found.elsewhere),
        from_records=found.is_from_records,
        notes=list(_notes(found)),
        cures=[f"{each.path}: {each.why}: {each.cure}" for each in _stale(found)],
        cost=page_cost(evals, has_base=found.result is not None),
        latency_bounds=list(LATENCY_BOUNDS),
        evals=evals,
        examples=PageExamples(_examples(found), ((e.eval, e.model) for e in evals)),
        commits=list(past_commits(found.past)),
        fates=list(past_fates(found.past)),
        single=sorted(found.past.single),
        history_cut=found.past.is_cut,
        shallow=found.past.is_shallow,
        history_notes=list(found.past.notes),
        judges=list(judges(found.judges, evals)),
    )


def _evals(found: Reported) -> list[PageEvalV1]:
    """What there is of each eval, the worst first."""
    book, judged, is_first = found.book, found.judges, _is_first(found)
    evals = [compared_eval(each, book, judged) for each in worst_first(found.compared)]
    evals += [alone_eval(each, book, judged, is_new=each.base is None) for each in found.fresh]
    evals += [
        alone_eval(each, book, judged, is_new=is_first, obstacle=_obstacle(found, each))
        for each in found.alone
    ]
    return sorted(evals, key=_severity)


def _obstacle(found: Reported, outcome: EvalOutcome) -> str:
    """Why an eval with one side was not compared; empty where there is no need."""
    path = score_path(outcome.record.eval)
    return _STALE if path in {each.path for each in _stale(found)} else ""


def _severity(each: PageEvalV1) -> int:
    """The place of an eval's state. What blocks is in one place: it comes by weight already."""
    return max(SEVERITY.index(each.state), SEVERITY.index("blocked"))


def _examples(found: Reported) -> Iterator[PageExampleV1]:
    for each in found.compared:
        yield from compared_examples(each, found.book)
    for outcome in found.fresh:
        yield from alone_examples(outcome, found.book, is_new=outcome.base is None)
    for outcome in found.alone:
        yield from alone_examples(outcome, found.book, is_new=_is_first(found))


def _is_first(found: Reported) -> bool:
    """Whether there is nothing yet that anything could be compared with."""
    return found.result is None


def _sentence(found: Reported) -> str:
    result = found.result
    if isinstance(result, Checked):
        return overall_sentence(result)
    if isinstance(result, CompareResult):
        return comparison_sentence(result)
    if isinstance(result, RunResult):
        return run_sentence(result.outcomes)
    return "There is no commit to compare with yet, so this shows one side only."


def _base(found: Reported) -> str | None:
    result = found.result
    if isinstance(result, Checked):
        return base_name(result.basis)
    if isinstance(result, CompareResult):
        return result.base.name
    return LAST_COMMIT if isinstance(result, RunResult) else None


def _base_rev(found: Reported) -> str | None:
    """The base's id or name, where it is a commit that history can be searched from."""
    result = found.result
    if isinstance(result, Checked):
        return result.basis.revision.short
    if isinstance(result, CompareResult) and result.base.kind == "rev":
        return result.base.name.removeprefix("rev:")
    return None


def _head_rev(found: Reported) -> str | None:
    """The head's name, where it is a commit that was named."""
    result = found.result
    if isinstance(result, Checked):
        return None if found.head == WORKING_TREE else found.head
    if isinstance(result, CompareResult) and result.head.kind == "rev":
        return result.head.name.removeprefix("rev:")
    return None


def _notes(found: Reported) -> Iterator[str]:
    yield from found.notes
    if found.elsewhere:
        names = named(sorted(found.elsewhere), _MOST_NAMED)
        yield (
            f"The files here are not those of {found.head} for {names}, "
            "so commands that read them are left out."
        )
    if isinstance(found.result, Checked):
        yield from found.result.moved
        yield from found.result.remarks
        for name, model in found.result.unknown:
            yield f"{name} on {model}: no verdict, since nothing stored tells"
        for skipped in found.result.skipped:
            yield f"{skipped.name} on {skipped.model}: not evaluated: {skipped.why}"
        for name in found.result.removed:
            yield f"{name}: the eval was removed"
    elif isinstance(found.result, CompareResult):
        for name, why in sorted(found.result.obstacles.items()):
            yield f"{name}: not compared: {why}"


def _stale(found: Reported) -> Sequence[Stale]:
    return found.result.stale if isinstance(found.result, Checked) else ()

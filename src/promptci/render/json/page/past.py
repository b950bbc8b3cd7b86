"""The past and the judges of a report page."""

from collections.abc import Iterator, Sequence

from promptci.judges.agreement import Agreement
from promptci.judges.judgeresult import JudgeResult
from promptci.render.json.page.parts import (
    JudgedBinV1,
    PageEvalJudgeV1,
    PageEvalV1,
    PageJudgeV1,
    PastCommitV1,
    PastFatesV1,
    PastPromptV1,
    PastScoreV1,
)
from promptci.render.json.structure import ends
from promptci.render.textdiff import unified
from promptci.reportdata.pastprompts import PromptChange
from promptci.reportdata.pastscores import Past, PastCommit, PastScore
from promptci.run.planning.task import Task
from promptci.stats.student import interval_of_scores

MOST_ROWS = 200
"""Examples of one eval whose history is shown: those that failed most often, or at last."""

MOST_LINES = 400
"""Lines of a prompt's diff that are shown."""

_BINS = 5


def past_commits(past: Past) -> Iterator[PastCommitV1]:
    """The commits that wrote records, the oldest first."""
    for commit in past.commits:
        yield _commit(commit)


def past_fates(past: Past) -> Iterator[PastFatesV1]:
    """The examples that did not always pass, those that failed most often first."""
    for (eval_name, model), rows in sorted(past.fates.items()):
        failing = {id_: row for id_, row in rows.items() if set(row) & {"f", "e"}}
        order = sorted(failing, key=lambda id_: (-_flips(failing[id_]), id_))
        shown = order[:MOST_ROWS]
        yield PastFatesV1(
            eval=eval_name,
            model=model,
            examples={id_: failing[id_] for id_ in shown},
            always=len(rows) - len(failing),
            left_out=len(order) - len(shown),
        )


def eval_judges(task: Task, found: JudgeResult) -> list[PageEvalJudgeV1]:
    """The scorers of an eval that ask a model, and how far each agrees with people."""
    judges: dict[str, PageEvalJudgeV1] = {}
    for scorer in task.asking_scorers:
        name, agreement = found.of(scorer.question) or (None, None)
        judges[scorer.label] = PageEvalJudgeV1(
            scorer=scorer.label,
            golden=name,
            judged=len(agreement.judged) if agreement else 0,
            agreed=agreement.agreed if agreement else 0,
        )
    return list(judges.values())


def judges(found: JudgeResult, evals: Sequence[PageEvalV1]) -> Iterator[PageJudgeV1]:
    """Judges with a stored verdict on labelled outputs, and which of the evals ask them."""
    for name, agreement in found.found:
        if agreement.judged:
            yield PageJudgeV1(
                name=name,
                evals=list(dict.fromkeys(e.eval for e in evals if _asks(e, name))),
                outputs=len(agreement.outputs),
                judged=len(agreement.judged),
                agreed=agreement.agreed,
                bins=list(_bins(agreement)),
            )


def _asks(each: PageEvalV1, golden: str) -> bool:
    return any(judge.golden == golden for judge in each.judges)


def _flips(row: str) -> int:
    """How much an example asks to be looked at: by how often it failed, and whether it does now."""
    return sum(row.count(letter) for letter in "fe") + 2 * (row.rstrip()[-1:] in "fe")


def _commit(found: PastCommit) -> PastCommitV1:
    return PastCommitV1(
        commit=found.revision.id,
        date=found.date,
        author=found.author,
        subject=found.subject,
        scores=[_score(each) for each in found.scores],
        prompts=[_prompt(each) for each in found.prompts],
        removed=list(found.removed),
    )


def _score(found: PastScore) -> PastScoreV1:
    return PastScoreV1(
        eval=found.eval,
        model=found.model,
        score=found.score,
        interval=ends(found.interval),
        passed=found.passed,
        total=found.total,
        version=found.version,
        changed=list(found.what),
        model_id=found.model_id,
        model_before=found.model_before,
        lost=list(found.lost),
        won=list(found.won),
        accepted={each.id: each.why for each in found.accepted},
        was=found.was,
        stale=list(found.stale),
        damage=found.damage,
    )


def _prompt(found: PromptChange) -> PastPromptV1:
    lines = unified(found.before, found.after, ("before", "after"))
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES:,} more lines"]
    return PastPromptV1(path=found.path, diff=lines)


def _bins(found: Agreement) -> Iterator[JudgedBinV1]:
    """Outputs in five bins by the judge's score; bins that are empty are left out."""
    for index in range(_BINS):
        low, high = index / _BINS, (index + 1) / _BINS
        is_last = index == _BINS - 1
        scores = [
            (score.value, each.human.score)
            for each, score in found.judged
            if low <= score.value and (score.value < high or is_last)
        ]
        if scores:
            said, people = [each[0] for each in scores], [each[1] for each in scores]
            yield JudgedBinV1(
                low=low,
                high=high,
                n=len(scores),
                judge=sum(said) / len(said),
                people=sum(people) / len(people),
                interval=ends(interval_of_scores(people)),
            )

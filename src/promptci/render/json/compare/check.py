"""The report of `check`."""

from typing import Annotated, Any, Literal, TypeAlias

from promptci.check.checked import Checked, Skipped
from promptci.check.verification import Stale
from promptci.compare.compared import Compared
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.render.acceptance import accept_commands
from promptci.render.firstsentence import overall_sentence
from promptci.render.json.compare.base import (
    BaseV1,
    EndedLossV1,
    RenamedV1,
    SplitEvalV1,
    StaleV1,
    base_of,
    ended_losses_of,
    renamed,
    split_parts,
)
from promptci.render.json.compare.basejudged import (
    BaseQuestionsV1,
    JudgedByBaseV1,
    MissingV1,
    base_questions,
    judged_by_base,
)
from promptci.render.json.compare.comparison import ComparisonV1, comparison
from promptci.render.json.compare.gatechanges import GateChangesV1, gate_changes_part
from promptci.render.json.evaluate.batch import BatchV1, batch_parts
from promptci.render.json.evaluate.outcome import OutcomeV1, outcome
from promptci.render.json.measures import TakenV1, taken
from promptci.render.json.structure import ExitCode, Part, Report, either, says


class EvalModelV1(Part, frozen=True, kw_only=True):
    """An eval on a model."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]


class FlakyV1(Part, frozen=True, kw_only=True):
    """An example that differs from its record only at times."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    example: Annotated[str, says("the example's id")]


Claim: TypeAlias = Annotated[Any, either(ComparisonV1, OutcomeV1)]


class NotEvaluatedV1(Part, frozen=True, kw_only=True):
    """An eval that was not evaluated: without a key, or on terms that the base does not know."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    why: Annotated[str, says("what was missing")]
    claim: Annotated[
        Claim,
        says(
            "what the author's records say instead, which is no verdict: a comparison, or an item "
            "as in `run`; null without a record"
        ),
    ]


class CheckV1(Report, frozen=True, kw_only=True):
    """A check of a change against its base."""

    command: Literal["check"] = "check"
    exit_code: ExitCode
    sentence: Annotated[str, says("whether somebody must act, in a sentence")]
    base: Annotated[BaseV1, says("what the change was compared with")]
    evals: Annotated[list[ComparisonV1], says("one comparison per changed eval and model")]
    new: Annotated[list[OutcomeV1], says("evals that the base does not have, as in `run`")]
    reused: Annotated[list[EvalModelV1], says("evals that did not change")]
    stale: Annotated[list[StaleV1], says("committed records that do not match")]
    flaky: Annotated[list[FlakyV1], says("examples that differ from their record only at times")]
    unknown: Annotated[
        list[EvalModelV1], says("changed evals that could not be judged without asking")
    ]
    not_evaluated: Annotated[list[NotEvaluatedV1], says("evals that could not be evaluated")]
    evaluate_with: Annotated[
        str, says("the command by which a maintainer evaluates those of a fork, or nothing")
    ]
    by_base: Annotated[
        JudgedByBaseV1, says("what the base's judges say of evals whose judges the change alters")
    ]
    base_questions: Annotated[
        BaseQuestionsV1,
        says("what the base's examples and scorers say where the change judges otherwise"),
    ]
    claimed: Annotated[
        list[EvalModelV1],
        says("with `--frozen`, changed evals that rest on the author's records alone"),
    ]
    missing: Annotated[list[MissingV1], says("examples that must pass and are gone")]
    ended: Annotated[list[EndedLossV1], says("accepted losses that are over")]
    terms: Annotated[
        list[GateChangesV1], says("what evals are judged by, where the change moved it")
    ]
    removed: Annotated[list[str], says("evals that are gone")]
    renamed: Annotated[list[RenamedV1], says("evals that the base has under another name")]
    split: Annotated[list[SplitEvalV1], says("evals whose examples several have now")]
    notes: Annotated[list[str], says("sentences that a reviewer should read")]
    batches: Annotated[list[BatchV1], says("batches that were sent or collected")]
    taken: Annotated[TakenV1, says("what all of it asked and cost")]
    accept: Annotated[list[str], says("commands that accept the losses that block")]
    error: Annotated[str | None, says("what ended the check before its end; null otherwise")]


def check_report(found: Checked) -> CheckV1:
    """The report of a check."""
    return CheckV1(
        exit_code=found.exit_code,
        sentence=overall_sentence(found),
        base=base_of(found.basis),
        evals=[comparison(each) for each in found.compared],
        new=[outcome(each) for each in found.fresh],
        reused=[EvalModelV1(eval=name, model=model) for name, model in found.reused],
        stale=[_stale(each) for each in found.stale],
        flaky=[FlakyV1(eval=name, model=model, example=id_) for name, model, id_ in found.flaky],
        unknown=[EvalModelV1(eval=name, model=model) for name, model in found.unknown],
        not_evaluated=[_skipped(each) for each in found.skipped],
        evaluate_with=found.evaluate_with if found.skipped else "",
        by_base=judged_by_base(found.by_base),
        base_questions=base_questions(found.asked_by_base),
        claimed=[EvalModelV1(eval=name, model=model) for name, model in found.claimed],
        missing=[MissingV1(eval=name, example=id_) for name, id_ in found.missing],
        ended=ended_losses_of(found.ended),
        terms=[gate_changes_part(each) for each in found.gate_changes],
        removed=list(found.removed),
        renamed=renamed(found.renamed),
        split=split_parts(found.split),
        notes=[*found.moved, *found.remarks],
        batches=batch_parts(found.batches),
        taken=taken(found.taken),
        error=None if found.stopped is None else str(found.stopped),
        accept=list(accept_commands(found.compared)),
    )


def _stale(found: Stale) -> StaleV1:
    return StaleV1(
        eval=found.eval, model=found.model, path=found.path, why=found.why, cure=found.cure
    )


def _skipped(found: Skipped) -> NotEvaluatedV1:
    return NotEvaluatedV1(
        eval=found.name, model=found.model, why=found.why, claim=_claim(found.claim)
    )


def _claim(found: Compared | EvalOutcome | None) -> ComparisonV1 | OutcomeV1 | None:
    """What records say; it is no verdict, and so without one."""
    if isinstance(found, EvalOutcome):
        return outcome(found)
    return None if found is None else comparison(found)

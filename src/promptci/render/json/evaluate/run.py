"""The reports of `run`: of what was evaluated, and of what a dry run would ask."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from promptci.compare.outcomes.outcome import LostAnswer
from promptci.compare.results import RunResult
from promptci.render.json.evaluate.batch import BatchV1, batch_parts
from promptci.render.json.evaluate.outcome import OutcomeV1, outcome
from promptci.render.json.structure import ExitCode, Money, Part, Report, money, says
from promptci.run.estimates import Estimate, most_requests


class LostAnswerV1(Part, frozen=True, kw_only=True):
    """An example that passed at the last commit and fails now."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    example: Annotated[str, says("the example's id")]
    expected: Annotated[Any, says("what was expected")]
    output: Annotated[str, says("the answer")]
    why: Annotated[str, says("why it fails")]


class UnchangedV1(Part, frozen=True, kw_only=True):
    """An eval on a model that was not run, since nothing changed."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]


class RunV1(Report, frozen=True, kw_only=True):
    """What a run scored."""

    command: Literal["run", "merge"] = "run"
    exit_code: ExitCode
    evals: Annotated[list[OutcomeV1], says("one item per eval and model")]
    unchanged: Annotated[
        list[UnchangedV1], says("what `--changed` left out, since its record is of its files")
    ]
    lost: Annotated[list[LostAnswerV1], says("at most 50 examples that are lost")]
    written: Annotated[list[str], says("paths of the records that changed")]
    batches: Annotated[list[BatchV1], says("batches that were sent or collected")]
    error: Annotated[str | None, says("what ended the run before its end; null otherwise")]


class EstimateV1(Part, frozen=True, kw_only=True):
    """What one eval on one model would ask; numbers are upper bounds."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    form: Annotated[
        str,
        says("which form of the prompt, such as a variant's name; empty where there is one alone"),
    ]
    examples: Annotated[int, says("how many examples it has")]
    cached: Annotated[int, says("answers that are stored")]
    recorded: Annotated[
        int, says("examples for whose answers, not stored here, a committed record is used")
    ]
    requests: Annotated[int, says("requests that may be sent, confirmations and judges included")]
    again: Annotated[int, says("those of them that are only sent to confirm what flips")]
    refusals: Annotated[
        int, says("calls beside these that are only sent where a model refuses a parameter")
    ]
    input_tokens: Annotated[int, says("tokens of these requests")]
    output_tokens: Annotated[int, says("tokens of their answers")]
    cost: Money
    at_least: Annotated[
        bool, says("true where more may be asked, since what is asked next depends on answers")
    ]


class DryRunV1(Report, frozen=True, kw_only=True):
    """What a command would ask: `--dry-run`."""

    command: Annotated[str, says("`run`, `compare` or `judge`")]
    exit_code: ExitCode = 0
    dry_run: Annotated[Literal[True], says("true")] = True
    evals: Annotated[list[EstimateV1], says("one item per eval and model")]
    most_requests: Annotated[
        int, says("all calls that there may be: a run under `--max-requests` of so many is whole")
    ]


def run_report(found: RunResult, command: Literal["run", "merge"] = "run") -> RunV1:
    """The report of a run, or of one that was merged."""
    return RunV1(
        command=command,
        exit_code=found.exit_code,
        evals=[outcome(each) for each in found.outcomes],
        unchanged=[UnchangedV1(eval=name, model=model) for name, model in found.unchanged],
        lost=[lost_answer(each) for each in found.lost],
        written=list(found.written),
        batches=batch_parts(found.batches),
        error=None if found.stopped is None else str(found.stopped),
    )


def lost_answer(lost: LostAnswer) -> LostAnswerV1:
    """One lost example with its answer."""
    return LostAnswerV1(
        eval=lost.eval,
        model=lost.model,
        example=lost.example.id,
        expected=lost.example.expected,
        output=lost.output,
        why=lost.why,
    )


def dry_run_report(estimates: Sequence[Estimate], *, command: str = "run") -> DryRunV1:
    """What a command would ask."""
    return DryRunV1(
        command=command,
        evals=[_estimate(each) for each in estimates],
        most_requests=most_requests(estimates),
    )


def _estimate(found: Estimate) -> EstimateV1:
    return EstimateV1(
        eval=found.task.spec.name,
        model=found.task.model.name,
        form=found.form,
        examples=found.examples,
        cached=found.cached,
        recorded=found.recorded,
        requests=found.requests,
        again=found.again,
        refusals=found.refusals,
        input_tokens=found.usage.input_tokens,
        output_tokens=found.usage.output_tokens,
        cost=money(found.cost),
        at_least=found.is_least,
    )

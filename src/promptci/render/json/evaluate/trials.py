"""Several answers to each example: pass@k, pass^k, and how the answer was picked."""

from typing import Annotated, Literal

from promptci.compare.experiments.trialscores import RecordedTrials
from promptci.compare.outcomes.trialfigures import AtK, PickFigures, TrialFigures
from promptci.render.json.structure import Ends, ExitCode, Part, Report, says


class AtKV1(Part, frozen=True, kw_only=True):
    """What is known of k answers to an example."""

    k: Annotated[int, says("how many answers")]
    examples: Annotated[int, says("how many examples have so many")]
    pass_any: Annotated[float, says("pass@k: the chance that one of k passes")]
    pass_any_interval: Annotated[Ends, says("its 95% interval")]
    pass_power: Annotated[float, says("pass^k: the chance that all k pass")]
    pass_power_interval: Annotated[Ends, says("its 95% interval")]


class TrialsV1(Part, frozen=True, kw_only=True):
    """Examples that were answered several times."""

    kind: Annotated[str, says("`samples` of one answer, or `repeats` of all of it")]
    at: Annotated[list[AtKV1], says("by k")]


class PicksV1(Part, frozen=True, kw_only=True):
    """How answers were picked from samples."""

    pick: Annotated[str, says("`vote`, `first_valid`, `best` or `judge`")]
    n: Annotated[int, says("samples of each example, at most")]
    examples: Annotated[int, says("how many answers were picked")]
    samples: Annotated[int, says("how many samples that took")]
    agreement: Annotated[
        float | None,
        says("mean share of samples that gave the picked answer; null where no `key` tells"),
    ]
    tied: Annotated[int, says("examples where others were as good; the earliest counts")]
    invalid: Annotated[int, says("examples where no sample could be read, or passed the check")]


class RecordedFlipV1(Part, frozen=True, kw_only=True):
    """An example of which some trials pass and some fail."""

    example: Annotated[str, says("its id")]
    passed: Annotated[int, says("how many of its trials pass")]
    trials: Annotated[int, says("how many it has")]


class ModelTrialsV1(Part, frozen=True, kw_only=True):
    """Trials whose scores came from elsewhere."""

    eval: Annotated[str, says("what the table is of, or its file")]
    model: Annotated[str, says("the model, or what else tells this part of the table apart")]
    examples: Annotated[int, says("how many examples have trials")]
    score: Annotated[float, says("the mean score, each example weighing the same")]
    at: Annotated[list[AtKV1], says("by k")]
    flips: Annotated[list[RecordedFlipV1], says("in the order of the table")]
    left_out: Annotated[
        int, says("trials that never ran: `termination_reason` is `infrastructure_error`")
    ] = 0
    errors: Annotated[int, says("trials that an error ended, counted as failed")] = 0
    together: Annotated[
        str,
        says("a column whose values every example has as often, counted together; empty without"),
    ] = ""
    without_errors: Annotated[list[AtKV1], says("by k, without these; empty without any")]


class RecordedTrialsV1(Report, frozen=True, kw_only=True):
    """What repeated trials say whose scores came from elsewhere."""

    command: Literal["noise"] = "noise"
    exit_code: ExitCode
    models: Annotated[list[ModelTrialsV1], says("one item per model")]


def recorded_trials_report(found: tuple[RecordedTrials, ...]) -> RecordedTrialsV1:
    """What repeated trials say whose scores came from elsewhere."""
    return RecordedTrialsV1(exit_code=0, models=[_recorded(each) for each in found])


def _recorded(found: RecordedTrials) -> ModelTrialsV1:
    return ModelTrialsV1(
        eval=found.label,
        model=found.model,
        examples=len(found.scores),
        score=found.score,
        at=[_at(each) for each in found.at],
        flips=[
            RecordedFlipV1(example=id_, passed=found.passed(id_), trials=len(found.scores[id_]))
            for id_ in found.flips
        ],
        left_out=found.left_out,
        errors=found.errors,
        together=found.together[0],
        without_errors=[_at(each) for each in found.without_errors.at] if found.errors else [],
    )


def trials_of(found: TrialFigures | None) -> TrialsV1 | None:
    """The figures of several answers."""
    if found is None:
        return None
    return TrialsV1(kind=found.kind, at=[_at(each) for each in found.at])


def _at(found: AtK) -> AtKV1:
    one, every = found.any_passes, found.all_pass
    return AtKV1(
        k=found.k,
        examples=found.examples,
        pass_any=one.value,
        pass_any_interval=(one.interval.low, one.interval.high),
        pass_power=every.value,
        pass_power_interval=(every.interval.low, every.interval.high),
    )


def picks_of(found: PickFigures | None) -> PicksV1 | None:
    """How answers were picked."""
    if found is None:
        return None
    return PicksV1(
        pick=found.pick,
        n=found.most,
        examples=found.examples,
        samples=found.samples,
        agreement=found.agreement,
        tied=found.tied,
        invalid=found.invalid,
    )

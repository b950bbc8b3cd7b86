"""The report of `noise`."""

from typing import Annotated, Literal

from msgspec import UNSET, UnsetType

from promptci.compare.alarms import Alarms
from promptci.compare.noise import Noise
from promptci.compare.results import NoiseResult
from promptci.render.json.structure import ExitCode, Part, Report, says


class AlarmsV1(Part, frozen=True, kw_only=True):
    """How often the gate blocks though nothing changed, in simulated pairs of runs."""

    pairs: Annotated[int, says("how many pairs were simulated")]
    confirmed: Annotated[float, says("the share blocked when flips are asked again")]
    unconfirmed: Annotated[float, says("the share blocked when they are not")]
    rules: Annotated[dict[str, float], says("the share blocked by each rule")]


class FlipV1(Part, frozen=True, kw_only=True):
    """An example that sometimes passes."""

    example: Annotated[str, says("its id")]
    passed: Annotated[int, says("in how many runs it passed")]
    runs: Annotated[str, says("`+` passed, `-` failed, `?` no answer, run by run")]


class NoiseEvalV1(Part, frozen=True, kw_only=True):
    """One eval on one model, asked several times; figures only where there are answers."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    fingerprint: Annotated[str, says("the digest of everything that was evaluated")]
    runs: Annotated[int, says("how often each example was asked")]
    examples: Annotated[int, says("examples with two answers or more")]
    unanswered: Annotated[list[str], says("ids of the others")]
    missing: Annotated[dict[str, int], says("how many answers are missing, by the cause")]
    deterministic: Annotated[bool, says("whether the model always answers the same")]
    served: Annotated[list[str], says("who answered, in the endpoint's words")]
    score: Annotated[float | UnsetType, says("the mean score")] = UNSET
    scores: Annotated[list[float] | UnsetType, says("the score of each run")] = UNSET
    deviation: Annotated[float | UnsetType, says("the standard deviation of `scores`")] = UNSET
    same_output: Annotated[
        float | UnsetType, says("the share of examples with the same text in all runs (TARr@K)")
    ] = UNSET
    same_answer: Annotated[
        float | UnsetType | None,
        says(
            "the share of examples with the same answer read out of the text (TARa@K); null where "
            "no scorer reads one"
        ),
    ] = UNSET
    same_verdict: Annotated[
        float | UnsetType, says("the share of examples with the same verdict")
    ] = UNSET
    pass_powers: Annotated[
        list[float | None] | UnsetType,
        says("pass^k: the chance that k answers all pass, for k from 1"),
    ] = UNSET
    pass_any: Annotated[
        list[float | None] | UnsetType,
        says("pass@k: the chance that one of k answers passes, for k from 1"),
    ] = UNSET
    vote: Annotated[
        float | UnsetType | None,
        says(
            "the score if the answer that is read most often counts; null where no scorer reads one"
        ),
    ] = UNSET
    variance: Annotated[float | UnsetType, says("the variance of one answer's score")] = UNSET
    standard_error: Annotated[
        float | UnsetType, says("the standard error of the difference of two runs")
    ] = UNSET
    false_alarms: Annotated[AlarmsV1 | None, says("null where nothing varies")]
    detectable: Annotated[
        float | None,
        says("the smallest true drop that a comparison of two runs shows with 80% power, at 5%"),
    ]
    flips: Annotated[list[FlipV1], says("examples that sometimes pass")]


class NoiseV1(Report, frozen=True, kw_only=True):
    """How much an eval varies when nothing changes."""

    command: Literal["noise"] = "noise"
    exit_code: ExitCode
    evals: Annotated[list[NoiseEvalV1], says("one item per model")]


def noise_report(result: NoiseResult) -> NoiseV1:
    """What varies, by model."""
    return NoiseV1(exit_code=result.exit_code, evals=[_eval(each) for each in result.found])


def _eval(found: Noise) -> NoiseEvalV1:
    has_any = bool(found.examples)
    return NoiseEvalV1(
        eval=found.task.spec.name,
        model=found.task.model.name,
        fingerprint=found.task.fingerprint,
        runs=found.times,
        examples=len(found.examples),
        unanswered=list(found.unanswered),
        missing=dict(found.errors),
        deterministic=found.is_deterministic,
        served=list(found.served),
        score=found.score if has_any else UNSET,
        scores=list(found.scores) if has_any else UNSET,
        deviation=found.deviation if has_any else UNSET,
        same_output=found.same_text if has_any else UNSET,
        same_answer=found.same_answer if has_any else UNSET,
        same_verdict=found.same_verdict if has_any else UNSET,
        pass_powers=[found.pass_power(k) for k in _counts(found)] if has_any else UNSET,
        pass_any=[found.pass_any(k) for k in _counts(found)] if has_any else UNSET,
        vote=found.vote if has_any else UNSET,
        variance=found.variance if has_any else UNSET,
        standard_error=found.error if has_any else UNSET,
        false_alarms=None if found.alarms is None else _alarms(found.alarms),
        detectable=found.detectable if has_any else None,
        flips=[
            FlipV1(example=each.id, passed=each.passed, runs=each.marks) for each in found.flips
        ],
    )


def _counts(found: Noise) -> range:
    return range(1, found.times + 1)


def _alarms(found: Alarms) -> AlarmsV1:
    return AlarmsV1(
        pairs=found.pairs,
        confirmed=found.confirmed,
        unconfirmed=found.plain,
        rules=dict(found.rules),
    )

"""The report of `compare --variants`."""

from typing import Annotated, Literal

from promptci.compare.experiments.variants import VariantPair, VariantResult, VariantsResult
from promptci.render.json.structure import Ends, ExitCode, Money, Part, Report, ends, money, says


class VariantV1(Part, frozen=True, kw_only=True):
    """One variant of a prompt on one model."""

    variant: Annotated[str, says("its name; `as it is` for the prompt itself")]
    model: Annotated[str, says("the model")]
    score: Annotated[float, says("from 0 to 1")]
    interval: Annotated[Ends | None, says("the 95 % interval of the score")]
    passed: Annotated[int, says("examples that passed")]
    total: Annotated[int, says("examples")]
    errors: Annotated[int, says("examples without an answer")]
    change: Annotated[float | None, says("against the first, as a share; null for the first")]
    p: Annotated[float | None, says("against the first, adjusted over all pairs (Holm)")]
    verdict: Annotated[str | None, says("against the first, as `compare` has it")]
    cost: Money
    latencies: Annotated[Ends | None, says("median and 95th percentile in seconds")]
    input_tokens: Annotated[int, says("tokens sent")]
    output_tokens: Annotated[int, says("tokens received")]
    thought_tokens: Annotated[int, says("of these, thoughts, as far as that is said")]
    efficient: Annotated[bool, says("whether no other is as right for as little")]


class VariantPairV1(Part, frozen=True, kw_only=True):
    """Two variants on the same examples."""

    first: Annotated[str, says("a variant")]
    second: Annotated[str, says("another one, further down among the variants")]
    change: Annotated[float, says("of the second against the first, as a share")]
    interval: Annotated[Ends | None, says("the 95 % interval of the change")]
    p: Annotated[float | None, says("paired by example, adjusted over all pairs (Holm)")]
    verdict: Annotated[str, says("of the second against the first, as `compare` has it")]


class VariantsV1(Report, frozen=True, kw_only=True):
    """All variants of an eval's prompt."""

    command: Literal["compare"] = "compare"
    exit_code: ExitCode
    eval: Annotated[str, says("the eval")]
    variants: Annotated[list[VariantV1], says("the prompt itself first")]
    pairs: Annotated[list[VariantPairV1], says("each two of them; one family of tests")]


def variants_report(found: VariantsResult) -> VariantsV1:
    """All variants of an eval's prompt."""
    return VariantsV1(
        exit_code=found.exit_code,
        eval=found.eval,
        variants=[_variant(each) for each in found.found],
        pairs=[_pair(each) for each in found.pairs],
    )


def _pair(each: VariantPair) -> VariantPairV1:
    judged = each.judgement
    return VariantPairV1(
        first=each.first,
        second=each.second,
        change=judged.delta,
        interval=ends(judged.interval),
        p=each.adjusted_p,
        verdict=judged.verdict,
    )


def _variant(each: VariantResult) -> VariantV1:
    record, spent, judged = each.outcome.record, each.outcome.spent, each.judgement
    return VariantV1(
        variant=each.variant,
        model=record.model,
        score=record.score,
        interval=ends(each.outcome.interval),
        passed=record.passed,
        total=record.total,
        errors=record.errors,
        change=None if judged is None else judged.delta,
        p=None if judged is None or judged.p is None else judged.adjusted_p,
        verdict=None if judged is None else judged.verdict,
        cost=money(spent.cost),
        latencies=spent.latencies,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        thought_tokens=each.thought_tokens,
        efficient=each.is_efficient,
    )

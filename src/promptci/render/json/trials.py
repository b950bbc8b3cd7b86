"""Several answers to each example: pass@k, pass^k, and how the answer was picked."""

from typing import Annotated

from promptci.compare.trialfigures import AtK, PickFigures, TrialFigures
from promptci.render.json.structure import Ends, Part, says


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

"""Figures that several reports hold: of tags, of classes, of what answers took."""

from typing import Annotated

from promptci.compare.outcomes.confusion import ClassFigures, Confusion
from promptci.compare.outcomes.outcome import EvalOutcome, Spent
from promptci.render.json.splits import TallyV1, tally_of
from promptci.render.json.structure import Money, Part, money, says
from promptci.spending.limits import Taken


class ClassV1(Part, frozen=True, kw_only=True):
    """One class of a metric that sorts answers into classes."""

    label: Annotated[str, says("its name")]
    precision: Annotated[float, says("of the answers that named it, the share that was right")]
    recall: Annotated[float, says("of the examples of this class, the share that was recognised")]
    f1: Annotated[float, says("the harmonic mean of both")]
    expected: Annotated[int, says("how many examples are of this class")]
    given: Annotated[int, says("how many answers named it")]


class ClassesV1(Part, frozen=True, kw_only=True):
    """A metric whose answers name a class (`classification`), where the side was run."""

    accuracy: Annotated[float, says("the share of right answers")]
    macro_f1: Annotated[float, says("the mean of `f1` over the classes")]
    labels: Annotated[list[str], says("the classes")]
    per_class: Annotated[list[ClassV1], says("each class")]
    matrix: Annotated[
        list[list[int]],
        says(
            "a row per class expected with a column per class given, and a last column for "
            "answers that named none"
        ),
    ]


class LatencyV1(Part, frozen=True, kw_only=True):
    """How long answers took, in seconds."""

    p50: Annotated[float | None, says("the median")]
    p95: Annotated[float | None, says("the 95th percentile")]


class SpentV1(Part, frozen=True, kw_only=True):
    """What answers took, stored ones included."""

    input_tokens: Annotated[int, says("tokens of the requests")]
    output_tokens: Annotated[int, says("tokens of the answers")]
    cost: Money
    latency: Annotated[LatencyV1, says("how long answers took")]
    asked: Annotated[int, says("answers asked for")]
    cached: Annotated[int, says("answers from the cache")]


class TakenV1(Part, frozen=True, kw_only=True):
    """What a command asked in all, repeats, judges and the base's questions included."""

    asked: Annotated[int, says("answers asked for")]
    cached: Annotated[int, says("answers from the cache")]
    cost: Annotated[str | None, says("of those asked for, in US dollars; null without a price")]


def tags(found: EvalOutcome) -> dict[str, TallyV1]:
    """The figures of each tag."""
    return {tag: tally_of(value) for tag, value in found.record.tags.items()}


def classes(found: EvalOutcome) -> dict[str, ClassesV1]:
    """The figures of each class and the confusion matrix, by metric."""
    return {label: classes_of(confusion) for label, confusion in found.confusions.items()}


def classes_of(found: Confusion) -> ClassesV1:
    """The figures of each class and the matrix of one metric."""
    return ClassesV1(
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        labels=list(found.labels),
        per_class=[_class(each) for each in found.classes],
        matrix=[list(row) for row in found.matrix],
    )


def _class(found: ClassFigures) -> ClassV1:
    return ClassV1(
        label=found.label,
        precision=found.precision,
        recall=found.recall,
        f1=found.f1,
        expected=found.expected,
        given=found.given,
    )


def latency(took: Spent) -> LatencyV1:
    """Median and 95th percentile, null where nothing was measured."""
    p50, p95 = took.latencies or (None, None)
    return LatencyV1(p50=p50, p95=p95)


def spent(took: Spent) -> SpentV1:
    """What the answers of one side took."""
    return SpentV1(
        input_tokens=took.input_tokens,
        output_tokens=took.output_tokens,
        cost=money(took.cost),
        latency=latency(took),
        asked=took.asked,
        cached=took.cached,
    )


def taken(found: Taken) -> TakenV1:
    """What a command asked, and what that cost."""
    return TakenV1(asked=found.asked, cached=found.cached, cost=money(found.cost))

"""The report of `judge`: a judge against people's labels."""

from typing import Annotated, Literal

from promptci.judges.agreement import Agreement, Consistency
from promptci.judges.judgeresult import JudgeResult
from promptci.render.json.structure import Ends, ExitCode, Part, Report, ends, says


class ConsistencyV1(Part, frozen=True, kw_only=True):
    """How far the judge agrees with itself."""

    n: Annotated[int, says("outputs with two verdicts or more")]
    same: Annotated[int, says("those that always got the same verdict")]
    interval: Annotated[Ends | None, says("the 95% interval of their share")]
    pairs: Annotated[float, says("how often two verdicts on an output agree")]
    varying: Annotated[list[str], says("ids of the others")]


class PositionV1(Part, frozen=True, kw_only=True):
    """Whether the order of the choices influences the judge."""

    n: Annotated[int, says("outputs judged with the choices in both orders")]
    changed: Annotated[int, says("those that changed class")]
    first: Annotated[int, says("those of them that went to the class listed first")]


class DisagreementV1(Part, frozen=True, kw_only=True):
    """An output that the judge sees otherwise than people."""

    id: Annotated[str, says("the output's id")]
    human: Annotated[str, says("people's class")]
    human_score: Annotated[float | None, says("people's score")]
    judge: Annotated[str, says("the judge's class")]
    judge_score: Annotated[float, says("the judge's score")]
    why: Annotated[str, says("the judge's reason")]
    output: Annotated[str, says("what was judged")]
    place: Annotated[str, says("the file and line of its label")]


class UnjudgedV1(Part, frozen=True, kw_only=True):
    """An output without a verdict."""

    id: Annotated[str, says("the output's id")]
    why: Annotated[str, says("what was in the way")]


class AgreementV1(Part, frozen=True, kw_only=True):
    """One judge on its golden set."""

    judge: Annotated[str, says("the golden set's name")]
    outputs: Annotated[int, says("how many labelled outputs there are")]
    classes: Annotated[list[str], says("the classes")]
    confusion: Annotated[
        list[list[int]],
        says("how many outputs of each human class (rows) the judge put into each (columns)"),
    ]
    agreement: Annotated[float | None, says("the share judged as people did")]
    interval: Annotated[Ends | None, says("its 95% interval")]
    kappa: Annotated[float | None, says("Cohen's kappa, -1 to 1; null where all is one class")]
    kappa_interval: Annotated[Ends | None, says("its 95% interval")]
    mean_absolute_error: Annotated[
        float | None,
        says("of the judge's values against people's scores; null where labels are no scores"),
    ]
    lean: Annotated[float | None, says("judge minus people, on average")]
    self_agreement: Annotated[ConsistencyV1 | None, says("with `--repeat`")]
    length_bias: Annotated[
        float | None,
        says("rank correlation of judge minus people with the output's length, -1 to 1"),
    ]
    length_interval: Annotated[Ends | None, says("its 95% interval")]
    position: Annotated[PositionV1 | None, says("null where one order was asked only")]
    missed: Annotated[list[str], says("the floors that are not reached, in words")]
    undecided: Annotated[bool, says("true where more verdicts are missing than is allowed")]
    disagreements: Annotated[list[DisagreementV1], says("where the judge differs from people")]
    errors: Annotated[list[UnjudgedV1], says("outputs without a verdict")]


class JudgeV1(Report, frozen=True, kw_only=True):
    """How far judges agree with people."""

    command: Literal["judge"] = "judge"
    exit_code: ExitCode
    judges: Annotated[list[AgreementV1], says("one item per golden set")]


def judge_report(result: JudgeResult) -> JudgeV1:
    """Every judge by the name of its golden set."""
    judges = [_agreement(name, each) for name, each in result.found]
    return JudgeV1(exit_code=result.exit_code, judges=judges)


def _agreement(name: str, found: Agreement) -> AgreementV1:
    kappa, bias = found.kappa, found.length_bias
    return AgreementV1(
        judge=name,
        outputs=len(found.outputs),
        classes=list(found.classes),
        confusion=[list(row) for row in found.table],
        agreement=found.accuracy,
        interval=ends(found.interval),
        kappa=None if kappa is None else kappa.value,
        kappa_interval=None if kappa is None else ends(kappa.interval),
        mean_absolute_error=found.error,
        lean=found.lean,
        self_agreement=None if found.consistency is None else _consistency(found.consistency),
        length_bias=None if bias is None else bias.value,
        length_interval=None if bias is None else ends(bias.interval),
        position=_position(found),
        missed=list(found.missed),
        undecided=found.is_undecided,
        disagreements=_disagreements(found),
        errors=[UnjudgedV1(id=each.id, why=each.why) for each in found.errors],
    )


def _position(found: Agreement) -> PositionV1 | None:
    position = found.position
    if position is None:
        return None
    return PositionV1(n=position.n, changed=position.changed, first=position.first)


def _disagreements(found: Agreement) -> list[DisagreementV1]:
    return [
        DisagreementV1(
            id=each.id,
            human=each.human.label,
            human_score=each.human.score,
            judge=found.label(score),
            judge_score=score.value,
            why=score.why,
            output=each.output,
            place=each.place,
        )
        for each, score in found.disagreements
    ]


def _consistency(found: Consistency) -> ConsistencyV1:
    return ConsistencyV1(
        n=found.n,
        same=found.same,
        interval=ends(found.interval),
        pairs=found.pairs,
        varying=list(found.varying),
    )

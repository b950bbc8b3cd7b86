"""The report of `score`: outputs obtained elsewhere."""

from collections.abc import Sequence
from typing import Annotated, Literal

from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer
from promptci.render.json.evaluate.outcome import OutcomeV1, outcome
from promptci.render.json.evaluate.run import LostAnswerV1, lost_answer
from promptci.render.json.structure import ExitCode, Part, Report, says
from promptci.render.scoredoutputs import ExaminedOutput


class NamedScoreV1(Part, frozen=True, kw_only=True):
    """What one scorer said."""

    name: Annotated[str, says("its name")]
    value: Annotated[float, says("0 to 1")]
    passed: Annotated[bool, says("whether that passes")]
    why: Annotated[str, says("the reason")]


class OutputV1(Part, frozen=True, kw_only=True, rename={"fate": "is"}):
    """One output."""

    example: Annotated[str, says("the example's id")]
    fate: Annotated[Literal["pass", "fail", "error"], says("its result")]
    score: Annotated[float | None, says("0 to 1; null for an error")]
    why: Annotated[str, says("why it is an error or misses the eval's threshold")]
    scores: Annotated[list[NamedScoreV1], says("what each scorer said")]


class ScoreReportV1(Report, frozen=True, kw_only=True):
    """What outputs scored: as in `run`, without `written`."""

    command: Literal["score"] = "score"
    exit_code: ExitCode
    evals: Annotated[list[OutcomeV1], says("one item")]
    lost: Annotated[list[LostAnswerV1], says("at most 50 examples that are lost")]
    examples: Annotated[list[OutputV1], says("one item per output")]


def score_report(
    outcomes: Sequence[EvalOutcome],
    lost: Sequence[LostAnswer],
    outputs: Sequence[ExaminedOutput],
    exit_code: int,
) -> ScoreReportV1:
    """The report on outputs, with the result of each."""
    return ScoreReportV1(
        exit_code=exit_code,
        evals=[outcome(each) for each in outcomes],
        lost=[lost_answer(each) for each in lost],
        examples=[_output(each) for each in sorted(outputs, key=lambda each: each.example)],
    )


def _output(found: ExaminedOutput) -> OutputV1:
    return OutputV1(
        example=found.example,
        fate=found.fate,
        score=None if found.fate == "error" else found.score,
        why=found.why,
        scores=[
            NamedScoreV1(name=name, value=score.value, passed=score.passed, why=score.why)
            for name, score in found.scores
        ],
    )

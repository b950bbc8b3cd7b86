"""The reports of `show`: the results of an eval, and everything stored of one example."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from promptci.render.json.results.answer import AnswerV1, JudgementV1, answer, judgement
from promptci.render.json.structure import ExitCode, Part, Report, either, says
from promptci.render.steptrace import step_input
from promptci.render.stored import Listed, Shown
from promptci.run.logged.logformat import Line
from promptci.run.logged.runlog import Unfinished
from promptci.run.solved import Picked, StepAnswer


class ScoreV1(Part, frozen=True, kw_only=True):
    """What one scorer said."""

    scorer: Annotated[str, says("its name")]
    score: Annotated[float, says("0 to 1")]
    passed: Annotated[bool, says("whether that passes")]
    why: Annotated[str, says("the reason")]


class LoggedV1(Part, frozen=True, kw_only=True):
    """One answer and its score."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    example: Annotated[str, says("the example's id")]
    attempt: Annotated[int, says("0 for the first answer, then counting repeats")]
    fate: Annotated[str, says("`pass`, `fail` or `error`")]
    score: Annotated[float, says("0 to 1")]
    key: Annotated[str | UnsetType, says("the request's digest, where it is known")] = UNSET


class ResultV1(LoggedV1, frozen=True, kw_only=True):
    """What one answer scored."""

    scores: Annotated[list[ScoreV1], says("what each scorer said")]
    why: Annotated[str | UnsetType, says("why it misses the threshold")] = UNSET


class UnscoredResultV1(LoggedV1, frozen=True, kw_only=True):
    """The same of an answer without scores."""

    why: Annotated[str | UnsetType, says("why there is no score")] = UNSET
    scores: Annotated[list[ScoreV1], says("empty")]


class ListedResultV1(ResultV1, frozen=True, kw_only=True):
    """A result in the list of an eval's results."""

    is_current: Annotated[bool, says("false where the prompt has changed since")]


class ListedUnscoredV1(UnscoredResultV1, frozen=True, kw_only=True):
    """The same of an answer without scores."""

    is_current: Annotated[bool, says("false where the prompt has changed since")]


Result: TypeAlias = Annotated[Any, either(ResultV1, UnscoredResultV1)]
Listing: TypeAlias = Annotated[Any, either(ListedResultV1, ListedUnscoredV1)]


class UnfinishedV1(Part, frozen=True, kw_only=True):
    """A newest run that did not end."""

    began: Annotated[str, says("when it began")]
    done: Annotated[int, says("how many examples were done")]
    total: Annotated[int, says("how many examples it had")]


class ShowResultsV1(Report, frozen=True, kw_only=True):
    """The newest result of each example of an eval."""

    command: Literal["show"] = "show"
    exit_code: ExitCode = 0
    results: Annotated[list[Listing], says("one item per example, failed ones first")]
    unfinished: Annotated[UnfinishedV1 | None, says("the newest run, where it did not end")]
    older: Annotated[
        list[str], says("what is older than the files or has not been run, a sentence each")
    ]


class ShownMessageV1(Part, frozen=True, kw_only=True):
    """A message of the prompt."""

    role: Annotated[str, says("`system`, `user`, …")]
    content: Annotated[str, says("its text")]


class RepeatV1(Part, frozen=True, kw_only=True):
    """A further answer to the same request."""

    answer: Annotated[AnswerV1 | None, says("the answer, where it is stored")]
    result: Annotated[Result, says("what it scored")]


class StepV1(Part, frozen=True, kw_only=True):
    """One of the requests that an answer took."""

    step: Annotated[str, says("what it is called")]
    key: Annotated[str, says("the request's digest")]
    model: Annotated[str, says("who was asked; empty of a query")]
    messages: Annotated[
        list[ShownMessageV1], says("what was asked; of a query one of the role `query`")
    ]
    answer: Annotated[AnswerV1, says("what came back")]


class PickedV1(Part, frozen=True, kw_only=True):
    """Which of several samples is the answer."""

    sample: Annotated[int, says("its number, from 1")]
    votes: Annotated[int, says("samples that give this answer, where a `key` says which do")]
    samples: Annotated[int, says("how many there are")]
    tied: Annotated[bool, says("whether others were as good; the earliest counts")]
    valid: Annotated[bool, says("false where none could be read or passed the check")]


class ShownV1(Part, frozen=True, kw_only=True):
    """One example on one model."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    example: Annotated[str, says("the example's id")]
    key: Annotated[str, says("the request's digest")]
    is_current: Annotated[bool, says("false where the prompt has changed since")]
    messages: Annotated[
        list[ShownMessageV1], says("the prompt as it is sent; none of a flow, see `steps`")
    ]
    parameters: Annotated[dict[str, Any], says("the parameters that are sent with it")]
    expected: Annotated[Any, says("what was expected")]
    answer: Annotated[AnswerV1 | None, says("the answer, where it is stored")]
    result: Annotated[Result, says("what it scored; null where nothing is logged")]
    steps: Annotated[
        list[StepV1], says("what was asked for an answer that took several requests, in order")
    ]
    picked: Annotated[PickedV1 | None, says("which of several samples the answer is")]
    repeats: Annotated[list[RepeatV1], says("further answers")]
    judges: Annotated[list[JudgementV1], says("what judges were asked about the answer")]


class ShowExampleV1(Report, frozen=True, kw_only=True):
    """Everything stored of one example: `show NAME EXAMPLE`."""

    command: Literal["show"] = "show"
    exit_code: ExitCode = 0
    examples: Annotated[list[ShownV1], says("one item per model")]


def results_report(
    listed: Sequence[Listed], cut: Unfinished | None, older: Sequence[str] = ()
) -> ShowResultsV1:
    """The newest results; `cut` is the last run if it did not end, `older` what is not of now."""
    unfinished = None
    if cut is not None:
        unfinished = UnfinishedV1(began=cut.began, done=cut.done, total=cut.total)
    return ShowResultsV1(
        results=[_listed(each) for each in listed], unfinished=unfinished, older=list(older)
    )


def example_report(shown: Sequence[Shown]) -> ShowExampleV1:
    """One example on each model."""
    return ShowExampleV1(examples=[_shown(each) for each in shown])


def _listed(found: Listed) -> LoggedV1:
    kind = ListedResultV1 if found.line.scores else ListedUnscoredV1
    return _made(kind, found.line, is_current=found.is_current)


def _result(line: Line) -> LoggedV1:
    return _made(ResultV1 if line.scores else UnscoredResultV1, line)


def _made(kind: Callable[..., LoggedV1], line: Line, **more: bool) -> LoggedV1:
    return kind(
        eval=line.eval,
        model=line.model,
        example=line.example,
        attempt=line.attempt,
        fate=line.fate,
        score=line.score,
        key=line.key or UNSET,
        scores=[
            ScoreV1(scorer=label, score=value, passed=passed, why=why)
            for label, value, passed, why in line.scores
        ],
        why=line.why or UNSET,
        **more,
    )


def _shown(found: Shown) -> ShownV1:
    example = found.example
    messages = () if found.request is None else found.request.messages
    settings = None if found.request is None else found.request.settings
    return ShownV1(
        eval=found.eval,
        model=found.model,
        example=example.id,
        key=found.key if found.request is None else found.request.key,
        is_current=found.is_current,
        messages=[ShownMessageV1(role=m.role, content=m.shown) for m in messages],
        parameters={} if settings is None else dict(settings.parameters),
        expected=example.expected if example.has_expected else None,
        answer=None if found.completion is None else answer(found.completion),
        result=None if found.line is None else _result(found.line),
        steps=[_step(each) for each in found.steps],
        picked=None if found.picked is None else _picked(found.picked),
        repeats=[
            RepeatV1(answer=None if done is None else answer(done), result=_result(line))
            for line, done in found.repeats
        ],
        judges=[judgement(each) for each in found.judgements],
    )


def _step(found: StepAnswer) -> StepV1:
    request = found.request
    messages = [ShownMessageV1(role=m.role, content=m.shown) for m in request.messages]
    if not request.asks_model:
        messages = [ShownMessageV1(role="query", content=step_input(found))]
    return StepV1(
        step=found.step,
        key=request.key,
        model=request.settings.model.name if request.asks_model else "",
        messages=messages,
        answer=answer(found.completion),
    )


def _picked(found: Picked) -> PickedV1:
    return PickedV1(
        sample=found.number + 1,
        votes=found.votes,
        samples=len(found.candidates),
        tied=found.is_tied,
        valid=found.is_valid,
    )

"""One example from question to scores, as generators that ask and are answered."""

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from promptci.records.record import Result, Score
from promptci.run.planning.task import Task
from promptci.run.solved import Picked, Solved, StepAnswer, Walked, completions_of
from promptci.run.solving.flows.intermediate import said_on_the_way
from promptci.run.solving.flows.judging import judge_steps
from promptci.run.solving.judging import Scored, combine_scores, judge_answer, missed
from promptci.scorers.base.verdict import NoVerdict, failed
from promptci.scorers.registry.registry import BoundScorer
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.message import Message
from promptci.specs.noanswer import why_no_answer
from promptci.specs.request import Asking, Request
from promptci.specs.thoughts import separate_thoughts

if TYPE_CHECKING:
    from promptci.run.solving.flows.flowbounds import Known


class Evaluated(Struct, frozen=True):
    """One example, answered and judged.

    `request` and `completion` are None where there was no answer, and `request` also where the
    answer was obtained elsewhere or has no single request; `why` says so then, or names
    the outcome that is no answer, or the threshold missed. `scores` are in the order of the
    scorers, `trace` holds all that was asked for an answer that took more than one request, unless
    it is in brief.
    `picked` says which of several samples is the answer, and `trials` of each sample whether it
    passes by itself, where no model is needed to tell. `latency` is in seconds, NaN where it is the
    answer's own.
    """

    result: Result
    request: Request | None = None
    completion: Completion | None = None
    scores: tuple[tuple[str, Score], ...] = ()
    why: str = ""
    trace: tuple[StepAnswer, ...] = ()
    picked: Picked | None = None
    trials: tuple[bool, ...] = ()
    latency: float = nan
    walked: Walked | None = None

    @property
    def completions(self) -> tuple[Completion, ...]:
        """All answers of models that went into it, without its judges'."""
        return completions_of(self.completion, self.trace)


def solve(
    task: Task, example: Example, *, attempt: int = 0, is_brief: bool = False
) -> Asking[Solved]:
    """The answer to one example. A plain prompt asks once, a flow step by step.

    With `is_brief` nothing is kept of what the steps of a flow asked and said.
    Raises `NoVerdict` where something else than the prompt's model gave no answer.
    """
    if not asks_once(task):
        from promptci.run.solving.several import answer_of_several

        asking = answer_of_several(task, example, attempt, solver=solve, is_brief=is_brief)
        return (yield from asking)
    if task.retriever is not None:
        return (yield from task.retriever.answer(opening_messages(task, example), example.id))
    request = plain_request(task, example, attempt)
    said = yield request
    assert isinstance(said, Completion)
    return Solved(separate_thoughts(said, task.prompt.thoughts), request)


def asked_at_most(task: Task, example: Example, *, attempt: int = 0) -> tuple[Request, ...]:
    """All that `solve` may ask, in order; what depends on answers is as long as it may get."""
    if not asks_once(task):
        from promptci.run.solving.several import several_at_most

        return several_at_most(task, example, attempt, asked=asked_at_most, solver=solve)
    if task.retriever is not None:
        return task.retriever.most(opening_messages(task, example))
    return (plain_request(task, example, attempt),)


def left_to_ask(
    task: Task, example: Example, known: "Known", *, attempt: int = 0
) -> tuple[Request, ...]:
    """The same of a flow, less what is stored, and further than that as its answers lead."""
    from promptci.run.solving.flows.flowbounds import flow_at_most

    return flow_at_most(
        task, example, attempt=attempt, asked=asked_at_most, solver=solve, known=known
    )


def plain_request(task: Task, example: Example, attempt: int) -> Request:
    """What a plain prompt asks of an example; see `asks_once`."""
    return Request(task.settings, opening_messages(task, example), attempt)


def asks_once(task: Task) -> bool:
    """Whether all that is asked for an answer is one request, or a query and what it finds."""
    return not isinstance(task.prompt, Flow) and task.prompt.solve is None and task.talk is None


def opening_messages(task: Task, example: Example) -> tuple[Message, ...]:
    """What a plain prompt says of an example."""
    return task.single.render(example.vars, example.files)


def evaluate_example(
    task: Task,
    example: Example,
    *,
    attempt: int = 0,
    is_brief: bool = False,
    scorers: Sequence[BoundScorer] | None = None,
) -> Asking[Evaluated]:
    """Ask the prompt, judge the answer as the eval says, sum up; see `Plan` for `is_brief`.

    With `scorers` these judge it, and not those of the eval. Where the task has a `given` answer
    the prompt is not asked; of several samples one is picked as the prompt says. An answer that
    ended in another way than those `scored` is an error, and so is one that a scorer could not
    judge: it is neither passed nor failed. One that ended in a way of `failing` fails: a model that
    falls silent gets worse, and that is known without its scorers.
    """
    scorers = task.judges.of(example) if scorers is None else scorers
    scored, failing, threshold = task.spec.scored, task.spec.failing, task.spec.threshold
    try:
        solved = yield from _solving(task, example, attempt, is_brief=is_brief)
    except NoVerdict as error:  # vectors that cannot be compared, a user that says nothing
        return Evaluated(unanswered(example), why=str(error))
    asked = None if solved.request is None else task.settings
    ended = why_no_answer(asked, solved.completion, scored)
    is_broken = bool(solved.failure) and solved.completion.outcome == "ok"
    why = solved.failure or ended
    if ended and not why_no_answer(asked, solved.completion, {*scored, *failing}):
        found = _silent(example, scorers, solved, why)
        return (yield from _tried(task, example, solved, found, scorers))
    if ended or is_broken:
        return _evaluated(solved, unanswered(example), why=why)
    try:
        said = said_on_the_way(task, example, solved)
        verdicts = yield from judge_answer(
            example, solved.completion, scorers, task.settings.tools, attempt, said
        )
        result = combine_scores(example, verdicts, threshold)
        steps = yield from judge_steps(task, example, solved, attempt, is_right=result.passed)
    except NoVerdict as error:
        return _evaluated(solved, unanswered(example), why=str(error))
    found = with_steps(_evaluated(solved, result, verdicts, why=missed(result, threshold)), steps)
    return (yield from _tried(task, example, solved, found, scorers))


def _tried(
    task: Task, example: Example, solved: Solved, found: Evaluated, scorers: Sequence[BoundScorer]
) -> Asking[Evaluated]:
    """With whether each of several samples would have passed, where no model is to say so."""
    if solved.picked is None or any(scorer.asks for scorer in scorers):
        return found
    from promptci.run.solving.trials import try_samples

    trials = yield from try_samples(task, example, solved.picked, scorers)
    return replace(found, trials=trials)


def _solving(task: Task, example: Example, attempt: int, *, is_brief: bool) -> Asking[Solved]:
    given = None if task.given is None else task.given[example.id]
    if given is None:
        return solve(task, example, attempt=attempt, is_brief=is_brief)
    if isinstance(given, tuple):
        from promptci.run.solving.sampling import picked_from

        return picked_from(task, example, attempt, given)
    return _taken(task, given)


def _taken(task: Task, given: Completion) -> Asking[Solved]:
    yield ()  # nothing to ask, but whoever drives it expects to be asked once
    return Solved(separate_thoughts(given, task.prompt.thoughts))


def _evaluated(solved: Solved, result: Result, scored: Scored = (), *, why: str) -> Evaluated:
    labelled = tuple((scorer.label, score) for scorer, score in scored)
    return Evaluated(
        result,
        solved.request,
        solved.completion,
        labelled,
        why,
        trace=solved.trace,
        picked=solved.picked,
        latency=solved.latency,
        walked=solved.walked,
    )


def with_steps(found: Evaluated, steps: tuple[tuple[str, Score], ...]) -> Evaluated:
    """The same with what is said of the steps of a flow, which has no weight."""
    if not steps:
        return found
    own = tuple((label, score.value) for label, score in (*found.scores, *steps))
    result = replace(found.result, scores=own)
    return replace(found, result=result, scores=(*found.scores, *steps))


def _silent(
    example: Example, scorers: Sequence[BoundScorer], solved: Solved, why: str
) -> Evaluated:
    """An answer that fails by itself: every scorer gives it nothing."""
    none = tuple((scorer, failed(why)) for scorer in scorers)
    return _evaluated(solved, replace(combine_scores(example, none), fate="fail"), none, why=why)


def unanswered(example: Example) -> Result:
    """The result of an example that got no answer."""
    return Result(example.id, example.digest, "error")

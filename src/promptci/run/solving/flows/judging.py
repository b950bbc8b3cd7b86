"""What is said of the steps of a flow, beside its answer: each right or wrong, and the way taken.

A step is judged where an example says what it is to say. The way is wrong where a step was taken
that must not be, or an action chosen that is not allowed, or a step left out that must be taken,
or where one without an answer ended the flow and its answer is wrong.
"""

from collections.abc import Iterator

from promptci.parsing.source import Plain
from promptci.records.record import CONTROL, STEP, Score
from promptci.run.planning.task import Task
from promptci.run.solved import Solved, Walked
from promptci.run.solving.judging import seen_by
from promptci.scorers.base.attempts import as_attempt
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, NoVerdict, failed
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.answerer import gives_texts
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.request import Asking
from promptci.specs.retrieval import CONTEXT


def judge_steps(
    task: Task, example: Example, solved: Solved, attempt: int, *, is_right: bool
) -> Asking[tuple[tuple[str, Score], ...]]:
    """A score of 0 or 1 for each step of which something is expected, in the order of the file.

    Last the score of the way. Nothing where nothing is expected. `is_right` says that the flow's
    answer is, so that a step without an answer, which ended the flow, is nothing that is wrong.
    Raises `NoVerdict`.
    """
    walked = solved.walked
    if walked is None or not isinstance(task.prompt, Flow):
        return ()
    found = []
    for name in dict.fromkeys(path for path, _ in task.prompt.deep):
        if name in example.steps and name in walked.outputs:
            score = yield from _judged(task, example, walked, name, attempt)
            found.append((f"{STEP}{name}", score))
    has_rules = any(getattr(step, "allowed", ()) for _, step in task.prompt.deep)
    if example.has_steps or walked.faults or has_rules:
        ended = [solved.failure] if solved.failure and not is_right else []
        why = "; ".join((*ended, *control_faults(example, walked)))
        found.append((CONTROL, failed(why) if why else PASSED))
    return tuple(found)


def control_faults(example: Example, walked: Walked) -> Iterator[str]:
    """What is wrong with the way that was taken, a few words each."""
    for name, why in walked.faults:
        yield f"`{name}` {why}"
    for name in example.never:
        if name in walked.taken:
            yield f"`{name}` was taken, which must not be"
    for name in dict.fromkeys((*example.steps, *example.runs)):
        if name not in walked.taken:
            yield f"`{name}` was left out"


def _judged(task: Task, example: Example, walked: Walked, name: str, attempt: int) -> Asking[Score]:
    """Right where all of the step's scorers pass, with the first reason why not."""
    assert isinstance(task.prompt, Flow)
    expected = example.steps[name]
    scope = {**example.vars, **walked.outputs, **walked.inputs.get(name, {}), "expected": expected}
    subject = Subject(walked.outputs[name], expected, True, scope)
    unsaid: dict[str, Plain] = dict.fromkeys(task.prompt.tells - scope.keys(), "")
    if any(path == name and gives_texts(step) for path, step in task.prompt.deep):
        unsaid.setdefault(CONTEXT, walked.outputs[name])
    tags = frozenset(example.tags)
    whys = []
    for scorer in task.step_judges[name].shared if name in task.step_judges else ():
        if scorer.judges(tags) and scorer.weight:
            score = yield from _scored(scorer, seen_by(scorer, subject, unsaid), name, attempt)
            if not score.passed:
                whys.append(score.why or "it does not pass")
    return failed(whys[0]) if whys else PASSED


def _scored(scorer: BoundScorer, subject: Subject, name: str, attempt: int) -> Asking[Score]:
    try:
        verdict = scorer.judge(subject)
        return verdict if isinstance(verdict, Score) else (yield from as_attempt(verdict, attempt))
    except NoVerdict as error:
        raise NoVerdict(f"step `{name}`: {scorer.label}: {error}") from None

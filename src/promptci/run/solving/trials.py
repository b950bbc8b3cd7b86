"""Whether each of an answer's samples would have passed by itself."""

from collections.abc import Sequence

from promptci.run.planning.task import Task
from promptci.run.solved import Picked
from promptci.run.solving.judging import combine_scores, judge_answer
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.registry import BoundScorer
from promptci.specs.completion import Completion, Outcome
from promptci.specs.evalspec import Example
from promptci.specs.noanswer import why_no_answer
from promptci.specs.request import Asking


def try_samples(
    task: Task,
    example: Example,
    picked: Picked,
    scorers: Sequence[BoundScorer],
) -> Asking[tuple[bool, ...]]:
    """Of every sample that is an answer, whether it passes; equal ones are judged once.

    Samples that were asked for until one was valid are none to go by, since the last is.
    """
    if task.prompt.solve is None or task.prompt.solve.pick == "first_valid":
        return ()
    known: dict[tuple[str, str, Outcome], bool | None] = {}
    for each in picked.candidates:
        said = each.text, each.tool_calls, each.outcome
        if said not in known:
            known[said] = yield from _passes(task, example, each, scorers)
    all_ = (known[each.text, each.tool_calls, each.outcome] for each in picked.candidates)
    return tuple(passed for passed in all_ if passed is not None)


def _passes(
    task: Task,
    example: Example,
    completion: Completion,
    scorers: Sequence[BoundScorer],
) -> Asking[bool | None]:
    """Whether a sample passes, None where it is no answer and nothing to judge."""
    rule = task.spec
    if why_no_answer(task.settings, completion, rule.scored):
        is_error = why_no_answer(task.settings, completion, {*rule.scored, *rule.failing})
        return None if is_error else False
    try:
        verdicts = yield from judge_answer(example, completion, scorers, task.settings.tools)
    except NoVerdict:
        return None
    return combine_scores(example, verdicts, rule.threshold).passed

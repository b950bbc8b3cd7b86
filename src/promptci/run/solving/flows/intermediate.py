"""What was said on the way to an answer, for scorers that use it: steps of a flow, texts found."""

from collections.abc import Mapping

from promptci.parsing.source import Plain
from promptci.run.planning.task import Task
from promptci.run.solved import Solved
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow


def used_on_the_way(task: Task, example: Example) -> frozenset[str]:
    """The names of what the scorers of an example use of it."""
    known = task.prompt.tells
    if not known:
        return known
    used = frozenset[str]().union(*(each.variables for each in task.judges.of(example)))
    is_flow = isinstance(task.prompt, Flow)
    return known & used if is_flow else (known & used) - example.vars.keys()


def said_on_the_way(task: Task, example: Example, solved: Solved) -> Mapping[str, Plain]:
    """What scorers use of what was said before the answer, by its name.

    A step that was not taken said nothing, which is an empty text. Raises `NoVerdict` where the
    answer comes from elsewhere and does not tell.
    """
    used = used_on_the_way(task, example)
    if not used or not isinstance(task.prompt, Flow):
        return dict.fromkeys(used, solved.completion.text)
    if solved.walked is None:
        wrong = f"a scorer uses what the step `{min(used)}` said, which this output does not tell"
        raise NoVerdict(f"{wrong}: `promptci run` asks the steps")
    return {name: solved.walked.outputs.get(name, "") for name in sorted(used)}

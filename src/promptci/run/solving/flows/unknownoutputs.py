"""Outputs of steps that are not known yet, as long as they may get."""

from collections.abc import Mapping
from functools import lru_cache

from promptci.parsing.source import Plain
from promptci.run.planning.task import Task
from promptci.specs.answerer import retrieval_of
from promptci.specs.flows.condition import Vars
from promptci.specs.flows.steps import FlowStep
from promptci.spending.estimate import most_output
from promptci.templates.template import as_text

_WORD = "word "


class Unsaid(str):
    """An output that is not known yet, as long as it may get."""

    __slots__ = ()


def is_unsaid(names: "frozenset[str] | set[str]", scope: Vars) -> bool:
    """Whether any of these outputs is not known yet."""
    return any(isinstance(scope.get(name), Unsaid) for name in names)


def given_to(step: FlowStep, given: Mapping[str, Plain], scope: Vars) -> Mapping[str, Plain]:
    """What a flow is given, of which what is made of outputs that are not known is not known."""
    made = {name for name, text in step.vars.items() if is_unsaid(text.variables, scope)}
    return {k: Unsaid(as_text(v)) if k in made else v for k, v in given.items()}


def longest_said(task: Task) -> Unsaid:
    """An answer of a prompt that is as long as it may get."""
    retrieval = retrieval_of(task.prompt)
    if retrieval is not None:
        return Unsaid(retrieval.longest)
    return longest_output(most_output(task.settings))


@lru_cache(maxsize=4)
def longest_output(tokens: int) -> Unsaid:
    """An answer of so many tokens."""
    letters = 4 * tokens
    return Unsaid((_WORD * (letters // len(_WORD) + 1))[:letters])

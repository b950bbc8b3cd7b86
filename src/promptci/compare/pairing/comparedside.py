"""One side of a comparison: a prompt, models or a revision, and the evals it is asked by."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.errors import NotAtBaseError, RequestError
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec
from promptci.specs.modelspec import ModelSpec
from promptci.suite.suite import Suite

OperandKind: TypeAlias = Literal["path", "model", "label", "rev"]


class Pick(Struct, frozen=True):
    """What one side evaluates an eval with. `eval` is its name there, empty if it has none."""

    prompt: Answerer
    models: tuple[ModelSpec, ...]
    eval: str = ""


class ComparedSide(Struct, frozen=True):
    """One operand, resolved. `pick` says what it means for an eval, None if nothing.

    `suite` is given for a revision: its evals may be the golden ones.
    """

    name: str
    kind: OperandKind
    pick: Callable[[EvalSpec], Pick | None]
    suite: Suite | None = None

    def has(self, spec: EvalSpec) -> bool:
        """Whether it can say something of an eval; a revision, whether that is there."""
        found = self.pick(spec)
        return found is not None and (self.suite is None or bool(found.eval))


def revision_side(
    suite: Suite, name: str, renames: Mapping[str, str] | None = None
) -> ComparedSide:
    """The side of a whole suite: for an eval, the prompt and models of the eval of that name.

    `renames` holds the names that evals have in this suite where they are called otherwise.
    """

    def pick(spec: EvalSpec) -> Pick | None:
        there = suite.evals.get((renames or {}).get(spec.name, spec.name))
        prompt = suite.prompts.get(there.prompt if there else spec.prompt)
        if prompt is None:
            return None
        models = side_models(suite, there or spec, prompt)
        return Pick(prompt, models, there.name if there else "")

    return ComparedSide(name, "rev", pick, suite)


def side_models(suite: Suite, spec: EvalSpec, prompt: Answerer) -> tuple[ModelSpec, ...]:
    """The models of an eval that may be of another suite: those it names and `suite` knows."""
    if spec.models:
        return tuple(
            model for name in spec.models if (model := known_model(suite, name)) is not None
        )
    return (suite.config.model(prompt.model or suite.config.default_model or "smollm2"),)


def known_model(suite: Suite, name: str) -> ModelSpec | None:
    """The model of a name, None where a suite has none that it may ask."""
    try:
        return suite.config.model(name)
    except (NotAtBaseError, RequestError):
        return None

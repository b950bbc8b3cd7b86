"""Everything that is to be evaluated at one state of the files: all of it, with all its faults."""

from collections.abc import Mapping
from dataclasses import dataclass

from promptci.errors import Fault
from promptci.git.repo import Tree
from promptci.specs.answerer import Answerer
from promptci.specs.config import Config
from promptci.specs.evalspec import EvalSpec


@dataclass(frozen=True, slots=True)
class Suite:
    """The prompts, evals and configuration in a tree, and what is doubtful in them.

    Flows are among the `prompts`: no two have a name in common.

    `code_base` is the state whose own code is run in the place of this one's, if not its own.
    `optional` are the paths of `.prompt.yml` files that a run of everything may do without.
    """

    tree: Tree
    config: Config
    prompts: Mapping[str, Answerer]
    evals: Mapping[str, EvalSpec]
    warnings: tuple[Fault, ...] = ()
    code_base: "Suite | None" = None
    optional: frozenset[str] = frozenset()

    def models(self, spec: EvalSpec) -> tuple[str, ...]:
        """The models an eval runs on: its own, else its prompt's, else the default."""
        prompt = self.prompts[spec.prompt]
        default = self.config.default_model or "smollm2"
        return spec.models or (prompt.model or default,)

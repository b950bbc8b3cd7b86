"""Everything that is to be evaluated at one state of the files: all of it, with all its faults."""

from collections.abc import Iterator, Mapping
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.errors import Fault, NotAtBaseError, RequestError
from promptci.git.repo import Tree
from promptci.specs.answerer import Answerer
from promptci.specs.config import Config
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import CallStep
from promptci.specs.modelspec import ModelSpec


class Suite(Struct, frozen=True):
    """The prompts, evals and configuration in a tree, and what is doubtful in them.

    Flows are among the `prompts`: no two have a name in common.

    `code_base` is the state whose own code is run in the place of this one's, if not its own.
    `optional` are the paths of `.prompt.yml` files that a run of everything may do without.
    `faulty` says what is wrong with files that were left out for it, by the path of each; an eval
    has the faults of its prompt and flow, too.
    """

    tree: Tree
    config: Config
    prompts: Mapping[str, Answerer]
    evals: Mapping[str, EvalSpec]
    warnings: tuple[Fault, ...] = ()
    code_base: "Suite | None" = None
    optional: frozenset[str] = frozenset()
    faulty: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)

    def with_config(self, config: Config) -> "Suite":
        """The same under another configuration: names of models in flows replace its own.

        Whoever puts a configuration in the place of another must do it so, since a flow's models
        would be those of the other.
        """
        find = partial(_model, config)
        prompts = {
            name: each.with_models(find) if isinstance(each, Flow) else each
            for name, each in self.prompts.items()
        }
        return replace(self, config=config, prompts=prompts)

    def model_names(self, spec: EvalSpec) -> tuple[str, ...]:
        """The models that an eval may ask for answers, those that steps of a flow name as well."""
        return tuple(dict.fromkeys((*self.models(spec), *self.step_models(spec))))

    def step_models(self, spec: EvalSpec) -> Iterator[str]:
        """The models that steps of an eval's flow name."""
        prompt = self.prompts[spec.prompt]
        steps = prompt.deep if isinstance(prompt, Flow) else ()
        named = (step.answerer.model for _, step in steps if isinstance(step, CallStep))
        yield from filter(None, named)

    def models(self, spec: EvalSpec) -> tuple[str, ...]:
        """The models an eval runs on: its own, else its prompt's, else the default."""
        prompt = self.prompts[spec.prompt]
        default = self.config.default_model or "smollm2"
        return spec.models or (prompt.model or default,)


def _model(config: Config, name: str) -> tuple[ModelSpec | None, str]:
    """A model by its name, or why there is none."""
    try:
        return config.model(name), ""
    except (NotAtBaseError, RequestError) as error:
        return None, str(error)

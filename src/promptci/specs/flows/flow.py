"""A flow: steps in their order, used in place of a prompt."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.digest import digest
from promptci.parsing.source import Mark, Plain
from promptci.specs.conversation import Files
from promptci.specs.flows.blocks import Step, canonical_steps, named_steps, used_by
from promptci.specs.flows.condition import Vars
from promptci.specs.flows.steps import AskStep, CallStep, FlowStep, Named
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt, Shot
from promptci.specs.turns import Turn
from promptci.templates.template import Template

_NOWHERE = Mark("")


class Flow(Struct, frozen=True, dict=True):
    """Steps in their order and the text made of their outputs, which is its answer.

    It is used in place of a prompt. `needs` are the variables that an example must give, with the
    place of the first use. `model` answers the steps whose prompts name none.
    """

    name: str
    mark: Mark
    steps: tuple[Step, ...]
    output: Template
    needs: Mapping[str, Mark] = field(default_factory=dict)
    description: str = ""
    version: str = ""
    model: str | None = None
    model_mark: Mark = _NOWHERE

    @cached_property
    def digest(self) -> str:
        """The address of everything that can change an answer, but for models: 64 hex digits."""
        return digest(self.content)

    @property
    def demand(self) -> list[Plain]:
        """What decides which examples can be sent: all that the flow says."""
        return ["flow", self.digest]

    @cached_property
    def own_digest(self) -> str:
        """The address of the flow by itself, whatever its prompts say."""
        bare = with_calls(self.steps, _bare)
        return digest([canonical_steps(bare), self.output.canonical])

    @cached_property
    def content(self) -> dict[str, object]:
        """What `digest` covers: the steps with their prompts, and how the output is made."""
        return {"steps": canonical_steps(self.steps), "output": self.output.canonical}

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """The steps with names, in the order of the file."""
        return tuple(named_steps(self.steps))

    @cached_property
    def calls(self) -> tuple[CallStep, ...]:
        """Those of them that ask a prompt or take another flow."""
        return tuple(step for step in self.named if isinstance(step, CallStep))

    @cached_property
    def deep(self) -> tuple[tuple[str, Named], ...]:
        """All steps with names by their paths, such as `reply/draft`, a flow's before itself."""
        found: list[tuple[str, Named]] = []
        for step in self.named:
            if isinstance(step, FlowStep):
                found += ((f"{step.name}/{path}", each) for path, each in step.flow.deep)
            found.append((step.name, step))
        return tuple(found)

    @cached_property
    def asking(self) -> tuple[AskStep, ...]:
        """The steps that ask a prompt, also those of flows in this one."""
        return tuple(step for _, step in self.deep if isinstance(step, AskStep))

    @cached_property
    def flows(self) -> tuple["Flow", ...]:
        """The flows in this one, each once."""
        inner = (step.flow for _, step in self.deep if isinstance(step, FlowStep))
        return tuple({each.name: each for each in inner}.values())

    @cached_property
    def over_after(self) -> tuple[frozenset[str], ...]:
        """Whose outputs nothing uses behind each step or block, which are those not in a block."""
        names = {step.name for step in self.named}
        found, later = [], set(self.output.variables)
        for step in reversed(self.steps):
            used = used_by(step) | {each.name for each in named_steps((step,))}
            found.append(frozenset((used & names) - later))
            later |= used
        return tuple(reversed(found))

    def with_models(self, find: Callable[[str], tuple[ModelSpec | None, str]]) -> "Flow":
        """The same with the models that its steps name; `find` gives one, or why there is none."""

        def found(step: CallStep) -> CallStep:
            name = step.answerer.model
            model, wrong = find(name) if name else (None, "")
            if isinstance(step, FlowStep):
                step = replace(step, flow=step.flow.with_models(find))
            return replace(step, model=model, no_model=wrong)

        return replace(self, steps=with_calls(self.steps, found))

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables that an example must give."""
        return frozenset(self.needs)

    @property
    def thoughts(self) -> Literal["apart", "keep"]:
        """`keep`: each step has set apart, or left, what its model thought."""
        return "keep"

    @cached_property
    def tells(self) -> frozenset[str]:
        """What scorers may use of what was said on the way: the outputs of its steps.

        What scorers call otherwise, the whole answer and what is expected, stays that.
        """
        return frozenset(step.name for step in self.named) - {"output", "expected"}

    def missing(self, variables: Vars) -> list[str]:
        """The variables that have no value among these, in the order of their use."""
        return [name for name in self.needs if name not in variables]

    def place_of(self, name: str) -> Mark:
        """The place of the first step that uses a variable."""
        return self.needs.get(name.partition(".")[0], self.mark)

    @cached_property
    def parameters(self) -> Mapping[str, Plain]:
        """The temperature, which tells greedy from sampled: the highest of all steps."""
        found = [(step.prompt.parameters or {}).get("temperature") for step in self.asking]
        given = [each for each in found if isinstance(each, int | float)]
        return {"temperature": max(given)} if given and len(given) == len(found) else {}

    @property
    def response_format(self) -> None:
        """None: what a flow says is made of what its steps say."""

    @property
    def tools(self) -> tuple[Mapping[str, Plain], ...]:
        """None: tools are offered by single prompts."""
        return ()

    @property
    def solve(self) -> None:
        """None: samples are those of single prompts."""

    @property
    def shots(self) -> tuple[Shot, ...]:
        """None: shots are those of single prompts."""
        return ()

    def lacks(self, variables: Vars, files: Files) -> str:
        """Nothing more is known before the steps are run."""
        return ""

    def reads(self, variables: Vars) -> frozenset[str]:
        """The variables that are used."""
        return self.variables

    def advice(self, name: str) -> str:
        """What to do about a variable of an example that has a step's name."""
        if name not in self.tells:
            return ""
        return "it is the name of a step, whose output is taken: rename the variable, or delete it"


def with_calls(
    steps: "tuple[Step, ...]", change: Callable[[CallStep], CallStep]
) -> "tuple[Step, ...]":
    """The same steps, in whatever blocks, with those changed that somebody else answers."""
    return tuple(_changed(step, change) for step in steps)


def _changed(step: Step, change: Callable[[CallStep], CallStep]) -> Step:
    if isinstance(step, Named):
        return change(step) if isinstance(step, CallStep) else step
    return step.with_inner([with_calls(each, change) for each in step.inner])


def _bare(step: CallStep) -> CallStep:
    """The same with a prompt or flow that says its name and nothing else."""
    name, mark = step.answerer.name, step.answerer.mark
    text = Template((name,), ())
    if isinstance(step, FlowStep):
        return replace(step, flow=Flow(name, mark, (), text))
    return replace(step, prompt=Prompt(name, mark, (Turn("user", text),)))

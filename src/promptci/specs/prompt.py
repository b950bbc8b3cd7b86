"""A prompt: messages with variables, few-shot examples, a model and its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from promptci.digest import digest
from promptci.errors import Fault
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Mark, Node, Plain, did_you_mean, excerpt
from promptci.parsing.template import Template, TemplateError, as_text
from promptci.specs.completion import Message, Role
from promptci.specs.responseformat import read_response_format

Count = Annotated[int, Meta(ge=1)]

_NOWHERE = Mark("")


class Parameters(Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent beside the messages, under the names of OpenAI's chat completions.

    `temperature` is 0 unless it is given; beside a `top_p` it is left out, since some models refuse
    the two together.
    """

    temperature: Annotated[float, Meta(ge=0, le=2)] | UnsetType | None = UNSET
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    extra_body: dict[str, Any] | None = None

    def given(self) -> dict[str, Plain]:
        """Those to send: a parameter that is null is left to the provider."""
        sent = {key: value for key, value in to_builtins(self).items() if value is not None}
        is_ours = self.temperature is UNSET and self.top_p is None
        return {"temperature": 0.0, **sent} if is_ours else sent


class MessageFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One message of a prompt file."""

    role: Role
    content: str


class ShotFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One few-shot example: the variables of a user turn and the answer to it."""

    vars: dict[str, Any]
    output: Any


class PromptFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`prompts/NAME.yaml`."""

    messages: Annotated[list[MessageFile], Meta(min_length=1, max_length=1000)]
    description: str = ""
    version: str | int | None = None
    model: str | None = None
    parameters: Parameters = Parameters()
    shots: Annotated[list[ShotFile], Meta(max_length=1000)] = []
    variables: list[str] | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] = []
    thoughts: Annotated[
        Literal["apart", "keep"],
        Meta(description="`keep` leaves <think> and its kin in the answer that is judged"),
    ] = "apart"


_ELSEWHERE = {
    **dict.fromkeys(Parameters.__struct_fields__, "write it in `parameters`"),
    **dict.fromkeys(("model", "messages", "tools"), "write it at the top of the file"),
    "response_format": "write it at the top of the file",
    "n": "each example gets one answer; `promptci run --repeat` asks for more",
    "stream": "answers are read whole, so delete it",
}
"""Keys that `extra_body` must not hold, and where they belong."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a prompt, its content still a template."""

    role: Role
    content: Template


@dataclass(frozen=True, slots=True)
class Shot:
    """One few-shot example: the variables of a user turn, and the output that answers it."""

    vars: Mapping[str, Plain]
    output: str
    mark: Mark


@dataclass(frozen=True)
class Prompt:
    """A prompt, ready to be rendered. `version` is a label; `digest` is what it is.

    `thoughts` says whether what a model thinks aloud is kept apart from its answer.
    """

    name: str
    mark: Mark
    turns: tuple[Turn, ...]
    shots: tuple[Shot, ...] = ()
    description: str = ""
    version: str = ""
    model: str | None = None
    model_mark: Mark = _NOWHERE
    parameters: Mapping[str, Plain] | None = None
    response_format: Mapping[str, Plain] | None = None
    tools: tuple[Mapping[str, Plain], ...] = ()
    thoughts: Literal["apart", "keep"] = "apart"

    @cached_property
    def digest(self) -> str:
        """The address of everything that can change an answer: 64 hex digits."""
        return digest(self.content)

    @cached_property
    def content(self) -> dict[str, object]:
        """What `digest` covers: not the name, the description, the version label or the model."""
        kept = {} if self.thoughts == "apart" else {"thoughts": self.thoughts}
        return kept | {
            "messages": [
                [turn.role, turn.content.literals, turn.content.names] for turn in self.turns
            ],
            "shots": [[dict(shot.vars), shot.output] for shot in self.shots],
            "parameters": dict(self.parameters or {}),
            "response_format": self.response_format,
            "tools": self.tools,
        }

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables that an example must give."""
        return frozenset().union(*(turn.content.variables for turn in self.turns))

    def missing(self, variables: Mapping[str, Plain]) -> list[str]:
        """The names in the messages that have no value among these variables, in order."""
        found = (turn.content.missing(variables) for turn in self.turns)
        return list(dict.fromkeys(name for names in found for name in names))

    @cached_property
    def _pieces(self) -> tuple[Message | Turn, ...]:
        """The conversation in order; only what has variables is still to be rendered."""
        split = _last_user(self.turns)
        shots = [m for shot in self.shots for m in _shot_messages(self.turns[split], shot)]
        before, after = self.turns[:split], self.turns[split:]
        return (*map(_settled, before), *shots, *map(_settled, after))

    def render(self, variables: Mapping[str, Plain]) -> tuple[Message, ...]:
        """The conversation for one example. Raises `TemplateError` for a missing variable.

        Shots go as pairs of turns before the last user message. Roles and the number of messages
        depend on the prompt alone, never on the variables.
        """
        return tuple(
            each
            if isinstance(each, Message)
            else Message(each.role, each.content.render(variables))
            for each in self._pieces
        )


def _settled(turn: Turn) -> Message | Turn:
    """A message where nothing is left to fill in, else the turn itself."""
    return turn if turn.content.names else Message(turn.role, turn.content.literals[0])


def _last_user(turns: tuple[Turn, ...]) -> int:
    """Where the last user message stands; without one, the last message."""
    places = [index for index, turn in enumerate(turns) if turn.role == "user"]
    return places[-1] if places else len(turns) - 1


def _shot_messages(turn: Turn, shot: Shot) -> tuple[Message, Message]:
    return Message("user", turn.content.render(shot.vars)), Message("assistant", shot.output)


def parse_prompt(
    node: Node,
    name: str,
    faults: list[Fault],
    *,
    parse: Callable[[str], Template] = Template.parse,
) -> Prompt | None:
    """Read a prompt from a loaded file; adds what is wrong to `faults` and gives None then.

    `parse` reads the templates of the messages.
    """
    before = len(faults)
    file = read_shape(node, PromptFile, faults)
    if file is None:
        return None
    turns = _turns(file, node, faults, parse)
    prompt = Prompt(
        name=name,
        mark=node.mark,
        turns=turns,
        shots=_shots(file, node),
        description=file.description,
        version="" if file.version is None else str(file.version),
        model=file.model,
        model_mark=node.get("model").mark,
        parameters=file.parameters.given(),
        response_format=read_response_format(file.response_format, node, faults),
        tools=tuple(file.tools),
        thoughts=file.thoughts,
    )
    _check_extra_body(file, node, faults)
    if len(turns) == len(file.messages):
        _check_shots(prompt, faults)
        _check_variables(prompt, file, node, faults)
    return None if any(not fault.warning for fault in faults[before:]) else prompt


def _turns(
    file: PromptFile, node: Node, faults: list[Fault], parse: Callable[[str], Template]
) -> tuple[Turn, ...]:
    """The messages whose templates can be read."""
    turns = []
    for index, message in enumerate(file.messages):
        try:
            turns.append(Turn(message.role, parse(message.content)))
        except TemplateError as error:
            faults.append(node.get("messages", index, "content").mark.fault(str(error)))
    return tuple(turns)


def _shots(file: PromptFile, node: Node) -> tuple[Shot, ...]:
    return tuple(
        Shot(shot.vars, as_text(shot.output), node.get("shots", index).mark)
        for index, shot in enumerate(file.shots)
    )


def _check_extra_body(file: PromptFile, node: Node, faults: list[Fault]) -> None:
    """What has a place of its own cannot come in by the back door, past every limit."""
    place = node.get("parameters", "extra_body")
    for key in file.parameters.extra_body or {}:
        if key in _ELSEWHERE:
            wrong = f"`{key}` cannot stand in `extra_body`: {_ELSEWHERE[key]}"
            faults.append(place.key_mark(key).fault(wrong))


def _check_shots(prompt: Prompt, faults: list[Fault]) -> None:
    """Every shot gives just the variables of the message that it fills in."""
    if not prompt.shots:
        return
    last = prompt.turns[_last_user(prompt.turns)]
    if last.role != "user":
        wrong = "`shots` need a message of role `user` to fill in: add one"
        faults.append(prompt.mark.fault(wrong))
        return
    for shot in prompt.shots:
        for name in last.content.missing(shot.vars):
            wrong = f"this shot has no variable `{name}`: add it to its `vars`"
            faults.append(shot.mark.fault(wrong))
        for name in sorted(shot.vars.keys() - last.content.variables):
            wrong = f"this shot gives `{excerpt(name)}`, which the last user message does not use"
            advice = did_you_mean(name, last.content.variables)
            faults.append(shot.mark.fault(f"{wrong}: {advice}"))


def _check_variables(prompt: Prompt, file: PromptFile, node: Node, faults: list[Fault]) -> None:
    """Where the variables are declared, those used and those declared must be the same."""
    if file.variables is None:
        return
    mark = node.key_mark("variables")
    for name in sorted(prompt.variables - set(file.variables)):
        wrong = f"`{name}` is used in a message but not declared: add it to `variables`"
        faults.append(mark.fault(wrong))
    for name in sorted(set(file.variables) - prompt.variables):
        advice = did_you_mean(name, prompt.variables)
        faults.append(mark.fault(f"`{excerpt(name)}` is declared but no message uses it: {advice}"))

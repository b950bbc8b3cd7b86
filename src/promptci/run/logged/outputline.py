"""A line of a file of outputs, and which outputs it has."""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct
from msgspec.structs import replace

from promptci.run.logged.callforms import calls_alone, usual_calls
from promptci.run.logged.outputforms import are_turns, bare_sample, is_samples, usual_turns
from promptci.specs.evalfile import Identifier

_Tokens = Annotated[int, Meta(ge=0)]
_Amount = Annotated[float, Meta(ge=0)]

LISTS = ("outputs", "samples", "responses", "completions", "choices", "generations", "votes")
"""Keys of a line that may list several outputs."""

TRAJECTORIES = ("trajectory", "traj", "calls", "actions")
"""Keys of a line that may list calls of tools, among other things that they may be."""


class UsageFile(Struct, frozen=True):
    """Tokens, under promptci's names or those of OpenAI's chat completions."""

    input_tokens: _Tokens = 0
    output_tokens: _Tokens = 0
    prompt_tokens: _Tokens = 0
    completion_tokens: _Tokens = 0


class OutputFile(Struct, frozen=True):
    """One line: what was said about an example, and what is known of it. Other keys are not used.

    `latency` is in seconds, `cost` in US dollars, `tool_calls` as in OpenAI's chat completions,
    `reasoning_content` what the model thought, where that is not in `output`. `trial` tells apart
    several outputs for one example. `messages`, or Gemini's `contents`, are all turns of a
    conversation in the form of an API: they hold the output and the tool calls where these are not
    given, and `state` is what tools left. `trajectory` or `traj` may hold these turns, and both,
    `calls` and `actions` the tool calls; of any other form they are told of and not used. So may an
    `output` that is a response. Without these, one of `LISTS` may list all that was said about the
    example, and of a prompt that picks one of several samples an `output` that is a list of texts
    does.
    `format` is how the prompt was written: a name, or a mapping of its axes.
    """

    id: Identifier | int
    output: Any = UNSET
    trial: Annotated[int, Meta(ge=0)] | None = None
    usage: UsageFile | None = None
    latency: _Amount | None = None
    cost: _Amount | None = None
    tool_calls: list[dict[str, Any]] | None = None
    function_call: dict[str, Any] | None = None
    finish_reason: str | None = None
    reasoning_content: str | None = None
    messages: list[dict[str, Any]] | None = None
    contents: list[dict[str, Any]] | None = None
    state: dict[str, Any] | None = None
    format: dict[str, str | int | float | bool | None] | str | None = None
    outputs: Any = None
    samples: Any = None
    responses: Any = None
    completions: Any = None
    choices: Any = None
    generations: Any = None
    votes: Any = None
    trajectory: Any = None
    traj: Any = None
    calls: Any = None
    actions: Any = None

    @property
    def turns(self) -> list[dict[str, Any]] | None:
        """All turns, as OpenAI's chat completions have them; None where none are given."""
        given = self.contents if self.messages is None else self.messages
        if given is None:
            given = next(filter(are_turns, (self.trajectory, self.traj)), None)
        return None if given is None else usual_turns(given)

    @property
    def made(self) -> list[Any] | None:
        """The calls of tools, as chat completions have them; None where turns alone hold them."""
        if self.tool_calls is not None:
            return usual_calls(self.tool_calls)
        if self.function_call is not None:
            return usual_calls([self.function_call])
        if self.turns is not None:
            return None
        named = (getattr(self, name) for name in TRAJECTORIES)
        return next((made for each in named if (made := calls_alone(each)) is not None), None)

    @property
    def lists(self) -> dict[str, list[Any]]:
        """The keys that list what was said, with what is in them."""
        given = {name: getattr(self, name) for name in LISTS}
        return {name: each for name, each in given.items() if isinstance(each, list)}

    @property
    def _listed(self) -> list[Any]:
        """All that was said, where the line lists it; nothing where it does not."""
        return self.output if is_samples(self.output) else next(iter(self.lists.values()), [])

    def places(self, *, is_sampled: bool) -> Sequence[int | None]:
        """Which outputs the line has: their places in its list, or None for the line as a whole.

        `is_sampled` says that the prompt picks one of several samples.
        """
        is_one = self.output is not UNSET and not (is_sampled and is_samples(self.output))
        return (None,) if is_one or self.turns is not None else range(len(self._listed))

    def said(self, place: int | None) -> "OutputFile":
        """The output at a place. Tokens, time and cost of a line are those of the first.

        Raises `IndexError` where there is none.
        """
        if place is None:
            return self
        first = self if place == 0 else replace(self, usage=None, latency=None, cost=None)
        return replace(first, output=bare_sample(self._listed[place]))

"""The shape of `prompts/NAME.yaml`."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from promptci.parsing.source import Plain
from promptci.specs.message import Role
from promptci.specs.retrieval import RetrieveFile
from promptci.specs.sampling import SolveFile

_Count = Annotated[int, Meta(ge=1)]

_TOP = "write it at the top of the file"
_NOT_PARAMETERS = {
    **dict.fromkeys(("model", "messages", "tools", "tool_choice", "response_format"), _TOP),
    "n": "write `solve: {sample: {n: …}}` at the top of the file",
    "stream": "answers are read whole, so delete it",
}
_OTHERS = ("top_k", "min_p", "logit_bias", "logprobs", "parallel_tool_calls", "user", "thinking")


class Parameters(Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent beside the messages, under the names of OpenAI's chat completions.

    `temperature` is 0 unless it is given; beside a `top_p` it is left out, since some models refuse
    the two together.
    """

    ELSEWHERE: ClassVar = {
        **_NOT_PARAMETERS,
        **dict.fromkeys(_OTHERS, "what only some servers know is written in `extra_body`"),
    }

    temperature: Annotated[float, Meta(ge=0, le=2)] | UnsetType | None = UNSET
    max_tokens: _Count | None = None
    max_completion_tokens: _Count | None = None
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

    ELSEWHERE: ClassVar = {
        role: f"write `role: {role}`, and the text as `content`"
        for role in ("system", "user", "assistant", "developer", "tool")
    }

    role: Role
    content: str | list[str | dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] = []
    tool_call_id: str | None = None
    name: str | None = None


class ShotFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One few-shot example: the variables of a user turn and the answer to it."""

    vars: dict[str, Any]
    output: Any


class VariantFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Another form of a prompt: what it says replaces the prompt's own.

    `append` and `prepend` are lines after and before the last user message, `parameters` are put
    on top, a number of `shots` takes the first ones.
    """

    append: str = ""
    prepend: str = ""
    messages: Annotated[list[str | MessageFile], Meta(min_length=1, max_length=1000)] | None = None
    model: str | None = None
    parameters: Parameters | None = None
    shots: Annotated[int, Meta(ge=0)] | list[ShotFile] | None = None
    response_format: dict[str, Any] | None = None
    version: str | int | None = None
    thoughts: Literal["apart", "keep"] | None = None
    solve: SolveFile | None = None
    retrieve: RetrieveFile | None = None


_AS_MESSAGES = "write `messages`, a list of turns such as `- {role: user, content: …}`"


class PromptFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`prompts/NAME.yaml`."""

    ELSEWHERE: ClassVar = {
        **dict.fromkeys(("prompt", "text", "content", "system", "user"), _AS_MESSAGES),
        **dict.fromkeys(Parameters.__struct_fields__, "write it below `parameters`"),
    }
    SAYS: ClassVar = {"messages": "is a list of turns, such as `- {role: user, content: …}`"}
    CURES: ClassVar = {
        "response_format": "write a JSON schema, such as "
        "`{type: object, properties: {queue: {type: string}}}`, or `{type: json_object}`",
        "tools": "write a list, such as "
        "`- {type: function, function: {name: refund, parameters: …}}`",
        "variants": "write forms of the prompt by names of yours, such as `short: {shots: 0}`",
    }

    messages: Annotated[list[str | MessageFile], Meta(min_length=1, max_length=1000)]
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
        Meta(description="`keep` leaves <think> and similar tags in the answer that is judged"),
    ] = "apart"
    tool_choice: str | dict[str, Any] | None = None
    template: Literal["jinja"] | None = None
    solve: Annotated[
        SolveFile | None, Meta(description="several answers to each example, and which is picked")
    ] = None
    retrieve: Annotated[
        RetrieveFile | None, Meta(description="documents to look up instead of asking for a text")
    ] = None
    variants: dict[str, VariantFile] = {}


ELSEWHERE = {
    **dict.fromkeys(Parameters.__struct_fields__, "write it in `parameters`"),
    **_NOT_PARAMETERS,
}
"""Keys that `extra_body` must not hold, and where they belong."""

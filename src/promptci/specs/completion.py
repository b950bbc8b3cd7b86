"""What is asked of a model and what it answers: nouns shared by everything that needs a model."""

import hashlib
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal, Protocol, TypeAlias, TypeVar

from promptci.digest import canonical_json
from promptci.parsing.source import Plain

Role: TypeAlias = Literal["system", "developer", "user", "assistant", "tool"]

Outcome: TypeAlias = Literal["ok", "truncated", "refused", "filtered", "empty"]
"""How an answer ended. `malformed` and `error` are no answers but `ModelError`s."""

SamplingMode: TypeAlias = Literal["greedy", "sampled", "provider-default"]
"""`provider-default`: the model refused the temperature or the `stop` that was asked for."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along with a message: what it is, and how its bytes are read.

    `digest` has 64 hex digits; `read` raises `ModelError` where the file is another by now.
    """

    digest: str
    media_type: str
    name: str
    size: int
    read: Callable[[], bytes] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message's content: a text, or a picture or file."""

    kind: Literal["text", "image", "file"]
    text: str = ""
    attached: Attachment | None = None

    @property
    def identity(self) -> list[str]:
        """What stands for the part in a request key."""
        if self.attached is None:
            return [self.kind, self.text]
        return [self.kind, self.attached.media_type, self.attached.digest]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    `more` is the JSON text of what else the turn has, such as tool calls, or empty. Where the
    content has `parts`, `content` is their text.
    """

    role: Role
    content: str
    more: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the turn is a role and a text, and nothing else."""
        return not (self.more or self.parts)

    @property
    def shown(self) -> str:
        """The content for people to read, with tool calls and the names of files."""
        texts = [
            part.text if part.attached is None else f"[{part.kind} {part.attached.name}]"
            for part in self.parts
        ] or [self.content]
        return "\n".join(filter(None, [*texts, self.more]))

    @property
    def identity(self) -> list[object]:
        """What stands for the turn in a request key."""
        if self.is_plain:
            return [self.role, self.content]
        return [self.role, self.content, self.more, [part.identity for part in self.parts]]


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """Where models are served and how to get in.

    `key_env` names the environment variable that holds the key (never the key itself); None
    means that no key is needed. `kind` is `local` for the embedded model, `minilm` for the embedded
    model of meaning, `sandbox` for what runs in a child process and is no model, `azure` for Azure
    OpenAI, else `openai` for anything that speaks OpenAI's chat completions. `timeout` is in
    seconds for one call, `deadline` for a request with all its retries. `client` is whose HTTP
    client sends the requests: promptci's own, or that of OpenAI's package. A text to be embedded
    goes out in a list of one where the server `embeds_lists`, beside the `embedding_fields`.
    """

    name: str
    kind: Literal["openai", "azure", "local", "minilm", "sandbox"]
    base_url: str | None = None
    key_env: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    api_version: str | None = None
    timeout: float = 120.0
    deadline: float | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    client: Literal["promptci", "openai"] = "promptci"
    embeds_lists: bool = False
    embedding_fields: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """What stands for the endpoint in a request key: its URL, whatever it is called here."""
        return self.kind if self.base_url is None else self.base_url.rstrip("/")


SANDBOX = EndpointSpec("sandbox", "sandbox")
"""Where scorers have run what must not run in this process."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens.

    `cached_input` is for what a provider has read from its cache, None where that costs the same.
    """

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None

    @property
    def is_charged(self) -> bool:
        """Whether anything is."""
        return bool(self.input or self.output)

    def cost(self, usage: "Usage", at: datetime | None = None) -> Decimal:
        """What one answer costs in US dollars; `at` is when it was asked for, now if None."""
        saved = Decimal(0)
        if self.cached_input is not None:
            saved = usage.cached_tokens * (self.input - self.cached_input)
        spent = usage.input_tokens * self.input + usage.output_tokens * self.output
        return (spent - saved) / 1_000_000

    def most(self, usage: "Usage") -> Decimal:
        """What one answer may cost at most: nothing of it comes from a cache."""
        dearest = max(self.input, self.cached_input or self.input)
        return (usage.input_tokens * dearest + usage.output_tokens * self.output) / 1_000_000


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model as the user calls it, and what it is: an endpoint and the id known there.

    `served` is what the endpoint must call the model that answers, `*` for any text; None where
    that does not matter.
    """

    name: str
    model_id: str
    endpoint: EndpointSpec
    price: Price | None = None
    served: str | None = None

    @property
    def identity(self) -> str:
        """What stands for the model in request keys and fingerprints."""
        return f"{self.endpoint.address} {self.model_id}"


@dataclass(frozen=True)
class Settings:
    """All that can change an answer except the messages: one object for all examples of an eval.

    `parameters` holds what is sent beside the messages (`temperature`, `max_tokens`, `stop`, …)
    under OpenAI's names; `response_format` and `tools` go out as they are. `build` tells apart
    builds of the embedded model (weights, runtime, processor features); hosted models have none.
    With `task` `embeddings` the one message is to be embedded, and the answer's text is its vector.
    `files` are what a sandbox works on, by path; their digests are in `parameters`.
    `is_form_told` says that the messages tell the response format, too, so that an endpoint which
    refuses it can do without.
    """

    model: ModelSpec
    parameters: Mapping[str, Plain] = field(default_factory=dict)
    response_format: Mapping[str, Plain] | None = None
    tools: tuple[Mapping[str, Plain], ...] = ()
    build: str = ""
    task: Literal["chat", "embeddings"] = "chat"
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    is_form_told: bool = field(default=False, compare=False)

    @cached_property
    def canonical(self) -> str:
        """The canonical JSON of everything here that can change an answer."""
        content = {
            "model": self.model.identity,
            "build": self.build,
            "parameters": dict(self.parameters),
            "response_format": self.response_format,
            "tools": list(self.tools),
        }
        return canonical_json(content if self.task == "chat" else {**content, "task": self.task})

    @property
    def mismatch(self) -> str:
        """Why the model cannot do the task, where that is known; else empty."""
        kind, name = self.model.endpoint.kind, self.model.name
        if kind == "minilm" and self.task == "chat":
            return f"`{name}` embeds texts and answers no prompt: name another model"
        if kind == "local" and self.task == "embeddings":
            return f"`{name}` answers prompts and embeds nothing: use `minilm`, or a hosted model"
        return ""

    @property
    def sampling(self) -> SamplingMode:
        """`greedy` at temperature 0, which is the embedded model's own default, else `sampled`."""
        usual = 0 if self.model.endpoint.kind == "local" else None
        return "greedy" if self.parameters.get("temperature", usual) == 0 else "sampled"

    @property
    def is_deterministic(self) -> bool:
        """Whether asking again could only give the same answer: the embedded model, not sampled."""
        return self.model.endpoint.kind == "local" and self.sampling == "greedy"


@dataclass(frozen=True)
class Request:
    """One question to a model. `attempt` tells apart repeats of the same question, from 0.

    A stored answer that `is_useful` denies is asked for anew. `is_judges` says that a scorer asks.
    Neither is part of the key.
    """

    settings: Settings
    messages: tuple[Message, ...]
    attempt: int = 0
    is_useful: "Callable[[Completion], bool] | None" = field(
        default=None, compare=False, repr=False
    )
    is_judges: bool = field(default=False, compare=False)

    @property
    def asks_model(self) -> bool:
        """Whether a model is asked: answers of a sandbox are neither stored nor counted."""
        return self.settings.model.endpoint.kind != "sandbox"

    @cached_property
    def key(self) -> str:
        """The address of the answer: SHA-256 over canonical JSON, 64 hex digits."""
        turns = [message.identity for message in self.messages]
        rest = f'"messages":{canonical_json(turns)},"attempt":{self.attempt}'
        text = f'{{"settings":{self.settings.canonical},{rest}}}'
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as the endpoint counted them; both 0 if it did not say.

    Of the input, `cached_tokens` were read from the provider's cache and `written_tokens` written
    to it. `service_tier` is the tier that answered, empty where nobody says.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    service_tier: str = ""


NOTHING = Usage()


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer to one request.

    `latency` is in seconds, NaN where nobody measured it. `served_model` and `system_fingerprint`
    are what the endpoint says of itself. `tool_calls` is the JSON text of the message's tool
    calls, or empty. `sampling` is what took effect, which differs from what was asked if the model
    refused the temperature.
    `cost` is in US dollars at the prices of the day it was asked; None if no price is known.
    `thoughts` is what the model thought before it answered, where that is known apart.
    """

    text: str
    outcome: Outcome = "ok"
    finish_reason: str = "stop"
    usage: Usage = Usage()
    latency: float = 0.0
    served_model: str = ""
    system_fingerprint: str = ""
    tool_calls: str = ""
    sampling: SamplingMode = "greedy"
    cost: Decimal | None = None
    thoughts: str = ""


SCORED: frozenset[Outcome] = frozenset({"ok", "truncated"})
"""How an answer may end to be judged, unless an eval says otherwise."""


def why_no_answer(
    settings: Settings | None, completion: Completion, scored: Collection[Outcome] = SCORED
) -> str:
    """Why what came back cannot be judged, empty where it can; without settings any model may."""
    if is_all_thoughts(completion):
        spent = completion.usage.output_tokens
        tokens = f"all {spent:,} tokens" if spent else "all tokens"
        cure = "raise `max_tokens`, or lower `reasoning_effort`"
        return f"{tokens} of the answer went into thoughts and nothing was said: {cure}"
    if completion.outcome not in scored:
        only = ": the model only thought" if completion.thoughts and not completion.text else ""
        return f"the answer was {completion.outcome}{only}"
    served = None if settings is None else settings.model.served
    if served is not None and not fnmatchcase(completion.served_model, served):
        other = completion.served_model or "a model that it does not name"
        return f"the endpoint let `{other}` answer, not `{served}`"
    return ""


def is_worth_asking_again(
    request: Request, completion: Completion, scored: Collection[Outcome] = SCORED
) -> bool:
    """Whether it is no answer, and another call may bring one; what was cut off would be again.

    A judge's reply is none, either, if nothing can be read from it.
    """
    if request.settings.is_deterministic or is_all_thoughts(completion):
        return False
    if request.is_useful is not None:
        return not request.is_useful(completion)
    return bool(why_no_answer(request.settings, completion, {*scored, "truncated"}))


def is_all_thoughts(completion: Completion) -> bool:
    """Whether a model was cut off before it said anything, as happens to those that think first."""
    is_silent = not completion.text.strip() and not completion.tool_calls
    return completion.outcome == "truncated" and is_silent


class Model(Protocol):
    """Whoever can be asked."""

    async def complete(self, request: Request) -> Completion:
        """Ask once. Raises `ModelError` when there is no answer."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and memory."""
        ...


Ask: TypeAlias = Request | tuple[Request, ...]
"""What a generator yields: one request, or several to be asked side by side."""

Answer: TypeAlias = Completion | tuple[Completion, ...]
"""What it is sent: one completion, or as many as it asked for, in the same order."""

T = TypeVar("T")

Asking: TypeAlias = Generator[Ask, Answer, T]
"""A computation that needs a model: yields requests, is sent completions, returns its result."""

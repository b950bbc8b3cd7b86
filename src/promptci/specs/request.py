"""What is asked of a model: settings, messages, and the key of the answer."""

import hashlib
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import cached_property
from typing import Literal, Protocol, TypeAlias, TypeVar

from msgspec import field

from promptci.digest import canonical_json
from promptci.foundonce import found_once
from promptci.parsing.source import Plain
from promptci.specs.completion import Completion, SamplingMode
from promptci.specs.message import Message
from promptci.specs.modelspec import ModelSpec
from promptci.withasides import WithAsides

EMBEDDING = ("minilm", "words")
"""Kinds of endpoints on this machine that embed texts and answer no prompt."""


class Settings(WithAsides, frozen=True, dict=True):
    """All that can change an answer except the messages: one object for all examples of an eval.

    `parameters` holds what is sent beside the messages (`temperature`, `max_tokens`, `stop`, …)
    under OpenAI's names; `response_format` and `tools` go out as they are. `build` tells apart
    builds of the embedded model (weights, runtime, processor features); hosted models have none.
    With `task` `embeddings` the one message is to be embedded, and the answer's text is its vector.
    `files` are what a sandbox works on, by path; their digests are in `parameters`.
    `is_form_told` says that the messages tell the response format, too, so that an endpoint which
    refuses it can do without.
    """

    ASIDES = frozenset({"is_form_told"})

    model: ModelSpec
    parameters: Mapping[str, Plain] = field(default_factory=dict)
    response_format: Mapping[str, Plain] | None = None
    tools: tuple[Mapping[str, Plain], ...] = ()
    build: str = ""
    task: Literal["chat", "embeddings"] = "chat"
    files: Mapping[str, bytes] = field(default_factory=dict)
    is_form_told: bool = False

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

    @found_once
    def asks_model(self) -> bool:
        """Whether a model answers, and no sandbox."""
        return self.model.endpoint.kind != "sandbox"

    @property
    def mismatch(self) -> str:
        """Why the model cannot do the task, where that is known; else empty."""
        kind, name = self.model.endpoint.kind, self.model.name
        if kind in EMBEDDING and self.task == "chat":
            return f"`{name}` embeds texts and answers no prompt: name another model"
        if kind == "local" and self.task == "embeddings":
            cure = "use `minilm`, `words` or a hosted model"
            return f"`{name}` answers prompts and embeds nothing: {cure}"
        return ""

    @property
    def sampling(self) -> SamplingMode:
        """`greedy` at temperature 0, which is the embedded model's own default, else `sampled`.

        A vector is never sampled.
        """
        if self.task == "embeddings":
            return "greedy"
        usual = 0 if self.model.endpoint.kind == "local" else None
        return "greedy" if self.parameters.get("temperature", usual) == 0 else "sampled"

    @property
    def is_deterministic(self) -> bool:
        """Whether asking again could only give the same: the embedded models, not sampled.

        What a hosted model embeds may be another vector some day.
        """
        if self.task == "embeddings":
            return self.model.endpoint.kind in EMBEDDING
        return self.model.endpoint.kind == "local" and self.sampling == "greedy"


class Request(WithAsides, frozen=True, dict=True):
    """One question to a model. `attempt` tells apart repeats of the same question, from 0.

    `sample` tells apart several answers to it of which one is picked, from 0. A stored answer that
    `is_useful` denies is asked for again. `is_judges` says that a scorer asks, `step` is what the
    question is called where an answer takes several; `is_kept` says that an answer of a sandbox is
    stored nevertheless. One that is not `is_counted` counts with another example that asks the
    same. `siblings` is how many samples may be asked for at once. None of these six is part of the
    key.
    """

    ASIDES = frozenset({"is_useful", "is_judges", "is_kept", "step", "siblings", "is_counted"})

    settings: Settings
    messages: tuple[Message, ...]
    attempt: int = 0
    is_useful: "Callable[[Completion], bool] | None" = None
    is_judges: bool = False
    sample: int = 0
    is_kept: bool = False
    step: str = ""
    siblings: int = 0
    is_counted: bool = True

    @property
    def asks_model(self) -> bool:
        """Whether a model is asked: answers of a sandbox are not counted."""
        return self.settings.asks_model

    @property
    def asks_judge(self) -> bool:
        """Whether a scorer asks a model to judge: what it has embedded is compared by rule."""
        return self.is_judges and self.settings.task == "chat"

    def with_step(self, why: str) -> str:
        """Why there is no answer, after what the question is called."""
        return f"{self.step}: {why}" if self.step else why

    @property
    def is_stored(self) -> bool:
        """Whether its answer is kept: those of models, and of a sandbox where that is wanted."""
        return self.is_kept or self.settings.asks_model

    @found_once
    def key(self) -> str:
        """The address of the answer: SHA-256 over canonical JSON, 64 hex digits."""
        turns = ",".join([message.canonical for message in self.messages])
        rest = f'"messages":[{turns}],"attempt":{self.attempt}'
        if self.sample:
            rest += f',"sample":{self.sample}'
        text = f'{{"settings":{self.settings.canonical},{rest}}}'
        return hashlib.sha256(text.encode("ascii")).hexdigest()


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


def requests_of(ask: Ask) -> tuple[Request, ...]:
    """What is asked, as a tuple."""
    return ask if isinstance(ask, tuple) else (ask,)


class Apart(tuple[Request, ...]):
    """Several that need not wait for each other: a group of them is enough to go on with.

    `groups` are ranges of places; who asks may send what has come so far, once one of them is
    whole, with None for each request whose group is not, and is asked for those again.
    """

    groups: tuple[range, ...]

    @classmethod
    def of(cls, requests: Iterable[Request], groups: Iterable[range]) -> "Apart":
        """These requests in these groups, none of which is empty."""
        found = cls(requests)
        found.groups = tuple(groups)
        return found

    def changed(self, change: Callable[[Request], Request]) -> "Apart":
        """The same groups of other requests."""
        return Apart.of(map(change, self), self.groups)


Answer: TypeAlias = Completion | tuple[Completion, ...]
"""What it is sent: one completion, or as many as it asked for, in the same order."""

T = TypeVar("T")

Asking: TypeAlias = Generator[Ask, Answer, T]
"""A computation that needs a model: yields requests, is sent completions, returns its result."""

"""Models and the endpoints that serve them, as a configuration names them."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field

from promptci.parsing.source import Plain
from promptci.specs.tokenprice import Price

BatchAPI: TypeAlias = Literal["openai", "anthropic", "mistral", "gemini", "together"]
"""The APIs by which services take requests as a batch."""


class EndpointSpec(Struct, frozen=True):
    """Where models are served and how to get in.

    `key_env` names the environment variable that holds the key (never the key itself); None
    means that no key is needed. `kind` is `local` for the embedded model, `minilm` for the embedded
    model of meaning, `words` for counts of words in its place, `sandbox` for what runs in a child
    process and is no model, `azure` for Azure OpenAI, else `openai` for anything that speaks
    OpenAI's chat completions. `timeout` is in
    seconds for one call, `deadline` for a request with all its retries. `client` is whose HTTP
    client sends the requests: promptci's own, or that of OpenAI's package. A text to be embedded
    goes out in a list of one where the server `embeds_lists`, beside the `embedding_fields`.
    `batch` names the API by which it takes batches, where its host does not tell. Of the kind
    `vllm-offline` it is no server, but `weights` that vLLM loads on this machine.
    """

    name: str
    kind: Literal["openai", "azure", "local", "minilm", "words", "sandbox", "vllm-offline"]
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
    batch: BatchAPI | None = None
    weights: str = ""

    @property
    def address(self) -> str:
        """The endpoint in a request key: its URL, whatever it is called here."""
        return self.kind if self.base_url is None else self.base_url.rstrip("/")


SANDBOX = EndpointSpec("sandbox", "sandbox")
"""Where scorers have run what must not run in this process."""


class ModelSpec(Struct, frozen=True):
    """A model as the user calls it, and what it is: an endpoint and the id known there.

    `served` is what the endpoint must call the model that answers, `*` for any text; None where
    that does not matter. `tier` is the service tier asked for, such as `flex`; where it is full,
    a call waits, or with `falls_back` is made again at the usual tier. Neither changes an answer,
    so neither is part of a key.
    """

    name: str
    model_id: str
    endpoint: EndpointSpec
    price: Price | None = None
    served: str | None = None
    tier: str = ""
    falls_back: bool = False

    @property
    def identity(self) -> str:
        """The model in request keys and fingerprints."""
        return f"{self.endpoint.address} {self.model_id}"

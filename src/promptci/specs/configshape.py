"""The form of `promptci.yaml`: what is allowed where. `configfile` reads it."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from promptci.latepattern import late
from promptci.specs.modelspec import BatchAPI
from promptci.specs.pricefile import PriceFile


class EmbeddingsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How a server wants texts that it is to embed: alone or in a list, and beside what."""

    input: Literal["text", "list"] = "text"
    extra_body: dict[str, Any] = {}


class EndpointFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Where models are served: a base URL, and the name of the variable that holds the key.

    Of the kind `vllm-offline` it is no server: `model` names the weights.
    """

    ELSEWHERE: ClassVar = {
        **dict.fromkeys(
            ("url", "api_base", "base", "host", "address", "endpoint", "api_url"),
            "write the address as `base_url`",
        ),
        **dict.fromkeys(
            ("api_key", "key", "token", "api_key_env", "apikey", "secret"),
            "write the name of the variable that holds the key as `key_env`; a key is in no file",
        ),
    }

    SAYS: ClassVar = {
        "key_env": "is the name of the variable that holds the key, such as LAB_KEY, without `$`; "
        "a key is in no file"
    }

    base_url: Annotated[str, Meta(pattern="^https?://")] | None = None
    key_env: Annotated[str, Meta(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    kind: Literal["openai", "azure", "vllm-offline"] = "openai"
    model: Annotated[str, Meta(min_length=1)] | None = None
    api_version: str | None = None
    headers: dict[str, str] = {}
    timeout: Annotated[float, Meta(gt=0)] = 120.0
    deadline: Annotated[float, Meta(gt=0)] | None = None
    requests_per_minute: Annotated[int, Meta(ge=1)] | None = None
    tokens_per_minute: Annotated[int, Meta(ge=1)] | None = None
    client: Literal["promptci", "openai"] = "promptci"
    embeddings: EmbeddingsFile = EmbeddingsFile()
    batch: BatchAPI | None = None


class ModelFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A name for a model: its endpoint, and the id known there (default: the name itself)."""

    ELSEWHERE: ClassVar = {
        **dict.fromkeys(
            ("price", "prices", "input", "output"),
            "write it below `prices:` at the top of the file, under the model's name",
        ),
        **dict.fromkeys(
            ("base_url", "url", "key_env", "api_key", "kind"),
            "write it below `endpoints:`, and name that as `endpoint` here",
        ),
    }

    endpoint: str
    model: str | None = None
    served: Annotated[str, Meta(min_length=1)] | None = None
    tier: Literal["default", "flex", "priority"] | None = None
    when_full: Literal["wait", "default"] = "wait"


class DefaultsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds where neither the command line nor a prompt says otherwise."""

    model: str | None = None
    judge: str | None = None
    endpoint: str | None = None
    concurrency: Annotated[int, Meta(ge=1, le=1000)] | None = None
    max_cost: Annotated[float, Meta(ge=0)] | None = None
    max_requests: Annotated[int, Meta(ge=0)] | None = None
    max_tokens: Annotated[int, Meta(ge=0)] | None = None
    max_time: Annotated[float, Meta(gt=0)] | None = None


SHARED = late(r"(/|~/).*|(s3|gs|az)://[^?#@]+")
"""A store that machines share: a folder's full path, or the address of a bucket."""


class CacheFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Where answers are shared by several machines: a folder's full path, or `s3://bucket/prefix`."""

    shared: str | None = None


class ConfigFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`promptci.yaml`."""

    ELSEWHERE: ClassVar = dict.fromkeys(
        ("model", "default_model", "judge", "endpoint", "concurrency", "max_cost"),
        "write it below `defaults:`",
    )
    CURES: ClassVar = {
        "models": "write models by names of yours, such as "
        "`fast: {endpoint: openai, model: gpt-6-luna}`",
        "endpoints": "write addresses by names of yours, such as "
        "`lab: {base_url: https://llm.example.com/v1, key_env: LAB_KEY}`",
        "prices": "write dollars per million tokens by names of models, such as "
        "`fast: {input: 0.10, output: 0.40}`",
        "scorers": "write lists of scorers by names of yours, such as `strict: [equals]`",
    }

    models: dict[str, ModelFile] = {}
    endpoints: dict[str, EndpointFile] = {}
    prices: dict[str, PriceFile] = {}
    defaults: DefaultsFile = DefaultsFile()
    scorers: dict[str, list[str | dict[str, Any]]] = {}
    cache: CacheFile = CacheFile()
    allow: list[Literal["code"]] = []

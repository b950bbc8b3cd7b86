"""Which services take batches, by which API, and how much one batch may hold."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.errors import RequestError
from promptci.specs.modelspec import BatchAPI, EndpointSpec

if TYPE_CHECKING:
    from promptci.models.batchapis.service import BatchService, WriteLine

MB = 1_000_000


class BatchKind(Struct, frozen=True):
    """An API for batches. `module` has an `open_service` and a `line_writer`, imported late.

    `most_requests` and `most_bytes` bound one batch, its lines' ends included; `embeds` says
    whether it takes texts to be embedded.
    """

    module: str
    most_requests: int
    most_bytes: int
    embeds: bool = True


BATCH_KINDS: dict[BatchAPI, BatchKind] = {
    # https://developers.openai.com/api/docs/guides/batch
    "openai": BatchKind("promptci.models.batchapis.sdkservice", 50_000, 200 * MB),
    # https://platform.claude.com/docs/en/build-with-claude/batch-processing
    "anthropic": BatchKind("promptci.models.batchapis.anthropic", 100_000, 256 * MB, embeds=False),
    # https://docs.mistral.ai/resources/known-limitations
    "mistral": BatchKind("promptci.models.batchapis.mistral", 100_000, 512 * MB),
    # https://ai.google.dev/gemini-api/docs/batch-api: a file of 2 GB, no bound on its lines
    "gemini": BatchKind("promptci.models.batchapis.gemini", 100_000, 1_000 * MB, embeds=False),
    # https://docs.together.ai/docs/batch-inference
    "together": BatchKind("promptci.models.batchapis.together", 50_000, 100 * MB, embeds=False),
}

_HOSTS: Mapping[str, BatchAPI] = {
    "api.openai.com": "openai",
    "api.groq.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.mistral.ai": "mistral",
    "generativelanguage.googleapis.com": "gemini",
    "api.together.xyz": "together",
    "api.together.ai": "together",
}
"""The APIs of hosts that are known, and of hosts below them."""


def batch_kind_of(endpoint: EndpointSpec) -> BatchKind:
    """By which API an endpoint takes batches.

    Raises `RequestError` where that is not known.
    """
    host = (endpoint.base_url or "").partition("://")[2].partition("/")[0].partition(":")[0]
    known = (api for name, api in _HOSTS.items() if f".{host}".endswith(f".{name}"))
    api = endpoint.batch or next(known, None) or ("openai" if endpoint.kind == "azure" else None)
    if api is None:
        named = ", ".join(f"`{name}`" for name in BATCH_KINDS)
        raise RequestError(
            f"the endpoint `{endpoint.name}` takes no batches that promptci knows of: leave "
            f"--batch out, or name its API by `batch:` of the endpoint in promptci.yaml ({named})"
        )
    return BATCH_KINDS[api]


def open_batches(endpoint: EndpointSpec, environ: Mapping[str, str]) -> "BatchService":
    """The adapter of an endpoint. Raises `RequestError` without an API for batches or a key."""
    module = import_module(batch_kind_of(endpoint).module)
    service: BatchService = module.open_service(endpoint, environ)
    return service


def open_lines(endpoint: EndpointSpec) -> "WriteLine":
    """Writes requests as the lines that an endpoint's API takes. Raises `RequestError`."""
    module = import_module(batch_kind_of(endpoint).module)
    writer: WriteLine = module.line_writer(endpoint)
    return writer

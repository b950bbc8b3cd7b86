"""What OpenAI's own client knows of OpenAI's hosts and of Azure. The only import of `openai`."""

from collections.abc import Mapping

import httpx2
import openai
from yarl import URL

from promptci.specs.completion import EndpointSpec

_NO_KEY = "none"


def client(
    spec: EndpointSpec, address: URL, *, key: str | None, environ: Mapping[str, str]
) -> openai.AsyncOpenAI:
    """The SDK's client for an endpoint, configured; `key` is None where none is needed.

    What it would read from the environment unasked is given to it. Nothing is ever sent through
    it: requests travel over our own wire with its address and its headers.
    """
    # Without a transport of its own it would spend 0.1 s on certificates.
    transport = httpx2.AsyncClient(transport=httpx2.MockTransport(_refuse), trust_env=False)
    if spec.kind == "azure":
        return openai.AsyncAzureOpenAI(
            azure_endpoint=str(address).rstrip("/").removesuffix("/openai"),
            api_version=spec.api_version,
            api_key=key or _NO_KEY,
            organization="",
            project="",
            max_retries=0,
            http_client=transport,
        )
    return openai.AsyncOpenAI(
        base_url=str(address),
        api_key=key or _NO_KEY,
        organization=environ.get("OPENAI_ORG_ID", ""),
        project=environ.get("OPENAI_PROJECT_ID", ""),
        max_retries=0,
        http_client=transport,
    )


def _refuse(_: httpx2.Request) -> httpx2.Response:
    raise AssertionError("requests travel over the wire, not through the client")

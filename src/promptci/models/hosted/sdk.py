"""OpenAI's own client: what it knows of addresses and keys, its list of models, and as a transport.

`openai` is imported here and in `sdkfiles` alone.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

import httpx2
import openai
from yarl import URL

from promptci.errors import ModelError
from promptci.models.hosted.response import LARGEST_BODY
from promptci.models.hosted.wire import Headers, HTTPResponse, proxy_for
from promptci.specs.modelspec import EndpointSpec

_NO_KEY = "none"

LIST_TIMEOUT = 5.0
"""Seconds for a list of models, which is not essential."""


class _Common(TypedDict):
    organization: str
    project: str
    max_retries: int


def client(
    spec: EndpointSpec,
    address: URL,
    *,
    key: str | None,
    environ: Mapping[str, str],
    transport: httpx2.AsyncClient | None = None,
    headers: Headers | None = None,
) -> openai.AsyncOpenAI:
    """The SDK's client for an endpoint, configured; `key` is None where none is needed.

    What it would read from the environment unasked is given to it. Without a `transport` nothing
    can be sent through it: requests then travel over our own wire with its address and its headers.
    """
    # Without a transport of its own it would spend 0.1 s on certificates.
    http = transport or httpx2.AsyncClient(transport=httpx2.MockTransport(_refuse), trust_env=False)
    if spec.kind == "azure":
        return openai.AsyncAzureOpenAI(
            azure_endpoint=_azure(address),
            api_version=spec.api_version,
            api_key=key or _NO_KEY,
            http_client=http,
            default_headers=headers,
            **_common(spec, environ),
        )
    return openai.AsyncOpenAI(
        base_url=str(address),
        api_key=key or _NO_KEY,
        http_client=http,
        default_headers=headers,
        **_common(spec, environ),
    )


def listed_models(
    spec: EndpointSpec, address: URL, *, key: str, environ: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The models of an endpoint: their ids, and all that it says of each.

    Follows no redirect with the key. Gives none where the endpoint has no such list.
    """
    proxy = proxy_for(address, environ)
    has_tls = address.scheme != "http" or proxy is not None  # else certificates are not read
    with httpx2.Client(
        verify=has_tls, trust_env=False, follow_redirects=False, proxy=proxy
    ) as http:
        asked = _lister(spec, address, key=key, environ=environ, http=http)
        try:
            models = list(asked.models.list().data)
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, TypeError, AttributeError):
            return
    for model in models:
        if isinstance(getattr(model, "id", None), str):
            yield model.id, model.model_dump(mode="json")


def _lister(
    spec: EndpointSpec, address: URL, *, key: str, environ: Mapping[str, str], http: httpx2.Client
) -> openai.OpenAI:
    headers = dict(spec.headers)
    if spec.kind == "azure":
        return openai.AzureOpenAI(
            azure_endpoint=_azure(address),
            api_version=spec.api_version,
            api_key=key,
            http_client=http,
            timeout=LIST_TIMEOUT,
            default_headers=headers,
            organization="",
            max_retries=0,
        )
    return openai.OpenAI(
        base_url=str(address),
        api_key=key,
        http_client=http,
        timeout=LIST_TIMEOUT,
        default_headers=headers,
        **_common(spec, environ),
    )


class SDKTransport:
    """A way to an endpoint through OpenAI's own client, with all that it adds to a request."""

    def __init__(
        self,
        spec: EndpointSpec,
        address: URL,
        *,
        key: str | None,
        environ: Mapping[str, str],
        limit: int,
    ) -> None:
        """At most `limit` connections; proxies and certificates as the SDK finds them."""
        limits = httpx2.Limits(max_connections=limit, max_keepalive_connections=limit)
        http = httpx2.AsyncClient(limits=limits, follow_redirects=False, timeout=spec.timeout)
        headers = dict(spec.headers)
        self._timeout = spec.timeout
        self._client = client(
            spec, address, key=key, environ=environ, transport=http, headers=headers
        )

    async def post(self, url: URL, body: bytes) -> HTTPResponse:
        """Send a JSON body. Raises `ModelError`: the second half of a sentence about the server."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._send(url, body)
        except (TimeoutError, openai.APITimeoutError):
            raise ModelError(f"gave no answer within {self._timeout:g} s", "timeout") from None
        except openai.APIConnectionError as error:
            why = f" ({type(error.__cause__).__name__})" if error.__cause__ else ""
            text = f"cannot be reached at {url.origin()}{why}: is it running, is base_url right?"
            is_refused = isinstance(error.__cause__, httpx2.ConnectError)
            raise ModelError(
                text, "transient", may_cost=not is_refused, is_refused=is_refused
            ) from None
        if len(response.content) > LARGEST_BODY:
            raise ModelError(f"sent more than {LARGEST_BODY >> 20} MB", "malformed")
        latency = time.monotonic() - started
        return HTTPResponse(response.status_code, response.headers, response.content, latency)

    async def _send(self, url: URL, body: bytes) -> httpx2.Response:
        try:
            return await self._client.post(
                str(url),
                cast_to=httpx2.Response,
                content=body,
                options={"headers": {"Content-Type": "application/json"}},
            )
        except openai.APIStatusError as error:
            return error.response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


def _common(spec: EndpointSpec, environ: Mapping[str, str]) -> _Common:
    """What the client would read from the environment; retries are ours."""
    is_azure = spec.kind == "azure"
    return {
        "organization": "" if is_azure else environ.get("OPENAI_ORG_ID", ""),
        "project": "" if is_azure else environ.get("OPENAI_PROJECT_ID", ""),
        "max_retries": 0,
    }


def _azure(address: URL) -> str:
    return str(address).rstrip("/").removesuffix("/openai")


def _refuse(_: httpx2.Request) -> httpx2.Response:
    raise AssertionError("requests travel over the wire, not through the client")

"""Calls of batch APIs over aiohttp: JSON in and out, files up and down."""

from collections.abc import AsyncIterator, Mapping
from typing import TypeAlias

import aiohttp
from yarl import URL

from promptci.errors import ModelError
from promptci.models.batchapis.chatlines import read_chat_line
from promptci.models.batchapis.replies import fields, service_error, split_lines
from promptci.models.batchapis.service import BatchLine, BatchState
from promptci.models.hosted.proxied import sorted_error
from promptci.models.hosted.response import LARGEST_BODY
from promptci.models.hosted.wire import LONGEST_CONNECT, proxy_for
from promptci.specs.modelspec import EndpointSpec

_Sent: TypeAlias = bytes | AsyncIterator[bytes] | aiohttp.FormData | None
"""A body: JSON, whole or in pieces, or a form."""

_JSON = {"Content-Type": "application/json"}

Query: TypeAlias = Mapping[str, str]


class JSONAPI:
    """One service. Follows no redirect, keeps no cookie and reads nothing from the environment.

    A call may take the endpoint's time-out between any two parts of what is sent or read, however
    large the whole is. Every method raises `ModelError`.
    """

    def __init__(
        self, spec: EndpointSpec, base: URL, headers: Mapping[str, str], environ: Mapping[str, str]
    ) -> None:
        self.base = base
        self._spec = spec
        self._headers = {k: v for k, v in headers.items() if k.lower() != "content-type"}
        self._proxy = proxy_for(base, environ)
        self._session: aiohttp.ClientSession | None = None

    def url(self, path: str) -> URL:
        """The address of a path below the base, which is escaped already."""
        return self.base.with_path(f"{self.base.raw_path.rstrip('/')}/{path}", encoded=True)

    async def call(
        self,
        method: str,
        url: URL,
        what: str,
        *,
        body: _Sent = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        most: int = LARGEST_BODY,
    ) -> tuple[Mapping[str, object], Mapping[str, str]]:
        """The document that comes back, and the headers; `what` names what a refusal is of.

        A document has at most so many bytes.
        """
        own = {} if body is None or isinstance(body, aiohttp.FormData) else _JSON
        all_headers = {**own, **(headers or {})}
        try:
            async with self._open().request(
                method, url, data=body, params=query, headers=all_headers, allow_redirects=False
            ) as response:
                content = await _whole(response, most)
                self._check(response, content, what)
        except TimeoutError:
            raise self._too_late() from None
        except aiohttp.ClientError as error:
            raise sorted_error(error, url) from None
        return fields(content or b"{}", what), response.headers

    async def pieces(self, url: URL, what: str, query: Query | None = None) -> AsyncIterator[bytes]:
        """What is at an address, in pieces, however long it is."""
        try:
            async with self._open().get(url, params=query, allow_redirects=False) as response:
                if response.status >= 300:
                    self._check(response, await _whole(response), what)
                async for chunk in response.content.iter_any():
                    yield chunk
        except TimeoutError:
            raise self._too_late() from None
        except aiohttp.ClientError as error:
            raise sorted_error(error, url) from None

    def _check(self, response: aiohttp.ClientResponse, content: bytes, what: str) -> None:
        if response.status >= 300:
            raise service_error(response.status, content, response.headers, self._spec, what)

    def _too_late(self) -> ModelError:
        return ModelError(f"gave no answer within {self._spec.timeout:g} s", "timeout")

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """The session; the first call makes it, because it belongs to the running loop."""
        if self._session is None:
            timeout = self._spec.timeout
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=min(timeout, LONGEST_CONNECT), sock_read=timeout
                ),
            )
        return self._session


async def _whole(response: aiohttp.ClientResponse, most: int = LARGEST_BODY) -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise ModelError(f"sent more than {most >> 20} MB", "malformed")
    return b"".join(chunks)


async def chat_results(api: JSONAPI, batch_id: str, state: BatchState) -> AsyncIterator[BatchLine]:
    """The lines of all files of results, where those are in the form of OpenAI's."""
    for name in state.results:
        pieces = api.pieces(api.url(f"files/{name}/content"), f"the results of {batch_id}")
        async for line in split_lines(pieces):
            if (found := read_chat_line(line)) is not None:
                yield found

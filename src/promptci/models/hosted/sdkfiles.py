"""Files and batches by OpenAI's own client; the bodies of its responses are given as they are."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
from yarl import URL

from promptci.errors import ModelError
from promptci.models.hosted.sdk import client
from promptci.models.hosted.wire import LONGEST_CONNECT, proxy_for
from promptci.specs.modelspec import EndpointSpec


class RefusedCall(Exception):
    """A response that says no: its status, headers and body."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.headers, self.body = status, headers, body


class FileClient:
    """Calls of `/files` and `/batches`. Each raises `RefusedCall` or `ModelError`.

    Follows no redirect with the key. A call may take the endpoint's time-out between any two parts
    of what is sent or read, however large the whole is.
    """

    def __init__(
        self, spec: EndpointSpec, address: URL, *, key: str | None, environ: Mapping[str, str]
    ) -> None:
        self._timeout, self._origin = spec.timeout, address.origin()
        proxy = proxy_for(address, environ)
        has_tls = address.scheme != "http" or proxy is not None  # else certificates are not read
        http = httpx2.AsyncClient(
            verify=has_tls,
            trust_env=False,
            follow_redirects=False,
            proxy=proxy,
            timeout=httpx2.Timeout(spec.timeout, connect=min(spec.timeout, LONGEST_CONNECT)),
        )
        self._client = client(
            spec, address, key=key, environ=environ, transport=http, headers=dict(spec.headers)
        )

    async def upload(self, path: Path) -> bytes:
        """A file of lines for a batch."""
        with path.open("rb") as file:
            async with self._as_error():
                named = ("batch.jsonl", file, "application/jsonl")
                raw = await self._client.files.with_raw_response.create(file=named, purpose="batch")
                return bytes(raw.content)

    async def file(self, file_id: str) -> bytes:
        """What is known of a file."""
        async with self._as_error():
            return bytes((await self._client.files.with_raw_response.retrieve(file_id)).content)

    async def create(self, file_id: str, endpoint: str, metadata: dict[str, str]) -> bytes:
        """A batch of a file's lines."""
        batches: Any = self._client.batches.with_raw_response
        async with self._as_error():
            raw = await batches.create(
                input_file_id=file_id,
                endpoint=endpoint,
                completion_window="24h",
                metadata=metadata,
            )
            return bytes(raw.content)

    async def batch(self, batch_id: str) -> bytes:
        """How far a batch is."""
        async with self._as_error():
            return bytes((await self._client.batches.with_raw_response.retrieve(batch_id)).content)

    async def cancel(self, batch_id: str) -> bytes:
        """End a batch."""
        async with self._as_error():
            return bytes((await self._client.batches.with_raw_response.cancel(batch_id)).content)

    async def page(self, after: str, limit: int) -> bytes:
        """Batches, the newest first, that were made before the one named `after`."""
        batches: Any = self._client.batches.with_raw_response
        more = {"after": after} if after else {}
        async with self._as_error():
            return bytes((await batches.list(limit=limit, **more)).content)

    async def content(self, file_id: str) -> AsyncIterator[bytes]:
        """A file's content in pieces."""
        async with (
            self._as_error(),
            self._client.files.with_streaming_response.content(file_id) as response,
        ):
            async for chunk in response.iter_bytes():
                yield chunk

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    @asynccontextmanager
    async def _as_error(self) -> AsyncIterator[None]:
        """The failures of the client as ours; its own can hold a request's headers."""
        try:
            yield
        except openai.APIStatusError as error:
            response = error.response
            body = await response.aread()
            raise RefusedCall(response.status_code, response.headers, body) from None
        except (openai.APITimeoutError, httpx2.TimeoutException):
            text = f"gave no answer within {self._timeout:g} s"
            raise ModelError(text, "timeout") from None
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
            is_refused = isinstance(cause, httpx2.ConnectError)
            text = f"cannot be reached at {self._origin} ({type(cause or error).__name__})"
            raise ModelError(
                text, "transient", may_cost=not is_refused, is_refused=is_refused
            ) from None
        except openai.OpenAIError as error:
            raise ModelError(f"could not be asked ({type(error).__name__})", "malformed") from None

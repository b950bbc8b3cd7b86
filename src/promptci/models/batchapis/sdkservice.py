"""Batches by OpenAI's own client, of OpenAI, Azure and whoever speaks the same files and batches.

https://developers.openai.com/api/reference/resources/batches
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from promptci.errors import ModelError
from promptci.models.batchapis.chatlines import ChatLines, read_chat_line, task_path
from promptci.models.batchapis.replies import (
    checked_id,
    count,
    fields,
    nested,
    objects,
    service_error,
    split_lines,
    text,
)
from promptci.models.batchapis.service import (
    CLOCKS,
    BatchLine,
    BatchState,
    Parcel,
    TooLargeError,
    WriteLine,
)
from promptci.models.hosted.access import open_access
from promptci.models.hosted.sdkfiles import FileClient, RefusedCall
from promptci.specs.modelspec import EndpointSpec

MARK = "promptci"
"""The name in a batch's metadata whose value says whose it is."""

PAGE = 100

FILE_LOOKS, FILE_WAIT = 120, 1.0
"""How often, and after how many seconds, Azure is asked whether it has taken a file in."""

_STATUS: Mapping[str, Literal["running", "ended", "failed"]] = {
    "validating": "running",
    "in_progress": "running",
    "finalizing": "running",
    "cancelling": "running",
    "completed": "ended",
    "expired": "ended",
    "cancelled": "ended",
    "failed": "failed",
}

_CROWDED = ("token_limit_exceeded", "batch_limit_exceeded")
_TOO_LARGE = ("too_many_tasks", "too_many_requests", "file_too_large", "max_file_size_exceeded")


class SDKBatches:
    """Files and batches over `openai.AsyncOpenAI`."""

    guesses = False

    def __init__(self, spec: EndpointSpec, environ: Mapping[str, str]) -> None:
        """Raises `RequestError` when the key is missing or the address is none."""
        access = open_access(spec, environ)
        self._spec = spec
        self._files = FileClient(spec, access.address, key=access.key, environ=environ)
        self._path = _path(spec)

    async def submit(self, parcel: Parcel) -> str:
        """Upload the file and make a batch of it."""
        sent = await self._call(lambda: self._files.upload(parcel.path), "the file")
        file = checked_id(sent.get("id"), "the file")
        await self._taken_in(file, text(sent.get("status")))
        endpoint = f"{self._path}{task_path(parcel.task)}"
        made = await self._call(
            lambda: self._files.create(file, endpoint, {MARK: parcel.uid}), "the batch"
        )
        return checked_id(made.get("id"), "the batch")

    async def _taken_in(self, file: str, status: str) -> None:
        """Azure looks a file through before a batch can be made of it."""
        for _ in range(FILE_LOOKS if self._spec.kind == "azure" else 0):
            if status not in ("pending", "running", "uploaded", "notRunning"):
                break
            await asyncio.sleep(FILE_WAIT)
            said = await self._call(lambda: self._files.file(file), "the file")
            status = text(said.get("status"))
        if status == "error":
            raise ModelError("could not read the file of the batch", "bad_request")

    async def look(self, batch_id: str) -> BatchState:
        """How far a batch is."""
        said = await self._call(lambda: self._files.batch(batch_id), f"batch {batch_id}")
        return _state(said)

    async def lines(self, batch_id: str, state: BatchState) -> AsyncIterator[BatchLine]:
        """Both files: of answers and of errors."""
        for file in state.results:
            chunks = self._files.content(file)
            try:
                async for line in split_lines(chunks):
                    if (found := read_chat_line(line)) is not None:
                        yield found
            except RefusedCall as error:
                raise self._error(error, f"the results of {batch_id}") from None

    async def cancel(self, batch_id: str) -> None:
        """Have a batch ended."""
        await self._call(lambda: self._files.cancel(batch_id), f"to cancel {batch_id}")

    async def find(self, parcel: Parcel, since: float) -> Sequence[str]:
        """The batches whose metadata hold the parcel's own mark."""
        found: list[tuple[int, str]] = []
        after, before = "", None
        while after != before:
            page, has_more = await self._page(after)
            for each in page:
                if nested(each, "metadata").get(MARK) == parcel.uid:
                    name = checked_id(each.get("id"), "a batch")
                    found.append((count(each.get("created_at")), name))
            oldest = min((count(each.get("created_at")) for each in page), default=0)
            if not has_more or oldest < since - CLOCKS:
                break
            after, before = checked_id(page[-1].get("id"), "a batch"), after
        return [name for _, name in sorted(found)]

    async def _page(self, after: str) -> tuple[list[Mapping[str, object]], bool]:
        """Batches that were made before one, and whether there are more."""
        said = await self._call(lambda: self._files.page(after, PAGE), "the list of batches")
        page = objects(said.get("data"))
        return page, bool(page) and said.get("has_more") is True

    async def aclose(self) -> None:
        """Close the connections."""
        await self._files.aclose()

    async def _call(self, call: Callable[[], Awaitable[bytes]], what: str) -> Mapping[str, Any]:
        try:
            return fields(await call(), what)
        except RefusedCall as error:
            raise self._error(error, what) from None

    def _error(self, error: RefusedCall, what: str) -> ModelError:
        return service_error(error.status, error.body, error.headers, self._spec, what)


def _state(said: Mapping[str, object]) -> BatchState:
    word = text(said.get("status"))
    errors = objects(nested(said, "errors").get("data"))
    codes = {text(each.get("code")) for each in errors}
    why = "; ".join(text(each.get("message")) or text(each.get("code")) for each in errors[:3])
    if codes.intersection(_TOO_LARGE):
        raise TooLargeError(f"takes fewer lines than the batch holds ({why[:500]})")
    counts = nested(said, "request_counts")
    names = (text(said.get(name)) for name in ("output_file_id", "error_file_id"))
    files = tuple(checked_id(file, "the results") for file in names if file)
    status, done = _STATUS.get(word, "running"), count(counts.get("completed"))
    return BatchState(
        status,
        word,
        count(counts.get("total")),
        done + count(counts.get("failed")),
        why[:500],
        is_crowded=bool(codes.intersection(_CROWDED)),
        results=files,
        is_doubtful=status == "ended" and done > 0 and not files,
        answered=count(counts.get("completed")),
    )


def _path(spec: EndpointSpec) -> str:
    """What precedes `/chat/completions` in the url of a line."""
    return "" if spec.kind == "azure" else "/v1"


def line_writer(spec: EndpointSpec) -> WriteLine:
    """Writes the lines of an endpoint: `{custom_id, method, url, body}`."""
    return ChatLines(_path(spec)).write


def open_service(spec: EndpointSpec, environ: Mapping[str, str]) -> SDKBatches:
    """The batches of an endpoint. Raises `RequestError` when its key is missing."""
    return SDKBatches(spec, environ)

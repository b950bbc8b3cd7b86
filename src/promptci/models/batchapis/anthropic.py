"""Anthropic's Message Batches.

https://platform.claude.com/docs/en/build-with-claude/batch-processing: requests go in with the
batch, results come in any order and stay for 29 days. Nothing can be written on a batch, so one
whose id was never seen is found by when it was made and how many requests it holds.
"""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from promptci.models.batchapis.convertedchats import converting_writer
from promptci.models.batchapis.jsonapi import JSONAPI
from promptci.models.batchapis.messagesform import chat_completion, message_params
from promptci.models.batchapis.replies import (
    checked_id,
    clock_behind,
    count,
    nested,
    objects,
    split_lines,
    text,
)
from promptci.models.batchapis.service import BatchLine, BatchState, Parcel, WriteLine
from promptci.models.hosted.access import open_access
from promptci.specs.modelspec import EndpointSpec

VERSION = "2023-06-01"
PAGE = 100

SLACK, ROUNDED = 3600.0, 2.0
"""Seconds by which a service's clock may differ from ours: as it is, and once it was compared."""

_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The HTTP statuses of errors, by their types."""

_BEGIN, _END = b'{"requests":[', b"]}"


class AnthropicBatches:
    """`/v1/messages/batches` of an endpoint."""

    guesses = True

    def __init__(self, spec: EndpointSpec, environ: Mapping[str, str]) -> None:
        """Raises `RequestError` when the key is missing or the address is none."""
        access = open_access(spec, environ)
        headers = {k: v for k, v in access.headers.items() if k != "Authorization"}
        own = {} if access.key is None else {"x-api-key": access.key}
        headers = {"anthropic-version": VERSION, **own, **headers}
        self._api = JSONAPI(spec, access.base, headers, environ)

    async def submit(self, parcel: Parcel) -> str:
        """Send all requests in one body."""
        url = self._api.url("messages/batches")
        length = {"Content-Length": str(_length(parcel))}
        said, _ = await self._api.call(
            "POST", url, "the batch", body=_requests(parcel), headers=length
        )
        return checked_id(said.get("id"), "the batch")

    async def look(self, batch_id: str) -> BatchState:
        """How far a batch is."""
        url = self._api.url(f"messages/batches/{batch_id}")
        said, _ = await self._api.call("GET", url, f"batch {batch_id}")
        counts = nested(said, "request_counts")
        left, total = count(counts.get("processing")), sum(map(count, counts.values()))
        word = text(said.get("processing_status"))
        status: Literal["running", "ended"] = "ended" if word == "ended" else "running"
        answered = count(counts.get("succeeded"))
        return BatchState(status, word, total, total - left, answered=answered)

    async def lines(self, batch_id: str, state: BatchState) -> AsyncIterator[BatchLine]:
        """The results, at the address that is known, not at the one that the service names."""
        del state
        url = self._api.url(f"messages/batches/{batch_id}/results")
        async for line in split_lines(self._api.pieces(url, f"the results of {batch_id}")):
            if (found := _result(line)) is not None:
                yield found

    async def cancel(self, batch_id: str) -> None:
        """Have a batch ended."""
        url = self._api.url(f"messages/batches/{batch_id}/cancel")
        await self._api.call("POST", url, f"to cancel {batch_id}")

    async def find(self, parcel: Parcel, since: float) -> Sequence[str]:
        """The batches since then with as many requests; one that has ended must hold ours.

        By the service's own clock, which its answers tell. Those of shortly before come last, for
        where it does not.
        """
        found: list[tuple[bool, float, str]] = []
        page, after, behind = await self._page(None)
        since -= behind
        while True:
            made = [(_moment(text(each.get("created_at"))), each) for each in page]
            for moment, each in made:
                total = sum(map(count, nested(each, "request_counts").values()))
                is_near = moment >= since - SLACK and total == parcel.count
                if is_near and await self._may_hold(each, parcel):
                    name = checked_id(each.get("id"), "a batch")
                    found.append((moment < since - ROUNDED, moment, name))
            if after is None or any(moment < since - SLACK for moment, _ in made):
                return [name for *_, name in sorted(found)]
            page, after, _ = await self._page(after)

    async def _page(
        self, after: str | None
    ) -> tuple[list[Mapping[str, object]], str | None, float]:
        """Batches, the newest first, the id to go on after, and how far the clock is behind."""
        query = {"limit": str(PAGE)} | ({} if after is None else {"after_id": after})
        url = self._api.url("messages/batches")
        said, headers = await self._api.call("GET", url, "the list of batches", query=query)
        page = objects(said.get("data"))
        last = text(said.get("last_id")) if said.get("has_more") is True and page else ""
        return page, last if last and last != after else None, clock_behind(headers, time.time())

    async def _may_hold(self, batch: Mapping[str, object], parcel: Parcel) -> bool:
        if text(batch.get("processing_status")) != "ended":
            return True
        name = checked_id(batch.get("id"), "a batch")
        async for line in self.lines(name, BatchState("ended", "ended")):
            return line.key in parcel.key_set()
        return False

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()


def _length(parcel: Parcel) -> int:
    """Each line's end becomes a comma, but for the last."""
    return len(_BEGIN) + parcel.size - 1 + len(_END)


async def _requests(parcel: Parcel) -> AsyncIterator[bytes]:
    """The body: all lines of a file in a list."""
    yield _BEGIN
    with parcel.path.open("rb") as file:
        comma = b""
        for line in file:
            yield comma + line.rstrip(b"\n")
            comma = b","
    yield _END


def _moment(written: str) -> float:
    """Seconds since 1970; 0 for what is no moment."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return 0.0


def _result(line: bytes) -> BatchLine | None:
    """One line of results; None for what is none, whose request then has no result."""
    try:
        said: Any = json.loads(line)
        key, result = said["custom_id"], said["result"]
        kind = result["type"]
        if kind == "succeeded":
            return BatchLine(str(key), 200, chat_completion(result["message"]))
        if kind == "errored":
            error = result["error"]
            name = str((error.get("error") or {}).get("type"))
            return BatchLine(str(key), _STATUSES.get(name, 500), json.dumps(error).encode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return BatchLine(str(key), error=f"the request is {kind}")


def line_writer(spec: EndpointSpec) -> WriteLine:
    """Writes lines `{custom_id, params}`."""
    del spec
    return converting_writer(message_params, key="custom_id", body="params")


def open_service(spec: EndpointSpec, environ: Mapping[str, str]) -> AnthropicBatches:
    """The batches of an endpoint. Raises `RequestError` when its key is missing."""
    return AnthropicBatches(spec, environ)

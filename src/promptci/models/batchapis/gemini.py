"""Gemini's batches.

https://ai.google.dev/gemini-api/docs/batch-api: small ones go in with their requests, larger ones
by a file. A batch is found again by its display name.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from yarl import URL

from promptci.errors import ModelError
from promptci.models.batchapis.convertedchats import converting_writer
from promptci.models.batchapis.geminiform import completion_of, generate_request
from promptci.models.batchapis.jsonapi import JSONAPI
from promptci.models.batchapis.replies import (
    checked_id,
    count,
    nested,
    objects,
    split_lines,
    text,
)
from promptci.models.batchapis.service import CLOCKS, BatchLine, BatchState, Parcel, WriteLine
from promptci.models.hosted.access import open_access
from promptci.specs.modelspec import EndpointSpec

INLINE = 19_000_000
"""Bytes of lines that go in with the batch; the service takes less than 20 MB so."""

MOST_RESULTS = 1 << 30
"""Bytes of the document that holds the results of such a batch."""

PAGE = 100

_STATES: Mapping[str, Literal["running", "ended", "failed"]] = {
    "succeeded": "ended",
    "partially_succeeded": "ended",
    "cancelled": "ended",
    "expired": "ended",
    "failed": "failed",
}
"""By what follows `BATCH_STATE_`, or behind `JOB_STATE_`, as older documentation has it."""

_CUT_SHORT = ("expired", "cancelled")
"""States whose counts say nothing of results: an expired batch has none to retrieve."""

_CODES = {1: 499, 3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 9: 400, 16: 401}
"""The HTTP statuses of google.rpc codes; of others 500."""


class GeminiBatches:
    """`models/*:batchGenerateContent` and `batches` beside an endpoint for chat completions."""

    guesses = False

    def __init__(self, spec: EndpointSpec, environ: Mapping[str, str]) -> None:
        """Raises `RequestError` when the key is missing or the address is none."""
        access = open_access(spec, environ)
        headers = {k: v for k, v in access.headers.items() if k != "Authorization"}
        own = {} if access.key is None else {"x-goog-api-key": access.key}
        root = access.base.with_path(
            access.base.raw_path.rstrip("/").removesuffix("/openai"), encoded=True
        )
        self._api = JSONAPI(spec, root, {**own, **headers}, environ)

    def _beside(self, what: str, path: str) -> URL:
        """An address of files, which is before the version of the API."""
        root = self._api.base
        return root.with_path(f"/{what}{root.raw_path.rstrip('/')}/{path}", encoded=True)

    async def submit(self, parcel: Parcel) -> str:
        """Make a batch of the requests, or of a file that holds them."""
        source = (
            {"requests": {"requests": list(_inline(parcel))}}
            if parcel.size <= INLINE
            else {"fileName": await self._upload(parcel)}
        )
        batch = {"batch": {"displayName": parcel.uid, "inputConfig": source}}
        model = parcel.model_id.removeprefix("models/")
        url = self._api.url(f"models/{model}:batchGenerateContent")
        made, _ = await self._api.call("POST", url, "the batch", body=json.dumps(batch).encode())
        return checked_id(made.get("name"), "the batch")

    async def _upload(self, parcel: Parcel) -> str:
        """The name of a file that was uploaded; nothing is sent to another host."""
        headers = {
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": str(parcel.size),
            "X-Goog-Upload-Header-Content-Type": "application/jsonl",
        }
        about = json.dumps({"file": {"displayName": parcel.uid}}).encode()
        url = self._beside("upload", "files")
        _, told = await self._api.call("POST", url, "the file", body=about, headers=headers)
        place = URL(told.get("X-Goog-Upload-URL", ""))
        if not place.absolute or place.origin() != self._api.base.origin():
            raise ModelError("names another host for the file of the batch", "bad_request")
        headers = {
            "X-Goog-Upload-Command": "upload, finalize",
            "X-Goog-Upload-Offset": "0",
            "Content-Length": str(parcel.size),
        }
        sent, _ = await self._api.call(
            "POST", place, "the file", body=_lines(parcel), headers=headers
        )
        return checked_id(nested(sent, "file").get("name"), "the file")

    async def look(self, batch_id: str) -> BatchState:
        """How far a batch is."""
        said, _ = await self._read(batch_id)
        about = nested(said, "metadata")
        word, stats = text(about.get("state")), nested(about, "batchStats")
        total, left = count(stats.get("requestCount")), count(stats.get("pendingRequestCount"))
        why = text(nested(said, "error").get("message"))[:500]
        output, answered = _output(said), count(stats.get("successfulRequestCount"))
        file = output.get("responsesFile")
        files = (checked_id(file, "the results"),) if file else ()
        short = word.removeprefix("BATCH_STATE_").removeprefix("JOB_STATE_").lower()
        status = _STATES.get(short, "running")
        if status == "running" and said.get("done") is True:
            status = "failed" if nested(said, "error") else "ended"
        done = max(0, total - left)
        if short in _CUT_SHORT or status == "failed":
            done = answered = answered if output else 0
        is_late = status == "ended" and done > 0 and not output
        return BatchState(
            status, short, total, done, why, results=files, is_doubtful=is_late, answered=answered
        )

    async def _read(self, batch_id: str) -> tuple[Mapping[str, object], Mapping[str, str]]:
        url = self._api.url(batch_id)
        return await self._api.call("GET", url, f"batch {batch_id}", most=MOST_RESULTS)

    async def lines(self, batch_id: str, state: BatchState) -> AsyncIterator[BatchLine]:
        """The results, of a file or of the batch's own document."""
        for name in state.results:
            url, query = self._beside("download", f"{name}:download"), {"alt": "media"}
            pieces = self._api.pieces(url, f"the results of {batch_id}", query)
            async for line in split_lines(pieces):
                if (found := _file_result(line)) is not None:
                    yield found
        if not state.results:
            said, _ = await self._read(batch_id)
            for each in objects(nested(_output(said), "inlinedResponses").get("inlinedResponses")):
                yield _result(text(nested(each, "metadata").get("key")), each)

    async def cancel(self, batch_id: str) -> None:
        """Have a batch ended."""
        await self._api.call("POST", self._api.url(f"{batch_id}:cancel"), f"to cancel {batch_id}")

    async def find(self, parcel: Parcel, since: float) -> Sequence[str]:
        """The batches that are called like the parcel."""
        found: list[tuple[float, str]] = []
        token, before = "", None
        while token != before:
            query = {"pageSize": str(PAGE)} | ({"pageToken": token} if token else {})
            url = self._api.url("batches")
            said, _ = await self._api.call("GET", url, "the list of batches", query=query)
            page = [(each, nested(each, "metadata")) for each in objects(said.get("operations"))]
            for each, about in page:
                if about.get("displayName") == parcel.uid:
                    name = checked_id(each.get("name"), "a batch")
                    found.append((_moment(about), name))
            token, before = text(said.get("nextPageToken")), token
            if not token or any(_moment(about) < since - CLOCKS for _, about in page):
                break
        return [name for _, name in sorted(found)]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()


def _output(said: Mapping[str, object]) -> Mapping[str, object]:
    """Where the results are: in the response of a batch that is done, or beside its state.

    Either may be there with nothing but its type.
    """
    places = nested(said, "response"), nested(said, "metadata", "output")
    found = {name: value for place in reversed(places) for name, value in place.items() if value}
    return {name: value for name, value in found.items() if not name.startswith("@")}


def _moment(about: Mapping[str, object]) -> float:
    try:
        return datetime.fromisoformat(text(about.get("createTime"))).timestamp()
    except ValueError:
        return float("inf")


def _inline(parcel: Parcel) -> Iterator[dict[str, Any]]:
    with parcel.path.open("rb") as file:
        for line in file:
            said = json.loads(line)
            yield {"request": said["request"], "metadata": {"key": said["key"]}}


async def _lines(parcel: Parcel) -> AsyncIterator[bytes]:
    with parcel.path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def _file_result(line: bytes) -> BatchLine | None:
    """One line of results; None for what is none, whose request then has no result."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _result(text(said.get("key")), said) if isinstance(said, dict) else None


def _result(key: str, said: Mapping[str, Any]) -> BatchLine:
    try:
        if isinstance(said.get("response"), dict):
            return BatchLine(key, 200, completion_of(said["response"]))
        error = said.get("error") or said.get("status")
        if isinstance(error, dict):
            code = count(error.get("code"))
            status = code if code >= 400 else _CODES.get(code, 500)
            return BatchLine(key, status, json.dumps({"error": error}).encode())
    except (KeyError, TypeError, AttributeError, ValueError):
        return BatchLine(key, error="its result cannot be read")
    return BatchLine(key, error="it was not answered")


def line_writer(spec: EndpointSpec) -> WriteLine:
    """Writes lines `{key, request}`."""
    del spec
    return converting_writer(generate_request, key="key", body="request")


def open_service(spec: EndpointSpec, environ: Mapping[str, str]) -> GeminiBatches:
    """The batches of an endpoint. Raises `RequestError` when its key is missing."""
    return GeminiBatches(spec, environ)

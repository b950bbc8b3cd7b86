"""Together's batches: lines like OpenAI's, with calls of their own.

https://docs.together.ai/reference/batch-create: the answer to a creation is wrapped, states are in
capitals, and nothing can be written on a batch. The name of its file says whose it is.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import aiohttp

from promptci.models.batchapis.chatlines import ChatLines, task_path
from promptci.models.batchapis.jsonapi import JSONAPI, chat_results
from promptci.models.batchapis.replies import checked_id, nested, objects, text
from promptci.models.batchapis.service import BatchLine, BatchState, Parcel, WriteLine
from promptci.models.hosted.access import open_access
from promptci.specs.modelspec import EndpointSpec

_STATUS: Mapping[str, Literal["running", "ended", "failed"]] = {
    "COMPLETED": "ended",
    "EXPIRED": "ended",
    "CANCELLED": "ended",
    "FAILED": "failed",
}

_CUT_SHORT = ("EXPIRED", "CANCELLED")


class TogetherBatches:
    """`/v1/files` and `/v1/batches` of an endpoint."""

    guesses = False

    def __init__(self, spec: EndpointSpec, environ: Mapping[str, str]) -> None:
        """Raises `RequestError` when the key is missing or the address is none."""
        access = open_access(spec, environ)
        self._api = JSONAPI(spec, access.base, access.headers, environ)

    async def submit(self, parcel: Parcel) -> str:
        """Upload the file, to this host, and make a batch of it."""
        name = _file_name(parcel)
        with parcel.path.open("rb") as file:
            form = aiohttp.FormData()
            form.add_field("purpose", "batch-api")
            form.add_field("file_name", name)
            form.add_field("file_type", "jsonl")
            form.add_field("file", file, filename=name, content_type="application/jsonl")
            url = self._api.url("files/upload")
            sent, _ = await self._api.call("POST", url, "the file", body=form)
        batch = {
            "input_file_id": checked_id(sent.get("id"), "the file"),
            "endpoint": f"/v1{task_path(parcel.task)}",
            "completion_window": "24h",
        }
        url = self._api.url("batches")
        made, _ = await self._api.call("POST", url, "the batch", body=json.dumps(batch).encode())
        return checked_id(_job(made).get("id"), "the batch")

    async def look(self, batch_id: str) -> BatchState:
        """How far a batch is."""
        url = self._api.url(f"batches/{batch_id}")
        said, _ = await self._api.call("GET", url, f"batch {batch_id}")
        job = _job(said)
        word, progress = text(job.get("status")), job.get("progress")
        names = (text(job.get(name)) for name in ("output_file_id", "error_file_id"))
        done = int(min(progress, 100)) if isinstance(progress, int | float) and progress > 0 else 0
        files = tuple(checked_id(name, "the results") for name in names if name)
        status = _STATUS.get(word, "running")
        is_late = status == "ended" and not files and (done > 0 or word == "COMPLETED")
        if word in _CUT_SHORT and not files:
            done = 0  # progress is in hundredths, and no line of it can be retrieved
        return BatchState(
            status,
            word,
            100,
            done,
            text(job.get("error"))[:500],
            results=files,
            is_doubtful=is_late,
            answered=100 if word == "COMPLETED" and files else 0,  # each line is in either file
        )

    async def lines(self, batch_id: str, state: BatchState) -> AsyncIterator[BatchLine]:
        """Both files: of answers and of errors."""
        async for line in chat_results(self._api, batch_id, state):
            yield line

    async def cancel(self, batch_id: str) -> None:
        """Have a batch ended."""
        url = self._api.url(f"batches/{batch_id}/cancel")
        await self._api.call("POST", url, f"to cancel {batch_id}")

    async def find(self, parcel: Parcel, since: float) -> Sequence[str]:
        """The batches of the files that are called like the parcel's."""
        said, _ = await self._api.call("GET", self._api.url("files"), "the list of files")
        name = _file_name(parcel)
        files = {
            text(each.get("id"))
            for each in objects(said.get("data"))
            if text(each.get("filename")) == name
        }
        listed, _ = await self._api.call("GET", self._api.url("batches"), "the list of batches")
        found = [
            (_moment(text(each.get("created_at"))), checked_id(each.get("id"), "a batch"))
            for each in objects(listed.get("data"))
            if text(each.get("input_file_id")) in files
        ]
        del since  # the file's name is its own
        return [batch for _, batch in sorted(found)]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()


def _file_name(parcel: Parcel) -> str:
    return f"promptci-{parcel.uid}.jsonl"


def _job(said: Mapping[str, object]) -> Mapping[str, object]:
    """A batch, whether it is wrapped or not."""
    return nested(said, "job") or said


def _moment(written: str) -> float:
    """Seconds since 1970; for ever after for what is no moment."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return float("inf")


def line_writer(spec: EndpointSpec) -> WriteLine:
    """Writes lines `{custom_id, body}`."""
    del spec
    return ChatLines(None).write


def open_service(spec: EndpointSpec, environ: Mapping[str, str]) -> TogetherBatches:
    """The batches of an endpoint. Raises `RequestError` when its key is missing."""
    return TogetherBatches(spec, environ)

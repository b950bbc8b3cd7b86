"""Mistral's batch jobs.

https://docs.mistral.ai/studio-api/batch-processing: one model a job, lines `{custom_id, body}`.
Results can be fetched for 24 hours after the job has ended.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import aiohttp

from promptci.models.batchapis.chatlines import ChatLines, task_path
from promptci.models.batchapis.jsonapi import JSONAPI, chat_results
from promptci.models.batchapis.replies import (
    checked_id,
    count,
    nested,
    objects,
    text,
)
from promptci.models.batchapis.service import CLOCKS, BatchLine, BatchState, Parcel, WriteLine
from promptci.models.hosted.access import open_access
from promptci.specs.modelspec import EndpointSpec

MARK = "promptci"
"""The name in a job's metadata whose value says whose it is."""

PAGE = 100
HOURS = 24

_STATUS: Mapping[str, Literal["running", "ended", "failed"]] = {
    "QUEUED": "running",
    "RUNNING": "running",
    "CANCELLATION_REQUESTED": "running",
    "SUCCESS": "ended",
    "TIMEOUT_EXCEEDED": "ended",
    "CANCELLED": "ended",
    "FAILED": "failed",
}


class MistralBatches:
    """`/v1/files` and `/v1/batch/jobs` of an endpoint."""

    guesses = False

    def __init__(self, spec: EndpointSpec, environ: Mapping[str, str]) -> None:
        """Raises `RequestError` when the key is missing or the address is none."""
        access = open_access(spec, environ)
        self._api = JSONAPI(spec, access.base, access.headers, environ)

    async def submit(self, parcel: Parcel) -> str:
        """Upload the file and make a job of it."""
        with parcel.path.open("rb") as file:
            form = aiohttp.FormData()
            form.add_field("purpose", "batch")
            form.add_field("file", file, filename="batch.jsonl", content_type="application/jsonl")
            sent, _ = await self._api.call("POST", self._api.url("files"), "the file", body=form)
        job = {
            "input_files": [checked_id(sent.get("id"), "the file")],
            "endpoint": f"/v1{task_path(parcel.task)}",
            "model": parcel.model_id,
            "metadata": {MARK: parcel.uid},
            "timeout_hours": HOURS,
        }
        url = self._api.url("batch/jobs")
        made, _ = await self._api.call("POST", url, "the batch", body=json.dumps(job).encode())
        return checked_id(made.get("id"), "the batch")

    async def look(self, batch_id: str) -> BatchState:
        """How far a job is."""
        url = self._api.url(f"batch/jobs/{batch_id}")
        said, _ = await self._api.call("GET", url, f"batch {batch_id}")
        word = text(said.get("status"))
        names = (text(said.get(name)) for name in ("output_file", "error_file"))
        files = tuple(checked_id(name, "the results") for name in names if name)
        status, done = _STATUS.get(word, "running"), count(said.get("completed_requests"))
        return BatchState(
            "ended" if status == "failed" and files else status,
            word,
            count(said.get("total_requests")),
            done,
            "; ".join(text(each.get("message")) for each in objects(said.get("errors"))[:3])[:500],
            results=files,
            is_doubtful=status == "ended" and done > 0 and not files,
            answered=count(said.get("succeeded_requests")),
        )

    async def lines(self, batch_id: str, state: BatchState) -> AsyncIterator[BatchLine]:
        """Both files: of answers and of errors."""
        async for line in chat_results(self._api, batch_id, state):
            yield line

    async def cancel(self, batch_id: str) -> None:
        """Have a job ended."""
        url = self._api.url(f"batch/jobs/{batch_id}/cancel")
        await self._api.call("POST", url, f"to cancel {batch_id}")

    async def find(self, parcel: Parcel, since: float) -> Sequence[str]:
        """The jobs whose metadata hold the parcel's own mark."""
        found: list[tuple[int, str]] = []
        number = 0
        after = datetime.fromtimestamp(max(0.0, since - CLOCKS), UTC).isoformat()
        while True:
            query = {"page": str(number), "page_size": str(PAGE), "created_after": after}
            url = self._api.url("batch/jobs")
            said, _ = await self._api.call("GET", url, "the list of batches", query=query)
            page = objects(said.get("data"))
            for each in page:
                if nested(each, "metadata").get(MARK) == parcel.uid:
                    name = checked_id(each.get("id"), "a batch")
                    found.append((count(each.get("created_at")), name))
            if len(page) < PAGE:
                return [name for _, name in sorted(found)]
            number += 1

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()


def line_writer(spec: EndpointSpec) -> WriteLine:
    """Writes lines `{custom_id, body}`."""
    del spec
    return ChatLines(None).write


def open_service(spec: EndpointSpec, environ: Mapping[str, str]) -> MistralBatches:
    """The batches of an endpoint. Raises `RequestError` when its key is missing."""
    return MistralBatches(spec, environ)

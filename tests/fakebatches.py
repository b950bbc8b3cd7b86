"""Services that take batches, on a loopback HTTP port, with their limits and their faults.

    with FakeBatches() as api:
        api.answers(route)            # answers live calls and lines of batches alike
        ...                           # anything that speaks to api.url
        assert [len(each.lines) for each in api.batches] == [4]

A batch has ended when it is first looked at, unless `api.words` holds what is said before, one word
a look. What may go wrong is set before: `api.ends` is how batches end, `api.results` may change
their results, `api.looks` holds replies to looks, `api.makes` faults when a batch is made.
"""

import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aiohttp import web

from fakes import Answer, Asked, Body, FakeAPI, Reply, _as_reply

Line: TypeAlias = dict[str, Any]


@dataclass
class Batch:
    """A batch as the service has it."""

    id: str
    lines: list[Line]
    made: Body
    created: int
    word: str = "in_progress"
    files: dict[str, bytes] = field(default_factory=dict)
    is_cancelled: bool = False

    @property
    def keys(self) -> list[str]:
        return [line["custom_id"] for line in self.lines]


class FakeBatches(FakeAPI):
    """OpenAI's files and batches, beside the live calls of `FakeAPI`."""

    def __init__(self) -> None:
        super().__init__()
        self._clear()

    def _clear(self) -> None:
        self.batches: list[Batch] = []
        self.uploads: dict[str, bytes] = {}
        self.words: deque[str] = deque()
        self.file_words: deque[str] = deque()
        self.looks: deque[Reply] = deque()
        self.makes: deque[str] = deque()
        self.ends = "completed"
        self.why: Line | None = None
        self.most_requests, self.most_bytes = 50_000, 200_000_000
        self.results: Callable[[list[Line]], list[Line]] = list
        self.line_answer: Callable[[Line], Answer] | None = None
        self.looked: list[str] = []
        self.most_answered: int | None = None

    def forget(self) -> None:
        super().forget()
        self._clear()

    @property
    def lines(self) -> list[Line]:
        """The lines of all batches."""
        return [line for batch in self.batches for line in batch.lines]

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        request._client_max_size = 1 << 30
        path = re.sub("^/(v1|openai)(?=/)", "", request.path)
        for method, pattern, do in self._routes():
            found = re.fullmatch(pattern, path)
            if found and request.method == method:
                return await do(request, *found.groups())
        return await super()._handle(request)

    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("POST", "/files", self._upload),
            ("GET", "/files/([^/]+)", self._file),
            ("GET", "/files/([^/]+)/content", self._content),
            ("POST", "/batches", self._make),
            ("GET", "/batches", self._list),
            ("GET", "/batches/([^/]+)", self._look),
            ("POST", "/batches/([^/]+)/cancel", self._cancel),
        ]

    async def _upload(self, request: web.BaseRequest) -> web.StreamResponse:
        content = b""
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if part.name == "file":
                content = bytes(await part.read())
            else:
                assert (await part.read()) == b"batch"
        if len(content) > self.most_bytes:
            return _error(413, f"File is too large: the maximum size is {self.most_bytes}")
        name = f"file-{len(self.uploads) + 1}"
        self.uploads[name] = content
        status = self.file_words.popleft() if self.file_words else "processed"
        return web.json_response({"id": name, "object": "file", "status": status})

    async def _file(self, _: web.BaseRequest, name: str) -> web.StreamResponse:
        status = self.file_words.popleft() if self.file_words else "processed"
        return web.json_response({"id": name, "object": "file", "status": status})

    async def _content(self, _: web.BaseRequest, name: str) -> web.StreamResponse:
        for batch in self.batches:
            if name in batch.files:
                return web.Response(body=batch.files[name])
        return _error(404, "No such File object")

    async def _make(self, request: web.BaseRequest) -> web.StreamResponse:
        made = json.loads(await request.read())
        fault = self.makes.popleft() if self.makes else ""
        if fault == "refused":
            return _error(503, "try again later")
        lines = [json.loads(line) for line in self.uploads[made["input_file_id"]].splitlines()]
        batch = self._add(lines, made)
        if fault == "twice":
            self._add(lines, made)
        if fault in ("lost", "twice"):
            return _broken(request)
        return web.json_response(self._document(batch))

    def _add(self, lines: list[Line], made: Body) -> Batch:
        assert len({line["custom_id"] for line in lines}) == len(lines)
        assert len({line["body"]["model"] for line in lines}) == 1
        number = len(self.batches) + 1
        self.batches.append(Batch(f"batch_{number}", lines, made, int(time.time())))
        return self.batches[-1]

    async def _list(self, request: web.BaseRequest) -> web.StreamResponse:
        newest = list(reversed(self.batches))
        after = request.query.get("after")
        if after:
            newest = newest[[each.id for each in newest].index(after) + 1 :]
        page = newest[: int(request.query.get("limit", 20))]
        documents = [self._document(each) for each in page]
        has_more = len(page) < len(newest)
        return web.json_response({"object": "list", "data": documents, "has_more": has_more})

    async def _look(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        self.looked.append(name)
        if self.looks:
            return await self._reply(request, self.looks.popleft())
        batch = next((each for each in self.batches if each.id == name), None)
        if batch is None:
            return _error(404, f"No batch found with id '{name}'")
        if self.words:
            batch.word = self.words.popleft()
        elif not batch.files:
            self._finish(batch)
        return web.json_response(self._document(batch))

    async def _cancel(self, _: web.BaseRequest, name: str) -> web.StreamResponse:
        batch = next((each for each in self.batches if each.id == name), None)
        if batch is None:
            return _error(404, f"No batch found with id '{name}'")
        batch.is_cancelled = True
        batch.word = "cancelling"
        return web.json_response(self._document(batch))

    def _finish(self, batch: Batch) -> None:
        batch.word = "cancelled" if batch.is_cancelled else self.ends
        if batch.word == "failed" or len(batch.lines) > self.most_requests:
            batch.word = "failed"
            return
        results = self.results([self._result(line) for line in batch.lines])
        if batch.word in ("expired", "cancelled"):
            rest = results[self.most_answered or 0 :]
            results = results[: self.most_answered or 0]
            error = {"code": f"batch_{batch.word}", "message": "This request was not executed."}
            results += [{**each, "response": None, "error": error} for each in rest]
        good = [each for each in results if _status(each) == 200]
        bad = [each for each in results if _status(each) != 200]
        if good:
            batch.files[f"{batch.id}-out"] = _jsonl(good)
        if bad:
            batch.files[f"{batch.id}-err"] = _jsonl(bad)

    def _result(self, line: Line) -> Line:
        body = line["body"]
        rule = self.line_answer
        answer = rule(line) if rule else self._rule(Asked.read(body, line["url"]))
        reply = _as_reply(body, answer)
        said = json.loads(reply.payload)
        response = {"status_code": reply.status, "request_id": "r", "body": said}
        return {"id": "x", "custom_id": line["custom_id"], "response": response, "error": None}

    def _document(self, batch: Batch) -> Body:
        found: Body = {
            "id": batch.id,
            "object": "batch",
            "endpoint": batch.made.get("endpoint"),
            "status": batch.word,
            "created_at": batch.created,
            "metadata": batch.made.get("metadata"),
            "request_counts": {"total": len(batch.lines), "completed": 0, "failed": 0},
        }
        if batch.word == "failed":
            why = self.why or {"code": "too_many_tasks", "message": "too many tasks"}
            found["errors"] = {"object": "list", "data": [why]}
        for name in batch.files:
            found["output_file_id" if name.endswith("out") else "error_file_id"] = name
        return found


class FakeMessageBatches(FakeBatches):
    """Anthropic's Message Batches, beside live calls of chat completions."""

    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("POST", "/messages/batches", self._make),
            ("GET", "/messages/batches", self._list),
            ("GET", "/messages/batches/([^/]+)", self._look),
            ("GET", "/messages/batches/([^/]+)/results", self._content),
            ("POST", "/messages/batches/([^/]+)/cancel", self._cancel),
        ]

    async def _make(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["anthropic-version"] == "2023-06-01"
        body = await request.read()
        assert request.content_length == len(body)
        made = json.loads(body)
        lines = made.pop("requests")
        fault = self.makes.popleft() if self.makes else ""
        if len(body) > self.most_bytes or len(lines) > self.most_requests:
            return _anthropic_error(413, "request_too_large", "Request exceeds the maximum size")
        if fault == "refused":
            return _anthropic_error(529, "overloaded_error", "Overloaded")
        batch = self._add(lines, made)
        return _broken(request) if fault == "lost" else web.json_response(self._document(batch))

    def _add(self, lines: list[Line], made: Body) -> Batch:
        for line in lines:
            line["body"] = line["params"]
        return super()._add(lines, made)

    async def _list(self, request: web.BaseRequest) -> web.StreamResponse:
        newest = list(reversed(self.batches))
        if after := request.query.get("after_id"):
            newest = newest[[each.id for each in newest].index(after) + 1 :]
        page = newest[: int(request.query.get("limit", 20))]
        data = [self._document(each) for each in page]
        last = page[-1].id if page else None
        has_more = len(page) < len(newest)
        return web.json_response({"data": data, "has_more": has_more, "last_id": last})

    async def _content(self, _: web.BaseRequest, name: str) -> web.StreamResponse:
        batch = next((each for each in self.batches if each.id == name), None)
        if batch is None or not batch.files:
            return _anthropic_error(404, "not_found_error", "no results")
        return web.Response(body=batch.files["results"])

    def _finish(self, batch: Batch) -> None:
        results = [self._result(line) for line in batch.lines]
        kind = "canceled" if batch.is_cancelled else {"expired": "expired"}.get(self.ends, "")
        if kind:
            rest = results[self.most_answered or 0 :]
            results = results[: self.most_answered or 0]
            results += [{**each, "result": {"type": kind}} for each in rest]
        batch.word = "ended"
        batch.files["results"] = _jsonl(list(reversed(self.results(results))))

    def _result(self, line: Line) -> Line:
        params = line["params"]
        rule = self.line_answer
        answer = rule(line) if rule else self._rule(Asked.read(params, "/v1/messages"))
        if isinstance(answer, Reply):
            error = {"type": "invalid_request_error", "message": "no"}
            result: Body = {"type": "errored", "error": {"type": "error", "error": error}}
        else:
            result = {"type": "succeeded", "message": message_saying(params, answer)}
        return {"custom_id": line["custom_id"], "result": result}

    def _document(self, batch: Batch) -> Body:
        total = len(batch.lines)
        is_over = batch.word == "ended"
        created = datetime.fromtimestamp(batch.created, UTC).isoformat().replace("+00:00", "Z")
        words = {"cancelling": "canceling", "ended": "ended"}
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": words.get(batch.word, "in_progress"),
            "request_counts": {
                "processing": 0 if is_over else total,
                "succeeded": total if is_over else 0,
                "errored": 0,
                "canceled": 0,
                "expired": 0,
            },
            "created_at": created,
            "results_url": "http://elsewhere.invalid/results",
        }


class FakeJobs(FakeBatches):
    """Mistral's files and batch jobs, beside live calls of chat completions."""

    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("POST", "/files", self._upload),
            ("GET", "/files/([^/]+)/content", self._content),
            ("POST", "/batch/jobs", self._make),
            ("GET", "/batch/jobs", self._list),
            ("GET", "/batch/jobs/([^/]+)", self._look),
            ("POST", "/batch/jobs/([^/]+)/cancel", self._cancel),
        ]

    async def _make(self, request: web.BaseRequest) -> web.StreamResponse:
        made = json.loads(await request.read())
        [name] = made["input_files"]
        lines = [json.loads(line) for line in self.uploads[name].splitlines()]
        fault = self.makes.popleft() if self.makes else ""
        if fault == "refused":
            return _error(503, "try again later")
        if len(lines) > self.most_requests:
            return _error(422, "too many requests in the batch")
        assert all(line.keys() == {"custom_id", "body"} for line in lines)
        batch = self._add([{**line, "url": made["endpoint"]} for line in lines], made)
        return _broken(request) if fault == "lost" else web.json_response(self._document(batch))

    async def _list(self, request: web.BaseRequest) -> web.StreamResponse:
        after = datetime.fromisoformat(request.query["created_after"]).timestamp()
        size = int(request.query["page_size"])
        start = size * int(request.query["page"])
        known = [each for each in self.batches if each.created >= after]
        data = [self._document(each) for each in known[start : start + size]]
        return web.json_response({"object": "list", "data": data, "total": len(known)})

    def _document(self, batch: Batch) -> Body:
        words = {
            "in_progress": "RUNNING",
            "completed": "SUCCESS",
            "expired": "TIMEOUT_EXCEEDED",
            "cancelling": "CANCELLATION_REQUESTED",
            "cancelled": "CANCELLED",
            "failed": "FAILED",
        }
        found: Body = {
            "id": batch.id,
            "object": "batch",
            "input_files": batch.made["input_files"],
            "metadata": batch.made["metadata"],
            "model": batch.made["model"],
            "endpoint": batch.made["endpoint"],
            "errors": [],
            "status": words[batch.word],
            "created_at": batch.created,
            "total_requests": len(batch.lines),
            "completed_requests": 0,
        }
        for name in batch.files:
            found["output_file" if name.endswith("out") else "error_file"] = name
        return found


class FakeGemini(FakeBatches):
    """Gemini's batches, beside live calls of chat completions below `/openai`."""

    state_prefix = "BATCH_STATE_"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1beta/openai"

    def _routes(self) -> list[tuple[str, str, Any]]:
        root = "/v1beta"
        return [
            ("POST", f"/upload{root}/files", self._begin_upload),
            ("POST", f"/upload{root}/files/place", self._upload),
            ("POST", f"{root}/models/([^/]+):batchGenerateContent", self._make),
            ("GET", f"{root}/batches", self._list),
            ("GET", f"{root}/(batches/[^/:]+)", self._look),
            ("POST", f"{root}/(batches/[^/:]+):cancel", self._cancel),
            ("GET", f"/download{root}/(files/[^/:]+):download", self._content),
        ]

    async def _begin_upload(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["X-Goog-Upload-Command"] == "start"
        self.uploads["size"] = request.headers["X-Goog-Upload-Header-Content-Length"].encode()
        host = "elsewhere.invalid" if "elsewhere" in self.makes else f"127.0.0.1:{self.port}"
        place = f"http://{host}/upload/v1beta/files/place?upload_id=1"
        return web.json_response({}, headers={"X-Goog-Upload-URL": place})

    async def _upload(self, request: web.BaseRequest) -> web.StreamResponse:
        content = await request.read()
        assert len(content) == int(self.uploads["size"])
        assert request.headers["X-Goog-Upload-Command"] == "upload, finalize"
        name = f"files/{len(self.uploads)}"
        self.uploads[name] = content
        return web.json_response({"file": {"name": name}})

    async def _make(self, request: web.BaseRequest, model: str) -> web.StreamResponse:
        made = json.loads(await request.read())["batch"]
        given = made["inputConfig"]
        if "fileName" in given:
            lines = [json.loads(line) for line in self.uploads[given["fileName"]].splitlines()]
        else:
            lines = [
                {"key": each["metadata"]["key"], "request": each["request"]}
                for each in given["requests"]["requests"]
            ]
        fault = self.makes.popleft() if self.makes else ""
        if fault == "refused":
            return _error(503, "overloaded")
        if len(lines) > self.most_requests:
            return _error(400, "Request payload size exceeds the limit")
        for line in lines:
            line |= {"custom_id": line["key"], "body": {"model": model}}
        batch = self._add(lines, made)
        batch.id = f"batches/{len(self.batches)}"
        return _broken(request) if fault == "lost" else web.json_response(self._document(batch))

    async def _list(self, request: web.BaseRequest) -> web.StreamResponse:
        newest = list(reversed(self.batches))
        start = int(request.query.get("pageToken", 0))
        page = newest[start : start + 1]  # one a page, so that pages are turned
        more = {"nextPageToken": str(start + 1)} if start + 1 < len(newest) else {}
        return web.json_response({"operations": list(map(self._document, page)), **more})

    def _finish(self, batch: Batch) -> None:
        results = [self._result(line) for line in batch.lines]
        batch.word = "cancelled" if batch.is_cancelled else self.ends
        if batch.word != "completed":
            results = results[: self.most_answered or 0]
        if not results:
            return  # https://ai.google.dev/gemini-api/docs/batch-api: expired, none to retrieve
        batch.files["files/out"] = _jsonl(self.results(results))

    def _result(self, line: Line) -> Line:
        request = line["request"]
        asked = [part["text"] for each in request["contents"] for part in each["parts"]]
        turns = [{"role": "user", "content": asked[-1]}]
        rule = self.line_answer
        answer = rule(line) if rule else self._rule(Asked.read({"messages": turns}))
        if isinstance(answer, Reply):
            error = {"code": 3, "message": "no", "status": "INVALID_ARGUMENT"}
            return {"key": line["key"], "error": error}
        system = request.get("systemInstruction", {"parts": []})["parts"]
        words = " ".join([*asked, *(part["text"] for part in system)]).split()
        parts = [{"text": answer}] if isinstance(answer, str) else []
        return {
            "key": line["key"],
            "response": {
                "candidates": [
                    {"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
                ],
                "modelVersion": line["body"]["model"],
                "usageMetadata": {
                    "promptTokenCount": len(words),
                    "candidatesTokenCount": len(str(answer).split()),
                },
            },
        }

    def _document(self, batch: Batch) -> Body:
        words = {"in_progress": "RUNNING", "completed": "SUCCEEDED", "cancelling": "RUNNING"}
        state = f"{self.state_prefix}{words.get(batch.word, batch.word.upper())}"
        created = datetime.fromtimestamp(batch.created, UTC).isoformat().replace("+00:00", "Z")
        about = {"displayName": batch.made["displayName"], "state": state, "createTime": created}
        about["batchStats"] = {"requestCount": str(len(batch.lines))}  # what is 0 is left out
        if batch.word in ("in_progress", "cancelling"):
            about["batchStats"]["pendingRequestCount"] = str(len(batch.lines))
        found: Body = {"name": batch.id, "metadata": about}
        if batch.files and "fileName" in batch.made["inputConfig"]:
            found["response"] = {"responsesFile": "files/out"}
        elif batch.files:
            lines = map(json.loads, batch.files["files/out"].splitlines())
            results = [{**line, "metadata": {"key": line.pop("key")}} for line in lines]
            about["output"] = {"inlinedResponses": {"inlinedResponses": results}}
        return found


class FakeTogether(FakeBatches):
    """Together's files and batches, beside live calls of chat completions."""

    def _clear(self) -> None:
        super()._clear()
        self.names: dict[str, str] = {}
        self.hides_files = False

    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("POST", "/files/upload", self._upload),
            ("GET", "/files", self._list_files),
            ("GET", "/files/([^/]+)/content", self._content),
            ("POST", "/batches", self._make),
            ("GET", "/batches", self._list),
            ("GET", "/batches/([^/]+)", self._look),
            ("POST", "/batches/([^/]+)/cancel", self._cancel),
        ]

    async def _upload(self, request: web.BaseRequest) -> web.StreamResponse:
        parts = {}
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            parts[part.name] = bytes(await part.read())
        assert (parts["purpose"], parts["file_type"]) == (b"batch-api", b"jsonl")
        name = f"file-{len(self.uploads) + 1}"
        self.uploads[name], self.names[name] = parts["file"], parts["file_name"].decode()
        return web.json_response({"id": name, "filename": self.names[name]})

    async def _list_files(self, _: web.BaseRequest) -> web.StreamResponse:
        files = [{"id": name, "filename": given} for name, given in self.names.items()]
        return web.json_response({"data": files})

    async def _make(self, request: web.BaseRequest) -> web.StreamResponse:
        made = json.loads(await request.read())
        lines = [json.loads(line) for line in self.uploads[made["input_file_id"]].splitlines()]
        fault = self.makes.popleft() if self.makes else ""
        if fault == "refused":
            return _error(503, "try again later")
        if len(lines) > self.most_requests:
            return _error(400, "too many requests in the file")
        batch = self._add([{**line, "url": made["endpoint"]} for line in lines], made)
        if fault == "lost":
            return _broken(request)
        return web.json_response({"job": self._document(batch), "warning": ""}, status=201)

    async def _list(self, _: web.BaseRequest) -> web.StreamResponse:
        return web.json_response([self._document(each) for each in self.batches])

    def _document(self, batch: Batch) -> Body:
        created = datetime.fromtimestamp(batch.created, UTC).isoformat().replace("+00:00", "Z")
        words = {"cancelling": "IN_PROGRESS"}
        found: Body = {
            "id": batch.id,
            "input_file_id": batch.made["input_file_id"],
            "status": words.get(batch.word, batch.word.upper()),
            "created_at": created,
            "progress": 50.0,
        }
        for name in () if self.hides_files else batch.files:
            found["output_file_id" if name.endswith("out") else "error_file_id"] = name
        return found


def message_saying(params: Body, answer: Any) -> Body:
    """A message of Anthropic's; one token per word. A dict is taken as it is."""
    if isinstance(answer, dict):
        return answer
    asked = sum(len(str(turn["content"]).split()) for turn in params["messages"])
    asked += len(params.get("system", "").split())
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": params["model"],
        "content": [{"type": "text", "text": answer}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": asked, "output_tokens": len(answer.split())},
    }


def _anthropic_error(status: int, kind: str, message: str) -> web.Response:
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return web.json_response(error, status=status)


def _status(result: Line) -> int:
    return int(result["response"]["status_code"]) if result.get("response") else 0


def _jsonl(lines: list[Line]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "error"}}, status=status)


def _broken(request: web.BaseRequest) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()

"""Lines of batch APIs that take chat completions as they are: OpenAI's form, and Mistral's."""

import json

import msgspec

from promptci.models.batchapis.service import BatchLine
from promptci.models.hosted.bodies import Bodies
from promptci.models.hosted.droppable import TIER
from promptci.specs.request import Request


class _Response(msgspec.Struct):
    status_code: int = 200
    body: msgspec.Raw = msgspec.Raw()


class _Line(msgspec.Struct):
    custom_id: str
    response: _Response | None = None
    error: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_Line, strict=False).decode  # gateways write a status as text
_NONE = (b"", b"null", b"{}")


class ChatLines:
    """Writes requests as lines; `path_of_url` precedes the last part of a line's `url`.

    Without it lines have neither `method` nor `url`.
    """

    def __init__(self, path_of_url: str | None) -> None:
        self._path = path_of_url
        self._bodies = Bodies()

    def write(self, request: Request, refused: frozenset[str]) -> bytes:
        """One line without its end: the request's key, and the body of a live call.

        Raises `ModelError` for a file that was changed meanwhile.
        """
        body = self._bodies.write(request, refused | {TIER})
        url = "" if self._path is None else f',"method":"POST","url":"{self.url(request)}"'
        return b'{"custom_id":"%b"%b,"body":%b}' % (request.key.encode(), url.encode(), body)

    def url(self, request: Request) -> str:
        """Where a live call of this request would go."""
        return f"{self._path or ''}{task_path(request.settings.task)}"


def task_path(task: str) -> str:
    """The last part of the address of a task."""
    return "/embeddings" if task == "embeddings" else "/chat/completions"


def read_chat_line(line: bytes) -> BatchLine | None:
    """One line of results; None for what is none, whose request then has no result."""
    try:
        said = _decode(line)
    except (ValueError, RecursionError):
        return None
    if said.response is not None and bytes(said.response.body) not in _NONE:
        return BatchLine(said.custom_id, said.response.status_code, bytes(said.response.body))
    error = bytes(said.error)
    if said.response is not None and said.response.status_code >= 400:
        body = b"{}" if error in _NONE else _as_body(error)
        return BatchLine(said.custom_id, said.response.status_code, body)
    return BatchLine(said.custom_id, error=_why(error))


def _as_body(error: bytes) -> bytes:
    """What vLLM writes beside a status instead of a body: an error response, or a text alone."""
    return b'{"error":{"message":%b}}' % error if error.startswith(b'"') else error


def _why(error: bytes) -> str:
    """What is said of a request that was not answered."""
    try:
        said = json.loads(error or b"null")
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        found = [str(said[name]) for name in ("code", "message") if said.get(name)]
        return ": ".join(found)[:500] or "it was not answered"
    return said[:500] if isinstance(said, str) and said else "it was not answered"

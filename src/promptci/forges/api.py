"""A forge's REST interface: JSON over HTTP with a token, and what its refusals mean."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from msgspec import Struct

from promptci.errors import PromptCIError, RequestError

MOST_BYTES = 20_000_000
"""Of one answer."""
TIMEOUT = 30.0
"""Seconds."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PASSING = (404, 409, 429, 500, 502, 503, 504)
"""Worth another try from the start: gone since it was looked up, at the same time, too often."""
_MEANINGS = {
    400: "the forge does not understand the request",
    401: "the token is not valid",
    403: "the forge does not let this token write here",
    404: "there is no such pull request, or the token may not see it",
    409: "somebody else changed the comment at the same time",
    422: "the forge does not take the comment",
    413: "the comment is too long for the forge",
    429: "too many requests",
    **dict.fromkeys((301, 302, 307, 308), "the forge is elsewhere: fix --api or --repo"),
}
_MOST_BODY = 100_000
_MOST_SAID = 200
"""Characters of the forge's own words."""


class ForgeError(PromptCIError):
    """The forge refused or could not be reached.

    `is_passing` says that another try may succeed, `retry_after` when, in seconds.
    """

    def __init__(
        self, message: str, *, status: int = 0, is_passing: bool = False, retry_after: float = 0.0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_passing = is_passing
        self.retry_after = retry_after


class _NoRedirect(HTTPRedirectHandler):
    """A token is sent nowhere else than where it was to be sent."""

    def redirect_request(self, *_: Any) -> None:
        return None


class ForgeAPI(Struct, frozen=True):
    """The interface at an address, with the headers that hold the token."""

    url: str
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        is_safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
        if not is_safe or parts.scheme not in ("http", "https") or parts.username:
            raise RequestError(f"`{self.url}` is no https address: the token would go out in clear")

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Any:
        """What the forge answers, read as JSON; None where it says nothing."""
        address = f"{self.url.rstrip('/')}{path}{f'?{urlencode(query)}' if query else ''}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "promptci", **self.headers}
        request = Request(address, data, headers, method=method)
        try:
            with build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as reply:
                text = reply.read(MOST_BYTES + 1)
        except HTTPError as error:
            _refused(error)
        except (URLError, OSError, http.client.HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise ForgeError(f"the forge cannot be reached: {why}", is_passing=True) from None
        return _read(text)


def _read(text: bytes) -> Any:
    if len(text) > MOST_BYTES:
        raise ForgeError(f"the forge's answer is longer than {MOST_BYTES:,} bytes")
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        raise ForgeError("the forge's answer is no JSON: is that the address of its API?") from None


def _refused(error: HTTPError) -> NoReturn:
    with error:
        wish = error.headers.get("Retry-After", "")
        spent = error.headers.get("X-RateLimit-Remaining") == "0"
        said = _words(error)
    retry_after = float(wish) if wish.isascii() and wish.isdigit() else 0.0
    is_limit = error.code == 403 and (bool(wish) or spent or "rate limit" in said.lower())
    meaning = _MEANINGS[429] if is_limit else _MEANINGS.get(error.code, "the forge fails")
    raise ForgeError(
        f"{meaning} (HTTP {error.code}{f': {said}' if said else ''})",
        status=429 if is_limit else error.code,
        is_passing=is_limit or error.code in _PASSING,
        retry_after=retry_after,
    ) from None


def _words(error: HTTPError) -> str:
    """What the forge itself says, in a line; empty where it says nothing that can be read."""
    try:
        said = json.loads(error.read(_MOST_BODY))
    except (OSError, ValueError, RecursionError, http.client.HTTPException):
        return ""
    found = said.get("message", said.get("error")) if isinstance(said, dict) else None
    if isinstance(found, dict):  # as Bitbucket nests it
        found = found.get("message")
    return " ".join(found.split())[:_MOST_SAID] if isinstance(found, str) else ""

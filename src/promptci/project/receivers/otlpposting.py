"""Send answers and scores to a receiver of OpenTelemetry: OTLP over HTTP as protocol buffers."""

import http.client
from collections.abc import Iterator, Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from msgspec import Struct

from promptci.errors import ModelError, RequestError
from promptci.exporters.exported import ExportOptions
from promptci.exporters.otel import (
    OTEL,
    Body,
    log_bodies,
    records_in,
    trace_bodies,
    unanswered_remarks,
)
from promptci.exporters.otlpbytes import otlp_bytes
from promptci.project.exporting import Chosen, ExportResult, exported_evals
from promptci.project.project import Project

TIMEOUT = 30.0
"""Seconds."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NO_SUCH = (404, 405, 415, 501)
"""What a receiver of spans alone says to a log."""


class _NoRedirect(HTTPRedirectHandler):
    """Answers are sent nowhere else than where they were to be sent."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Receiver(Struct, frozen=True):
    """An address and the headers that go with each request."""

    url: str
    headers: Mapping[str, str]

    def post(self, signal: str, body: Body) -> int:
        """Send one body; the status that came back. Raises `ModelError` where none did."""
        address = f"{self.url.rstrip('/')}/v1/{signal}"
        headers = {"Content-Type": "application/x-protobuf", "User-Agent": "promptci"}
        request = Request(address, otlp_bytes(body), {**headers, **self.headers}, method="POST")
        try:
            with build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as reply:
                status: int = reply.status
                return status
        except HTTPError as error:
            with error:
                return error.code
        except (URLError, OSError, http.client.HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise ModelError(f"{address} cannot be reached: {why}", "unusable") from None


def post_otel(
    project: Project, chosen: Chosen, url: str, *, options: ExportOptions
) -> ExportResult:
    """Send spans to `URL/v1/traces` and scores to `URL/v1/logs`.

    Headers are those of `OTEL_EXPORTER_OTLP_HEADERS` (`name=value`, with commas between). A
    receiver that takes no logs gets the spans alone, which a remark says. Raises `RequestError`
    for an address that is none, `NothingToRunError` where nothing is stored, and `ModelError`
    where the receiver refuses or is not reached.
    """
    _check(url)
    evals = exported_evals(project, OTEL, chosen)
    remarks = unanswered_remarks(evals)
    receiver = _Receiver(url, _headers(project.environ.get("OTEL_EXPORTER_OTLP_HEADERS", "")))
    spans, _ = _send(receiver, "traces", trace_bodies(evals, options))
    scores, remark = _send(receiver, "logs", log_bodies(evals, options), may_lack=True)
    sent = {"spans": spans, "scores": scores}
    return ExportResult("otel", (), (*remarks, *filter(None, [remark])), sent)


def _send(
    receiver: _Receiver, signal: str, bodies: Iterator[Body], *, may_lack: bool = False
) -> tuple[int, str]:
    """Send all bodies: how many records went out, and what to say where there is no place."""
    sent = 0
    for body in bodies:
        status = receiver.post(signal, body)
        if status in _NO_SUCH and may_lack:
            return sent, f"the receiver takes no {signal} (HTTP {status}): scores were not sent"
        if not 200 <= status < 300:
            raise ModelError(f"{receiver.url}/v1/{signal} said HTTP {status}", "unusable")
        sent += records_in(body)
    return sent, ""


def _check(url: str) -> None:
    """Raises `RequestError` for an address that answers would go to in clear, or that is none."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or parts.username:
        raise RequestError(f"`{url}` is no https address and not on this machine: correct --to")


def _headers(written: str) -> dict[str, str]:
    """Headers as OpenTelemetry's SDKs read them."""
    pairs = (each.partition("=") for each in written.split(",") if "=" in each)
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs if name.strip()}

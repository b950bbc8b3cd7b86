"""Serve a page on loopback, under an address that cannot be guessed, and announce new ones.

Only this machine is listened to, only requests that name it as their host are answered (so that no
site can reach the page by a name of its own that points here), and only under a random path.
"""

from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from threading import Condition, Thread
from typing import Any

HOST = "127.0.0.1"

_LOOKS_UP = 0.05
"""Seconds between two looks whether to end."""
_HEARTBEAT = 15.0
"""Seconds after which a silent connection is written to, to learn whether anybody reads."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class PageServer:
    """Serves the newest page from a thread of its own until it is closed."""

    def __init__(self, page: bytes, *, port: int = 0) -> None:
        """Begin to listen; port 0 is any that is free. Raises `OSError` for one that is taken."""
        self._page = page
        self._number = 0
        self._news = Condition()
        self._is_open = True
        self._path = f"/{token_hex(24)}/"
        self._server = ThreadingHTTPServer((HOST, port), _handler(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(_LOOKS_UP,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """Where the page is; who knows it may read the page."""
        return f"http://{HOST}:{self.port}{self._path}"

    def renew(self, page: bytes) -> None:
        """Serve another page, and have those that are open load it."""
        with self._news:
            self._page = page
            self._number += 1
            self._news.notify_all()

    def close(self) -> None:
        """Stop listening."""
        with self._news:
            self._is_open = False
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        hosts = (f"{HOST}:{self.port}", f"localhost:{self.port}")
        if handler.headers.get("Host") not in hosts:
            _refuse(handler, HTTPStatus.MISDIRECTED_REQUEST)
        elif _is_same(handler.path, self._path):
            _send(handler, self._page)
        elif _is_same(handler.path, f"{self._path}events"):
            self._tell_news(handler)
        else:
            _refuse(handler, HTTPStatus.NOT_FOUND)

    def _tell_news(self, handler: BaseHTTPRequestHandler) -> None:
        """Keep a connection open, and write a line to it once there is a newer page."""
        seen = self._number
        _begin(handler, "text/event-stream", None)
        try:
            while self._is_open:
                with self._news:
                    is_new = self._news.wait_for(
                        lambda: self._number > seen or not self._is_open, _HEARTBEAT
                    )
                handler.wfile.write(b"data: new\n\n" if is_new else b": still here\n\n")
                handler.wfile.flush()
                if is_new:
                    return
        except OSError:  # whoever listened has gone
            return


def _handler(server: PageServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Hands every request to the server and writes no log."""

        server_version = "promptci"
        sys_version = ""

        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing: an address in a log would be known to whoever reads that."""

    return Handler


def _is_same(path: str, wanted: str) -> bool:
    return compare_digest(path.encode("utf-8", "replace"), wanted.encode())


def _send(handler: BaseHTTPRequestHandler, page: bytes) -> None:
    _begin(handler, "text/html; charset=utf-8", len(page))
    handler.wfile.write(page)


def _refuse(handler: BaseHTTPRequestHandler, status: HTTPStatus) -> None:
    said = f"{status.phrase}\n".encode()
    _begin(handler, "text/plain; charset=utf-8", len(said), status)
    handler.wfile.write(said)


def _begin(
    handler: BaseHTTPRequestHandler,
    media_type: str,
    size: int | None,
    status: HTTPStatus = HTTPStatus.OK,
) -> None:
    handler.send_response(status)
    for name, value in _HEADERS.items():
        handler.send_header(name, value)
    handler.send_header("Content-Type", media_type)
    if size is not None:
        handler.send_header("Content-Length", str(size))
    handler.end_headers()

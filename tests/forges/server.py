"""A forge on loopback: the few REST calls that comments need, in four dialects."""

import json
import re
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ME = {"github": "bot", "gitea": "bot", "gitlab": "bot", "bitbucket": "{bot}"}
HEAD = "a" * 40


class FakeForge:
    """Keeps comments as `[id, author, text]`; remembers every call as `METHOD path`.

    `fail` gives the next answers to calls of a method: a status, or a status with headers.
    `pages` is how many entries a page has whatever is asked for; 0 gives all at once.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.comments: list[list[Any]] = []
        self.pulls = {"7": HEAD}
        self.calls: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.pages = 30
        self.next_id = 100
        self.knows_me = True
        self.not_written: set[int] = set()
        """Entries of the list without an author or that are gone: notes of the system, deleted."""
        self._failures: dict[str, deque[tuple[int, dict[str, str]]]] = {}
        self._lock = threading.Lock()
        self.on_create = lambda: None
        self.says = "no"
        """The forge's own words in a refusal."""

    def fail(self, method: str, *replies: int | tuple[int, dict[str, str]]) -> None:
        given = [(each, {}) if isinstance(each, int) else each for each in replies]
        self._failures[method] = deque(given)

    def write(self, author: str, text: str) -> int:
        with self._lock:
            self.next_id += 1
            self.comments.append([self.next_id, author, text])
            return self.next_id

    @property
    def mine(self) -> list[str]:
        return [text for _, author, text in self.comments if author == ME[self.kind]]

    def __enter__(self) -> "FakeForge":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str, body: Any) -> tuple[int, dict[str, str], Any]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.calls.append(f"{method} {parts.path}")
        if self._failures.get(method):
            status, headers = self._failures[method].popleft()
            return status, headers, {"message": self.says}
        return self._routed(method, unquote(parts.path), query, body)

    def _routed(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        if path == "/user":
            name = {"gitlab": "username", "bitbucket": "uuid"}.get(self.kind, "login")
            return (200, {}, {name: ME[self.kind]}) if self.knows_me else (403, {}, {})
        if found := re.search(r"/(?:comments|notes)/(\d+)$", path):
            return self._one(method, int(found[1]), body)
        if path.endswith(("/comments", "/notes")):
            return self._all(method, query, body)
        if found := re.search(r"/(?:pulls|merge_requests|pullrequests)/(\d+)$", path):
            if found[1] not in self.pulls:
                return 404, {}, {}
            return 200, {}, self._pull(found[1])
        assert query.get("state") in ("open", "opened", "OPEN")
        return 200, {}, self._page([self._pull(each) for each in self.pulls], query)

    def _pull(self, number: str) -> Any:
        sha = self.pulls[number]
        if self.kind == "gitlab":
            return {"id": 900 + int(number), "iid": int(number), "sha": sha}
        if self.kind == "bitbucket":
            return {"id": int(number), "source": {"commit": {"hash": sha[:12]}}}
        return {"id": 900 + int(number), "number": int(number), "head": {"sha": sha}}

    def _one(self, method: str, id_: int, body: Any) -> Any:
        if all(each[0] != id_ for each in self.comments):
            return 404, {}, {}
        if method == "DELETE":
            self.comments = [each for each in self.comments if each[0] != id_]
            return 204, {}, None
        assert method == ("PATCH" if self.kind in ("github", "gitea") else "PUT")
        for each in self.comments:
            if each[0] == id_:
                each[2] = self._text(body)
        return 200, {}, {"id": id_}

    def _all(self, method: str, query: dict[str, str], body: Any) -> Any:
        if method == "POST":
            self.on_create()
            return 201, {}, {"id": self.write(ME[self.kind], self._text(body))}
        return 200, {}, self._page([self._shown(*each) for each in self.comments], query)

    def _text(self, body: Any) -> str:
        return str(body["content"]["raw"] if self.kind == "bitbucket" else body["body"])

    def _shown(self, id_: int, author: str, text: str) -> Any:
        if self.kind == "gitlab":
            return {
                "id": id_,
                "author": {"username": author},
                "body": text,
                "system": id_ in self.not_written,
            }
        if self.kind == "bitbucket":
            gone = id_ in self.not_written
            return {"id": id_, "user": {"uuid": author}, "content": {"raw": text}, "deleted": gone}
        return {"id": id_, "user": {"login": author}, "body": text}

    def _page(self, entries: list[Any], query: dict[str, str]) -> Any:
        page, size = int(query["page"]), self.pages or len(entries) or 1
        shown = entries[(page - 1) * size : page * size] if self.pages else entries
        elsewhere = "http://127.0.0.1:9/page/2"  # a token must not follow it
        return {"values": shown, "next": elsewhere} if self.kind == "bitbucket" else shown


def _handler(forge: FakeForge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            forge.headers.append(dict(self.headers))
            status, headers, answer = forge.answer(self.command, self.path, body)
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

        def log_message(self, *_: object) -> None:
            pass

    return Handler

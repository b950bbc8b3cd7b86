"""What must not run in this process: queries and own code, each in a child with limits.

It answers as a model does, so that scorers ask for it as for anything else. The message of a
request is JSON; the answer says how the child ended and what it said, and only where none could be
started is there no answer. A child sees a temporary folder with the request's files, and of the
environment no more than `PATH` and the language: no key, no token.
"""

import asyncio
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from promptci.errors import ModelError
from promptci.sandbox.childprocess import MARK, Child, Ended
from promptci.specs.completion import Completion
from promptci.specs.request import Request

MOST_OUTPUT = 1_000_000
"""Bytes that a child may answer."""

_OURS = ("query", "rows", "algebra")
"""Programs that run nothing of the user's."""

_WITH_PACKAGES = ("call", "algebra")

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_ROOT = str(Path(__file__).parents[2])
_BEGIN = (
    "import sys; sys.path.insert(0, {root!r}); from promptci.sandbox.child.{program} import main; "
    "sys.path.remove({root!r}); main()"
)


class Sandbox:
    """Children as a `Model`: up to `concurrency` of them side by side.

    `need_code` raises `RequestError` where the user's own code must not be run.
    """

    def __init__(
        self,
        concurrency: int,
        environ: Mapping[str, str],
        *,
        need_code: Callable[[], None] = lambda: None,
    ) -> None:
        self._need_code = need_code
        self._threads = ThreadPoolExecutor(concurrency, "promptci-sandbox")
        self._environ = {name: environ[name] for name in _PASSED_ON if name in environ}
        self._running: set[Child] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    async def complete(self, request: Request) -> Completion:
        """Run one job. Raises `ModelError` where no child can be started."""
        if request.settings.model.model_id not in _OURS:
            self._need_code()
        ended = await asyncio.wrap_future(self._threads.submit(self._run, request))
        return Completion(json.dumps(_told(ended)))

    async def aclose(self) -> None:
        """Kill what still runs."""
        with self._lock:
            self._is_closed = True
            for child in self._running:
                child.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, request: Request) -> Ended:
        job = json.loads(request.messages[0].content)
        kind = request.settings.model.model_id
        try:
            with tempfile.TemporaryDirectory(
                prefix="promptci-", ignore_cleanup_errors=True
            ) as made:
                return self._in(Path(made).resolve(), kind, job, request.settings.files)
        except OSError as error:
            raise ModelError(f"no child process could be run: {error}", "transient") from error

    def _in(
        self, folder: Path, kind: str, job: dict[str, Any], files: Mapping[str, bytes]
    ) -> Ended:
        """Run a job in a folder, with its files in `code` and a home of its own."""
        _write(folder / "code", files)
        given = folder / "given"
        argv = [sys.executable, "-I", *(("-S",) if kind not in _WITH_PACKAGES else ()), "-c"]
        argv.append(_BEGIN.format(root=_ROOT, program=kind))
        if kind == "program":
            argv += [str(job["seconds"]), *map(str, job["argv"])]
        given.write_text(json.dumps(job["given"] if kind == "program" else job) + "\n", "ascii")
        home = folder / "home"
        home.mkdir()
        own = {"HOME": str(home), "TMPDIR": str(home)}
        if kind not in _OURS:
            own[MARK] = os.urandom(8).hex()
        with self._lock:
            if self._is_closed:
                return Ended(None, b"", b"", "closed")
            child = Child(argv, folder=folder, given=given, environ=self._environ | own)
            self._running.add(child)
        try:
            return child.wait(float(job["clock"]), most=MOST_OUTPUT)
        finally:
            self._running.discard(child)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Lay files out as they lie in the repository; programs among them can be started."""
    folder.mkdir()
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        place.chmod(0o700)


def _told(ended: Ended) -> dict[str, object]:
    return {
        "code": ended.code,
        "killed": ended.why,
        "output": ended.output.decode("utf-8", "replace"),
        "error": ended.error.decode("utf-8", "replace"),
    }

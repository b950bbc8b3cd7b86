"""Servers of the embedded model side by side, each given the questions that suit it best."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from msgspec import Struct, field

from promptci.models.embedded.llamacpp import LocalAnswer, Server
from promptci.models.embedded.prefix import PrefixServer
from promptci.parsing.source import Plain

LOAD_PATIENCE = 0.3
"""Seconds to wait for a server that is being loaded, at the end."""

PATIENCE = 1.0
"""Seconds to wait for running calls when the servers are closed."""

# The runtime has one shutdown handler for the whole process and writes it without a lock.
_LOADING = threading.Lock()


class Question(Struct, eq=False):
    """A request to a server, the turns before its last, and the answer to come with its time."""

    body: Mapping[str, Plain]
    prefix: str
    answer: "Future[tuple[LocalAnswer, float]]" = field(default_factory=Future)
    cancelled: threading.Event = field(default_factory=threading.Event)


class Servers:
    """Up to `count` servers, each loaded by `load` when no idle one is left, driven from threads.

    A server that is free goes on with the prefix that it has read; else it takes one that no other
    is at. Which of them answers, and when, makes no difference to an answer.
    """

    def __init__(self, count: int, load: Callable[[], Server]) -> None:
        self._threads = ThreadPoolExecutor(count, "promptci-local")
        self._load = load
        self._lock = threading.Lock()
        self._waiting: list[Question] = []
        self._asked: list[Question] = []
        self._idle: list[PrefixServer] = []
        self._closing = threading.Event()

    def put(self, question: Question) -> None:
        """Have a question answered."""
        with self._lock:
            self._waiting.append(question)
        self._threads.submit(self._answer_one)

    def close(self) -> None:
        """Stop what still runs, waiting for it up to `PATIENCE`, and free the servers."""
        self._closing.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            waiting, asked = list(self._waiting), [question.answer for question in self._asked]
        for question in waiting:
            question.answer.cancel()
        wait(asked, timeout=PATIENCE)
        if not _LOADING.acquire(timeout=LOAD_PATIENCE):
            return  # still loading one, which nothing can stop
        try:
            self._idle.clear()
        finally:
            _LOADING.release()

    def _answer_one(self) -> None:
        with self._lock:
            question, server = self._next()
            self._waiting.remove(question)
            self._asked.append(question)
        try:
            if question.answer.set_running_or_notify_cancel():
                server = server or self._loaded()
                question.answer.set_result(self._ask(server, question))
        except BaseException as error:  # noqa: BLE001 (whoever waits gets it)
            question.answer.set_exception(error)
        finally:
            with self._lock:
                self._asked.remove(question)
                self._idle += [server] if server else []

    def _next(self) -> tuple[Question, PrefixServer | None]:
        """A question, and the server that is to answer it, unless one is to be loaded."""
        for server in self._idle:
            for question in self._waiting:
                if question.prefix == server.prefix:
                    self._idle.remove(server)
                    return question, server
        begun = {question.prefix for question in self._asked}
        others = (question for question in self._waiting if question.prefix not in begun)
        return next(others, self._waiting[0]), self._idle.pop() if self._idle else None

    def _loaded(self) -> PrefixServer:
        # There are as many threads as servers: a thread that finds none idle may load another.
        with _LOADING:
            return PrefixServer(self._load())

    def _ask(self, server: PrefixServer, question: Question) -> tuple[LocalAnswer, float]:
        started = time.monotonic()
        answer = server.ask(
            question.body,
            question.prefix,
            is_unwanted=lambda: question.cancelled.is_set() or self._closing.is_set(),
        )
        return answer, time.monotonic() - started

"""Scorers as a file names them, bound and put to answers."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest

from promptci.errors import Fault, RequestError
from promptci.git.repo import inside, read_file
from promptci.parsing.source import Mark, Plain, as_node
from promptci.records.record import Score
from promptci.sandbox.sandbox import Sandbox
from promptci.scorers.base.verdict import NoVerdict, UnusableGolden
from promptci.scorers.registry.registry import BoundScorer, Reach, Subject, bind
from promptci.specs.config import Config
from promptci.specs.request import Asking, Request, Settings
from promptci.suite.codefiles import CodeFiles
from promptci.suite.suite import Suite


def settings_for(name: str, parameters: Mapping[str, Plain]) -> Settings:
    return Settings(Config().judge(name), parameters)


def bind_plain(scorer: Plain) -> tuple[BoundScorer | None, list[Fault]]:
    faults: list[Fault] = []
    return bind(as_node(scorer, Mark("evals/x.yaml", 3, 5)), faults, Reach(settings_for)), faults


def make_subject(output: str, expected: object, variables: Mapping[str, Plain]) -> Subject:
    """`...` means no expectation."""
    has_expected = expected is not ...
    scope = {"expected": expected, **variables} if has_expected else variables
    return Subject(output, expected if has_expected else None, has_expected, scope)


@pytest.fixture(autouse=True)
def short_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a search with a regular expression up early: many tests wait for that."""
    monkeypatch.setattr("promptci.scorers.base.patterns.TIMEOUT", 0.05)


@pytest.fixture
def bound() -> Callable[[Plain], BoundScorer]:
    """Binds a scorer that must be right."""

    def make(scorer: Plain) -> BoundScorer:
        found, faults = bind_plain(scorer)
        assert not faults
        assert found is not None
        return found

    return make


@pytest.fixture
def faults() -> Callable[[Plain], list[str]]:
    """The messages about a scorer that must be wrong."""

    def make(scorer: Plain) -> list[str]:
        found, said = bind_plain(scorer)
        assert found is None
        return [fault.message for fault in said]

    return make


@pytest.fixture
def doubts() -> Callable[[Plain], list[str]]:
    """The warnings about a scorer that is made nevertheless."""

    def make(scorer: Plain) -> list[str]:
        found, said = bind_plain(scorer)
        assert found is not None
        assert all(fault.warning for fault in said)
        return [fault.message for fault in said]

    return make


@pytest.fixture
def score(bound) -> Callable[..., Score]:
    """The score of an answer, by a scorer that asks no model."""

    def judge(scorer: Plain, output: str, expected: object = ..., **variables: Plain) -> Score:
        found = bound(scorer).judge(make_subject(output, expected, variables))
        assert isinstance(found, Score)
        assert len(found.why) <= 200
        assert "\n" not in found.why
        return found

    return judge


@pytest.fixture
def unusable(bound) -> Callable[..., str]:
    """Why a scorer cannot use what an example expects, whatever the answer is."""

    def why(scorer: Plain, expected: object = ..., **variables: Plain) -> str:
        for each in (scorer, {"not": scorer}):
            found = bound(each)
            with pytest.raises(UnusableGolden) as said:
                found.goldens[-1](make_subject("", expected, variables))
            with pytest.raises(NoVerdict):
                found.judge(make_subject("1", expected, variables))
        return str(said.value)

    return why


@pytest.fixture
def subject() -> Callable[..., Subject]:
    """An answer with its expectation and variables."""

    def make(output: str, expected: object = ..., **variables: Plain) -> Subject:
        return make_subject(output, expected, variables)

    return make


@pytest.fixture
def ticks() -> Callable[[], AbstractContextManager[list[float]]]:
    """A thread that notes the time every 20 ms while a block runs."""

    @contextmanager
    def run() -> Iterator[list[float]]:
        seen: list[float] = []
        done = threading.Event()

        def tick() -> None:
            while not done.wait(0.02):
                seen.append(time.monotonic())

        thread = threading.Thread(target=tick)
        thread.start()
        yield seen
        done.set()
        thread.join()

    return run


@pytest.fixture
def sandboxed() -> Callable[..., Score | NoVerdict]:
    """The score of an answer by a scorer that has something run, in real child processes.

    `files` are a project's, whose evals are in `evals/`.
    """

    def judge(
        scorer: Plain, output: str, expected: object = ..., *, files: Mapping[str, bytes]
    ) -> Score | NoVerdict:
        tree = Files(files)
        suite = Suite(tree, Config(), {}, {})
        reach = Reach(
            settings_for,
            lambda path: read_file(tree, inside(path, start="evals")),
            code=CodeFiles(suite, "evals"),
        )
        faults: list[Fault] = []
        found = bind(as_node(scorer, Mark("evals/x.yaml", 3, 5)), faults, reach)
        assert not faults
        assert found is not None
        score = found.judge(make_subject(output, expected, {"name": "Ada"}))
        return score if isinstance(score, Score) else asyncio.run(answered(score))

    return judge


async def answered(asking: Asking[Score]) -> Score | NoVerdict:
    """What becomes of a judge whose requests a sandbox answers."""
    sandbox = Sandbox(2, os.environ)
    try:
        request = next(asking)
        while True:
            assert isinstance(request, Request)
            request = asking.send(await sandbox.complete(request))
    except StopIteration as done:
        score: Score = done.value
        assert len(score.why) <= 200
        assert "\n" not in score.why
        return score
    except NoVerdict as error:
        return error
    finally:
        await sandbox.aclose()


class Files:
    """A tree in memory."""

    name = "memory"

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def files(self, folder: str) -> list[str]:
        return sorted(path for path in self._files if path.startswith(f"{folder}/"))

    def prompt_ymls(self) -> list[str]:
        return []

    def exists(self, path: str) -> bool:
        return path in self._files

    def open(self, path: str) -> BytesIO:
        if path not in self._files:
            raise RequestError(f"{path}: there is no such file")
        return BytesIO(self._files[path])


class Listener(ThreadingHTTPServer):
    """A server on loopback that no scorer should ask: it counts those that do."""

    count = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: object, client_address: object) -> None:
        self.count += 1
        self.shutdown_request(request)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A `Listener` that is up."""
    with Listener(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


REACH = Reach(settings_for)
"""What the scorers in the catalogue's examples may reach."""

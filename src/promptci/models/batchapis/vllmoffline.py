"""Own weights where a GPU is: what is asked together is one file of lines for `vllm run-batch`.

The lines are those of batch APIs, and so are its results
(https://docs.vllm.ai/en/latest/serving/offline_inference.html). Weights are loaded once for each
file, which takes minutes, so a file takes up all that is asked before nothing more comes.
"""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeAlias

from msgspec.structs import replace

from promptci.errors import ModelError, RequestError
from promptci.models.batchapis.chatlines import ChatLines, read_chat_line
from promptci.models.batchapis.reading import MISSING, AnswerShape, LineFailure, read_batch_line
from promptci.models.kinds import Kind, Opening
from promptci.secrets.known import redact
from promptci.specs.completion import Completion
from promptci.specs.modelspec import EndpointSpec
from promptci.specs.request import Model, Request

PROGRAM = "vllm"
QUIET = 0.5
"""Seconds without a further request after which a file is full."""

MOST_LINES = 50_000

_Asked: TypeAlias = "dict[str, tuple[Request, asyncio.Future[Completion]]]"
"""Requests by their keys, with whoever waits for the answer."""


class OfflineEngine(Protocol):
    """What answers batch lines on this machine."""

    def answer(self, weights: str, lines: Sequence[bytes]) -> list[bytes]:
        """The lines of results, in any order. Raises `ModelError` where there are none."""
        ...

    def stop(self) -> None:
        """End what is under way; from any thread."""
        ...


class OfflineModel:
    """Asks an engine file by file; requests wait for the end of theirs."""

    def __init__(
        self, endpoint: EndpointSpec, engine: OfflineEngine, *, quiet: float = QUIET
    ) -> None:
        self._endpoint, self._engine, self._quiet = endpoint, engine, quiet
        self._waiting: dict[str, tuple[Request, asyncio.Future[Completion]]] = {}
        self._lines = ChatLines("/v1")
        self._task: asyncio.Task[None] | None = None

    async def complete(self, request: Request) -> Completion:
        """See `Model`. Raises `ModelError`."""
        weights = self._endpoint.weights
        if request.settings.model.model_id != weights:
            wrong = f"the endpoint `{self._endpoint.name}` has the weights `{weights}` alone"
            raise ModelError(f"{wrong}, not `{request.settings.model.model_id}`", "unusable")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Completion] = loop.create_future()
        self._waiting[request.key] = request, future
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._work())
        return await future

    async def aclose(self) -> None:
        """Let go of what waits, and end the engine."""
        self._engine.stop()
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        """One file after the other, while anything waits."""
        while self._waiting:
            count = -1
            while count != len(self._waiting) and count < MOST_LINES:
                count = len(self._waiting)
                await asyncio.sleep(self._quiet)
            keys = list(self._waiting)[:MOST_LINES]
            await self._ask({key: self._waiting.pop(key) for key in keys})

    async def _ask(self, asked: _Asked) -> None:
        """Have a file answered. Whatever goes wrong, no request is left waiting."""
        try:
            lines = list(self._written(asked))
            told = await asyncio.to_thread(self._engine.answer, self._endpoint.weights, lines)
            found = _answers(asked, told)
        except ModelError as error:
            for _, future in asked.values():
                _fail(future, error)
        except Exception as error:
            for _, future in asked.values():
                if not future.done():
                    future.set_exception(error)
            raise
        else:
            for key, (_, future) in asked.items():
                _settle(future, found.get(key, MISSING))

    def _written(self, asked: _Asked) -> Iterator[bytes]:
        """The lines of a file; what cannot be written is not asked."""
        for request, future in asked.values():
            try:
                yield self._lines.write(request, frozenset())
            except ModelError as error:
                _fail(future, error)


def _answers(asked: _Asked, told: Iterable[bytes]) -> Mapping[str, Completion | LineFailure]:
    """What was said of each key: of two results the first, and an answer before an error."""
    found: dict[str, Completion | LineFailure] = {}
    for line in filter(None, map(read_chat_line, told)):
        if line.key in asked and not isinstance(found.get(line.key), Completion):
            settings = asked[line.key][0].settings
            answer = read_batch_line(line, AnswerShape(settings.task, settings.sampling))
            if line.key not in found or isinstance(answer, Completion):
                found[line.key] = answer
    return found


def _settle(future: "asyncio.Future[Completion]", answer: Completion | LineFailure) -> None:
    if isinstance(answer, LineFailure):
        _fail(future, ModelError(answer.why, "transient" if answer.passes else "malformed"))
    elif not future.done():
        usage = replace(answer.usage, service_tier="")
        future.set_result(replace(answer, usage=usage))


def _fail(future: "asyncio.Future[Completion]", error: ModelError) -> None:
    if not future.done():
        future.set_exception(error.reworded(str(error), may_cost=False))


class VLLM:
    """`vllm run-batch` in a process of its own, one at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def answer(self, weights: str, lines: Sequence[bytes]) -> list[bytes]:
        """See `OfflineEngine.answer`; the error tells its last words."""
        try:
            return self._answer(weights, lines)
        except OSError as error:  # such as a full disk
            what = "`vllm run-batch` cannot be asked through files"
            raise ModelError(f"{what}: {error.strerror or error}", "unusable") from error

    def _answer(self, weights: str, lines: Sequence[bytes]) -> list[bytes]:
        with TemporaryDirectory() as folder:
            asked, told = Path(folder) / "asked.jsonl", Path(folder) / "told.jsonl"
            asked.write_bytes(b"".join(line + b"\n" for line in lines))
            files = ["-i", str(asked), "-o", str(told)]
            code, said = self._run([PROGRAM, "run-batch", *files, f"--model={weights}"])
            if code or not told.exists():
                lines_said = said.decode(errors="replace").strip().splitlines()
                last = redact((lines_said or ["it said nothing"])[-1])[:300]
                raise ModelError(f"`vllm run-batch` {_ended(code)}: {last}", "unusable")
            return told.read_bytes().splitlines()

    def stop(self) -> None:
        """See `OfflineEngine.stop`."""
        if self._process is not None:
            self._process.terminate()

    def _run(self, command: list[str]) -> tuple[int, bytes]:
        """The exit code of a command, and what it wrote on stderr."""
        try:
            self._process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise ModelError(f"`vllm` cannot be started: {error.strerror}", "unusable") from error
        with self._process as process:
            _, said = process.communicate()
        return process.returncode, said


def _ended(code: int) -> str:
    """How a process ended without results, and what to do where something else ended it.

    A shell that started it says 128 more than the number of the signal.
    """
    if not code:
        return "ended and wrote no results"
    try:
        name = signal.Signals(-code if code < 0 else code - 128).name
    except ValueError:
        return f"ended with {code}"
    if name == "SIGKILL":
        cure = "use smaller weights, or a machine with more of it"
        return f"was killed ({name}), most likely since memory ran out, so {cure}"
    return f"was ended by {name}"


def _open(opening: Opening) -> Model:
    return OfflineModel(opening.endpoint, VLLM())


def _prepare() -> None:
    """Raises `RequestError` where vLLM is not installed."""
    if shutil.which(PROGRAM) is None:
        raise RequestError(
            "an endpoint of the kind `vllm-offline` needs vLLM, which is not installed here: "
            "`pip install vllm` on a machine with a GPU, or serve the weights and use `base_url`"
        )


KIND = Kind(open=_open, prepare=_prepare, is_in_process=True, ahead=2_500)

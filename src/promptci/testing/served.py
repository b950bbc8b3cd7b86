"""The engine of xdist's controller, asked by its workers through a socket."""

import os
import secrets
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

import msgspec
import pytest

from promptci.errors import PromptCIError
from promptci.parsing.source import Plain
from promptci.secrets.safetext import for_terminal
from promptci.testing.engine import ChosenExamples, Engine
from promptci.testing.findings import EvalTestKey, Finding, Findings

_FAMILY = "AF_PIPE" if os.name == "nt" else "AF_UNIX"


class _Ask(msgspec.Struct, frozen=True):
    """What a worker wants: an answer of a prompt, or all findings where there is no prompt."""

    prompt: str = ""
    variables: dict[str, Any] = {}
    model: str | None = None


class _Told(msgspec.Struct, frozen=True):
    """What it receives."""

    text: str = ""
    error: str | None = None
    exit_code: int = 3
    findings: Findings | None = None


class ServedEngine:
    """Lets workers read findings and ask prompts, in JSON, behind a key of this session."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._key = secrets.token_bytes(32)
        self._listener = Listener(family=_FAMILY, authkey=self._key)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> dict[str, str]:
        """What a worker needs to know."""
        return {"address": str(self._listener.address), "key": self._key.hex()}

    def evaluate(self, chosen: ChosenExamples) -> None:
        """Evaluate, where that has not been done yet."""
        self._engine.findings(chosen)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):
                return
            except Exception:  # noqa: BLE001 (somebody without the key: accept the next)
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with connection:
            try:
                while True:
                    wanted = msgspec.json.decode(connection.recv_bytes(), type=_Ask)
                    connection.send_bytes(msgspec.json.encode(self._answer(wanted)))
            except (OSError, EOFError, msgspec.MsgspecError):  # the worker is gone, or is none
                return

    def _answer(self, wanted: _Ask) -> _Told:
        try:
            if not wanted.prompt:
                return _Told(findings=self._engine.findings({}))
            return _Told(self._engine.ask(wanted.prompt, wanted.variables, wanted.model))
        except PromptCIError as error:
            return _Told(error=for_terminal(str(error)), exit_code=error.exit_code)


class ServedError(PromptCIError):
    """What went wrong where the engine is."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Worker:
    """The engine as a worker sees it."""

    def __init__(self, address: str, key: bytes) -> None:
        self._connect: Callable[[], Connection] = lambda: Client(address, authkey=key)
        self._connection: Connection | None = None
        self._findings: Findings | None = None
        self._lock = threading.Lock()

    def finding(self, key: EvalTestKey) -> Finding:
        """What became of a test."""
        if self._findings is None:
            self._findings = self._call(_Ask()).findings or Findings(error="no findings")
        return self._findings.of(key)

    def ask(self, prompt: str, variables: dict[str, Plain], model: str | None) -> str:
        """The text of an answer. Raises `PromptCIError`."""
        return self._call(_Ask(prompt, variables, model)).text

    def close(self) -> None:
        """Let go of the controller."""
        if self._connection is not None:
            self._connection.close()

    def _call(self, wanted: _Ask) -> _Told:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.send_bytes(msgspec.json.encode(wanted))
            told = msgspec.json.decode(self._connection.recv_bytes(), type=_Told)
        if told.error is not None:
            raise ServedError(told.error, told.exit_code)
        return told


def worker_of(config: pytest.Config) -> Worker | None:
    """The engine of the controller, where this is one of its workers."""
    given = getattr(config, "workerinput", {}).get("promptci")
    return Worker(given["address"], bytes.fromhex(given["key"])) if given else None

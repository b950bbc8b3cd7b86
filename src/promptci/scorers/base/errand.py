"""How a scorer has something run outside this process, and what comes back."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from promptci.parsing.source import Plain
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import SANDBOX, ModelSpec
from promptci.specs.request import Asking, Request, Settings

_Kind: TypeAlias = Literal["query", "rows", "algebra", "call", "program"]
"""Which of the sandbox's programs is meant: a module of `child`."""


class Report(msgspec.Struct, frozen=True):
    """How a child ended: `code` is its exit code, negative for a signal, None if it was `killed`.

    `killed` says for what then: `time`, `output` or `closed`. `error` is the end of its standard
    error.
    """

    code: int | None
    killed: str
    output: str
    error: str


class SandboxJobs(Struct, frozen=True):
    """Jobs of one kind on the same files."""

    settings: Settings

    @classmethod
    def of(cls, kind: _Kind, files: Mapping[str, bytes]) -> "SandboxJobs":
        """`files` are laid out in the folder `code` of the child."""
        digests: dict[str, Plain] = {path: sha256(data).hexdigest() for path, data in files.items()}
        return cls(Settings(ModelSpec("sandbox", kind, SANDBOX), {"files": digests}, files=files))

    def run(self, job: Mapping[str, object]) -> Asking[Report]:
        """Have one job run: what JSON can hold, with `clock`, the seconds that it may take."""
        completion = yield Request(self.settings, (Message("user", json.dumps(job)),))
        assert isinstance(completion, Completion)
        try:
            return msgspec.json.decode(completion.text, type=Report)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise NoVerdict(f"the sandbox answered with nonsense: {error}") from None


def death(report: Report) -> str:
    """How a child ended that did not end well, in a few words."""
    if report.killed == "time":
        return "it was killed at its limit of time"
    if report.killed == "output":
        return "it said more than 1 MB"
    if report.killed or report.code is None:
        return "it was stopped"
    last = report.error.strip().rpartition("\n")[2]
    how = f"signal {-report.code} killed it" if report.code < 0 else f"it exited with {report.code}"
    return f"{how}: {last}" if last else how

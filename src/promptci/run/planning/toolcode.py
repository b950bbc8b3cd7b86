"""Own code that answers for a tool: a function of the repository, called in a child process."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from promptci.digest import ContentDigest
from promptci.parsing.source import Plain
from promptci.scorers.base.context import file_digest
from promptci.scorers.base.errand import Report, SandboxJobs, death
from promptci.scorers.base.reach import Code
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.request import Asking, Request
from promptci.specs.simulateduser import ToolCodeFile
from promptci.templates.template import as_text

_REPLY = {"say", "state"}

MOST_SAID = 20_000
"""Characters that own code may say; what is longer is cut, so that a conversation stays bounded."""


class ToolCode(Struct, frozen=True):
    """A function ready to be called. `digests` are those of its files, for a fingerprint."""

    name: str
    jobs: SandboxJobs
    job: Mapping[str, Any]
    digests: tuple[ContentDigest, ...]

    @classmethod
    def of(cls, given: ToolCodeFile, path: str, code: Code) -> "ToolCode":
        """What a file names, found at a path."""
        module, _, function = given.function.partition(":")
        root = f"code/{path}".removesuffix("/__init__.py").removesuffix(".py")
        job = {
            "module": module,
            "function": function,
            "path": f"code/{path}",
            "root": root.removesuffix(f"/{module.replace('.', '/')}"),
            "seconds": given.seconds,
            "clock": given.seconds,
        }
        digests = tuple(file_digest(data) for _, data in sorted(code.own.items()))
        return cls(given.function, SandboxJobs.of("call", code.run), job, digests)

    def call(
        self, arguments: Mapping[str, Plain], state: Plain, variables: Mapping[str, Plain]
    ) -> Asking[tuple[Plain, Plain]]:
        """What the function says, and the state as it leaves it. Raises `NoVerdict`.

        It returns what is said, or an object with `say` and `state`. What it returned is stored as
        answers of models are, so that a conversation goes on as it went.
        """
        given = {"output": dict(arguments), "expected": state, "vars": dict(variables)}
        asking = self.jobs.run({**self.job, **given})
        request = next(asking)
        assert isinstance(request, Request)
        answer = yield replace(request, is_kept=True, step=f"tool `{self.name}`")
        try:
            asking.send(answer)
        except StopIteration as done:
            report: Report = done.value
        value = self._value(report)
        if isinstance(value, dict) and value and value.keys() <= _REPLY:
            return _cut(value.get("say", "")), value.get("state", state)
        return _cut(value), state

    def _value(self, report: Report) -> Any:
        if report.code != 0 or not report.output:
            raise NoVerdict(f"the tool `{self.name}`: {death(report)}")
        try:
            reply = json.loads(report.output)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict) or "value" not in reply:
            why = reply.get("error", "nothing came back") if isinstance(reply, dict) else "nonsense"
            raise NoVerdict(f"the tool `{self.name}`: {str(why)[:200]}")
        return reply["value"]


def _cut(said: Plain) -> str:
    return as_text(said)[:MOST_SAID]

"""Prompts in Jinja's language: an opt-in, on minijinja, in a child process with limits.

The child sees no environment, loads no other template and is killed when it takes too long. It
stays for the next template, since a run fills in thousands.
"""

import atexit
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from promptci.extras import needs_extra
from promptci.parsing.source import Plain
from promptci.templates.template import TemplateError

if TYPE_CHECKING:
    from promptci.templates.jinjabranches import TemplateBranch

SECONDS = 10.0
"""For one template, the start of the child included."""

MOST_TEXT = 10_000_000
"""Characters of a template with its variables, and of what it becomes."""

_AT_ONCE = 20
"""Sets of variables that are tried in one job, each with all the steps that a template has."""

_ROOT = str(Path(__file__).parents[2])
_BEGIN = (
    f"import sys; sys.path.insert(0, {_ROOT!r}); "
    "from promptci.sandbox.child.render import main; sys.path.remove({0!r}); main()"
).replace("{0!r}", repr(_ROOT))


class JinjaText(Struct, frozen=True):
    """A text in Jinja's language; `variables` are all that it names and does not set itself."""

    source: str
    variables: frozenset[str]

    @property
    def is_fixed(self) -> bool:
        """False: only filling it in tells."""
        return False

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return ["jinja", self.source]

    def missing(self, variables: Mapping[str, Plain]) -> list[str]:
        """The names without a value that it cannot do without."""
        absent = sorted(self.variables - variables.keys())
        if not absent:
            return []
        return [name for name in absent if self._needs(name, variables, absent)]

    def render(self, variables: Mapping[str, Plain]) -> str:
        """The text filled in. Raises `TemplateError`."""
        return str(_ask({"source": self.source, "vars": self._given(variables)})["text"])

    def unreached(self, examples: Iterable[Mapping[str, Plain]]) -> "list[TemplateBranch]":
        """The parts that none of these variables brings about, and not what is in them.

        Raises `TemplateError` where that takes too long.
        """
        from promptci.templates.jinjabranches import mark_branches  # late: few texts branch

        call = f"reached_{os.urandom(8).hex()}"  # a template cannot know it, and call it itself
        marked = mark_branches(self.source, call)
        branches, reached = marked.branches, set[int]()
        job: dict[str, Any] = {"source": marked.source, "call": call}
        rest = iter(examples)
        while (wanted := sorted(branches.keys() - reached)) and (few := [*islice(rest, _AT_ONCE)]):
            each = [self._given(variables) for variables in few]
            reached |= set(_ask({**job, "wanted": wanted, "each": each})["reached"])
        left = branches.keys() - reached
        return [branches[each] for each in sorted(left) if branches[each].around not in left]

    def _given(self, variables: Mapping[str, Plain]) -> dict[str, Plain]:
        return {name: variables[name] for name in self.variables & variables.keys()}

    def _needs(self, name: str, variables: Mapping[str, Plain], absent: list[str]) -> bool:
        """Whether it cannot be filled in without one name, the others being empty texts."""
        others = dict.fromkeys((each for each in absent if each != name), "")
        try:
            self.render({**variables, **others})
        except TemplateError as error:
            return "undefined value" in str(error)
        return False


def parse_jinja(text: str) -> JinjaText:
    """Read a template. Raises `TemplateError` for one that is none, and without the extra."""
    from importlib.util import find_spec  # late: few templates have logic

    if find_spec("minijinja") is None:
        raise TemplateError(needs_extra("`template: jinja`", "jinja"))
    return JinjaText(text, frozenset(_ask({"source": text})["variables"]))


def _ask(job: dict[str, Any]) -> dict[str, Any]:
    line = json.dumps(job)
    if len(line) > MOST_TEXT:
        raise TemplateError(f"the template and its variables are over {MOST_TEXT:,} characters")
    with _LOCK:
        answer = _CHILD.answer(line)
    if "error" in answer:
        place = f" in line {answer['line']} of the text" if answer.get("line") else ""
        verb = "filled in" if "vars" in job else "read"
        raise TemplateError(f"the template cannot be {verb}{place}: {answer['error']}")
    return answer


class _Child:
    """The child process, started when first needed and again after it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def answer(self, line: str) -> dict[str, Any]:
        """What the child says to a job. Raises `TemplateError` where it does not survive it."""
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(line.encode("ascii") + b"\n")
            process.stdin.flush()
            return dict(json.loads(self._read(process)))
        except (OSError, ValueError) as error:
            self._kill()
            raise TemplateError(f"the template cannot be filled in: {_why(error)}") from None
        except BaseException:  # an interrupt: the answer would be taken for that to the next job
            self._kill()
            raise

    def close(self) -> None:
        """End it where this process started it: one that was forked knows of it as well."""
        if self._owner == os.getpid():
            self._kill()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is not None:
            self._kill()
        if self._process is None:
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BEGIN],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        return self._process

    def _read(self, process: "subprocess.Popen[bytes]") -> bytes:
        """One line, in time. Raises `OSError` where the child ended or takes too long."""
        assert process.stdout is not None
        found = bytearray()
        while not found.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], SECONDS)
            if not ready:
                raise TimeoutError
            data = process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
            found += data
            if not data or len(found) > 6 * MOST_TEXT:
                raise OSError("it needs more memory than a template may have")
        return bytes(found)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _why(error: Exception) -> str:
    return f"it takes over {SECONDS:g} seconds" if isinstance(error, TimeoutError) else str(error)


_CHILD = _Child()
atexit.register(_CHILD.close)  # else a program of the caller's that counts warnings has one
_LOCK = threading.Lock()

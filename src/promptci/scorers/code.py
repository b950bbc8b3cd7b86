"""Your own code as a scorer: a Python function, or any program."""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, field

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.errand import Report, SandboxJobs, death
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict, graded, shorten
from promptci.specs.request import Asking

Seconds = Annotated[float, Meta(gt=0, le=600, description="how long a call may take")]
Most = Meta(max_length=100, description="files beside the eval that the code reads")

_KEYS = {"score", "passed", "why"}


class PythonOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The function gets the output, what is expected, and the example's variables."""

    SAYS: ClassVar = {
        "function": "must be MODULE:FUNCTION: write `check:score` for `score` in check.py"
    }

    function: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
            max_length=200,
            description="`module:function`, beside the eval or from the project's root",
        ),
    ]
    files: Annotated[list[str], Most] = field(default_factory=list)
    seconds: Seconds = 10.0


class CommandOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The program gets `output`, `expected` and `vars` as one JSON object."""

    run: Annotated[
        list[Annotated[str, Meta(max_length=1_000)]],
        Meta(min_length=1, max_length=100, description="the program and its arguments"),
    ]
    files: Annotated[list[str], Most] = field(default_factory=list)
    seconds: Seconds = 10.0


def python(options: PythonOptions, binding: ScorerContext) -> Judge | None:
    """Call a Python function of the repository in a child process."""
    module, _, function = options.function.partition(":")
    found = binding.code(lambda reach: reach.module(options.function, options.files), "function")
    if found is None:
        return None
    path, code = found
    errands = SandboxJobs.of("call", code.run)
    names = {"module": module, "function": function, "path": f"code/{path}"}
    root = f"code/{path}".removesuffix("/__init__.py").removesuffix(".py")
    root = root.removesuffix(f"/{module.replace('.', '/')}")

    def judge(subject: Subject) -> Asking[Score]:
        limits = {"seconds": options.seconds, "clock": options.seconds}
        report = yield from errands.run({**names, "root": root, **_given(subject), **limits})
        return _returned(report, options.function)

    return judge


def command(options: CommandOptions, binding: ScorerContext) -> Judge | None:
    """Run a program in a child process: JSON in, a verdict out."""
    found = binding.code(lambda reach: reach.program(options.run, options.files), "run")
    if found is None:
        return None
    argv, code = found
    own = [f"code/{part}" if part in code.run else part for part in argv]
    errands = SandboxJobs.of("program", code.run)

    def judge(subject: Subject) -> Asking[Score]:
        limits = {"seconds": options.seconds, "clock": options.seconds}
        report = yield from errands.run({"argv": own, "given": _given(subject), **limits})
        return _printed(report, shorten(argv[0]))

    return judge


def _given(subject: Subject) -> dict[str, Any]:
    """What own code is told."""
    scope = subject.scope
    given = {k: v for k, v in scope.items() if k != "expected" or v is not subject.expected}
    return {"output": subject.output, "expected": subject.expected, "vars": given}


def _returned(report: Report, name: str) -> Score:
    """What a function returned, as a score. Raises `NoVerdict` for anything else."""
    if report.code != 0 or not report.output:
        raise NoVerdict(f"`{name}`: {death(report)}")
    reply = _parse(report.output)
    if not isinstance(reply, dict) or "error" in reply or "value" not in reply:
        why = reply.get("error", "nothing came back") if isinstance(reply, dict) else "nonsense"
        raise NoVerdict(f"`{name}`: {_line(why)}")
    return as_score(reply["value"], f"`{name}` returned")


def _printed(report: Report, name: str) -> Score:
    """What a program printed, as a score. Raises `NoVerdict` for anything else."""
    if report.code != 0:
        raise NoVerdict(f"{name}: {death(report)}")
    if not report.output.strip():
        raise NoVerdict(f"{name} printed nothing: print a number from 0 to 1, or an object")
    reply = _parse(report.output)
    if reply is _NOTHING:
        raise NoVerdict(f"{name} printed what is no JSON: {shorten(report.output.strip())}")
    return as_score(reply, f"{name} printed")


_NOTHING = object()


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING


def as_score(value: Any, said: str) -> Score:
    """A verdict of own code: true or false, a number from 0 to 1, or `score`, `passed` and `why`.

    Raises `NoVerdict`, which begins with `said`, for anything else.
    """
    if not isinstance(value, dict):
        return graded(_share(value, said))
    stray = sorted(value.keys() - _KEYS)
    if stray or not value.keys() & {"score", "passed"}:
        wrong = f"the key {shorten(stray[0])}" if stray else "neither `score` nor `passed`"
        raise NoVerdict(f"{said} an object with {wrong}: it takes `score`, `passed` and `why`")
    return _from_object(value, said)


def _from_object(value: Mapping[str, Any], said: str) -> Score:
    passed, why = value.get("passed"), value.get("why") or ""
    if not isinstance(passed, bool | None):
        raise NoVerdict(f"{said} `passed` {shorten(passed)}: write true or false")
    if not isinstance(why, str):
        raise NoVerdict(f"{said} a `why` that is no text: write one line")
    score = value.get("score")
    share = float(bool(passed)) if score is None else _share(score, said)
    line = graded(share, _line(why))
    return line if passed is None else Score(share, passed, line.why)


def _share(value: Any, said: str) -> float:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1:
        return float(value)
    raise NoVerdict(f"{said} {_shown(value)}: a score is true, false or a number from 0 to 1")


def _shown(value: Any) -> str:
    return str(value)[:40] if isinstance(value, int | float) else shorten(value)


def _line(text: object) -> str:
    """One line that any file and terminal can take, cut short."""
    line = " ".join(str(text)[:2_000].split())
    return line.encode("utf-8", "replace").decode()[:200]


SCORERS = {
    "python": Scorer(
        python,
        PythonOptions,
        "a Python function of yours says how good it is",
        shorthand="function",
        example="python: checks.politeness:score",
    ),
    "command": Scorer(
        command,
        CommandOptions,
        "a program of yours says how good it is",
        shorthand="run",
        example="command: [node, judge.mjs]",
    ),
}

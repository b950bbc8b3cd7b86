"""Templates in Jinja's language, read and filled in by minijinja, one job after the other.

A job is a line of JSON with `source` and, where it is to be filled in, `vars`. The answer is a line
with `variables` or `text`, or with `error` and the `line` of the template. With `each`, a list of
variables, it is filled in with one after the other, and the answer holds the numbers `reached` for
which the template calls the function `call`, until those `wanted` are; what fails reaches as far as
it comes. Steps are limited by fuel, memory and output by the process's own limits: lists can grow
without taking fuel.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from promptci.sandbox.child.limits import MB

FUEL = 1_000_000
"""Steps of one template: a loop of 100,000 rounds with a few things in it."""

MEMORY = 256 * MB


def main() -> None:
    """Answer until the input ends."""
    _limit()
    import minijinja

    environment = minijinja.Environment(
        undefined_behavior="strict", fuel=FUEL, keep_trailing_newline=True, debug=False
    )
    for line in sys.stdin.buffer:
        answer = json.dumps(_answer(environment, json.loads(line)))
        sys.stdout.buffer.write(answer.encode("ascii") + b"\n")
        sys.stdout.buffer.flush()


def _answer(environment: Any, job: dict[str, Any]) -> dict[str, Any]:
    """What came of a job. No name is given: a name's ending would decide how values are escaped."""
    try:
        if "each" in job:
            return {"reached": sorted(_reached(environment, job))}
        if "vars" not in job:
            names = environment.undeclared_variables_in_str(job["source"])
            return {"variables": sorted(names - set(environment.globals) - _BUILT_IN)}
        return {"text": environment.render_str(job["source"], **job["vars"])}
    except Exception as error:  # noqa: BLE001 (whatever the library says of a stranger's template)
        first = str(error).partition("\n")[0].partition(" (in <")[0]
        return {"error": first[:300], "line": getattr(error, "line", None)}


def _reached(environment: Any, job: dict[str, Any]) -> set[int]:
    reached, wanted = set[int](), set(job["wanted"])

    def mark(number: int, value: bool) -> bool:
        reached.add(number)
        return value

    environment.add_function(job["call"], mark)
    try:
        for given in job["each"]:
            if wanted <= reached:
                break
            with suppress(Exception):
                environment.render_str(job["source"], **given)
    finally:
        environment.remove_global(job["call"])
    return reached


_BUILT_IN = frozenset(("range", "dict", "namespace", "debug", "loop", "self", "super", "caller"))


def _limit() -> None:
    import resource  # Unix alone

    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, MEMORY)):
        if kind == resource.RLIMIT_CORE or sys.platform == "linux":
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (most, hard if hard != resource.RLIM_INFINITY else most))

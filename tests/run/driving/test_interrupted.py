"""An interrupt at any moment of work of many tasks."""

import json
import subprocess
import sys

from processes import run_forked

SWEEP = """
import asyncio, faulthandler, json, sys
from promptci import interrupt
from promptci.run.driving.interrupted import run_until_interrupted

faulthandler.dump_traceback_later(60, exit=True)
sys.unraisablehook = lambda _: None

async def work():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))
        await asyncio.get_running_loop().run_in_executor(None, int)

begins = []

def interrupted(at):
    passed = 0
    def count(frame, event, _):
        nonlocal passed
        passed += event == "line"
        if frame.f_code is work.__code__:
            begins.append(passed)
        if event == "line" and passed == at:
            sys.settrace(None)
            interrupt._interrupt()
        return count
    interrupt._first = None
    coroutine = work()
    sys.settrace(count)
    try:
        run_until_interrupted(coroutine)
    except KeyboardInterrupt:
        return passed, "ended"
    finally:
        sys.settrace(None)
        coroutine.close()
    return passed, "done"

interrupted(0)  # imports
begins = []
lines, _ = interrupted(0)
chosen = [*range(1, begins[0]), *range(begins[0], lines, 7)]
print(json.dumps([interrupted(at)[1] for at in chosen]))
"""
"""Interrupts work at each line that is run before it begins, asyncio's own, and at some later."""


def test_an_interrupt_at_any_line_ends_the_work():
    """None of its tasks is waited for in vain."""
    done = run_forked([sys.executable, "-c", SWEEP], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    said = json.loads(done.stdout)
    assert len(said) > 300
    assert {*said[: len(said) // 2]} == {"ended"}

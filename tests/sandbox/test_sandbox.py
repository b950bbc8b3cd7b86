"""The sandbox as a door: it starts children, and none outlives it."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from processes import is_running, wait_until
from promptci.errors import ModelError, RequestError
from promptci.sandbox.sandbox import Sandbox
from promptci.scorers.base.errand import SandboxJobs
from promptci.specs.message import Message
from promptci.specs.request import Request

pytestmark = pytest.mark.usefixtures("real_children")

SLOW = b"""
import os, sys, time
from pathlib import Path
def score(output, expected, vars):
    Path(output).write_text(str(os.getpid()))
    time.sleep(600)
"""


def request(code: bytes, output: str, *, seconds: float = 30) -> Request:
    job = {"module": "x", "function": "score", "root": "code", "path": "code/x.py"}
    given = {"output": output, "expected": None, "vars": {}, "seconds": seconds, "clock": seconds}
    return Request(
        SandboxJobs.of("call", {"x.py": code}).settings, (Message("user", json.dumps(job | given)),)
    )


def told(path: Path) -> int:
    """The process id that a child wrote."""
    wait_until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


async def closed(path: Path, sandbox: Sandbox) -> int:
    """The id of a child that ran when its sandbox was closed."""
    asking = asyncio.create_task(sandbox.complete(request(SLOW, str(path))))
    pid = await asyncio.to_thread(told, path)
    await sandbox.aclose()
    answer = json.loads((await asking).text)
    assert answer["killed"] == "closed"
    return pid


def test_closing_kills_what_runs(tmp_path):
    pid = asyncio.run(closed(tmp_path / "pid", Sandbox(2, os.environ)))
    assert not is_running(pid)


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    code = b"import os\ndef score(*_):\n    os.mkdir('a')\n    os.chmod('a', 0)\n    return 1\n"
    answer = asyncio.run(Sandbox(1, os.environ).complete(request(code, "x")))
    assert json.loads(answer.text)["output"] == '{"value": 1}'
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (b"def score(*_): return 1\n", (0, "", '{"value": 1}')),
        (b"import os\ndef score(*_): os._exit(3)\n", (3, "", "")),
        (b"import time\ndef score(*_): time.sleep(60)\n", (None, "time", "")),
        (
            b"import os, time\ndef score(*_):\n    os.fork() or time.sleep(60)\n    return 1\n",
            (0, "", '{"value": 1}'),
        ),
    ],
)
def test_it_works_where_the_system_does_not_tell_that_a_child_has_ended(monkeypatch, code, told):
    monkeypatch.setattr("promptci.sandbox.childprocess._descriptor", lambda _: None)
    seconds = 1 if told[1] else 60
    answer = asyncio.run(Sandbox(1, os.environ).complete(request(code, "x", seconds=seconds)))
    found = json.loads(answer.text)
    assert (found["code"], found["killed"], found["output"]) == told


def test_where_no_process_can_be_started_there_is_no_answer(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ModelError, match="no child process could be run"):
        asyncio.run(Sandbox(1, os.environ).complete(request(SLOW, "x")))


def test_own_code_is_refused_at_the_door_too():
    def refuse() -> None:
        raise RequestError("own code is off")

    with pytest.raises(RequestError, match="own code is off"):
        asyncio.run(Sandbox(1, os.environ, need_code=refuse).complete(request(SLOW, "x")))


def test_files_are_not_in_the_request_but_their_digests_are():
    one, two = request(b"x = 1", "a"), request(b"x = 2", "a")
    assert one.key != two.key
    assert one.key == request(b"x = 1", "a").key
    assert not one.asks_model


def test_a_child_whose_parent_is_killed_ends_by_itself():
    """It carries a clock of its own, a little longer than its limit."""
    code = b"import signal\ndef score(*_): return signal.getitimer(signal.ITIMER_REAL)[0]\n"
    answer = asyncio.run(Sandbox(1, os.environ).complete(request(code, "x", seconds=60)))
    left = json.loads(json.loads(answer.text)["output"])["value"]
    assert 60 < left <= 190

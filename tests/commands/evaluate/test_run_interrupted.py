"""Runs that end before their end: killed, interrupted, cut off from their reader."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from fakes import Reply, response_to
from processes import PROMPTCI, Forked, processor_seconds, run_forked, wait_until
from projects import example, jsonl
from promptci.commands.main import main

RECORD = "evals/router.scores.yaml"
NEVER, SOON = 6000, 300
"""Seconds until a model that is not waited for answers, and until a run has surely ended."""

ALOUD = """
import os
from pathlib import Path
from promptci.project.evaluation import evaluate_plan
from promptci.run.planning.plan import make_plan
from promptci.project.project import Project
from promptci.spending.limits import Limits
from promptci.run.planning.selection import Selection

project = Project(Path.cwd(), environ=os.environ)
plan = make_plan(project.workspace.suite, Selection(), project.models.build)
say = lambda finished: os.write(1, f"{finished.example.id}\\n".encode())
evaluate_plan(project, plan, Limits(concurrency=8), {}, also=say)
"""
"""A run that names each example once its answer counts."""

GOES_ON = "interrupted; what was answered is kept: the same command goes on from there"


@pytest.fixture
def many(project, api):
    """The project with 150 examples and a model that takes its time."""
    rows = [example(f"n{number}", f"Hello {number}", "other") for number in range(150)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    api.answers(lambda ticket: Reply(body=response_to(ticket.body, "other"), delay=0.01))
    return project


def asked(api):
    """The ids of the examples that the model was asked."""
    return [body["messages"][-1]["content"].replace("Hello ", "n") for body in api.requests]


def kept(project):
    """How many answers are stored so far."""
    address = f"file:{project.path / '.promptci/cache.sqlite'}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as db:
            [(count,)] = db.execute("SELECT count(*) FROM completion")
    except sqlite3.OperationalError:  # not there yet
        return 0
    return count


def test_what_was_counted_before_a_kill_is_never_asked_again(many, api):
    assert main(["run"]) == 0
    whole = (many.path / RECORD).read_bytes()
    for count in (1, 149):
        shutil.rmtree(many.path / ".promptci")
        (many.path / RECORD).unlink()
        with Forked([sys.executable, "-c", ALOUD], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            counted = [child.stdout.readline() for _ in range(count)]
            child.kill()
            counted += child.stdout.readlines()
        ids = {line.decode().strip() for line in counted if line.endswith(b"\n")}
        assert count <= len(ids) <= 150
        api.sent.clear()
        assert main(["run"]) == 0
        assert not ids.intersection(asked(api))
        assert (many.path / RECORD).read_bytes() == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_at_once_and_keeps_the_answers(many, api, number):
    quick = {f"Hello {index}" for index in range(40)}
    api.answers(
        lambda t: Reply(body=response_to(t.body, "other"), delay=0 if str(t) in quick else NEVER)
    )
    command = [*PROMPTCI, "run", "--concurrency", "20"]
    with Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        wait_until(lambda: api.count >= 60 and kept(many) == 40)
        child.send_signal(number)
        out, err = child.communicate(timeout=SOON)
    assert child.returncode == 130
    assert out == b""
    told = re.search(rb"(\d+) of 150 examples done; (\d+) answered of 60 calls", err)
    assert told is not None
    assert int(told[1]) <= int(told[2]) <= 40  # what was kept last may not have been counted yet
    assert err.endswith(
        b"interrupted; what was answered is kept: the same command goes on from there\n"
    )
    assert not (many.path / RECORD).exists()
    api.sent.clear()
    api.answers(lambda ticket: "other")
    assert main(["run"]) == 0
    assert len(asked(api)) == 110


def test_a_run_in_the_background_can_be_ended_too(many, api):
    """A shell lets its background jobs ignore SIGINT."""
    api.script(["other"])
    api.answers(lambda ticket: Reply(delay=NEVER))
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    command = [sys.executable, "-c", deaf + PROMPTCI[2], "run"]
    with Forked(command, stderr=subprocess.PIPE) as child:
        wait_until(lambda: api.count >= 20)
        child.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=SOON)
    assert child.returncode == 130
    assert err.endswith(
        b"interrupted; what was answered is kept: the same command goes on from there\n"
    )


def test_an_interrupt_is_a_document_for_programs(many, api):
    api.script(["other"])
    api.answers(lambda ticket: Reply(delay=NEVER))
    command = [*PROMPTCI, "run", "--json"]
    with Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        wait_until(lambda: api.count >= 20)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=SOON)
    document = json.loads(out)
    assert (child.returncode, document["exit_code"]) == (130, 130)
    assert document["error"] == GOES_ON


def test_a_reader_that_left_is_no_verdict_and_no_traceback(many):
    command = [*PROMPTCI, "run", "--json"]
    read, write = os.pipe()
    with Forked(command, stdout=write, stderr=subprocess.PIPE) as child:
        os.close(read)
        os.close(write)
        _, err = child.communicate(timeout=SOON)
    assert child.returncode == 3
    assert b"Traceback" not in err
    assert b"Exception" not in err
    assert (many.path / RECORD).exists()


def test_a_closed_stderr_stops_no_run(many):
    command = [*PROMPTCI, "run", "--json"]
    read, write = os.pipe()
    os.close(read)
    done = run_forked(command, stdout=subprocess.PIPE, stderr=write, check=False)
    os.close(write)
    assert done.returncode == 0
    assert json.loads(done.stdout)["written"] == [RECORD]


# Interrupts wherever a run may be


def begin(folder, *arguments, before=""):
    """A run in a child, returned once it listens to signals."""
    command = [sys.executable, "-c", before + PROMPTCI[2], *arguments]
    child = Forked(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: _catches(child.pid, signal.SIGTERM))
    return child


def _catches(pid, number):
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def end(child, number):
    """Interrupt a run, which must end in good order, and not wait for what takes `NEVER`."""
    child.send_signal(number)
    return assert_interrupted(child)


def assert_interrupted(child):
    """That a run ends in good order, soon; gives what it said."""
    out, err = child.communicate(timeout=SOON)
    assert child.returncode == 130, err
    assert (out, err.splitlines()[-1]) == ("", GOES_ON)
    assert "Traceback" not in err
    return err


NUMBERS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@NUMBERS
def test_with_many_slow_calls_in_flight(many, api, number):
    """A run starts gently, and the slower the machine, the more so: fifty answers take it there."""
    quick = lambda ticket: Reply(body=response_to(ticket.body, "other"), delay=0.2)  # noqa: E731
    api.answers(lambda ticket: Reply(delay=NEVER) if api.count > 50 else quick(ticket))
    with begin(many.path, "run", "--concurrency", "100") as child:
        wait_until(lambda: api.count >= 75)
        end(child, number)
    assert not (many.path / RECORD).exists()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(429, {"Retry-After": "110"}),
        Reply(503),
        Reply(cut=0),
        Reply(429),
        Reply(body="x" * 99, drip=1.0),
    ],
    ids=["pause", "unavailable", "cut", "rate limit", "drip"],
)
def test_during_pauses_and_retries(many, api, reply):
    api.answers(lambda ticket: reply)
    with begin(many.path, "run") as child:
        wait_until(lambda: api.count >= 1)
        time.sleep(0.1)
        end(child, signal.SIGINT)


ENDS_ITSELF = """
import os, signal
def to_end(*_): signal.getsignal(signal.SIGTERM) == signal.SIG_DFL or os.kill(os.getpid(), 15)
signal.signal(signal.SIGVTALRM, to_end)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.2, 0.05)
"""
"""A signal after a fifth of a second of a run's own processor time, once it listens."""


def test_while_a_large_file_of_examples_is_read(many, api):
    rows = (example(f"n{index}", f"Hello {index}", "other") for index in range(150_000))
    many.write({"evals/router.jsonl": jsonl(rows)})
    with begin(many.path, "run", before=ENDS_ITSELF) as child:
        assert_interrupted(child)
    assert api.count == 0


def test_with_the_embedded_model_in_the_middle_of_a_prompt(project):
    """Half a minute of reading, which the runtime cannot be stopped in."""
    pytest.importorskip("xllamacpp")
    long = example("long", "My card was charged twice. " * 1000, "other")
    many = "defaults: {model: smollm2}\n"
    project.write({"promptci.yaml": many, "evals/router.jsonl": jsonl([long])})
    with begin(project.path, "run") as child:
        wait_until(lambda: processor_seconds(child.pid) > 1.3)  # starting takes less than one
        assert child.poll() is None
        end(child, signal.SIGINT)
    assert not (project.path / RECORD).exists()
    with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM completion").fetchone() == (0,)


def test_the_second_signal_ends_it_at_once(many, api):
    """Even where the first is not enough: the disk does not answer."""
    stuck = "from promptci.cache.cache import Cache; import time; "
    stuck += "Cache.keep = lambda *_, **__: time.sleep(600); "
    with begin(many.path, "run", before=stuck) as child:
        wait_until(lambda: api.count >= 20)
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        time.sleep(0.4)
        assert child.poll() is None
        # Once more, and again where it had been held up and took both for one.
        wait_until(lambda: child.send_signal(signal.SIGINT) or child.poll() is not None, SOON)
    assert child.returncode == 130


def test_the_same_wish_passed_on_twice_is_one(many, api):
    """A shell sends Ctrl-C to the whole group, and a wrapper passes it on once more."""
    api.script(["other"])
    api.answers(lambda ticket: Reply(delay=NEVER))
    held_up = "from promptci import interrupt; interrupt.SAME = 600; "
    with begin(many.path, "run", before=held_up) as child:
        wait_until(lambda: api.count >= 20)
        child.send_signal(signal.SIGINT)
        time.sleep(0.02)
        end(child, signal.SIGINT)


@pytest.mark.parametrize("seed", range(2))
def test_interrupted_at_any_moment_a_run_is_whole_or_leaves_the_record_alone(many, api, seed):
    """And the next one asks only what is missing."""
    chance = random.Random(seed)
    assert main(["run"]) == 0
    whole = (many.path / RECORD).read_bytes()
    shutil.rmtree(many.path / ".promptci")
    for count in (1, 2, 3):
        (many.path / RECORD).write_bytes(b"old\n" if count == 1 else whole)
        api.sent.clear()
        before = set(asked(api))
        with begin(many.path, "run") as child:
            time.sleep(chance.uniform(0, 0.8))
            child.send_signal(chance.choice((signal.SIGINT, signal.SIGTERM)))
            _, err = child.communicate(timeout=SOON)
        assert child.returncode in (0, 130), err
        assert "Traceback" not in err
        record = (many.path / RECORD).read_bytes()
        assert record == whole or (child.returncode == 130 and record == b"old\n")
        assert not list(many.path.glob("**/.promptci-*"))
        assert not before
    assert main(["run"]) == 0
    assert (many.path / RECORD).read_bytes() == whole


def test_an_interrupted_run_is_called_incomplete_until_one_ends(many, api, capsys):
    quick = {f"Hello {index}" for index in range(40)}
    api.answers(
        lambda t: Reply(body=response_to(t.body, "other"), delay=0 if str(t) in quick else NEVER)
    )
    with begin(many.path, "run", "--concurrency", "20") as child:
        wait_until(lambda: api.count >= 60 and kept(many) == 40)
        end(child, signal.SIGINT)
    assert main(["show", "router", "--json"]) == 0
    cut = json.loads(capsys.readouterr().out)["unfinished"]
    assert 0 < cut["done"] <= 40  # what was kept last may not have been counted yet
    assert cut["total"] == 150
    assert main(["show", "router"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"is incomplete, {cut['done']} of 150 examples done" in said
    api.answers(lambda ticket: "other")
    assert main(["run"]) == 0
    capsys.readouterr()
    assert main(["show", "router", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unfinished"] is None


STARTING = """
import sys
from promptci.commands import start
import builtins
real = builtins.__import__
def slow(name, *rest):
    if name == "promptci.commands.main":
        print("x", flush=True)
        sys.stdin.readline()
    return real(name, *rest)
builtins.__import__ = slow
start.start()
"""
"""The script, held up while it imports the command line."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_it_starts_is_one(project, number):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", STARTING, "run"], **pipes) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(number)
        _, said = child.communicate(timeout=SOON)
    assert (child.returncode, said) == (130, b"")

"""Runs that end before their end: killed, interrupted, cut off from their reader."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from fakes import Reply, response_to
from projects import example, jsonl
from promptci.main import main

RECORD = "evals/router.scores.yaml"
PROMPTCI = [sys.executable, "-c", "from promptci.main import run; run()"]

ALOUD = """
import os
from pathlib import Path
from promptci.commands.evaluation import evaluate
from promptci.plan import make_plan
from promptci.project import Project
from promptci.runner import Limits
from promptci.selection import Selection

project = Project(Path.cwd())
plan = make_plan(project.suite, Selection(), project.build)
say = lambda finished: os.write(1, f"{finished.example.id}\\n".encode())
evaluate(project, plan, Limits(concurrency=8), {}, also=say)
"""
"""A run that names each example once its answer counts."""


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


def test_what_was_counted_before_a_kill_is_never_asked_again(many, api):
    assert main(["run"]) == 0
    whole = (many.path / RECORD).read_bytes()
    for count in (1, 17, 60, 149):
        shutil.rmtree(many.path / ".promptci")
        (many.path / RECORD).unlink()
        with subprocess.Popen([sys.executable, "-c", ALOUD], stdout=subprocess.PIPE) as child:
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
        lambda t: Reply(body=response_to(t.body, "other"), delay=0 if str(t) in quick else 60)
    )
    command = [*PROMPTCI, "run", "--concurrency", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        _wait_until(lambda: api.count >= 60)
        time.sleep(0.3)
        begun = time.monotonic()
        child.send_signal(number)
        out, err = child.communicate(timeout=10)
    assert child.returncode == 130
    assert time.monotonic() - begun < 2
    assert out == b""
    assert b"40 of 150 examples done; 40 asked" in err
    assert err.endswith(b"interrupted; what was answered is kept\n")
    assert not (many.path / RECORD).exists()
    api.sent.clear()
    api.answers(lambda ticket: "other")
    assert main(["run"]) == 0
    assert len(asked(api)) == 110


def test_a_run_in_the_background_can_be_ended_too(many, api):
    """A shell lets its background jobs ignore SIGINT."""
    api.answers(lambda ticket: Reply(delay=60))
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    command = [sys.executable, "-c", deaf + PROMPTCI[2], "run"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as child:
        _wait_until(lambda: api.count >= 20)
        child.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=10)
    assert child.returncode == 130
    assert err.endswith(b"interrupted; what was answered is kept\n")


def test_an_interrupt_is_a_document_for_programs(many, api):
    api.answers(lambda ticket: Reply(delay=60))
    command = [*PROMPTCI, "run", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        _wait_until(lambda: api.count >= 20)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=10)
    document = json.loads(out)
    assert (child.returncode, document["exit_code"]) == (130, 130)
    assert document["error"] == "interrupted; what was answered is kept"


def test_a_reader_that_left_is_no_verdict_and_no_traceback(many):
    command = [*PROMPTCI, "run", "--json"]
    read, write = os.pipe()
    with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE) as child:
        os.close(read)
        os.close(write)
        _, err = child.communicate(timeout=30)
    assert child.returncode == 3
    assert b"Traceback" not in err
    assert b"Exception" not in err
    assert (many.path / RECORD).exists()


def test_a_closed_stderr_stops_no_run(many):
    command = [*PROMPTCI, "run", "--json"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=write, check=False)
    os.close(write)
    assert done.returncode == 0
    assert json.loads(done.stdout)["written"] == [RECORD]


def _wait_until(holds, seconds=15):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)

"""Few files, closed streams, locked caches, intricate answers: a sentence and an exit code."""

import os
import resource
import signal
import sqlite3
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from fakes import Reply, response_to
from processes import PROMPTCI, Forked, run_forked, wait_until
from projects import example, jsonl
from promptci.commands.main import main
from promptci.models.pacing.openfiles import room_for_files


def closing(*numbers):
    """For a child: close these streams before it begins."""

    def close():
        for number in numbers:
            os.close(number)

    return close


@pytest.mark.parametrize(
    ("arguments", "code", "numbers"),
    [
        *((["run"], 0, numbers) for numbers in ((1,), (2,), (0, 1, 2))),
        (["--version"], 0, (1,)),
        (["run", "nosuch"], 2, (2,)),
    ],
)
def test_closed_streams_change_no_exit_code(project, numbers, arguments, code):
    command = [*PROMPTCI, *arguments]
    done = subprocess.run(command, preexec_fn=closing(*numbers), check=False)
    assert done.returncode == code
    assert main(["cache", "size"]) == 0


@pytest.mark.parametrize("arguments", ["--help", "run --help", "--version"])
def test_help_into_a_closed_pipe_is_no_regression(project, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [*PROMPTCI, *arguments.split()]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.DEVNULL, check=False)
    os.close(writer)
    assert done.returncode == 3


def test_an_answer_that_a_parser_cannot_get_through_holds_up_nothing(project, api, ask):
    joins = "SELECT * FROM x " + "JOIN y " * 40 + "USING(z)"
    api.answers(lambda asked: joins if "parcel" in asked else "SELECT a FROM b")
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [is_sql]\n"})
    answer = ask("run")
    assert (answer.code, answer.only["passed"]) == (0, answer.only["total"] - 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_locked_cache_does_not_hold_up_an_interrupt(project, number):
    assert main(["run"]) == 0
    with sqlite3.connect(project.path / ".promptci/cache.sqlite") as db:
        db.execute("BEGIN EXCLUSIVE")
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with Forked([*PROMPTCI, "run"], **pipes) as child:
            wait_until(lambda: _has_open(child.pid, "cache.sqlite"))
            time.sleep(0.3)
            assert child.poll() is None
            child.send_signal(number)
            assert child.wait(timeout=300) == 130


def _has_open(pid, name):
    """Whether a process holds a file of this name."""
    for file in list(Path(f"/proc/{pid}/fd").iterdir()):
        with suppress(FileNotFoundError):  # closed since
            if str(file.readlink()).endswith(f"/{name}"):
                return True
    return False


def test_few_open_files_lose_no_answer(project, api):
    rows = [example(f"n{number}", f"Hello {number}", "other") for number in range(300)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    api.answers(lambda asked: Reply(body=response_to(asked.body, "other"), delay=0.05))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80)); "
    command = [*PROMPTCI[:2], limit + PROMPTCI[2], "run", "--concurrency", "100"]
    done = run_forked(command, check=False)
    assert (done.returncode, api.count) == (0, 300)


def test_the_limit_of_open_files_is_raised_where_that_is_allowed():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        assert room_for_files() > 256 or hard < 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_run_that_could_not_begin_is_no_run(project, ask, capsys, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert main(["run"]) == 0
    for _ in range(3):
        assert main(["run", "--model", "openai/gpt-4.1-mini"]) == 2
    capsys.readouterr()
    assert ask("show", "router").document["unfinished"] is None
    assert len(list((project.path / ".promptci/runs").iterdir())) == 1


def test_an_init_that_failed_can_be_done_again(repo, capsys):
    repo.write({".github/workflows": "a file in the way"})
    assert main(["init"]) == 3
    assert not (repo.path / "prompts").exists() or not list((repo.path / "prompts").iterdir())
    (repo.path / ".github/workflows").unlink()
    assert main(["init"]) == 0


@pytest.mark.parametrize("change", ["cost = 'NaN'", "cost = '1e999999999'", "latency = 9e999"])
def test_rows_without_a_checksum_that_make_no_sense_are_no_answers(project, api, ask, change):
    assert main(["run"]) == 0
    before = api.count
    with sqlite3.connect(project.path / ".promptci/cache.sqlite") as db:
        db.execute(f"UPDATE completion SET {change}, seal = NULL")
    answer = ask("run")
    assert (answer.code, api.count) == (0, 2 * before)


def test_claims_that_cannot_be_made_are_said(project, capsys):
    (project.path / ".promptci").mkdir()
    (project.path / ".promptci/cache.claimed").touch()
    assert main(["run"]) == 0
    assert "may send the same requests once more" in capsys.readouterr().err


def test_noise_is_measured_of_the_eval_that_is_named(project, ask):
    text = (project.path / "evals/router.yaml").read_text()
    project.write({"evals/other.yaml": f"prompt: router\n{text}"})
    assert ask("noise", "router", "-k", "2").code == 0

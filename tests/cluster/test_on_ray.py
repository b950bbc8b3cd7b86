"""Real Ray on loopback with two workers: what is lost is started again, and no answer with it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from fakes import Reply, response_to
from processes import PROMPTCI, adopting, descendants, is_running, wait_until
from projects import example, jsonl, router
from promptci.cluster.order import Order
from promptci.cluster.supervisor import LOG, ask_on_cluster
from promptci.commands.main import main
from promptci.project.observer import Observer
from promptci.project.project import Project
from promptci.run.planning.selection import Selection
from promptci.spending.limits import Limits

pytest.importorskip("ray")
pytestmark = [pytest.mark.long]

RECORD = "evals/router.scores.yaml"
EXAMPLES, CONCURRENCY, WORKERS, BLOCK = 400, 8, 2, 50
UNDER_WAY = CONCURRENCY * WORKERS
WORKER = ("ray::promptci router", "ray::WorkerActor")
"""A worker with a block, or between two."""

OF_RAY = ("promptci.cluster.driverprocess", "raylet/raylet", "gcs_server", "ray::")


class Heard(Observer):
    def __init__(self):
        self.remarks = []

    def remark(self, text):
        self.remarks.append(text)


@pytest.fixture
def project(repo, api, monkeypatch, record_property):
    """A project of four hundred examples, and the record that one process makes of it."""
    rows = [example(f"e{n}", f"Hello {n}", "Hello") for n in range(EXAMPLES)]
    files = router(
        api.url, examples=jsonl(rows), eval="examples: router.jsonl\nscorers: [contains]\n"
    )
    repo.write(files)
    repo.commit("Many")
    api.answers(lambda asked: Reply(body=response_to(asked.body, asked), delay=0.02))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    assert main(["run"]) == 0
    repo.alone = (repo.path / RECORD).read_bytes()
    (repo.path / RECORD).unlink()
    assert main(["cache", "clear"]) == 0
    api.sent.clear()
    return repo


def ask(repo, **ceilings):
    heard = Heard()
    opened = Project(repo.path, environ=dict(os.environ), observer=heard)
    limits = Limits(concurrency=CONCURRENCY, **ceilings)
    order = Order(str(repo.path), Selection(), limits, workers=WORKERS, block_size=BLOCK)
    try:
        news = ask_on_cluster(opened, order)
    finally:
        opened.close()
    return news, heard.remarks


@pytest.fixture(autouse=True)
def own_processes():
    """What is orphaned stays below this process, and what it leaves is cleared away."""
    with adopting():
        yield
    for pid in descendants():
        if not is_running(pid):
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def processes(*titles):
    """Our own processes whose command line holds one of these; others may run the same tests."""
    found = []
    for pid in descendants():
        with suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if any(title.encode() in line for title in titles):
                found.append(pid)
    return found


def kill_at(api, count, *titles):
    """Kill a process once the model has been asked so often; says which."""
    killed = []

    def answer(asked):
        if api.count >= count and not killed:
            killed.append(processes(*titles)[0])
            os.kill(killed[0], signal.SIGKILL)
        return Reply(body=response_to(asked.body, asked), delay=0.02)

    api.answers(answer)
    return killed


def holds(repo, api, most):
    """Everything is stored, little was asked twice, and the record is that of one process."""
    asked = api.count
    assert EXAMPLES <= asked <= EXAMPLES + most
    assert main(["run"]) == 0
    assert api.count == asked
    assert (repo.path / RECORD).read_bytes() == repo.alone
    for name in OF_RAY:
        wait_until(lambda name=name: processes(name) == [])
    return asked - EXAMPLES


def test_two_workers_make_the_record_of_one_process(project, api):
    news, remarks = ask(project)
    assert (news.done, news.blocks, news.workers, news.failure) == (EXAMPLES, 8, WORKERS, "")
    assert remarks == []
    holds(project, api, 0)


@pytest.mark.parametrize(
    "titles", [WORKER, ("ray::CoordinatorActor",), ("promptci.cluster.driverprocess",)]
)
def test_what_is_killed_is_started_again(project, api, titles, record_property):
    killed = kill_at(api, 120, *titles)
    news, _ = ask(project)
    assert killed
    assert news.failure == "", log_of(project)
    again = holds(project, api, UNDER_WAY)
    record_property(f"asked again after {titles[0]} was killed", again)


@pytest.fixture
def nodes(monkeypatch):
    """Two nodes with a worker each; what is written to it is for `twonodes.py`."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    script = Path(__file__).with_name("twonodes.py")
    command = [sys.executable, str(script), "1"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, **pipes) as running:
        while ":" not in (address := running.stdout.readline()):
            assert running.poll() is None
        monkeypatch.setenv("RAY_ADDRESS", address.strip())
        yield running
        running.stdin.close()
        running.wait(60)


def test_a_node_that_is_lost_costs_what_was_under_way(nodes, project, api, record_property):
    killed = []

    def answer(asked):
        if api.count >= 120 and not killed:
            killed.append(True)
            nodes.stdin.write("kill\n")
            nodes.stdin.flush()
        return Reply(body=response_to(asked.body, asked), delay=0.02)

    api.answers(answer)
    news, _ = ask(project)
    assert killed
    assert nodes.stdout.readline() == "killed\n"
    assert (news.workers, news.failure) == (2, ""), log_of(project)
    nodes.stdin.close()
    nodes.wait(60)
    again = holds(project, api, UNDER_WAY)
    record_property("asked again after a node was killed", again)


def log_of(repo):
    return (repo.path / ".promptci" / LOG).read_text()[-3000:]


def test_a_ceiling_holds_over_workers_and_a_lost_coordinator(project, api):
    killed = kill_at(api, 60, "ray::CoordinatorActor")
    news, _ = ask(project, max_requests=150)
    assert killed
    assert (news.exit_code, news.is_models) == (4, True)
    assert 60 < api.count <= 150
    assert main(["run", "--max-requests", "150"]) == 4  # what the cluster spent counts
    assert api.count <= 150


def test_a_report_in_json_is_alone_on_stdout(project, api):
    command = [*PROMPTCI, "run", "--on", "ray", "--workers", "2", "--json"]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{")
    assert done.stdout.rstrip().endswith("}")
    assert "raylet" not in done.stdout + done.stderr
    assert "2 workers asked for 400 answers" in done.stderr
    assert (project.path / RECORD).read_bytes() == project.alone


def test_a_cluster_that_is_not_there(project, api, capsys):
    assert main(["run", "--on", "ray://127.0.0.1:9"]) == 3
    assert "ray://127.0.0.1:9 cannot be reached" in capsys.readouterr().err
    assert api.count == 0


def test_ctrl_c_ends_the_cluster_and_keeps_the_answers(project, api):
    command = [*PROMPTCI, "run", "--on", "ray", "--workers", "2"]
    with subprocess.Popen(command, cwd=project.path, stderr=subprocess.DEVNULL) as run:

        def answer(asked):
            if api.count == 100:
                run.send_signal(signal.SIGINT)
            return Reply(body=response_to(asked.body, asked), delay=0.02)

        api.answers(answer)
        assert run.wait(60) == 130
    for name in OF_RAY:
        wait_until(lambda name=name: processes(name) == [])
    asked = api.count
    assert main(["run"]) == 0
    assert 100 <= asked <= api.count <= EXAMPLES + 2 * 20  # calls at a time unless told

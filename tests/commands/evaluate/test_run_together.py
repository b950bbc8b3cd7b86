"""Several runs at once on one cache: every request is sent once, and no run is in the way."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from fakes import Reply, response_to
from processes import Forked, wait_until
from projects import JUDGE, example, jsonl
from promptci.commands.main import main

RECORD = "evals/router.scores.yaml"
WAL = "from promptci.cache import cachefile; cachefile.journal_mode = lambda version: 'WAL'; "
OFTEN = "from promptci.commands import progress; progress.EVERY = progress.LOOK = 0.2; "
RUN = "from promptci.commands.main import run; run()"


def start(folder, *arguments, before="", **options):
    command = [sys.executable, "-c", before + RUN, "-C", str(folder), "run", *arguments]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, **options}
    return Forked(command, **pipes)


def until(lines, pattern):
    """The lines up to the first that holds what is looked for, which must come."""
    for line in lines:
        yield line
        if re.search(pattern, line):
            return
    pytest.fail(f"no line held {pattern}")


def asked(api):
    """How often each question was sent, whichever model it went to."""
    return Counter((body["model"], body["messages"][-1]["content"]) for body in api.requests)


def hang_after_one(api):
    """Answer one request, so that the others are sent at once, and none of those."""
    first = []

    def rule(asked):
        first.append(asked)
        return "other" if asked == first[0] else Reply(delay=600)

    api.answers(rule)


def clones(project, tmp_path, count):
    """Working trees of their own that share the state folder."""
    (project.path / ".promptci").mkdir(exist_ok=True)
    for number in range(count):
        folder = tmp_path / f"clone-{number}"
        project.git("worktree", "add", "--quiet", "--detach", str(folder))
        (folder / ".promptci").symlink_to(project.path / ".promptci")
        yield folder


@pytest.fixture
def many(project, api):
    """The project with 120 examples, some of them alike, and a model that takes its time."""
    rows = [example(f"n{number}", f"Hello {number % 100}", "other") for number in range(120)]
    rows = [{**row, "vars": {**row["vars"], "tone": row["id"]}} for row in rows]
    prompt = "messages: [{role: user, content: '{{ ticket }} {{ tone }}'}]\n"
    project.write({"evals/router.jsonl": jsonl(rows), "prompts/router.yaml": prompt})
    project.commit("Many")
    api.answers(lambda ticket: Reply(body=response_to(ticket.body, "other"), delay=0.02))
    return project


@pytest.mark.parametrize(("before", "count"), [("", 5), (WAL, 3)], ids=["rollback journal", "WAL"])
def test_many_processes_on_a_cold_cache_send_each_request_once(many, api, tmp_path, before, count):
    runs = [start(folder, before=before) for folder in clones(many, tmp_path, count)]
    said = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * count, said
    assert len(asked(api)) == 120
    assert set(asked(api).values()) == {1}
    records = {(tmp_path / f"clone-{number}" / RECORD).read_bytes() for number in range(count)}
    assert len(records) == 1
    shutil.rmtree(many.path / ".promptci")
    assert main(["run"]) == 0
    assert records == {(many.path / RECORD).read_bytes()}


def test_questions_of_judges_are_sent_once_as_well(many, api, tmp_path):
    many.write({"evals/router.yaml": f"examples: router.jsonl\nscorers: [equals, {{{JUDGE}}}]\n"})
    many.commit("Judge")
    api.answers(
        lambda asked: Reply(
            body=response_to(asked.body, "good" if asked.body["model"] == "large-1" else "other"),
            delay=0.02,
        )
    )
    runs = [start(folder) for folder in clones(many, tmp_path, 2)]
    said = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 2, said
    assert set(asked(api).values()) == {1}
    assert {model for model, _ in asked(api)} == {"small-1", "large-1"}


def test_runs_of_different_evals_do_not_wait_for_each_other(many, api, tmp_path):
    rows = [example(f"o{number}", f"Other {number}", "other") for number in range(20)]
    many.write(
        {
            "prompts/other.yaml": "messages: [{role: user, content: '{{ ticket }}'}]\n",
            "evals/other.yaml": "examples: other.jsonl\nscorers: [equals]\n",
            "evals/other.jsonl": jsonl(rows),
        }
    )
    api.script(["other"])
    api.answers(
        lambda ticket: Reply(
            body=response_to(ticket.body, "other"), delay=0 if "Other" in ticket else 600
        )
    )
    with start(many.path, "router") as slow:
        wait_until(lambda: api.count >= 21)
        assert main(["run", "other"]) == 0
        assert slow.poll() is None
        slow.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_run_that_ended_was_asking_is_taken_over(many, api, number):
    """The first hangs for ever; the second waits for it, and goes on once it is gone."""
    hang_after_one(api)
    with start(many.path) as first:
        wait_until(lambda: api.count >= 21)
        api.answers(lambda ticket: "other")
        with start(many.path, before=OFTEN) as second:
            list(until(second.stderr, "waiting for [0-9]+ that another run asks"))
            waited = api.count
            assert second.poll() is None
            first.send_signal(number)
            second.communicate(timeout=120)
            assert second.returncode == 0
    assert waited == 21
    assert api.count == 21 + 119


def test_a_run_that_is_stopped_is_passed_by(many, api):
    """Stopped in a debugger, or by Ctrl-Z: its claims are good for two timeouts of the endpoint."""
    config = (many.path / "promptci.yaml").read_text()
    many.write({"promptci.yaml": config.replace("}\nmodels", ", timeout: 1}\nmodels")})
    hang_after_one(api)
    with start(many.path) as first:
        wait_until(lambda: api.count >= 21)
        first.send_signal(signal.SIGSTOP)
        api.answers(lambda ticket: "other")
        with start(many.path) as second:
            assert second.wait(120) == 0
        first.kill()
    assert (many.path / RECORD).exists()


def test_errors_of_another_run_are_asked_again(many, api):
    """What one could not get, the other tries: an error is no answer."""
    api.answers(lambda ticket: Reply(400, body='{"error": {"message": "no"}}', delay=0.3))
    with start(many.path, "--concurrency", "120") as first:
        wait_until(lambda: api.count >= 10)
        api.answers(lambda ticket: "other")
        with start(many.path) as second:
            assert second.wait(120) == 0
        assert first.wait(120) == 3


def test_an_interrupt_is_heard_while_another_run_is_waited_for(many, api):
    hang_after_one(api)
    with start(many.path) as first:
        wait_until(lambda: api.count >= 21)
        with start(many.path, before=OFTEN) as second:
            told = "".join(until(second.stderr, "waiting for [0-9]+ that another run asks"))
            second.send_signal(signal.SIGINT)
            _, rest = second.communicate(timeout=120)
        assert second.returncode == 130
        assert (told + rest).endswith(
            "interrupted; what was answered is kept: the same command goes on from there\n"
        )
        first.kill()


def test_a_ceiling_ends_the_waiting_too(many, api):
    """Budget of the second run is spent on what no other run asks: then it stops."""
    hang_after_one(api)
    with start(many.path, "--concurrency", "5") as first:
        wait_until(lambda: api.count >= 6)
        with start(many.path, "--max-requests", "0") as second:
            time.sleep(0.5)
            first.kill()
            assert second.wait(120) == 4


def test_a_refresh_does_not_wait(many, api):
    hang_after_one(api)
    with start(many.path) as first:
        wait_until(lambda: api.count >= 21)
        api.answers(lambda ticket: "other")
        assert main(["run", "--refresh"]) == 0
        first.kill()


def test_the_files_of_claims_are_empty_and_private(many):
    assert main(["run"]) == 0
    claims = many.path / ".promptci" / "cache.claimed"
    assert claims.stat().st_mode & 0o777 == 0o700
    found = [each.stat() for each in claims.iterdir()]
    assert {(each.st_size, each.st_mode & 0o777) for each in found} == {(0, 0o600)}

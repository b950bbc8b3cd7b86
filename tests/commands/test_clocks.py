"""Clocks lie: what counts is the commit graph, and no duration comes from a clock on the wall."""

import json
import os
import sys
from datetime import UTC, datetime

import pytest

from histories import record, write_records
from processes import run_forked
from projects import REWORDED, before_and_after, route
from promptci.commands.main import main

RUN = "from promptci.commands.main import run; run()"
AGES = {"1970": "1970-01-01T00:00:01+00:00", "2099": "2099-12-31T23:59:59+14:00"}
SHIFTED = """
import time
from datetime import datetime, timedelta
import promptci.project.loggedrun as loggedrun

class Shifted(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days={days})

loggedrun.datetime = Shifted
wall = time.time
time.time = lambda: wall() + 86400 * {days}
"""


def commit_at(repo, monkeypatch, year, message):
    monkeypatch.setenv("GIT_AUTHOR_DATE", AGES[year])
    monkeypatch.setenv("GIT_COMMITTER_DATE", AGES[year])
    return repo.commit(message)


def score(repo, monkeypatch, year, value):
    write_records(repo, record({"a": value, "b": 1}))
    return commit_at(repo, monkeypatch, year, f"{value} in {year}")


@pytest.mark.parametrize("years", [("1970", "2099"), ("2099", "1970")])
def test_log_goes_by_parents_whatever_the_dates(repo, monkeypatch, ask, years):
    repo.write({"evals/router.yaml": "", "prompts/router.yaml": ""})
    ids = [
        score(repo, monkeypatch, years[number % 2], value)
        for number, value in enumerate((1, 0, 0.5, 1))
    ]
    entries = ask("log", "router").document["entries"]
    assert [entry["commit"] for entry in entries] == ids[::-1]
    assert [entry["lost"] for entry in entries] == [[], [], ["a"], []]


def test_a_merge_of_branches_from_other_ages_keeps_parents_below(repo, monkeypatch, ask):
    """By date the base, of 2099, would be above the branch of 1970 that came after it."""
    repo.write({"evals/router.yaml": "", "prompts/router.yaml": ""})
    base = score(repo, monkeypatch, "2099", 1)
    repo.git("checkout", "-q", "-b", "old")
    old = score(repo, monkeypatch, "1970", 0)
    repo.git("checkout", "-q", "main")
    repo.write({"README": "other"})
    commit_at(repo, monkeypatch, "2099", "other")
    new = score(repo, monkeypatch, "2099", 0.5)
    repo.git("merge", "-q", "-s", "ours", "old", "-m", "merge")
    found = [entry["commit"] for entry in ask("log", "router").document["entries"]]
    assert found.index(base) == len(found) - 1
    assert {old, new} >= set(found[:-1])


@pytest.mark.parametrize("years", [("1970", "2099"), ("2099", "1970")])
def test_check_compares_with_the_base_whatever_the_dates(project, monkeypatch, api, ask, years):
    assert main(["run"]) == 0
    commit_at(project, monkeypatch, years[0], "Scores")
    project.git("checkout", "-q", "-b", "change")
    text = (project.path / "prompts/router.yaml").read_text()
    project.write({"prompts/router.yaml": text.replace(*REWORDED)})
    api.answers(before_and_after(route, lambda ticket: "other"))
    assert main(["run"]) == 1
    commit_at(project, monkeypatch, years[1], "Reworded")
    found = ask("check", "--base", "main")
    assert found.code == 1
    assert len(found.only["lost"]) == 5


@pytest.mark.parametrize("days", [-20_000, -1, 1, 20_000])
def test_a_shifted_clock_changes_no_score_and_no_duration(project, api, days, capsys):
    """The record is the same to the byte; latencies are not negative and not of years."""
    assert main(["run"]) == 0
    whole = (project.path / "evals/router.scores.yaml").read_bytes()
    before = SHIFTED.format(days=days)
    command = [sys.executable, "-c", before + RUN, "run", "--refresh", "--json"]
    done = run_forked(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)["evals"]
    assert 0 < found["latency"]["p50"] <= found["latency"]["p95"] < 60
    assert (project.path / "evals/router.scores.yaml").read_bytes() == whole


def test_a_clock_that_jumps_back_hides_no_run(project, api, capsys):
    """Logs are named by their moment; the newest by name may not be the last that was written."""
    ahead = SHIFTED.format(days=400)
    command = [sys.executable, "-c", ahead + RUN, "run"]
    assert run_forked(command, capture_output=True, check=False).returncode == 0
    api.answers(lambda ticket: "other")
    assert main(["run", "--refresh", "--no-write"]) == 0
    capsys.readouterr()
    assert main(["show", "router", "--json"]) == 0
    fates = [each["fate"] for each in json.loads(capsys.readouterr().out)["results"]]
    assert fates.count("fail") == 5


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York", "UTC"])
def test_stamps_are_in_utc_wherever_one_is(project, zone):
    environ = {**os.environ, "TZ": zone}
    command = [sys.executable, "-c", RUN, "run"]
    assert run_forked(command, env=environ, capture_output=True, check=False).returncode == 0
    [log] = (project.path / ".promptci/runs").iterdir()
    began = datetime.fromisoformat(json.loads(log.read_bytes().splitlines()[0])["began"])
    named = datetime.strptime(log.name.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    assert began.utcoffset().total_seconds() == 0
    assert abs((datetime.now(UTC) - began).total_seconds()) < 300
    assert abs((named - began).total_seconds()) < 300

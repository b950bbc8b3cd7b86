"""The seven promises of docs/promises.md that need a test of their own, each end to end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import FakeAPI, Reply
from gitrepo import GitRepo
from projects import EVAL, PROMPT, REWORDED, config, route, router
from promptci.commands.main import main
from promptci.records.scorefile import FORMAT, dump, parse
from tables import every_row

RECORDS = Path(__file__).parent / "records"

GUARDED = """
import json, os, sys
reached, started = [], []

def watch(event, arguments):
    if event == "socket.connect":
        reached.append(str(arguments[1]))
    elif event == "socket.getaddrinfo":
        reached.append(str(arguments[0]))
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        started.append(str(arguments[0]))

sys.addaudithook(watch)
from promptci.commands.main import main
codes = [main(arguments) for arguments in json.loads(sys.argv[1])]
sys.stdout.flush()
print()
found = {"codes": codes, "reached": sorted(set(reached)), "started": sorted(set(started))}
print(json.dumps(found))
"""
"""Commands in a process of their own that notes whom it reached and which programs it started."""


def guarded(repo: GitRepo, *commands: tuple[str, ...]) -> dict:
    arguments = json.dumps([list(command) for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, arguments],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def project(repo: GitRepo, api: FakeAPI) -> GitRepo:
    """The project `router` with its records on `main`, on the branch `pull`."""
    api.answers(route)
    repo.write(router(api.url))
    assert main(["run"]) == 0
    repo.commit("scores")
    repo.git("checkout", "-q", "-b", "pull")
    return repo


def test_equal_inputs_and_answers_give_equal_bytes(project, api, tmp_path):
    record = project.path / "evals/router.scores.yaml"
    first = record.read_bytes()
    clone = tmp_path / "another place"
    project.git("clone", "-q", str(project.path), str(clone))
    (clone / "evals/router.scores.yaml").unlink()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from promptci.commands.main import run; run()",
            "run",
            "--concurrency",
            "3",
        ],
        cwd=clone,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "COLUMNS": "60"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (clone / "evals/router.scores.yaml").read_bytes() == first
    record.unlink()
    before = api.count
    assert main(["run"]) == 0
    assert (record.read_bytes(), api.count) == (first, before)


def test_a_strangers_change_runs_nothing_reaches_no_host_and_writes_nothing(
    project, api, tmp_path, monkeypatch
):
    home, outside = tmp_path / "stranger's home", tmp_path / "outside"
    outside.mkdir()
    home.mkdir()
    with FakeAPI() as evil:
        evil.answers(route)
        change = {
            "promptci.yaml": config(evil.url),
            "prompts/router.yaml": PROMPT.replace(*REWORDED),
            "evals/router.yaml": f"{EVAL}gate: {{tolerance: 1}}\n",
            "conftest.py": f"open({str(outside / 'conftest')!r}, 'w')\n",
            "sitecustomize.py": f"open({str(outside / 'site')!r}, 'w')\n",
            "promptci/__init__.py": f"open({str(outside / 'package')!r}, 'w')\n",
            "yaml.py": f"open({str(outside / 'yaml')!r}, 'w')\n",
            ".env": "OPENAI_API_KEY=canary\n",
            ".gitattributes": "* filter=evil diff=evil\n",
        }
        project.write(change)
        project.link("evals/out.scores.yaml", str(outside / "scores"))
        project.link(".promptci-link", str(outside))
        head = project.commit("change")
        project.git("checkout", "-q", "main")
        before = sorted(path for path in project.path.iterdir())
        found = guarded(
            project,
            ("check", "--head", head),
            ("diff", "HEAD", "--head", head),
            ("compare", "HEAD", "HEAD"),
        )
        assert evil.count == 0
    assert found["codes"][0] == 3  # its record is none of this change
    assert set(found["started"]) == {"git"}
    assert found["reached"] == [] or all("127.0.0.1" in each for each in found["reached"])
    assert sorted(project.path.iterdir()) == before
    assert list(outside.iterdir()) == []


UNDECIDED = {
    "no evals": ({"evals/router.yaml": None, "evals/router.jsonl": None}, ("run",), 5),
    "no examples": ({"evals/router.jsonl": ""}, ("run",), 2),
    "a filter that matches nothing": ({}, ("run", "--tag", "nothing"), 5),
    "an example that is not there": ({}, ("run", "--example", "nothing"), 5),
    "a scorer that is misspelt": (
        {"evals/router.yaml": EVAL.replace("equals", "equal")},
        ("run",),
        2,
    ),
    "a threshold that is misspelt": (
        {"evals/router.yaml": EVAL.replace("equals", "equals: {treshold: 1}")},
        ("run",),
        2,
    ),
    "a score that is no number": (
        {"evals/router.yaml": EVAL.replace("equals", "equals: {threshold: .nan}")},
        ("run",),
        2,
    ),
    "nobody asked": ({"prompts/router.yaml": PROMPT.replace(*REWORDED)}, ("run", "--offline"), 3),
    "errors alone": ({"prompts/router.yaml": PROMPT.replace(*REWORDED)}, ("run",), 3),
    "a stale record": ({"prompts/router.yaml": PROMPT.replace(*REWORDED)}, ("check",), 3),
    "a base that is not there": ({}, ("check", "--base", "nowhere"), 2),
    "a damaged record": ({"evals/router.scores.yaml": "format: 1\n"}, ("diff", "main"), 3),
}


@pytest.mark.parametrize(("change", "command", "code"), UNDECIDED.values(), ids=list(UNDECIDED))
def test_what_is_undecided_never_exits_0(project, api, change, command, code):
    api.answers(lambda _: Reply(400, body={"error": {"message": "no"}}))
    for name, text in change.items():
        if text is None:
            (project.path / name).unlink()
        else:
            project.write({name: text})
    assert main(list(command)) == code != 0


def test_no_host_is_reached_but_the_configured_endpoints(project, api):
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    found = guarded(
        project,
        ("run",),
        ("check",),
        ("compare", "main", "small"),
        ("log", "router"),
        ("diff", "main"),
        ("why", "router", "--base", "main"),
        ("noise", "router", "-k", "2"),
        ("bisect", "router", "--good", "main", "--bad", "HEAD"),
        ("lint",),
        ("show", "router"),
        ("schema", "eval"),
        ("cache", "size"),
    )
    reached = [each for each in found["reached"] if "127.0.0.1" not in each]
    assert reached == []
    assert any(str(api.port) in each for each in found["reached"])
    assert {each.rpartition(", ")[2].rstrip(")") for each in found["reached"]} <= {
        str(api.port),
        "'127.0.0.1'",
        "127.0.0.1",
    }


@every_row("path", sorted(RECORDS.glob("*.scores.yaml")))
def test_records_of_every_past_format_are_read(path):
    text = path.read_text("utf-8")
    records = parse(text, path.name, "router")
    [record] = records.values()
    assert (record.passed, record.total, record.errors) == (2, 4, 1)
    assert {result.id: result.fate for result in record.results} == {
        "broken": "fail",
        "card": "pass",
        "hello": "error",
        "parcel": "pass",
    }
    assert [(loss.id, loss.why) for loss in record.accepted] == [("broken", "Ada: known")]
    assert dump(records) == text


def test_every_past_format_has_a_record_kept():
    found = [path.name for path in sorted(RECORDS.glob("*.scores.yaml"))]
    assert found == [f"v{number}.scores.yaml" for number in range(1, FORMAT + 1)]

"""A hundred thousand examples with answers of 8 kB: memory and reports stay small."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from processes import PROMPTCI
from projects import example, jsonl, router

SERVER = Path(__file__).parent.parent / "benchmarks" / "server.py"
EXAMPLES = 100_000
ANSWER = 8_000
MB = 1_000_000


@pytest.fixture
def large(repo):
    """The project with very many examples; half of them fail, and all answers are long."""
    command = [sys.executable, str(SERVER), "--size", str(ANSWER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        port = server.stdout.readline().strip()
        rows = (
            example(f"n{n}", f"Say {n}", f"SAY {n} " if n % 2 else "something else")
            for n in range(EXAMPLES)
        )
        scorers = "examples: router.jsonl\nscorers: [contains]\n"
        url = f"http://127.0.0.1:{port}/v1"
        repo.write(router(url, examples=jsonl(rows), eval=scorers))
        repo.commit("Large")
        yield repo
        server.kill()


MEASURED = """
import os, sys
child = os.posix_spawn(sys.executable, sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss, file=open("memory", "w"))
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Runs a command from a small process: a child begins with the peak of the one that made it."""


def promptci(*arguments):
    """Exit code, output and the largest memory in MB of a run in a child."""
    command = [sys.executable, "-c", MEASURED, *PROMPTCI, *arguments]
    with Path("out").open("wb") as out, Path("err").open("wb") as err:
        code = subprocess.run(command, stdout=out, stderr=err, check=False).returncode
    assert b"Traceback" not in Path("err").read_bytes()
    return code, Path("out").read_bytes(), int(Path("memory").read_text()) / 1024


@pytest.mark.long
def test_memory_and_reports_stay_small(large, tmp_path, monkeypatch, record_property):
    monkeypatch.chdir(tmp_path)
    project = ("-C", str(large.path))
    for name in ("cold", "warm"):
        code, out, memory = promptci(*project, "run", "--concurrency", "100", "--json")
        assert (code, json.loads(out)["evals"][0]["total"]) == (0, EXAMPLES)
        record_property(f"{name} run: MB of memory", round(memory))
        record_property(f"{name} run: MB of JSON", round(len(out) / MB, 2))
        assert memory < 300
        assert len(out) < 20 * MB
    state, record = large.path / ".promptci", large.path / "evals/router.scores.yaml"
    [log, _] = sorted((state / "runs").iterdir())
    for name, file in {"record": record, "run log": log, "cache": state / "cache.sqlite"}.items():
        record_property(f"{name}: MB", round(file.stat().st_size / MB, 1))
    large.commit("Scores")
    # Half of the examples are lost, each with two answers that a report may show.
    prompt = large.path / "prompts/router.yaml"
    prompt.write_text(prompt.read_text().replace('"{{ ticket }}"', '"{{ ticket }}."'))
    assert promptci(*project, "run", "--concurrency", "100", "--confirm", "0")[0] == 1
    reports = {"--markdown": tmp_path / "report.md", "--junit": tmp_path / "report.xml"}
    options = [str(part) for pair in reports.items() for part in pair]
    checks = {
        "against a record, lost ones asked again": ("HEAD", "--confirm", "1", "--json"),
        "with both sides run": ("HEAD~1", "--confirm", "0", *options),
    }
    for name, asked in checks.items():
        code, out, memory = promptci(*project, "check", "--concurrency", "100", "--base", *asked)
        assert code == 1
        record_property(f"check {name}: MB of memory", round(memory))
        assert memory < 300
        assert len(out) < 20 * MB
    for option, path in reports.items():
        record_property(f"check {option}: MB", round(path.stat().st_size / MB, 2))
        assert 10_000 < path.stat().st_size < 20 * MB

"""How long `log` takes over 2,000 commits, and `diff` between two commits with 200 evals.

    python benchmarks/history.py [--examples 40] [--times 5]

Prints the best whole-process time of several, and the processor time of that one.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from promptci.records.record import Parts, Record, Result
from promptci.records.scorefile import dump

COMMITS = 2000
EVALS = 200
HOUR = 3600
START = 1_600_000_000


@dataclass(frozen=True)
class Case:
    """A command, where it runs, and how long it may take in seconds."""

    name: str
    folder: Path
    arguments: tuple[str, ...]
    limit: float


def main() -> int:
    """Build the repositories, measure, and say which targets were missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=40)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in _cases(Path(folder), given.examples):
            wall, processor = min(_measured(case) for _ in range(given.times))
            missed += wall > case.limit
            mark = "" if wall <= case.limit else "  MISSED"
            figures = f"{wall:.2f} s ({processor:.2f} s processor), limit {case.limit} s"
            sys.stdout.write(f"{case.name}: {figures}{mark}\n")
    return 1 if missed else 0


def _cases(folder: Path, examples: int) -> Iterator[Case]:
    rng = random.Random(1)
    long = long_history(folder / "long", rng, examples)
    what = f"{examples} examples each"
    yield Case(f"log over {COMMITS} commits, {what}", long, ("log", "triage"), 1.0)
    for changed in (10, EVALS):
        wide = _repository(folder / f"wide-{changed}", _all_at_once(rng, examples, changed))
        name = f"diff of {EVALS} evals, {changed} changed, {what}"
        yield Case(name, wide, ("diff", "HEAD~1", "--head", "HEAD"), 0.5)
        yield Case(f"{name}, working tree", wide, ("diff", "HEAD~1"), 0.5)


def long_history(folder: Path, rng: random.Random, examples: int) -> Path:
    """A repository of `COMMITS` commits of one record."""
    return _repository(folder, _one_by_one(rng, examples))


def _one_by_one(rng: random.Random, examples: int) -> Iterator[dict[str, str]]:
    """Commit after commit of one eval: a few examples flip each time."""
    passed = [rng.random() < 0.8 for _ in range(examples)]
    for number in range(COMMITS):
        for index in rng.sample(range(examples), rng.choice((0, 1, 2, 3))):
            passed[index] = not passed[index]
        yield {"evals/triage.scores.yaml": _scores(rng, passed, f"v{number // 7}")}


def _all_at_once(rng: random.Random, examples: int, changed: int) -> Iterator[dict[str, str]]:
    """Two commits of many evals, of which the second changes some."""
    for count in (EVALS, changed):
        yield {
            f"evals/{number:03}.scores.yaml": _scores(
                rng, [rng.random() < 0.8 for _ in range(examples)], "v1"
            )
            for number in range(count)
        }


def _scores(rng: random.Random, passed: list[bool], version: str) -> str:
    results = tuple(
        Result(
            f"refund-{index:03}", f"{index * 7919:012x}", "pass" if good else "fail", float(good)
        )
        for index, good in enumerate(passed)
    )
    digits = f"{rng.getrandbits(64):016x}"
    record = Record(
        eval="triage",
        model="small",
        fingerprint=digits,
        parts=Parts(digits[:12], "1" * 12, "2" * 12, "3" * 12),
        score=sum(passed) / len(passed),
        passed=sum(passed),
        total=len(passed),
        results=results,
        prompt="triage",
        version=version,
        model_id="http://llm.example/v1 small",
        metrics={"equals": sum(passed) / len(passed)},
    )
    return dump({"small": record})


def _repository(folder: Path, commits: Iterator[dict[str, str]]) -> Path:
    """A repository with one commit for each set of files."""
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(folder)], check=True)
    stream = b"".join(_commit(number, files) for number, files in enumerate(commits))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)
    subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=folder, check=True)
    return folder


def _commit(number: int, files: dict[str, str]) -> bytes:
    who = f"Ada <ada@test.invalid> {START + number * HOUR} +0000"
    lines = f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata 4\nedit\n".encode()
    for path, text in files.items():
        data = text.encode()
        lines += f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
    return lines


def _measured(case: Case) -> tuple[float, float]:
    """Seconds on the wall and of the processor, from start to exit."""
    program = Path(sys.executable).with_name("promptci")
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [str(program), *case.arguments], cwd=case.folder, stdout=subprocess.DEVNULL, check=True
    )
    wall, after = time.perf_counter() - began, os.times()
    used = after.children_user + after.children_system
    return wall, used - before.children_user - before.children_system


if __name__ == "__main__":
    raise SystemExit(main())

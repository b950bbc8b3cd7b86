"""What is done again for work that is stored: processor time beside a floor, in turns.

    python benchmarks/stored.py [ROW]... [--pairs 5]

Whole processes. The floor of 10,000 examples reads them, hashes each and gets its answer from the
store; that of `lint` parses their JSON; that of 300 evals of 30 is one eval of 9,000; those of
start-up are Python with what they cannot do without. The figure is the median ratio within a pair.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from load import server

PROMPTCI = str(Path(sys.executable).with_name("promptci"))
GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.com")

LOOKED_UP = """
import hashlib, json, sqlite3
db = sqlite3.connect(".promptci/cache.sqlite")
rows = [(line, json.loads(line)) for line in open("evals/p0.jsonl")]
digests = [hashlib.sha256(line.encode()).digest() for line, _ in rows]
keys = [key for key, in db.execute("SELECT key FROM completion")]
for start in range(0, len(keys), 256):
    some = keys[start:start + 256]
    marks = ",".join("?" * len(some))
    db.execute(f"SELECT * FROM completion WHERE key IN ({marks})", some).fetchall()
"""
PARSED = "import json\nfor line in open('evals/p0.jsonl'): json.loads(line)"
STARTED = "import argparse, json, sqlite3"


@dataclass(frozen=True)
class Row:
    """A command in a repository, and what it is held against, there or in another one."""

    command: tuple[str, ...]
    root: Path
    floor: tuple[str, ...]
    floor_root: Path
    target: float


def spent(command: tuple[str, ...], root: Path) -> float:
    """Seconds of processor time of one whole process and its children."""
    process = subprocess.Popen(
        command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime


@contextmanager
def repository(port: int, evals: int, examples: int) -> Iterator[Path]:
    """So many evals of so many examples, asked once and committed."""
    with TemporaryDirectory() as name:
        root = Path(name)
        for path, text in _files(port, evals, examples):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text)
        subprocess.run([*GIT, "init", "-q"], cwd=root, check=True)
        for message in ("files", "scores"):
            subprocess.run([*GIT, "add", "-A"], cwd=root, check=True)
            subprocess.run([*GIT, "commit", "-qm", message], cwd=root, check=True)
            if message == "files":
                spent((PROMPTCI, "run", "--concurrency", "100"), root)
        yield root


def _files(port: int, evals: int, examples: int) -> Iterator[tuple[str, str]]:
    yield ".gitignore", ".promptci/\n"
    yield (
        "promptci.yaml",
        f'endpoints: {{bench: {{base_url: "http://127.0.0.1:{port}/v1"}}}}\n'
        "defaults: {model: bench/bench}\n",
    )
    for number in range(evals):
        content = f"Eval {number}: {{{{ text }}}}"
        yield f"prompts/p{number}.yaml", f'messages: [{{role: user, content: "{content}"}}]\n'
        yield f"evals/p{number}.yaml", f"examples: p{number}.jsonl\nscorers: [contains]\n"
        rows = (
            {"id": f"e{place}", "vars": {"text": f"Say {place}"}, "expected": str(place)}
            for place in range(examples)
        )
        yield f"evals/p{number}.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows)


def rows(large: Path, one: Path, many: Path) -> dict[str, Row]:
    """Every row by its name."""

    def script(text: str) -> tuple[str, ...]:
        return sys.executable, "-c", text

    def stored(*command: str, target: float, floor: str = LOOKED_UP) -> Row:
        return Row((PROMPTCI, *command), large, script(floor), large, target)

    def several(*command: str) -> Row:
        return Row((PROMPTCI, *command), many, (PROMPTCI, *command), one, 1.5)

    def small(*command: str, target: float, floor: str) -> Row:
        return Row((PROMPTCI, *command), many, script(floor), many, target)

    return {
        "run": stored("run", target=1.5),
        "check": stored("check", "--base", "HEAD", target=3),
        "compare": stored("compare", "HEAD~1", "HEAD", target=3),
        "lint": stored("lint", target=4, floor=PARSED),
        "many-run": several("run"),
        "many-lint": several("lint"),
        "many-why": several("why", "p0"),
        "version": small("--version", target=1.3, floor=STARTED),
        "log": small("log", "p0", target=2.5, floor="import click, yaml"),
    }


def measured(row: Row, pairs: int) -> str:
    """The median ratio, and both medians."""
    found = [(spent(row.command, row.root), spent(row.floor, row.floor_root)) for _ in range(pairs)]
    ratio = median(ours / floor for ours, floor in found)
    ours, floor = (median(side) for side in zip(*found, strict=True))
    return f"{ours:.2f} s  floor {floor:.2f} s  {ratio:.2f} x  (target {row.target} x)"


def main(say: Callable[[str], object]) -> None:
    """Build the repositories and print a line per row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    with (
        server(0.0) as port,
        repository(port, 1, 10_000) as large,
        repository(port, 1, 9_000) as one,
        repository(port, 300, 30) as many,
    ):
        for name, row in rows(large, one, many).items():
            if not given.rows or name in given.rows:
                say(f"{name:10} {measured(row, given.pairs)}\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main(sys.stdout.write)

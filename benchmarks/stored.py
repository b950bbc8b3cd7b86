"""What is done again for work that is stored: processor time beside a floor, in turns.

    python benchmarks/stored.py [ROW]... [--pairs 5]

Whole processes. The floor of 10,000 examples reads them, hashes each and gets its answer from the
store; that of `lint` parses their JSON; that of 300 evals of 30 is one eval of 9,000; those of
start-up are Python with what they cannot do without; that of a history of 2,000 commits is
`git log` and `git cat-file --batch`. Each command ran twice before, so what it remembers is there,
and what it said, which is said again where nothing has changed. Before rows called `-beside` a file
that no command reads is written, before `-touched` files that they read get another time; before
`-commit` a file beside is committed; rows called `-forgotten` begin without
what is remembered; before `history-next` a commit of the record is added.
Python may keep compiled modules, as it does where promptci is installed. The figure is the median
ratio within a pair. `large-run` takes minutes.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from load import server

from history import long_history

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
DRAWN = "import click, yaml"
HISTORY = """
git log --format=%H -- evals/triage.scores.yaml | sed 's,$,:evals/triage.scores.yaml,' |
git cat-file --batch
"""
SETTLED = 3
"""Seconds after which the times of a file tell whether it was written to."""


@dataclass(frozen=True)
class Row:
    """A command in a repository, and what it is compared with, there or in another one.

    Before each run `prepare` deletes what is remembered, or changes a file beside.
    """

    command: tuple[str, ...]
    root: Path
    floor: tuple[str, ...]
    floor_root: Path
    target: float
    prepare: Callable[[Path], object] = Path.exists


def forget(root: Path) -> None:
    """Delete what is remembered of earlier runs."""
    shutil.rmtree(root / ".promptci/known", ignore_errors=True)


def write_beside(root: Path) -> None:
    """Change a file that no command needs."""
    (root / "notes.txt").write_text(str(time.time_ns()))


def add_commit(root: Path) -> None:
    """Commit the record of `history` once more, under another label."""
    path = root / "evals/triage.scores.yaml"
    path.write_text(
        re.sub('version: "?[^,\n}"]*"?', f'version: "v{time.time_ns()}"', path.read_text())
    )
    subprocess.run([*GIT, "commit", "-qam", "again"], cwd=root, check=True)


def touch(root: Path) -> None:
    """Give files that commands read another time of change, and nothing else."""
    for path in sorted((root / "evals").iterdir())[:3]:
        path.touch()


def commit_beside(root: Path) -> None:
    """Commit a file that no command needs."""
    write_beside(root)
    for command in (["add", "notes.txt"], ["commit", "-qm", "beside"]):
        subprocess.run([*GIT, *command], cwd=root, check=True)


ENDINGS: dict[str, Callable[[Path], object]] = {
    "": Path.exists,
    "-beside": write_beside,
    "-touched": touch,
    "-commit": commit_beside,
    "-forgotten": forget,
}
"""What is done before each run of a row, by how its name ends."""


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


@dataclass(frozen=True)
class Roots:
    """The repositories, each built when it is first asked for."""

    long: Callable[[], Path]
    of: Callable[[int, int], Path]

    @property
    def large(self) -> Path:
        """One eval of 10,000 examples."""
        return self.of(1, 10_000)

    @property
    def many(self) -> Path:
        """300 evals of 30 examples."""
        return self.of(300, 30)


@contextmanager
def built(port: int) -> Iterator[Roots]:
    """Repositories that are gone afterwards."""
    with ExitStack() as stack:

        @cache
        def of(evals: int, examples: int) -> Path:
            return stack.enter_context(repository(port, evals, examples))

        @cache
        def long() -> Path:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            root = long_history(folder / "long", random.Random(1), 40)
            (root / ".promptci").mkdir()
            return root

        yield Roots(long, of)


def rows(roots: Roots) -> dict[str, Callable[[], Row]]:
    """What makes each row, by its name."""

    def script(text: str) -> tuple[str, ...]:
        return sys.executable, "-c", text

    def stored(
        *command: str,
        target: float,
        floor: str = LOOKED_UP,
        count: int = 10_000,
        prepare: Callable[[Path], object] = Path.exists,
    ) -> Row:
        root = roots.of(1, count)
        return Row((PROMPTCI, *command), root, script(floor), root, target, prepare)

    def several(*command: str, prepare: Callable[[Path], object]) -> Row:
        one = roots.of(1, 9_000)
        return Row((PROMPTCI, *command), roots.many, (PROMPTCI, *command), one, 1.5, prepare)

    def small(*command: str, target: float, floor: str) -> Row:
        return Row((PROMPTCI, *command), roots.many, script(floor), roots.many, target)

    def long(*, prepare: Callable[[Path], object]) -> Row:
        root = roots.long()
        return Row((PROMPTCI, "log", "triage"), root, ("sh", "-c", HISTORY), root, 3, prepare)

    sides = "HEAD~1", "HEAD"
    found: dict[str, Callable[[], Row]] = {}
    for ending, prepare in ENDINGS.items():
        make = partial(stored, prepare=prepare)
        found |= {
            f"run{ending}": partial(make, "run", target=1.5),
            f"check{ending}": partial(make, "check", "--base", "HEAD", target=3),
            f"compare{ending}": partial(make, "compare", *sides, target=3),
            f"lint{ending}": partial(make, "lint", target=4, floor=PARSED),
            f"many-run{ending}": partial(several, "run", prepare=prepare),
            f"many-lint{ending}": partial(several, "lint", prepare=prepare),
            f"many-why{ending}": partial(several, "why", "p0", prepare=prepare),
            f"history{ending}": partial(long, prepare=prepare),
        }
    return found | {
        "history-next": partial(long, prepare=add_commit),
        "version": partial(small, "--version", target=1.3, floor=STARTED),
        "help": partial(small, "--help", target=1.3, floor=STARTED),
        "log": partial(small, "log", "p0", target=2.5, floor=DRAWN),
        "log-100": partial(stored, "log", "p0", target=2.5, floor=DRAWN, count=100),
        "diff-100": partial(stored, "diff", target=2.5, floor=DRAWN, count=100),
        "large-run": partial(stored, "run", target=2, count=100_000),
    }


ASKED_FOR = ("large-run",)
"""Rows that are only measured where they are named."""


def measured(row: Row, pairs: int) -> str:
    """The median ratio, and both medians."""
    is_apart = row.floor_root is not row.root
    for _ in range(2):
        row.prepare(row.root)
        time.sleep(SETTLED)
        spent(row.command, row.root)
        if is_apart:
            row.prepare(row.floor_root)
            spent(row.floor, row.floor_root)
        time.sleep(SETTLED)
    found = []
    for _ in range(pairs):
        row.prepare(row.root)
        ours = spent(row.command, row.root)
        if is_apart:
            row.prepare(row.floor_root)
        found.append((ours, spent(row.floor, row.floor_root)))
    ratio = median(ours / floor for ours, floor in found)
    ours, floor = (median(side) for side in zip(*found, strict=True))
    return f"{ours:.2f} s  floor {floor:.2f} s  {ratio:.2f} x  (target {row.target} x)"


def main(say: Callable[[str], object]) -> None:
    """Build the repositories and print a line per row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    with server(0.0) as port, built(port) as roots:
        for name, make in rows(roots).items():
            if name in given.rows or (not given.rows and name not in ASKED_FOR):
                say(f"{name:12} {measured(make(), given.pairs)}\n")


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main(sys.stdout.write)

"""Runs that are killed, again and again, and what must hold after each of them.

A `Victim` is a project with a model on loopback. `kill` starts `promptci run` in a child and ends
it by SIGKILL: at a moment, when the model has been asked so often, or at a step (a file opened,
synced, renamed or removed, a statement of SQLite), which the child counts itself. `finish` lets a
run end by itself. Both compare what is on disk with what was there before.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from fakes import Asked, FakeAPI, Reply, response_to
from gitrepo import GitRepo
from processes import Forked
from projects import example, jsonl, router
from promptci.commands.main import main
from promptci.run.logged.logformat import count_results, read_line
from promptci.run.logged.runlog import log_lines

CONCURRENCY = 8
EXAMPLES = 200
RECORD = "evals/router.scores.yaml"
RUN = "from promptci.commands.main import run; run()"

COUNT_STEPS = """
import os, signal, sqlite3, sys
left = int(sys.argv.pop(1))

def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def counted(call):
    def stepping(*arguments, **options):
        step()
        result = call(*arguments, **options)
        step()
        return result
    return stepping

for name in ("open", "fsync", "replace", "unlink", "mkdir", "fchmod"):
    setattr(os, name, counted(getattr(os, name)))
connect = sqlite3.connect

def traced(*arguments, **options):
    db = connect(*arguments, **options)
    db.set_trace_callback(step)
    return db

sqlite3.connect = traced
"""

Kind: TypeAlias = Literal["moment", "request", "step"]


@dataclass(frozen=True)
class Kill:
    """When to kill: after seconds, at a request's arrival, or at a step."""

    kind: Kind
    at: float


def any_kill(chance: random.Random, seconds: float) -> Kill:
    """One of the three; `seconds` is how long a whole run takes."""
    kind: Kind = chance.choice(("moment", "request", "step"))
    if kind == "moment":
        return Kill(kind, chance.uniform(0.1, seconds * 1.05))
    return Kill(kind, chance.randint(1, 60 if kind == "request" else 400))


class Victim:
    """A project whose runs are killed. `kills` counts those that were."""

    def __init__(self, repo: GitRepo, api: FakeAPI) -> None:
        self.repo, self.api = repo, api
        self.kills = self.twice = 0
        self._to_kill: tuple[int, subprocess.Popen[bytes]] | None = None
        api.answers(self._answer)
        repo.write(router(api.url, examples=_examples(), eval=_EVAL, prompt=_PROMPT))
        repo.commit("The router")
        self.seconds = self._timed()
        self.whole = self.record.read_bytes()
        repo.write({"prompts/router.yaml": _PROMPT + "  - {role: user, content: Hello.}\n"})
        assert main(["run"]) == 0
        self.old = self.record.read_bytes()
        assert self.old != self.whole
        repo.write({"prompts/router.yaml": _PROMPT})
        self.begin_again()

    @property
    def state(self) -> Path:
        return self.repo.path / ".promptci"

    @property
    def record(self) -> Path:
        return self.repo.path / RECORD

    def begin_again(self) -> None:
        """Nothing kept, and the record of an earlier prompt in place."""
        shutil.rmtree(self.state)
        self.record.write_bytes(self.old)
        self.api.sent.clear()

    def kill(self, when: Kill) -> bool:
        """Whether a run was killed before its end; nothing may be lost by it."""
        before, sent = self.kept(), self.api.count
        with self._start(when) as child:
            if when.kind == "moment":
                time.sleep(when.at)
                child.kill()
            child.wait()
        was_killed = child.returncode == -signal.SIGKILL
        assert was_killed or child.returncode == 0
        self.kills += was_killed
        self._hold(before, sent)
        assert self.record.read_bytes() in (self.old, self.whole)
        return was_killed

    def finish(self) -> None:
        """The next run is like one that nothing ever happened to."""
        before, sent = self.kept(), self.api.count
        assert main(["run", "--concurrency", str(CONCURRENCY)]) == 0
        self._hold(before, sent)
        assert self.record.read_bytes() == self.whole
        assert self.kept() == {f"Hello {number}" for number in range(EXAMPLES)}
        assert self._logged() == {f"n{number}" for number in range(EXAMPLES)}
        assert self._reported() == EXAMPLES
        assert not [name for name in self._names("evals") if name.startswith(".")]
        assert set(self._names(".promptci")) <= _STATE

    def kept(self) -> set[str]:
        """The questions whose answers are in the cache, which is whole."""
        path = self.state / "cache.sqlite"
        if not path.exists() or not path.stat().st_size:
            return set()
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return set()
            return {text for (text,) in db.execute("SELECT text FROM completion")}

    def _hold(self, before: set[str], sent: int) -> None:
        """What was kept is kept, was not asked again, and of the rest only what was under way."""
        now = [body["messages"][-1]["content"] for body in self.api.requests]
        assert before <= self.kept()
        assert before.isdisjoint(now[sent:])
        assert not list(self.state.glob("*corrupt*"))
        twice = sum(Counter(now).values()) - len(set(now))
        assert twice <= CONCURRENCY * self.kills, f"{twice} asked twice, {self.kills} kills"
        self.twice = max(self.twice, twice)

    def _logged(self) -> set[str]:
        """The examples in all run logs."""
        return {line.example for line in log_lines(self.state / "runs")}

    def _reported(self) -> int:
        """How many results the newest run log has, none of them twice."""
        newest = max((self.state / "runs").iterdir()).read_bytes().splitlines()
        lines = list(filter(None, map(read_line, newest)))
        assert len({line.example for line in lines}) == len(lines)
        return sum(map(count_results, newest))

    def _names(self, folder: str) -> list[str]:
        return os.listdir(self.repo.path / folder)  # noqa: PTH208 (names, not paths)

    def _timed(self) -> float:
        begun = time.monotonic()
        assert self._run() == 0
        return time.monotonic() - begun

    def _run(self) -> int:
        with self._start(Kill("moment", 0)) as child:
            return child.wait()

    def _start(self, when: Kill) -> "subprocess.Popen[bytes]":
        counts, before = ([str(when.at)], COUNT_STEPS) if when.kind == "step" else ([], "")
        arguments = [*counts, "run", "--concurrency", str(CONCURRENCY)]
        child = Forked(
            [sys.executable, "-c", before + RUN, *arguments],
            cwd=self.repo.path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._to_kill = (self.api.count + int(when.at), child) if when.kind == "request" else None
        return child

    def _answer(self, asked: Asked) -> Reply:
        """Say the question, a little later; kill whoever asks when it is time."""
        if self._to_kill is not None and self.api.count >= self._to_kill[0]:
            self._to_kill[1].kill()
        return Reply(body=response_to(asked.body, asked), delay=0.005)


_STATE = {
    *("cache.sqlite", "cache.sqlite-journal", "cache.sqlite-wal", "cache.sqlite-shm"),
    *("cache.claimed", "runs", ".gitignore", "known"),
}
_EVAL = "examples: router.jsonl\nscorers: [contains]\n"
_PROMPT = """\
messages:
  - {role: system, content: You route support tickets.}
  - {role: user, content: "{{ ticket }}"}
"""


def _examples() -> str:
    rows = (example(f"n{number}", f"Hello {number}", "Hello") for number in range(EXAMPLES))
    return jsonl(rows)

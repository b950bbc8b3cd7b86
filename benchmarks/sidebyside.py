"""promptci and a peer in turns on one server: the ratio is the figure, since machines vary.

Rows for `bench.py`: faults, cut, saturated, cold and kills. Peers come from `make bench-peers`.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from benchproject import project
from load import server

ROOT = Path(__file__).parents[1]
PROMPTCI = str(Path(sys.executable).with_name("promptci"))
PEER = ROOT / ".bench/bin/python"
PAIRS = 5
FAULTS = ("--seed", "1", "--rate-limit", "0.05", "--retry-after", "1", "--error", "0.02")


@dataclass(frozen=True)
class Took:
    """One whole process: seconds on the wall, of the processor, calls to the server, last line."""

    seconds: float
    processor: float
    calls: int
    said: str


@contextmanager
def faulty(*options: str) -> Iterator[int]:
    """A server that misbehaves; gives its port."""
    command = [sys.executable, str(ROOT / "tests/faults.py"), "--latency", "0.05", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def requests(port: int) -> int:
    """How many requests a server has had."""
    with urlopen(f"http://127.0.0.1:{port}/count") as response:
        told = json.load(response)
    return int(told["requests"] if isinstance(told, dict) else told)


def took(command: list[str], port: int, cwd: Path | None = None) -> Took:
    """Run a whole process."""
    before, begun, used = requests(port), time.perf_counter(), os.times()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    seconds, now = time.perf_counter() - begun, os.times()
    processor = now.children_user + now.children_system - used.children_user - used.children_system
    said = (done.stdout.strip() or done.stderr.strip() or " ").splitlines()[-1]
    return Took(seconds, processor, requests(port) - before, f"exit {done.returncode}, {said}")


def in_turns(port: int, root: Path, peer: str, *, count: int, concurrency: int = 100) -> str:
    """Pairs of runs, ours first and theirs first by turns; the line of the table."""
    ours, theirs = [], []

    def run_ours() -> None:
        shutil.rmtree(root / ".promptci", ignore_errors=True)
        command = [PROMPTCI, "run", "--no-write", "--concurrency", "100"]
        ours.append(took(command, port, root))

    def run_theirs() -> None:
        options = ["--port", str(port), "--calls", str(count), "--concurrency", str(concurrency)]
        command = [str(PEER), str(ROOT / "benchmarks/peers.py"), peer, *options]
        theirs.append(took(command, port))

    for number in range(PAIRS):
        pair = (run_ours, run_theirs)
        for run in pair if number % 2 else reversed(pair):
            run()
    ratio = median(mine.seconds / its.seconds for mine, its in zip(ours, theirs, strict=True))
    return f"{ratio:.2f} x {peer}: {_figures(ours, count)}, {_figures(theirs, count)}"


def _figures(found: list[Took], count: int) -> str:
    seconds, processor = (median(getattr(t, n) for t in found) for n in ("seconds", "processor"))
    extra = median(each.calls for each in found) / count - 1
    ends = sorted({each.said for each in found})
    return f"{seconds:.2f} s ({processor:.2f} s processor, {extra:+.1%} calls; {ends[0]})"


def killed(port: int, root: Path, *, kills: int = 20) -> str:
    """How many answered calls a run has lost that is killed at some moment, 20 side by side."""
    lost = sorted(_lost(port, root, random.Random(number)) for number in range(kills))
    return f"median {median(lost):g} of {kills} kills, at most {lost[-1]}"


def _lost(port: int, root: Path, chance: random.Random) -> int:
    shutil.rmtree(root / ".promptci", ignore_errors=True)
    before, wanted = requests(port), chance.randint(50, 600)
    command = [PROMPTCI, "run", "--no-write", "--concurrency", "20"]
    with subprocess.Popen(command, cwd=root, stdout=-3, stderr=-3) as child:
        while requests(port) - before < wanted:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))
        answered = requests(port) - before
        child.send_signal(signal.SIGKILL)
    subprocess.run([PROMPTCI, "cache", "size"], cwd=root, stdout=-3, check=True)
    with closing(sqlite3.connect(root / ".promptci/cache.sqlite")) as db:
        (kept,) = db.execute("SELECT count(*) FROM completion").fetchone()
    return max(0, answered - kept)


def need_peers() -> None:
    """Leave where they are not installed."""
    if not PEER.exists():
        sys.exit("make bench-peers sets up the peers")


def against(
    options: tuple[str, ...], peers: tuple[str, ...], width: int = 100
) -> Iterator[tuple[str, str]]:
    """A thousand examples on a server that misbehaves."""
    need_peers()
    with faulty(*options) as port, project(port, 1000) as root:
        for peer in peers:
            yield f"beside {peer}", in_turns(port, root, peer, count=1000, concurrency=width)


def cold() -> Iterator[tuple[str, str]]:
    """Everything asked of a server that is well, beside bare aiohttp, few beside bare streams."""
    need_peers()
    for latency, count in ((0.05, 10_000), (0.0, 10_000), (0.0, 1000), (0.0, 100)):
        with server(latency) as port, project(port, count) as root:
            figures = in_turns(port, root, "aiohttp" if count > 100 else "streams", count=count)
            yield f"{count} at {1000 * latency:g} ms", figures


def kills() -> Iterator[tuple[str, str]]:
    """Runs that are killed."""
    with server(0.05) as port, project(port, 1000) as root:
        yield "answers lost to kill -9", killed(port, root)


BOTH = ("openai", "pydantic-evals")
ROWS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "faults": partial(against, (*FAULTS, "--drop", "0.01"), BOTH),
    "cut": partial(against, (*FAULTS, "--drop", "0.01", "--cut-json", "0.01"), BOTH[:1]),
    "saturated": partial(against, ("--at-once", "20"), BOTH[:1], 20),
    "cold": cold,
    "kills": kills,
}

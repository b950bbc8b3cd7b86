"""One process, shards and a cluster on this machine, against `server.py`.

    python benchmarks/scale.py --examples 10000 --together 40 --latency 0.05

    python benchmarks/scale.py --series 10 20 40 80 --seconds 8 --latency 0.05

asks so many seconds' worth with more and more calls at a time, as one process and on Ray, and says
how much of the two processors each way takes meanwhile, the server among them.

Each way makes `--together` calls at a time in all, so that the ideal is the same for all. The rate
is taken between the first and the last tenth of the answers: starting Ray takes seconds, whatever
there is to ask. Ray runs on loopback and is stopped with each run.
"""

import argparse
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchproject import project

PROMPTCI = [sys.executable, "-c", "from promptci.commands.main import run; run()"]
RECORD = "evals/echo.scores.yaml"
PRINTED = ".printed"
"""What the last command in a folder printed."""

WORKERS, DRIVER = ("ray::promptci echo", "ray::WorkerActor"), "promptci.cluster.driverprocess"
MARK = "PROMPTCI_BENCHMARK_RUN"
"""What all processes of a run inherit, those too that Ray starts and no one waits for."""


@dataclass
class Watch:
    """What was seen of a run from outside: when how much was answered, and the driver's memory."""

    port: int
    seen: list[tuple[float, int]] = field(default_factory=list)
    memory: int = 0
    kills_at: int = 0
    ends: threading.Event = field(default_factory=threading.Event)
    spent: dict[int, float] = field(default_factory=dict)
    used: list[tuple[float, float]] = field(default_factory=list)

    def run(self) -> None:
        """Look again and again, and kill one worker when it is time."""
        while not self.ends.wait(0.05):
            if len(self.seen) % 10 == 0:
                self.spent |= processor_time()
                self.used.append((time.monotonic(), sum(self.spent.values())))
            count = answered(self.port)
            self.seen.append((time.monotonic(), count))
            if self.kills_at and count >= self.kills_at and (workers := processes(*WORKERS)):
                os.kill(workers[0], signal.SIGKILL)
                self.kills_at = 0
            for pid in processes(DRIVER):
                self.memory = max(self.memory, peak(pid))

    def rate(self, first: int, total: int) -> float:
        """Answers a second between the first tenth and the last."""
        begin, end = self._span(first, total)
        return (end[1] - begin[1]) / (end[0] - begin[0])

    def _span(self, first: int, total: int) -> tuple[tuple[float, int], tuple[float, int]]:
        begin = next(each for each in self.seen if each[1] - first >= total * 0.1)
        end = next(each for each in self.seen if each[1] - first >= total * 0.9)
        return begin, end

    def processors(self, first: int, total: int) -> float:
        """How many processors were in use in that time, by promptci, Ray and the server."""
        (begin, _), (end, _) = self._span(first, total)
        seen = [each for each in self.used if begin <= each[0] <= end]
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0]) if len(seen) > 1 else 0.0


def answered(port: int) -> int:
    """How many answers the server has given."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as reply:
        return int(reply.read())


def processes(*titles: str) -> list[int]:
    """The processes whose command line holds one of these texts."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            line = (entry / "cmdline").read_bytes()
            if any(title.encode() in line for title in titles):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def peak(pid: int) -> int:
    """The most memory that a process had, in MB."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024
    return 0


def processor_time() -> dict[int, float]:
    """Seconds that each process of the run has taken until now, by its number."""
    mark, found = f"{MARK}={os.environ[MARK]}".encode(), dict[int, float]()
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if mark in (entry / "environ").read_bytes():
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                ticks = int(fields[11]) + int(fields[12])
                found[int(entry.name)] = ticks / os.sysconf("SC_CLK_TCK")
    return found


@contextmanager
def server(latency: float = 0.05) -> Iterator[int]:
    """A running server's port."""
    script = Path(__file__).with_name("server.py")
    command = [sys.executable, str(script), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def ask(root: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """`promptci` in a folder."""
    with (root / PRINTED).open("wb") as printed:
        command = [*PROMPTCI, *arguments]
        return subprocess.Popen(command, cwd=root, stdout=printed, stderr=printed)


def wait(root: Path, *running: "subprocess.Popen[bytes]") -> None:
    """Until commands have ended well. Ends this program where one has not."""
    codes = [each.wait() for each in running]
    if any(codes):
        last = (root / PRINTED).read_text(errors="replace").strip()[-500:]
        sys.exit(f"promptci ended with {codes}: {last}")


def one_process(root: Path, together: int) -> None:
    """`promptci run`."""
    wait(root, ask(root, "run", "--concurrency", str(together)))


def four_shards(root: Path, together: int) -> None:
    """Four parts at the same time, each with a store of its own, and `merge`."""
    parts = [root.with_name(f"{root.name}-{number}") for number in range(1, 5)]
    try:
        for part in parts:
            shutil.copytree(root, part, ignore=shutil.ignore_patterns(".promptci"))
        each = str(together // 4)
        running = [
            ask(
                part,
                "run",
                "--shard",
                f"{n}/4",
                "--bundle",
                f"{root}/.part{n}",
                "--concurrency",
                each,
            )
            for n, part in enumerate(parts, 1)
        ]
        for part, shard in zip(parts, running, strict=True):
            wait(part, shard)
        wait(root, ask(root, "merge", *(f".part{n}" for n in range(1, 5))))
    finally:
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)
        for bundle in root.glob(".part*"):
            bundle.unlink()


def ray(root: Path, together: int, workers: int) -> None:
    """`promptci run --on ray` with so many workers."""
    each = str(together // workers)
    how = ["--workers", str(workers), "--concurrency", each]
    wait(root, ask(root, "run", "--on", "ray", *how))


def measure(port: int, count: int, together: int, latency: float) -> None:
    """Print the table."""
    ways = {
        "one process": lambda root: one_process(root, together),
        "four shards at the same time, merged": lambda root: four_shards(root, together),
    }
    clusters = {
        "Ray, two workers": lambda root: ray(root, together, 2),
        "Ray, four workers": lambda root: ray(root, together, 4),
        "Ray, two workers, one killed": lambda root: ray(root, together, 2),
    }
    if has_ray():
        ways |= clusters
    else:
        say("Ray is not installed, so its rows are left out: pip install 'promptci-cli[ray]'")
    ideal = together / latency
    say(f"{count:,} examples, {together} calls at a time, ideal {ideal:,.0f}/s: {count / ideal} s")
    alone: bytes | None = None
    with project(port, count) as root:
        for name, way in ways.items():
            shutil.rmtree(root / ".promptci", ignore_errors=True)
            (root / RECORD).unlink(missing_ok=True)
            os.environ[MARK] = f"{os.getpid()} {name}"
            first, begun = answered(port), time.monotonic()
            watch = Watch(port, kills_at=first + count * 4 // 10 if "killed" in name else 0)
            thread = threading.Thread(target=watch.run)
            thread.start()
            try:
                way(root)
            finally:
                watch.ends.set()
                thread.join()
            whole, spent = time.monotonic() - begun, sum(watch.spent.values())
            if watch.kills_at:
                sys.exit("no worker was there to be killed")
            record = (root / RECORD).read_bytes()
            alone = alone or record
            rate = watch.rate(first, count)
            say(
                f"| {name} | {rate:,.0f}/s | {rate / ideal:.0%} | {whole:.1f} s | {spent:.1f} s "
                f"| {answered(port) - first - count} | {'yes' if record == alone else 'NO'} "
                f"| {watch.memory or ''} |"
            )


def series(togethers: list[int], seconds: float, latency: float) -> None:
    """Print a table with a row for each way and number of calls at a time."""
    ways = {"one process": one_process}
    if has_ray():
        ways |= {
            "Ray, two workers": lambda root, together: ray(root, together, 2),
            "Ray, four workers": lambda root, together: ray(root, together, 4),
        }
    for together in togethers:
        ideal = together / latency
        count = round(ideal * seconds)
        for name, way in ways.items():
            os.environ[MARK] = f"{os.getpid()} {name} {together}"
            with server(latency) as port, project(port, count) as root:
                watch = Watch(port)
                thread = threading.Thread(target=watch.run)
                thread.start()
                try:
                    way(root, together)
                finally:
                    watch.ends.set()
                    thread.join()
                rate, used = watch.rate(0, count), watch.processors(0, count)
            say(
                f"| {name} | {together} | {count:,} | {ideal:,.0f}/s | {rate:,.0f}/s "
                f"| {rate / ideal:.0%} | {used:.2f} | {used / rate * 1000:.2f} ms |"
            )


def has_ray() -> bool:
    """Whether Ray can be measured here."""
    return importlib.util.find_spec("ray") is not None


def say(line: str) -> None:
    """Print at once."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ways to ask many examples, side by side.")
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--together", type=int, default=40, help="calls at a time, in all")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds of an answer")
    parser.add_argument("--series", type=int, nargs="+", default=[], help="calls at a time, in all")
    parser.add_argument("--seconds", type=float, default=8, help="of the ideal, for each of these")
    options = parser.parse_args()
    if options.series:
        series(options.series, options.seconds, options.latency)
        sys.exit()
    with server(options.latency) as listening:
        measure(listening, options.examples, options.together, options.latency)

"""Start-up, cold and warm runs and memory of the whole program, beside their floors.

    python benchmarks/bench.py            # everything, about two minutes
    python benchmarks/bench.py startup warm
    python benchmarks/bench.py faults cut saturated cold kills   # after `make bench-peers`

Whole processes are timed, from start to exit, against `server.py` on loopback, which runs in a
process of its own. The floors (a bare `import click`, bare aiohttp, the bare SDK) are measured in
the same run, since machines differ. Each figure is the median of its runs, with minimum and
maximum. Python may keep compiled modules, as it does where promptci is installed, even if the
environment forbids it.
"""

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchproject import commit, make_flow, project
from load import server
from sidebyside import ROWS

PROMPTCI = str(Path(sys.executable).with_name("promptci"))
EXAMPLES = 10_000
MANY = 100_000


def once(command: list[str], cwd: Path | None = None) -> tuple[float, float]:
    """Seconds and the largest memory in MB of one whole process."""
    begun = perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - begun
    if status:
        sys.exit(f"{' '.join(command)} failed: {errors.decode()}")
    return seconds, _megabytes(usage)


def _megabytes(usage: resource.struct_rusage) -> float:
    """Peak memory; the kernel says kB, on macOS bytes."""
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def times(command: list[str], runs: int, cwd: Path | None = None) -> str:
    found = sorted(once(command, cwd)[0] for _ in range(runs))
    return f"{median(found):.3f} s ({found[0]:.3f} to {found[-1]:.3f})"


def startup() -> None:
    """`--version` and `--help` against a script that only imports click."""
    say("import click, bare", times([sys.executable, "-c", "import click"], 15))
    say("promptci --version", times([PROMPTCI, "--version"], 15))
    say("promptci --help", times([PROMPTCI, "--help"], 15))


def warm() -> None:
    """Nothing to ask: an unchanged run over 10,000 examples."""
    with server(0.0) as port, project(port, EXAMPLES) as root:
        once([PROMPTCI, "run", "--concurrency", "100"], root)
        say("promptci run, unchanged", times([PROMPTCI, "run"], 5, root))


def memory() -> None:
    """The largest memory over 100,000 examples, cold and warm."""
    with server(0.0) as port, project(port, MANY) as root:
        for name in ("cold", "warm"):
            seconds, size = once([PROMPTCI, "run", "--concurrency", "100"], root)
            say(f"{MANY} examples, {name}", f"{size:.0f} MB, {seconds:.1f} s")


def flow() -> None:
    """A flow of four steps over 1,000 examples at 50 ms, 100 at a time, beside its ideal."""
    count, steps, latency, width = 1000, 4, 0.05, 100
    ideal = count * steps / width * latency
    with server(latency) as port, project(port, count) as root:
        make_flow(root, steps)
        command = [PROMPTCI, "run", "--concurrency", str(width), "--refresh"]
        found = sorted(once(command, root)[0] for _ in range(3))
        say("four steps, 50 ms", f"{median(found):.2f} s, {median(found) / ideal:.2f} x the ideal")


def report() -> None:
    """A page of 10,000 examples, beside what reads the same and writes nothing."""
    with server(0.0) as port, project(port, EXAMPLES) as root:
        prompt = root / "prompts/echo.yaml"
        for text in (None, prompt.read_text().replace("{{ line }}", "Now {{ line }}")):
            prompt.write_text(text or prompt.read_text())
            once([PROMPTCI, "run", "--concurrency", "100"], root)
            commit(root, "scores")
        say("promptci check, all stored", times([PROMPTCI, "check", "--offline"], 3, root))
        seconds, size = once([PROMPTCI, "report", "-o", "page.html"], root)
        page = (root / "page.html").stat().st_size / 1e6
        say("promptci report", f"{seconds:.2f} s, {size:.0f} MB of memory, {page:.1f} MB on disk")


def in_pairs(row: str) -> None:
    """Side by side with a peer, in turns."""
    for name, figures in ROWS[row]():
        say(f"{row}, {name}", figures)


def say(name: str, figures: str) -> None:
    print(f"{name:28} {figures}", flush=True)  # noqa: T201


PARTS: dict[str, Callable[[], None]] = {
    "startup": startup,
    "warm": warm,
    "memory": memory,
    "report": report,
    "flow": flow,
    **{name: partial(in_pairs, name) for name in ROWS},
}

if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parser = argparse.ArgumentParser(description="Measure promptci beside its floors.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    for part in parser.parse_args().parts or PARTS:
        PARTS[part]()

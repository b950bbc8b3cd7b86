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
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import hooks
from benchproject import commit, make_flow, project
from load import server
from sidebyside import ROWS

PROMPTCI = str(Path(sys.executable).with_name("promptci"))
ROOT = Path(__file__).parents[1]
EXAMPLES = 10_000
MANY = 100_000
VOTE = "solve: {sample: {n: 5, temperature: 1}, pick: vote, key: {regex: 'NUMBER (.*)'}}\n"


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


def busy(command: list[str], cwd: Path) -> float:
    """Seconds of processor time of one process; what it exits with is not looked at."""
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def afresh(command: list[str], cwd: Path) -> float:
    """The same of one that has nothing remembered of earlier ones."""
    shutil.rmtree(cwd / ".promptci/known", ignore_errors=True)
    return busy(command, cwd)


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
    """The largest memory of cold runs, and of what has nothing to ask."""
    for count in (100, EXAMPLES, MANY):
        with server(0.0) as port, project(port, count) as root:
            for name in ("cold", "warm"):
                seconds, size = once([PROMPTCI, "run", "--concurrency", "100"], root)
                say(f"{count} examples, {name}", f"{size:.0f} MB, {seconds:.1f} s")
    for steps in (4, 16):
        with server(0.0) as port, project(port, 1000) as root:
            make_flow(root, steps)
            seconds, size = once([PROMPTCI, "run", "--concurrency", "100"], root)
            say(f"1,000 flows of {steps} steps", f"{size:.0f} MB, {seconds:.1f} s")


def million() -> None:
    """A million examples, cold, once."""
    with server(0.0) as port, project(port, 1_000_000) as root:
        command = [PROMPTCI, "run", "--concurrency", "100"]
        seconds, size = once(command, root)
        say("1,000,000 examples, cold", f"{size:.0f} MB, {seconds:.0f} s")


def flow() -> None:
    """A flow of four steps over 1,000 examples at 50 ms, 100 at a time, beside 4,000 plain ones."""
    count, steps, latency, width = 1000, 4, 0.05, 100
    ideal = count * steps / width * latency
    for name, examples in (("four steps, 50 ms", count), ("as many plain examples", count * steps)):
        with server(latency) as port, project(port, examples) as root:
            if examples == count:
                make_flow(root, steps)
            found = used(["--concurrency", str(width), "--refresh"], root, 5)
        seconds, processor = (median(each) for each in zip(*found, strict=True))
        of = f"{seconds / ideal:.2f} x the ideal"
        say(name, f"{seconds:.2f} s, {of}, {processor:.2f} s of processor")


def vote() -> None:
    """A vote of five over 1,000 examples at 50 ms, 100 at a time, beside five plain runs."""
    voted, plain = [], []
    with server(0.05) as port, project(port, 1000) as root:
        written = (root / "prompts/echo.yaml").read_text()
        for _ in range(3):
            for text, runs, found in ((written, 5, plain), (written + VOTE, 1, voted)):
                (root / "prompts/echo.yaml").write_text(text)
                took = used(["--concurrency", "100", "--refresh"], root, runs)
                found.append([sum(each) for each in zip(*took, strict=True)])
    ratios = [
        [a / b for a, b in zip(*pair, strict=True)] for pair in zip(voted, plain, strict=True)
    ]
    seconds, processor = (median(each) for each in zip(*ratios, strict=True))
    say(
        "a vote of five", f"{seconds:.2f} x five plain runs, {processor:.2f} x their processor time"
    )


def used(options: list[str], root: Path, runs: int) -> list[tuple[float, float]]:
    """Seconds on the wall and of the processor of runs that write nothing."""
    found = []
    for _ in range(runs):
        before = os.times()
        seconds, _ = once([PROMPTCI, "run", "--no-write", *options], root)
        now = os.times()
        spent = now.children_user + now.children_system
        found.append((seconds, spent - before.children_user - before.children_system))
    return found


def first_table() -> None:
    """How soon a run of this repository's own evals shows its first table, cold."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["git", "clone", "-q", str(ROOT), name], check=True)
        command = [PROMPTCI, "run", "--refresh"]
        begun = perf_counter()
        with subprocess.Popen(command, cwd=name, stdout=-1, stderr=-2) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            while line and not line.startswith(b"eval"):
                line = process.stdout.readline()
            say("the first table of `make run`", f"{perf_counter() - begun:.1f} s")
            process.terminate()


def report() -> None:
    """A page of 10,000 examples, beside what reads the same and writes nothing."""
    with server(0.0) as port, project(port, EXAMPLES) as root:
        prompt = root / "prompts/echo.yaml"
        for text in (None, prompt.read_text().replace("{{ line }}", "Now {{ line }}")):
            prompt.write_text(text or prompt.read_text())
            once([PROMPTCI, "run", "--concurrency", "100"], root)
            commit(root, "scores")
        reading = min(afresh([PROMPTCI, "check", "--offline"], root) for _ in range(3))
        say("promptci check, all stored", f"{reading:.2f} s of processor time")
        whole = min(afresh([PROMPTCI, "report", "-o", "page.html"], root) for _ in range(3))
        _, size = once([PROMPTCI, "report", "-o", "page.html"], root)
        page = (root / "page.html").stat().st_size / 1e6
        say("promptci report", f"{whole:.2f} s, {size:.0f} MB of memory, {page:.1f} MB on disk")
        say("the page beside reading", f"{whole / reading:.1f} times, at most 3")


def in_pairs(row: str) -> None:
    """Side by side with a peer, in turns."""
    for name, figures in ROWS[row]():
        say(f"{row}, {name}", figures)


def in_hooks() -> None:
    """The hooks on 50 evals: see `hooks.py`."""
    for name, figures in hooks.rows(list(hooks.CASES), 5, [PROMPTCI]):
        say(name, figures)


def say(name: str, figures: str) -> None:
    print(f"{name:28} {figures}", flush=True)  # noqa: T201


PARTS: dict[str, Callable[[], None]] = {
    "startup": startup,
    "warm": warm,
    "memory": memory,
    "million": million,
    "report": report,
    "flow": flow,
    "vote": vote,
    "firsttable": first_table,
    "hooks": in_hooks,
    **{name: partial(in_pairs, name) for name in ROWS},
}

if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parser = argparse.ArgumentParser(description="Measure promptci beside its floors.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    for part in parser.parse_args().parts or PARTS:
        PARTS[part]()

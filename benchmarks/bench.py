"""Start-up, cold and warm runs and memory of the whole program, beside their floors.

    python benchmarks/bench.py            # everything, about two minutes
    python benchmarks/bench.py startup warm

Whole processes are timed, from start to exit, against `server.py` on loopback, which runs in a
process of its own. The floors (a bare `import click`, bare aiohttp, the bare SDK) are measured in
the same run, since machines differ. Each figure is the median of its runs, with minimum and
maximum. Python may keep compiled modules, as it does where promptci is installed, even if the
environment forbids it.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.request import urlopen

from load import measure, server

PROMPTCI = str(Path(sys.executable).with_name("promptci"))
EXAMPLES = 10_000
MANY = 100_000


@contextmanager
def project(port: int, count: int) -> Iterator[Path]:
    """A repository with one eval of `count` one-line examples and one committed state."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for folder in ("prompts", "evals"):
            (root / folder).mkdir()
        (root / ".gitignore").write_text(".promptci/\n")
        (root / "promptci.yaml").write_text(
            f'endpoints: {{bench: {{base_url: "http://127.0.0.1:{port}/v1"}}}}\n'
            "prices: {bench/bench: {input: 1, output: 2}}\n"
        )
        (root / "prompts/echo.yaml").write_text(
            "model: bench/bench\nparameters: {max_tokens: 20}\n"
            'messages: [{role: user, content: "{{ line }}"}]\n'
        )
        (root / "evals/echo.yaml").write_text(
            "examples: echo.jsonl\nscorers: [{contains: {ignore_case: true}}]\n"
        )
        with (root / "evals/echo.jsonl").open("w") as file:
            for number in range(count):
                row = {"vars": {"line": f"say number {number}"}, "expected": f"number {number}"}
                file.write(json.dumps(row) + "\n")
        git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        subprocess.run([*git, "init", "-q"], cwd=root, check=True)
        subprocess.run([*git, "add", "-A"], cwd=root, check=True)
        subprocess.run([*git, "commit", "-qm", "bench"], cwd=root, check=True)
        yield root


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


def cold() -> None:
    """Everything asked, at both latencies, beside bare aiohttp and the bare SDK."""
    for latency in (0.05, 0.0):
        say(
            f"bare aiohttp, {latency * 1000:.0f} ms",
            measure("aiohttp", calls=EXAMPLES, latency=latency),
        )
        with server(latency) as port, project(port, EXAMPLES) as root:
            found = []
            for _ in range(3):
                shutil.rmtree(root / ".promptci", ignore_errors=True)
                found.append(once([PROMPTCI, "run", "--concurrency", "100"], root)[0])
        spent, rate = median(found), EXAMPLES / median(found)
        figures = f"{spent:.2f} s ({min(found):.2f} to {max(found):.2f}), {rate:.0f} examples/s"
        say(f"promptci run, {latency * 1000:.0f} ms", figures)
    say("bare SDK, 0 ms", measure("sdk", calls=1000, latency=0.0))


def faults() -> None:
    """Everything asked of a server that refuses 5 %, breaks on 2 % and hangs up on 1 %."""
    script = Path(__file__).parents[1] / "tests/faults.py"
    command = [sys.executable, str(script), "--seed", "1", "--latency", "0.05"]
    command += ["--rate-limit", "0.05", "--error", "0.02", "--drop", "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with project(port, EXAMPLES) as root:
            seconds = once([PROMPTCI, "run", "--concurrency", "100"], root)[0]
        with urlopen(f"http://127.0.0.1:{port}/") as response:
            told = json.load(response)
        process.terminate()
    extra = (told["requests"] - EXAMPLES) / EXAMPLES
    say("8 % of calls fail, 50 ms", f"{seconds:.1f} s, all scored, {extra:.1%} extra calls")


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


def say(name: str, figures: str) -> None:
    print(f"{name:28} {figures}", flush=True)  # noqa: T201


PARTS: dict[str, Callable[[], None]] = {
    "startup": startup,
    "cold": cold,
    "warm": warm,
    "faults": faults,
    "memory": memory,
}

if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parser = argparse.ArgumentParser(description="Measure promptci beside its floors.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    for part in parser.parse_args().parts or PARTS:
        PARTS[part]()

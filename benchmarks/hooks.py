"""The hooks of `.pre-commit-hooks.yaml` on 50 evals, beside Python with click and yaml alone.

    python benchmarks/hooks.py                          # five of each case, by turns
    python benchmarks/hooks.py --turns 9 --beside ../other/.venv/bin/promptci good stale

Each case is a change that is staged: its record beside it (`good`, `golden`), a prompt alone
(`stale`), a file of no project, or nothing; and `lint`, of what was committed and after an edit.
A case is measured `new`, as most commits are: what earlier ones left is remembered, and the change
was not seen; `again`, as by a commit that is tried once more; at `first` with nothing remembered.
Processor time is that of the process and of the children it waited for.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchproject import commit, many_evals
from load import server

EVALS, EXAMPLES = 50, 20
PROMPTCI = str(Path(sys.executable).with_name("promptci"))
LINT = ("lint",)
CHECK = ("check", "--staged", "--offline", "--base", "HEAD")
KEPT = (".promptci/known", ".git/promptci")
"""What is remembered between commands."""

FLOOR = "Python with click and yaml"


@dataclass(frozen=True)
class Case:
    """What is done to the committed state before a hook, and what the hook has to exit with."""

    change: Callable[[Path], None]
    command: tuple[str, ...]
    code: int


def put(*names: str) -> Callable[[Path], None]:
    """Put files of the recorded change in place, and stage them."""

    def change(root: Path) -> None:
        for name in names:
            shutil.copyfile(root / ".git/changed" / name.replace("/", "_"), root / name)
        git(root, "add", *names)

    return change


def unrelated(root: Path) -> None:
    (root / "README.md").write_text("What this is, in other words.\n")
    git(root, "add", "README.md")


def nothing(_: Path) -> None:
    return


CASES = {
    "good": Case(put("prompts/p07.yaml", "evals/p07.scores.yaml"), CHECK, 0),
    "stale": Case(put("prompts/p07.yaml"), CHECK, 3),
    "golden": Case(put("evals/p09.jsonl", "evals/p09.scores.yaml"), CHECK, 0),
    "unrelated": Case(unrelated, CHECK, 0),
    "nothing": Case(nothing, CHECK, 0),
    "lint": Case(nothing, LINT, 0),
    "lint edit": Case(put("prompts/p07.yaml"), LINT, 0),
}


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.DEVNULL)


@dataclass
class Side:
    """A program in a project of its own, whose answers are stored."""

    program: str
    root: Path
    took: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Run what is committed and what the cases change, and hold a hook once."""
        root, changed = self.root, self.root / ".git/changed"
        run = [self.program, "run", "--concurrency", "50"]
        self._do(run)
        commit(root, "scores")
        (root / "prompts/p07.yaml").write_text(
            (root / "prompts/p07.yaml").read_text().replace("Repeat", "Say again")
        )
        golden = root / "evals/p09.jsonl"
        golden.write_text(golden.read_text().replace("say number 3 ", "say once number 3 "))
        self._do(run)
        changed.mkdir()
        for name in ("prompts/p07.yaml", "evals/p07.scores.yaml", "evals/p09.jsonl"):
            shutil.copyfile(root / name, changed / name.replace("/", "_"))
        shutil.copyfile(root / "evals/p09.scores.yaml", changed / "evals_p09.scores.yaml")
        self._restore()
        shutil.rmtree(root / ".promptci/known", ignore_errors=True)
        for command in (CHECK, LINT):
            self._do([self.program, *command])
        for folder in KEPT:
            if (root / folder).exists():
                shutil.copytree(root / folder, changed / folder)

    def measure(self, name: str) -> None:
        """Each stage of a case once."""
        case = CASES[name]
        for stage in ("first", "again at first", "new", "again"):
            if not stage.startswith("again"):
                self._restore()
                self._remember(stage == "new")
                case.change(self.root)
            key = f"{name}, {stage}"
            self.took.setdefault(key, []).append(self._once(case))

    def _once(self, case: Case) -> tuple[float, float]:
        return whole([self.program, *case.command], self.root, case.code)

    def _restore(self) -> None:
        git(self.root, "reset", "-q", "--hard")
        git(self.root, "update-index", "-q", "--refresh")

    def _remember(self, is_remembered: bool) -> None:
        for folder in KEPT:
            shutil.rmtree(self.root / folder, ignore_errors=True)
            kept = self.root / ".git/changed" / folder
            if is_remembered and kept.exists():
                shutil.copytree(kept, self.root / folder)

    def _do(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self.root, check=True, stdout=subprocess.DEVNULL)


def whole(command: list[str], cwd: Path, code: int) -> tuple[float, float]:
    """Seconds on the wall and of the processor of one process, which has to exit with `code`."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=-3, stderr=-3)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != code:
        sys.exit(f"{' '.join(command)} exits {process.returncode}, not {code}")
    return seconds, usage.ru_utime + usage.ru_stime


@contextmanager
def sides(programs: list[str]) -> Iterator[list[Side]]:
    """A project for each program."""
    with ExitStack() as stack:
        port = stack.enter_context(server(0.0))
        found = [
            Side(each, stack.enter_context(many_evals(port, EVALS, EXAMPLES))) for each in programs
        ]
        for side in found:
            side.prepare()
        yield found


def rows(names: list[str], turns: int, programs: list[str]) -> Iterator[tuple[str, str]]:
    """Lines of figures: all cases by turns, and the floor among them."""
    floor = []
    with sides(programs) as found:
        for turn in range(turns):
            for name in names:
                floor.append(whole([sys.executable, "-c", "import click, yaml"], Path.cwd(), 0))
                for side in found if turn % 2 else reversed(found):
                    side.measure(name)
        yield FLOOR, figures(floor)
        for key in found[0].took:
            yield key, "  |  ".join(figures(side.took[key]) for side in found)


def figures(took: list[tuple[float, float]]) -> str:
    """Medians on the wall, with minimum and maximum, and of the processor."""
    seconds, processor = (sorted(each) for each in zip(*took, strict=True))
    spread = f"({seconds[0]:.3f} to {seconds[-1]:.3f})"
    return f"{median(seconds):.3f} s {spread}, {median(processor):.3f} s of processor"


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parser = argparse.ArgumentParser(description="Measure the hooks on 50 evals.")
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="CASE")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--beside", action="append", default=[], metavar="PROMPTCI")
    given = parser.parse_args()
    for row in rows(given.cases or list(CASES), given.turns, [PROMPTCI, *given.beside]):
        print(f"{row[0]:28} {row[1]}", flush=True)  # noqa: T201

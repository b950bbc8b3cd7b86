"""The repository that the benchmarks run in."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def project(port: int, count: int) -> Iterator[Path]:
    """A repository with one eval of `count` one-line examples and one committed state."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for folder in ("prompts", "evals"):
            (root / folder).mkdir()
        (root / ".gitignore").write_text(".promptci/\n.printed\n.part*\n")
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
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        commit(root, "bench")
        yield root


@contextmanager
def many_evals(port: int, evals: int, examples: int) -> Iterator[Path]:
    """A repository with so many evals, each of a prompt of its own and so many examples."""
    with project(port, 1) as root:
        for path in (
            root / "prompts/echo.yaml",
            root / "evals/echo.yaml",
            root / "evals/echo.jsonl",
        ):
            path.unlink()
        for number in range(evals):
            name = f"p{number:02}"
            (root / f"prompts/{name}.yaml").write_text(
                f"description: Repeats what it is told, in its own way, number {number}.\n"
                "model: bench/bench\nparameters: {max_tokens: 20}\nmessages:\n"
                f"  - {{role: system, content: Repeat each line as clerk {number} would.}}\n"
                '  - {role: user, content: "{{ line }}"}\n'
            )
            (root / f"evals/{name}.yaml").write_text(
                f"description: What clerk {number} has to say.\nexamples: {name}.jsonl\n"
                "scorers: [{contains: {ignore_case: true}}]\ngate: {tolerance: 0.02}\n"
            )
            with (root / f"evals/{name}.jsonl").open("w") as file:
                for each in range(examples):
                    line = f"say number {each} of clerk {number}"
                    row = {"id": f"n{each}", "vars": {"line": line}, "expected": f"clerk {number}"}
                    file.write(json.dumps(row) + "\n")
        commit(root, f"{evals} evals")
        yield root


def make_flow(root: Path, steps: int) -> None:
    """Have the eval test a flow of so many steps, each of which asks after the one before it."""
    (root / "flows").mkdir()
    listed = ["  - s0: {prompt: echo}"]
    for number in range(1, steps):
        vars_ = f'{{line: "step {number}: {{{{ s{number - 1} }}}}"}}'
        listed.append(f"  - s{number}: {{prompt: echo, vars: {vars_}}}")
    (root / "flows/steps.yaml").write_text("\n".join(["steps:", *listed, ""]))
    spec = root / "evals/echo.yaml"
    spec.write_text(f"flow: steps\n{spec.read_text()}")
    commit(root, "flow")


def commit(root: Path, message: str) -> None:
    """Commit everything that there is."""
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    subprocess.run([*git, "add", "-A"], cwd=root, check=True)
    subprocess.run([*git, "commit", "-qm", message], cwd=root, check=True)

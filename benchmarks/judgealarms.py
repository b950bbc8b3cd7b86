"""How often `check` blocks or calls a record stale where only a judge varies.

    python benchmarks/judgealarms.py [TRIALS]

Thirty examples are answered alike by a model that repeats itself, in other words once the prompt is
reworded, and a judge says of 3 or 10 % of all requests the opposite of what is so, each drawn by
itself. Base and head have committed records; `check` is run where head's answers are stored and on
a fresh machine. Whole commands over HTTP on loopback, in a real repository.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes import Asked, FakeAPI
from gitrepo import GitRepo
from projects import PROMPT, REWORDED, before_and_after, config, example, jsonl
from promptci.commands.main import main as promptci
from promptci.stats.proportion import wilson

COUNT = 30
RATES = (0.03, 0.10)

SCORERS = {
    "rubric": "rubric: The queue is the right one.",
    "choice_judge": "choice_judge: {prompt: 'Right? {{ output }}', "
    "choices: [{choice: right, score: 1}, {choice: wrong, score: 0}]}",
    "g_eval": "g_eval: {criteria: The queue is the right one., steps: [Look at it.]}",
}
"""Judges that pass or fail, by a form and by a word, and one that grades."""


def reply(form: Mapping[str, Any], *, is_right: bool) -> str:
    """What a judge says, in the form that it is asked for."""
    said: dict[str, Any] = {"reason": "so"}
    if "choice" in form:
        said["choice"] = form["choice"]["enum"][0 if is_right else 1]
    elif "pass" in form:
        said |= {"score": float(is_right), "pass": is_right}
    else:
        said["score"] = 9 if is_right else 4
    return json.dumps(said)


def rule(random: Random, rate: float) -> Callable[[Asked], str]:
    """The model, which repeats itself, and its judge, which does not."""
    model = before_and_after(lambda asked: f"good {asked}", lambda asked: f"fine {asked}")

    def answer(asked: Asked) -> str:
        form = asked.body.get("response_format")
        if form is None:
            return str(model(asked))
        fields = form["json_schema"]["schema"]["properties"]
        return reply(fields, is_right=random.random() >= rate)

    return answer


def call(*arguments: str) -> tuple[int, dict[str, Any]]:
    """A command's exit code and document."""
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(StringIO()):
        code = promptci([*arguments, "--json"])
    return code, json.loads(said.getvalue())


def propose(repo: GitRepo) -> Iterable[tuple[int, dict[str, Any]]]:
    """`check` of a reworded prompt: where head's answers are stored, and on a fresh machine."""
    shutil.rmtree(repo.path / ".promptci", ignore_errors=True)
    repo.write({"prompts/router.yaml": PROMPT})
    call("run")
    repo.commit("Base")
    shutil.rmtree(repo.path / ".promptci", ignore_errors=True)
    repo.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    call("run")
    repo.commit("Reword")
    yield call("check", "--base", "HEAD~1")
    shutil.rmtree(repo.path / ".promptci", ignore_errors=True)
    yield call("check", "--base", "HEAD~1")


def measure(folder: Path, api: FakeAPI, scorer: str, rate: float, trials: int) -> None:
    """Print what came of so many trials."""
    random, repo = Random(f"{scorer} {rate}"), GitRepo(folder)
    rows = jsonl(example(f"t{n:02}", f"ticket {n}") for n in range(COUNT))
    text = config(api.url).replace("defaults: {", "defaults: {judge: large, ")
    scorers = f"examples: router.jsonl\nscorers:\n  - {SCORERS[scorer]}\n"
    files = {"promptci.yaml": text, "evals/router.yaml": scorers, "evals/router.jsonl": rows}
    repo.write({".gitignore": ".promptci/\n", **files})
    api.answers(rule(random, rate))
    found: list[list[tuple[int, dict[str, Any]]]] = []
    with chdir(folder):
        for _ in range(trials):
            found.append(list(propose(repo)))
            api.sent.clear()
    for place, checks in zip(("stored", "fresh"), zip(*found, strict=True), strict=True):
        blocked = sum(code == 1 for code, _ in checks)
        other = sum(code not in (0, 1) for code, _ in checks)
        stale = sum(bool(document.get("stale")) for _, document in checks)
        found_in = wilson(blocked, trials)
        share = f"{blocked / trials:5.1%} ({found_in.low:.1%} to {found_in.high:.1%})"
        say(f"{scorer:12}  {rate:4.0%}   {place:6}  {share:22}  {stale:5}  {other:5}")


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure all judges at all rates."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    say(f"{trials} changes of words that change nothing, blocked (95 % interval)")
    say("judge         wrong  where   blocked                 stale  other")
    with FakeAPI() as api, TemporaryDirectory() as top:
        for scorer in SCORERS:
            for rate in RATES:
                measure(Path(top) / f"{scorer}{rate}", api, scorer, rate, trials)


if __name__ == "__main__":
    main()

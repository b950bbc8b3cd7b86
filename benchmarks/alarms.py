"""How often the gate blocks a change that changes nothing, beside what `noise` says of it.

    python benchmarks/alarms.py [TRIALS]

A model answers each example wrong by chance alone, in 3, 10 or 50 % of its answers, whatever the
prompt. `check` compares a new run with a record, `compare` two new runs, and both ask what flipped
again; all in this process, through the program's own pairing, judging and gate.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from random import Random

from msgspec.structs import replace

from promptci.compare.compared import compare_pairs
from promptci.compare.noise import Repeats
from promptci.compare.outcomes.collector import Collector
from promptci.compare.pairing.pairs import Pair
from promptci.records.record import Record, Result
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.run.solving.solve import Evaluated
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.stats.proportion import wilson
from promptci.suite.evalfiles import EvalFiles
from promptci.suite.loading import load_suite

RATES = (0.03, 0.10, 0.50)
SIZES = (30, 100)
RUNS = 6
"""As many as `noise` needs to estimate repeats without bias."""

_CONFIG = """\
endpoints: {here: {base_url: "http://127.0.0.1:9/v1"}}
models: {small: {endpoint: here, model: small-1}}
defaults: {model: small}
"""
_EVAL = "examples: rows.jsonl\nscorers: [equals]\ngate: {tolerance: 0.02}\n"


def task_of(words: str, size: int) -> Task:
    """An eval of so many examples; `words` are what differs between two prompts."""
    rows = (f'{{"id": "e{n}", "vars": {{"q": "{n}"}}, "expected": "yes"}}' for n in range(size))
    files = {
        "promptci.yaml": _CONFIG,
        "prompts/rows.yaml": f"messages: [{{role: user, content: '{words} {{{{ q }}}}'}}]\n",
        "evals/rows.yaml": _EVAL,
        "evals/rows.jsonl": "\n".join(rows),
    }
    find = {path: text.encode() for path, text in files.items()}.get
    suite = load_suite(EvalFiles(find, "rows", name="here"))
    return make_plan(suite, Selection(("rows",)), lambda _: "").tasks[0]


def asker(random: Random, rate: float) -> Callable[[Plan, Callable[[Finished], None]], Collector]:
    """Evaluates a plan: each answer is wrong with the same chance, whatever was asked before."""

    def run(plan: Plan, take: Callable[[Finished], None]) -> Collector:
        found = Collector(plan, {})
        for task in plan.tasks:
            for example in task.examples():
                for attempt in range(plan.first, plan.first + plan.repeat):
                    passed = random.random() >= rate
                    word = "pass" if passed else "fail"
                    result = Result(example.id, example.digest, word, float(passed))
                    request = Request(task.settings, task.prompt.render(example.vars), attempt)
                    said = Completion("yes" if passed else "no", served_model="small-1")
                    one = Evaluated(result, request, completion=said)
                    finished = Finished(task, example, attempt, one)
                    found.take(finished)
                    take(finished)
        return found

    return run


def nothing(_: Sequence[str]) -> dict[str, Completion]:
    """No stored answers."""
    return {}


def record_of(task: Task, run: Callable[..., Collector]) -> Record:
    """The record of a run."""
    [outcome] = run(Plan((task,)), lambda _: None).outcomes()
    return outcome.record


def trial(sides: Sequence[Task], random: Random, rate: float) -> dict[str, bool]:
    """Whether `check` and `compare` block."""
    base, head = sides
    run = asker(random, rate)
    pair = Pair(base, head, head.spec.gate)
    [compared] = compare_pairs([pair], run, nothing)
    recorded = replace(pair, base_record=record_of(base, run))
    [checked] = compare_pairs([recorded], run, nothing)
    return {"check": bool(checked.blocks), "compare": bool(compared.blocks)}


def said_by_noise(task: Task, random: Random, rate: float) -> float:
    """The share of false alarms that `noise -k 6` says this gate has."""
    repeats = Repeats()
    plan = Plan((task,), repeat=RUNS)
    asker(random, rate)(plan, repeats.take)
    alarms = repeats.noise(task, RUNS).alarms
    return alarms.confirmed if alarms else 0.0


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    say(f"{trials:,} pairs of runs between which nothing changed, blocked (95 % interval)")
    say("wrong  examples  check                   compare                 noise says")
    for size in SIZES:
        sides = (task_of("Say", size), task_of("Please say", size))
        for rate in RATES:
            random = Random(f"{size} {rate}")
            found = [trial(sides, random, rate) for _ in range(trials)]
            said = sum(said_by_noise(sides[0], random, rate) for _ in range(10)) / 10
            blocked = "  ".join(row(found, name) for name in ("check", "compare"))
            say(f"{rate:4.0%}   {size:8}  {blocked}  {said:.1%}")


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def row(found: Sequence[Mapping[str, bool]], name: str) -> str:
    count = sum(each[name] for each in found)
    found_in = wilson(count, len(found))
    return f"{count / len(found):5.1%} ({found_in.low:.1%} to {found_in.high:.1%})".ljust(22)


if __name__ == "__main__":
    main()

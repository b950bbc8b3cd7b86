"""Answers of repeated runs as rows of marks: passed `+`, failed `-`, none `?`, a score 0 to 9."""

from collections.abc import Mapping

from msgspec.structs import replace

from projects import config, example, jsonl
from promptci.compare.noise import Noise, Repeats
from promptci.records.record import Result, Score
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.run.solving.solve import Evaluated
from promptci.specs.completion import Completion
from promptci.suite.evalfiles import EvalFiles
from promptci.suite.loading import load_suite

EVAL = "examples: rows.jsonl\nscorers: [equals]\n"
PROMPT = "messages: [{role: user, content: '{{ ticket }}'}]\n"


def task_of(ids: list[str], *, gate: str = "{}", clusters: Mapping[str, str] | None = None) -> Task:
    """An eval with these examples, ready to be run."""
    named = clusters or {}
    more = {id_: {"cluster": named[id_]} if id_ in named else {} for id_ in ids}
    files = {
        "promptci.yaml": config("http://127.0.0.1:9/v1"),
        "prompts/rows.yaml": PROMPT,
        "evals/rows.yaml": f"{EVAL}gate: {gate}\n",
        "evals/rows.jsonl": jsonl(example(id_, id_, "yes", **more[id_]) for id_ in ids),
    }

    def find(path: str) -> bytes | None:
        return files[path].encode() if path in files else None

    suite = load_suite(EvalFiles(find, "rows", name="here"))
    return make_plan(suite, Selection(("rows",)), lambda _: "").tasks[0]


def noise_of(
    rows: Mapping[str, str],
    *,
    gate: str = "{}",
    clusters: Mapping[str, str] | None = None,
    reads: Mapping[str, str] | None = None,
) -> Noise:
    """The noise in examples whose runs went like this; equal marks are equal texts.

    `reads` says by mark what a scorer reads in the text.
    """
    task = task_of([*rows], gate=gate, clusters=clusters)
    repeats = Repeats()
    for each in task.examples():
        for attempt, mark in enumerate(rows[each.id]):
            found = evaluated(each.id, each.digest, mark)
            if reads and mark in reads:
                score = Score(found.result.score, found.result.passed, read=reads[mark])
                found = replace(found, scores=(("equals", score),))
            repeats.take(Finished(task, each, attempt, found))
    return repeats.noise(task, max(map(len, rows.values())))


def evaluated(id_: str, digest: str, mark: str) -> Evaluated:
    """One answer: `+`, `-`, `?`, or a digit for a score in tenths that passes from 5 on."""
    if mark == "?":
        return Evaluated(Result(id_, digest, "error"), why="no answer")
    value = {"+": 1.0, "-": 0.0}.get(mark, -1.0)
    value = int(mark) / 10 if value < 0 else value
    result = Result(id_, digest, "pass" if value >= 0.5 else "fail", value)
    return Evaluated(result, completion=Completion(mark, served_model="small-1"))

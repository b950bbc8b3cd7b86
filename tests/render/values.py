"""Comparisons and checks made by hand: real files parsed, real judgement, invented answers.

`compared(...)` takes what each side answers, by example; the files behind it are those of
`FILES`, with single ones replaced.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO, Literal

from msgspec.structs import replace

from promptci.check.baserevision import Base
from promptci.compare.compared import Compared
from promptci.compare.comparison import compare_records
from promptci.compare.confirmed import Confirmed
from promptci.compare.gate.gate import blocks
from promptci.compare.judgingpairs import judge_all
from promptci.compare.lostexamples import LostExample, SeenAnswers
from promptci.compare.outcomes.collector import Collector
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.pairing.comparedside import ComparedSide, revision_side
from promptci.compare.pairing.pairs import Pair, make_pairs
from promptci.git.revision import Revision
from promptci.run.driving.work import Finished, Work, works
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.run.solving.solve import Evaluated, unanswered
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage
from promptci.suite.loading import load_suite
from promptci.suite.suite import Suite

BASE = Base(Revision("3f2a1bc" + "0" * 33), "the merge base of HEAD and origin/main")
PROMPT = """\
version: v1
model: fake/small
parameters: {max_tokens: 8}
messages:
  - {role: system, content: You route support tickets.}
  - {role: user, content: "{{ ticket }}"}
"""
EVAL = """\
examples: router.jsonl
scorers:
  - equals
"""
CONFIG = "endpoints: {fake: {base_url: 'http://127.0.0.1:9/v1'}}\n"


@dataclass(frozen=True)
class MemoryTree:
    """Files in memory."""

    content: Mapping[str, str]
    name: str = "memory"

    def files(self, folder: str) -> list[str]:
        return sorted(path for path in self.content if path.startswith(f"{folder}/"))

    def prompt_ymls(self) -> list[str]:
        return []

    def exists(self, path: str) -> bool:
        return path in self.content

    def strays(self, folder: str) -> list[str]:
        return []

    def kind(self, path: str) -> Literal["file"] | None:
        return "file" if self.exists(path) else None

    def open(self, path: str) -> BinaryIO:
        return io.BytesIO(self.content[path].encode("utf-8", "surrogatepass"))


def files(count: int = 20, **more: str) -> dict[str, str]:
    """A project with one eval of `count` examples, half of them tagged `refund`."""
    rows = [
        f'{{"id": "t-{i:02}", "vars": {{"ticket": "Ticket number {i}"}}, "expected": "billing", '
        f'"tags": ["{"refund" if i % 2 else "other"}"]}}\n'
        for i in range(count)
    ]
    return {
        "promptci.yaml": CONFIG,
        "prompts/router.yaml": PROMPT,
        "evals/router.yaml": EVAL,
        "evals/router.jsonl": "".join(rows),
    } | more


def suite(content: Mapping[str, str]) -> Suite:
    return load_suite(MemoryTree(content))


def pairs(base: Mapping[str, str], head: Mapping[str, str]) -> tuple[Pair, ...]:
    """What a comparison of two states of the files puts against each other."""
    before, after = suite(base), suite(head)
    sides = revision_side(before, "base"), revision_side(after, "head")
    found, obstacles = make_pairs(after, after.evals.values(), *sides, lambda model: "")
    assert not obstacles
    return found


def pair(head: Mapping[str, str] | None = None, base: Mapping[str, str] | None = None) -> Pair:
    """The first of these."""
    after = head or files()
    return pairs(base or after, after)[0]


def outcome(task: Task, answers: Mapping[str, str | None], default: str = "billing") -> EvalOutcome:
    """The result of a task if the model answers so; None is no answer."""
    plan = Plan((task,))
    collector = Collector(plan, {})
    for finished in answered(plan, answers, default):
        collector.take(finished)
    return collector.outcomes()[0]


def compared(
    base: Mapping[str, str | None] | None = None,
    head: Mapping[str, str | None] | None = None,
    *,
    of: Pair | None = None,
    flaky: Sequence[str] = (),
    asked: bool = True,
    default: str = "billing",
) -> Compared:
    """One comparison; `flaky` examples do not hold when asked again."""
    return family(
        (of or pair(), base or {}, head or {}), flaky=flaky, asked=asked, default=default
    )[0]


def family(
    *each: tuple[Pair, Mapping[str, str | None], Mapping[str, str | None]],
    flaky: Sequence[str] = (),
    asked: bool = True,
    default: str = "billing",
) -> tuple[Compared, ...]:
    """Several, judged as one family."""
    outcomes = [(outcome(p.base, b, default), outcome(p.head, h, default)) for p, b, h in each]
    comparisons = [compare_records(b.record, h.record) for b, h in outcomes]
    judgements = judge_all([p for p, _, _ in each], comparisons)
    made = []
    for (one, before, after), (b, h), comparison, judgement in zip(
        each, outcomes, comparisons, judgements, strict=True
    ):
        changes = tuple(
            replace(c, fate="flaky") if c.id in flaky else c for c in comparison.changes
        )
        settled = replace(comparison, changes=changes)
        flips = [c for c in comparison.changes if c.fate in ("lost", "won")]
        note = "each asked 2 times more on both sides" if asked else "not asked again"
        made.append(
            Compared(
                pair=one,
                base=b,
                head=h,
                confirmed=Confirmed(settled, asked and bool(flips), note if flips else ""),
                judgement=judgement,
                blocks=blocks(one.gate, h.record, settled, judgement, accepted=one.accepted),
                lost=tuple(_lost(one, settled.ids("lost"), before, after, default)),
                churn=sum(before.get(c.id, default) != after.get(c.id, default) for c in changes),
            )
        )
    return tuple(made)


def fresh(name: str = "brand-new", answers: Mapping[str, str | None] | None = None) -> EvalOutcome:
    """An eval that the base does not have."""
    eval_ = EVAL + "gate: {min_score: 0.9}\nprompt: router\n"
    tree = files(4) | {f"evals/{name}.yaml": eval_}
    plan = make_plan(suite(tree), Selection((name,)), lambda model: "")
    return outcome(plan.tasks[0], answers or {})


def side(name: str, content: Mapping[str, str] | None = None) -> ComparedSide:
    """An operand of a comparison, called so."""
    return revision_side(suite(content or files()), name)


def _lost(
    one: Pair,
    ids: Sequence[str],
    base: Mapping[str, str | None],
    head: Mapping[str, str | None],
    default: str,
) -> list[LostExample]:
    seen = SeenAnswers(one)
    for finished in answered(Plan((one.head,)), head, default):
        seen.take(finished)
    return [
        LostExample(
            example,
            base.get(example.id, default) or "",
            head.get(example.id, default) or "",
            seen.whys.get(example.id, ""),
        )
        for example in one.head.examples()
        if example.id in ids[:50]
    ]


def answered(
    plan: Plan, answers: Mapping[str, str | None], default: str = "billing"
) -> list[Finished]:
    """The results of a model that answers so, example by example."""
    return [_finished(work, answers.get(work.example.id, default)) for work in works(plan)]


def _finished(work: Work, answer: str | None) -> Finished:
    if answer is None:
        failed = Evaluated(unanswered(work.example), why="the endpoint gave no answer in 120 s")
        return Finished(work.task, work.example, work.attempt, failed)
    completion = Completion(
        answer,
        usage=Usage(40, len(answer.split()) + 1),
        latency=0.4 + len(answer) / 100,
        cost=Decimal(40 + len(answer)) / 1_000_000,
    )
    work.answers = {request.key: completion for request in work.requests}
    evaluated = work.step()
    assert evaluated is not None
    return Finished(work.task, work.example, work.attempt, evaluated, work.took, 1)

"""The examples of a report page, with what both sides answered."""

from collections.abc import Iterator, Mapping
from math import isnan
from typing import TypeAlias

from promptci.compare.compared import Compared
from promptci.compare.comparison import Change, ChangeFate
from promptci.compare.outcomes.failurereasons import why_failed
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.records.record import Result
from promptci.render.json.page.parts import (
    PageAnswerV1,
    PageExampleV1,
    PageMessageV1,
    PageScoreV1,
)
from promptci.render.json.structure import money
from promptci.render.stepstext import steps_text
from promptci.render.steptrace import step_turns
from promptci.reportdata.answerbook import AnswerBook, SentTurn
from promptci.reportdata.lasterrors import why_missing
from promptci.run.planning.task import Task
from promptci.run.solving.questions import opening_request
from promptci.run.solving.solve import Evaluated
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow

_Known: TypeAlias = tuple[Evaluated, tuple[SentTurn, ...] | None]
"""An answer that is known, and the prompt as it was sent."""


def compared_examples(found: Compared, book: AnswerBook) -> Iterator[PageExampleV1]:
    """The examples of an eval with two sides, in the order of the head's file."""
    pair, lost = found.pair, {each.example.id: each.why for each in found.lost}
    base, head = pair.base, pair.head
    changes = {change.id: change for change in found.confirmed.comparison.changes}
    older = dict(_older(found, book, changes))

    def shown(change: Change, example: Example | None, before: Example | None) -> PageExampleV1:
        head_answer = book.of(head, change.id)
        missing = _missing(head, example, head_answer, book)
        return _example(
            head,
            change,
            example or before,
            base=_answer(base, before, change.base, book, book.of(base, change.id)),
            head=_answer(head, example or before, change.head, book, head_answer, missing),
            reason=_reason(head_answer) or missing or lost.get(change.id, ""),
            is_accepted=change.id in pair.accepted and change.fate == "lost",
        )

    for example in head.examples():
        change = changes.pop(example.id, None)
        if change is not None:
            is_same = base.golden is head.golden
            yield shown(change, example, example if is_same else older.get(change.id))
    for change in changes.values():
        yield shown(change, None, older.get(change.id))


def _older(
    found: Compared, book: AnswerBook, changes: Mapping[str, Change]
) -> Iterator[tuple[str, Example]]:
    """The base's examples that are needed: those that are gone, or whose answer is not known."""
    base, head = found.pair.base, found.pair.head
    if base.golden is not head.golden:
        for each in base.examples():
            change = changes.get(each.id)
            is_gone = change is not None and change.fate == "removed"
            if change is not None and (is_gone or not book.knows(base, each.id)):
                yield each.id, each


def alone_examples(
    found: EvalOutcome, book: AnswerBook, *, is_new: bool
) -> Iterator[PageExampleV1]:
    """The examples of an eval with one side, in the order of its file."""
    task = found.task
    compared = found.comparison
    moved = {c.id: c.fate for c in compared.changes} if compared and not compared.obstacle else {}
    results = {result.id: result for result in found.record.results}

    def shown(result: Result, example: Example | None) -> PageExampleV1:
        fate: ChangeFate = "new" if is_new else moved.get(result.id, "same")
        fate = "error" if result.fate == "error" else fate
        answer = book.of(task, result.id)
        missing = _missing(task, example, answer, book)
        return _example(
            task,
            Change(result.id, fate, None, result),
            example,
            base=None,
            head=_answer(task, example, result, book, answer, missing),
            reason=_reason(answer) or missing,
            is_accepted=False,
        )

    for example in task.examples():
        result = results.pop(example.id, None)
        if result is not None:
            yield shown(result, example)
    for result in results.values():
        yield shown(result, None)


def _example(
    task: Task,
    change: Change,
    example: Example | None,
    *,
    base: PageAnswerV1 | None,
    head: PageAnswerV1 | None,
    reason: str,
    is_accepted: bool,
) -> PageExampleV1:
    return PageExampleV1(
        eval=task.spec.name,
        model=task.model.name,
        id=change.id,
        fate=change.fate,
        accepted=is_accepted,
        must_pass=change.id in task.spec.gate.must_pass,
        file=example.mark.path if example else "",
        line=example.mark.line if example else 0,
        tags=list(example.tags) if example else [],
        vars=dict(example.vars) if example else {},
        expected=example.expected if example else None,
        reason=reason if change.fate != "same" or not _passes(change.head) else "",
        base=base,
        head=head,
    )


def _passes(result: Result | None) -> bool:
    return result is not None and result.passed


def _missing(task: Task, example: Example | None, answer: _Known | None, book: AnswerBook) -> str:
    """Why the last run had no answer, where none is stored."""
    if answer is not None or example is None or not book.last_errors:
        return ""
    return why_missing(book.last_errors, task, example)


def _reason(known: _Known | None) -> str:
    """Why the answer fails or is none; empty where it passes."""
    if known is None or known[0].result.fate == "pass":
        return ""
    return known[0].why if known[0].result.fate == "error" else why_failed(known[0])


def _answer(
    task: Task,
    example: Example | None,
    result: Result | None,
    book: AnswerBook,
    answer: _Known | None,
    missing: str = "",
) -> PageAnswerV1 | None:
    """One side: its fate as the record has it, and its words as far as they are stored.

    `missing` says why there are none.
    """
    if result is None:
        return None
    evaluated, asked = (None, None) if answer is None else answer
    completion = evaluated.completion if evaluated else None
    known = completion or Completion("")
    latency = None if completion is None or isnan(known.latency) else known.latency
    usage = known.usage.tokens
    return PageAnswerV1(
        fate=result.fate,
        score=None if result.fate == "error" else result.score,
        text=None if completion is None else known.text,
        thoughts=known.thoughts,
        tool_calls=known.tool_calls,
        steps=_steps(evaluated),
        outcome=known.outcome if completion else "",
        why=evaluated.why if evaluated else missing,
        scores=[
            PageScoreV1(scorer=label, value=score.value, passed=score.passed, why=score.why)
            for label, score in (evaluated.scores if evaluated else ())
        ],
        repeats=list(book.repeats(task, result.id)),
        latency=latency,
        tokens=usage if completion and usage else None,
        cost=money(known.cost),
        prompt=_messages(task, example, asked),
    )


def _steps(evaluated: Evaluated | None) -> str:
    """What was asked for an answer that took several requests; of a flow all of it."""
    if evaluated is None:
        return ""
    if evaluated.walked is not None:
        return "\n\n".join(f"{title}\n{said}" for title, said in step_turns(evaluated.trace))
    return steps_text(evaluated.trace, evaluated.picked, evaluated.completion)


def _messages(
    task: Task, example: Example | None, asked: tuple[SentTurn, ...] | None
) -> list[PageMessageV1]:
    """The prompt as it was sent, or would be; nothing of a flow, which has several."""
    if asked is not None:
        return [PageMessageV1(role=role, text=text) for role, text in asked]
    if example is None or task.prompt.missing(example.vars) or isinstance(task.prompt, Flow):
        return []
    messages = opening_request(task, example).messages
    return [PageMessageV1(role=each.role, text=each.shown) for each in messages]

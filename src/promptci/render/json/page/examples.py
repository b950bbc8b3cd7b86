"""The examples of a report page, with what both sides answered."""

from collections.abc import Iterator
from math import isnan

from promptci.compare.compared import Compared
from promptci.compare.comparison import Change, ChangeFate
from promptci.compare.failurereasons import why_failed
from promptci.compare.outcome import EvalOutcome
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
from promptci.reporting.answerbook import AnswerBook
from promptci.run.solve import Evaluated, opening_request
from promptci.run.task import Task
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow


def compared_examples(found: Compared, book: AnswerBook) -> Iterator[PageExampleV1]:
    """The examples of an eval with two sides."""
    pair = found.pair
    base, head = pair.base, pair.head
    examples = {example.id: example for example in head.examples()}
    older = (
        {example.id: example for example in base.examples()}
        if base.golden is not head.golden
        else examples
    )
    for change in found.confirmed.comparison.changes:
        example = examples.get(change.id) or older.get(change.id)
        yield _example(
            head,
            change,
            example,
            base=_answer(base, older.get(change.id), change.base, book),
            head=_answer(head, example, change.head, book),
            reason=_reason(book.of(head, change.id)) or _lost_why(found, change.id),
            is_accepted=change.id in pair.accepted and change.fate == "lost",
        )


def alone_examples(
    found: EvalOutcome, book: AnswerBook, *, is_new: bool
) -> Iterator[PageExampleV1]:
    """The examples of an eval with one side."""
    task = found.task
    examples = {example.id: example for example in task.examples()}
    compared = found.comparison
    moved = {c.id: c.fate for c in compared.changes} if compared and not compared.obstacle else {}
    for result in found.record.results:
        fate: ChangeFate = "new" if is_new else moved.get(result.id, "same")
        fate = "error" if result.fate == "error" else fate
        example = examples.get(result.id)
        yield _example(
            task,
            Change(result.id, fate, None, result),
            example,
            base=None,
            head=_answer(task, example, result, book),
            reason=_reason(book.of(task, result.id)),
            is_accepted=False,
        )


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


def _reason(evaluated: Evaluated | None) -> str:
    """Why the answer fails or is none; empty where it passes."""
    if evaluated is None or evaluated.result.fate == "pass":
        return ""
    return evaluated.why if evaluated.result.fate == "error" else why_failed(evaluated)


def _lost_why(found: Compared, id_: str) -> str:
    return next((lost.why for lost in found.lost if lost.example.id == id_), "")


def _answer(
    task: Task, example: Example | None, result: Result | None, book: AnswerBook
) -> PageAnswerV1 | None:
    """One side: its fate as the record has it, and its words as far as they are stored."""
    if result is None:
        return None
    evaluated = book.of(task, result.id)
    completion = evaluated.completion if evaluated else None
    known = completion or Completion("")
    latency = None if completion is None or isnan(known.latency) else known.latency
    usage = known.usage.input_tokens + known.usage.output_tokens
    return PageAnswerV1(
        fate=result.fate,
        score=None if result.fate == "error" else result.score,
        text=None if completion is None else known.text,
        thoughts=known.thoughts,
        tool_calls=known.tool_calls,
        steps=_steps(evaluated),
        outcome=known.outcome if completion else "",
        why=evaluated.why if evaluated else "",
        scores=[
            PageScoreV1(scorer=label, value=score.value, passed=score.passed, why=score.why)
            for label, score in (evaluated.scores if evaluated else ())
        ],
        repeats=list(book.repeats(task, result.id)),
        latency=latency,
        tokens=usage if completion and usage else None,
        cost=money(known.cost),
        prompt=_messages(task, example, evaluated),
    )


def _steps(evaluated: Evaluated | None) -> str:
    """What was asked for an answer that took several requests; of a flow all of it."""
    if evaluated is None:
        return ""
    if evaluated.walked is not None:
        return "\n\n".join(f"{title}\n{said}" for title, said in step_turns(evaluated.trace))
    return steps_text(evaluated.trace, evaluated.picked, evaluated.completion)


def _messages(
    task: Task, example: Example | None, evaluated: Evaluated | None
) -> list[PageMessageV1]:
    """The prompt as it was sent, or would be; nothing of a flow, which has several."""
    if evaluated is not None and evaluated.request is not None:
        messages = evaluated.request.messages
    elif example is not None and not task.prompt.missing(example.vars):
        if isinstance(task.prompt, Flow):
            return []
        messages = opening_request(task, example).messages
    else:
        return []
    return [PageMessageV1(role=each.role, text=each.shown) for each in messages]

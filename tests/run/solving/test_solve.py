"""One example from question to scores, driven by hand."""

import pytest

from projects import EVAL, JUDGE, PROMPT, planned, router
from promptci.records.record import Score
from promptci.run.solved import Solved
from promptci.run.solving.judging import combine_scores
from promptci.run.solving.solve import evaluate_example, solve
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.modelgraded.datafence import DataFence
from promptci.scorers.registry.registry import BoundScorer
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from tables import every_row

URL = "http://127.0.0.1:9/v1"


def task_of(scorers="[equals]"):
    [task] = planned(router(URL, eval=EVAL.replace("\n  - equals", f" {scorers}"))).tasks
    return task


def begin(task):
    """The evaluation of the first ticket, and its first question."""
    steps = evaluate_example(task, next(task.examples()))
    return steps, next(steps)


def end(steps, *completions):
    """What comes of these answers."""
    for completion in completions[:-1]:
        steps.send(completion)
    with pytest.raises(StopIteration) as done:
        steps.send(completions[-1])
    return done.value.value


def test_a_plain_prompt_asks_once():
    task = task_of()
    example = next(task.examples())
    steps = solve(task, example, attempt=3)
    request = next(steps)
    assert request.attempt == 3
    assert [message.content for message in request.messages] == [
        "You route support tickets.",
        "My card was charged twice",
    ]
    assert end(steps, Completion("billing")) == Solved(Completion("billing"), request)


def test_an_answer_is_scored():
    steps, request = begin(task_of())
    found = end(steps, Completion("billing"))
    assert (found.request, found.completion.text) == (request, "billing")
    assert (found.result.id, found.result.fate, found.result.score) == ("card", "pass", 1.0)
    assert found.scores == (("equals", Score(1.0, True)),)
    assert found.result.scores == ()  # a single metric says the same


@every_row("outcome", ["refused", "filtered"])
def test_what_is_no_answer_is_an_error_with_its_completion(outcome):
    steps, _ = begin(task_of())
    found = end(steps, Completion("I'd rather not", outcome=outcome))
    assert (found.result.fate, found.why) == ("error", f"the answer was {outcome}")
    assert found.completion is not None


def test_an_empty_answer_fails_whatever_its_scorers_would_say():
    steps, _ = begin(task_of("[not: {contains: sorry}, length: {max: 9, weight: 0}]"))
    found = end(steps, Completion("", outcome="empty"))
    assert (found.result.fate, found.result.score) == ("fail", 0.0)
    assert (found.why, dict(found.result.scores)) == (
        "the answer was empty",
        {"not": 0.0, "length": 0.0},
    )


@every_row(("does", "fate"), [("score", "pass"), ("error", "error"), ("fail", "fail")])
def test_the_eval_says_what_becomes_of_an_empty_answer(does, fate):
    [task] = planned(
        router(URL, eval=f"{EVAL}empty: {does}\n".replace("equals", "length: 9"))
    ).tasks
    steps, _ = begin(task)
    assert end(steps, Completion("", outcome="empty")).result.fate == fate


@pytest.mark.parametrize("outcome", ["truncated", "refused"])
@pytest.mark.parametrize(("does", "fate"), [("score", "pass"), ("error", "error")])
def test_an_answer_that_ended_early_counts_if_so_chosen(outcome, does, fate):
    [task] = planned(router(URL, eval=f"{EVAL}{outcome}: {does}\n")).tasks
    steps, _ = begin(task)
    assert end(steps, Completion("billing", outcome=outcome)).result.fate == fate


def test_a_judge_is_asked_about_the_answer():
    steps, _ = begin(task_of(f"[{JUDGE.replace('tone', 'ticket')}]"))
    question = steps.send(Completion("billing"))
    assert isinstance(question, Request)
    shown = DataFence.of(("billing",)).around("billing")
    assert question.messages[-1].content == f"My card was charged twice {shown}"
    assert question.settings.model.name == "large"
    found = end(steps, Completion("This is good."))
    assert (found.result.fate, found.completion.text) == ("pass", "billing")


def test_a_judge_is_not_asked_about_what_is_no_answer():
    steps, _ = begin(task_of(f"[{JUDGE.replace('tone', 'ticket')}]"))
    assert end(steps, Completion("", outcome="empty")).result.fate == "fail"


@every_row(
    ("scorers", "score", "fate", "values"),
    [
        ("[equals, length: {max: 3}]", 0.5, "fail", (("equals", 1.0), ("length", 0.0))),
        ("[equals: {weight: 3}, length: {max: 3}]", 0.75, "fail", (("equals", 1), ("length", 0))),
        ("[equals, length: {max: 3, weight: 0}]", 1.0, "pass", (("equals", 1), ("length", 0))),
        ("[length: {max: 3, not: true}]", 1.0, "pass", ()),
        ("[contains, equals, contains: [x]]", 2 / 3, "fail", None),
    ],
)
def test_scores_are_summed_up_by_weight(scorers, score, fate, values):
    steps, _ = begin(task_of(scorers))
    result = end(steps, Completion("billing")).result
    assert (result.score, result.fate) == (pytest.approx(score), fate)
    if values is not None:
        assert result.scores == values
    else:
        assert [label for label, _ in result.scores] == ["contains", "equals", "contains-2"]


def test_without_any_weight_all_weigh_the_same():
    task = task_of("[equals: {weight: 0}, length: {max: 3, weight: 0}, is_json]")
    scored = tuple(zip(task.judges.shared[:2], (Score(1.0, True), Score(0.0, False)), strict=True))
    result = combine_scores(next(task.examples()), scored)
    assert (result.score, result.fate) == (0.5, "pass")


def test_a_scorer_that_cannot_find_out_makes_an_error_and_says_which():
    def lost(subject):
        raise NoVerdict("the judge's reply is no verdict: 10/10")

    task = task_of()
    example = next(task.examples())
    scorers = (*task.judges.of(example), BoundScorer("tone", 1.0, lost, {}))
    steps = evaluate_example(task, example, scorers=scorers)
    next(steps)
    found = end(steps, Completion("billing"))
    assert (found.result.fate, found.scores) == ("error", ())
    assert found.why == "tone: the judge's reply is no verdict: 10/10"
    assert found.completion is not None


def test_thoughts_are_apart_from_the_answer_for_every_scorer():
    steps, _ = begin(task_of("[equals, {length: {max: 7}}]"))
    found = end(steps, Completion("<think>\nreturns? No.\n</think>\n\nbilling"))
    assert found.result.fate == "pass"
    assert found.completion == Completion("billing", thoughts="returns? No.")


def test_a_prompt_may_keep_thoughts_in_the_answer():
    prompt = PROMPT + "thoughts: keep\n"
    [task] = planned(router(URL, eval=EVAL, prompt=prompt)).tasks
    steps, _ = begin(task)
    found = end(steps, Completion("<think>hm</think>billing"))
    assert (found.result.fate, found.completion.text) == ("fail", "<think>hm</think>billing")
    assert task.prompt.digest != task_of().prompt.digest


def test_a_model_that_only_thought_gave_no_answer():
    steps, _ = begin(task_of())
    found = end(steps, Completion("<think>it could be"))
    assert found.result.fate == "fail"
    assert found.why == "the answer was empty: the model only thought"

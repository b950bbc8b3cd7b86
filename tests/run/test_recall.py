"""Stored answers to examples, found by what would be asked now."""

from itertools import islice

from projects import EVAL, planned, router
from promptci.run.recall import recall, recall_all, recalled
from promptci.run.solved import Solved
from promptci.run.solving.questions import first_asked, question_key
from promptci.run.solving.solve import solve
from promptci.specs.completion import Completion

URL = "http://127.0.0.1:9/v1"


def task_and_examples():
    [task] = planned(router(URL, eval=EVAL)).tasks
    return task, list(islice(task.examples(), 2))


def test_what_is_stored_is_recalled_with_its_thoughts_apart_and_looked_up_together():
    task, examples = task_and_examples()
    (first,) = first_asked(task, examples[0])
    stored = {first.key: Completion("<think>hm</think>billing")}
    looked_up = []

    def find(keys):
        looked_up.append(list(keys))
        return {key: stored[key] for key in keys if key in stored}

    answer = Solved(Completion("billing", thoughts="hm"), first)
    assert recall_all(task, examples, find) == [answer, None]
    assert looked_up == [[question_key(task, example) for example in examples]]
    assert recall(task, examples[0], find, attempt=1) is None
    assert answer.completions == (answer.completion,)


def test_questions_one_after_the_other_are_followed_as_far_as_answers_are_stored():
    task, examples = task_and_examples()

    def twice(example):
        first = yield from solve(task, example)
        again = yield tuple(first_asked(task, example, attempt=1))
        return first.completion.text + again[0].text

    stored = {question_key(task, each): Completion("a") for each in examples}
    stored[question_key(task, examples[1], attempt=1)] = Completion("b")
    found = recalled(
        [twice(each) for each in examples],
        lambda keys: {key: stored[key] for key in keys if key in stored},
    )
    assert found == [None, "ab"]

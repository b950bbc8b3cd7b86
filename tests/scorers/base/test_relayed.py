"""Questions changed before they are asked: answers, results and the end go through."""

import pytest

from promptci.scorers.base.relayed import relayed


def asks_twice(ended):
    try:
        first = yield "a"
        return first + (yield "b")
    finally:
        ended.append(True)


def test_each_question_is_changed_and_each_answer_goes_back():
    asking = relayed(asks_twice([]), str.upper)
    assert (next(asking), asking.send("1")) == ("A", "B")
    with pytest.raises(StopIteration) as done:
        asking.send("2")
    assert done.value.value == "12"


def test_who_is_given_up_is_closed():
    ended = []
    asking = relayed(asks_twice(ended), str.upper)
    next(asking)
    asking.close()
    assert ended == [True]

"""Which server answers which question: the one that has read what comes before it."""

import threading

import pytest

from processes import wait_until
from promptci.models.embedded import servers as servers_module
from promptci.models.embedded.llamacpp import LocalAnswer
from promptci.models.embedded.servers import Question, Servers
from promptci.specs.tokenprice import Usage

HANG = 120
"""Seconds after which something hangs."""


class Counting:
    """A server that reads a prefix whenever the last one was another; `gate` lets it answer."""

    read: list[str]
    gate: threading.Event

    def __init__(self, _: object) -> None:
        self.prefix = ""

    def ask(self, body, prefix, *, is_unwanted):
        assert self.gate.wait(HANG)
        if is_unwanted():
            raise RuntimeError("stopped")
        if prefix != self.prefix:
            self.read.append(prefix)
        self.prefix = prefix
        return LocalAnswer(prefix, "stop", Usage(1, 1))


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setattr(servers_module, "PrefixServer", Counting)
    Counting.read, Counting.gate = [], threading.Event()
    return Counting


def put(servers: Servers, prefixes: str) -> list[Question]:
    questions = [Question({}, prefix) for prefix in prefixes]
    for question in questions:
        servers.put(question)
    return questions


@pytest.mark.parametrize(("count", "most"), [(1, 3), (2, 4)])
def test_a_free_server_goes_on_with_what_it_has_read(counting, count, most):
    servers = Servers(count, lambda: None)
    questions = put(servers, "abcabcabcabcabcabc")
    counting.gate.set()
    assert [question.answer.result(HANG)[0].text for question in questions] == list("abc" * 6)
    assert 3 <= len(counting.read) <= most
    servers.close()


def test_a_server_that_cannot_be_loaded_is_heard_of():
    def fail():
        raise OSError("no memory")

    servers = Servers(1, fail)
    (question,) = put(servers, "a")
    with pytest.raises(OSError, match="no memory"):
        question.answer.result(HANG)


def test_at_the_end_what_waits_is_cancelled_and_what_runs_is_stopped(counting):
    servers = Servers(1, lambda: None)
    questions = put(servers, "aaa")
    runs, *others = (question.answer for question in questions)
    wait_until(runs.running)

    def let_go():
        wait_until(lambda: all(answer.cancelled() for answer in others))
        counting.gate.set()

    letting_go = threading.Thread(target=let_go)
    letting_go.start()
    servers.close()
    letting_go.join()
    assert isinstance(runs.exception(HANG), RuntimeError)


def test_a_cancelled_question_is_passed_over(counting):
    servers = Servers(1, lambda: None)
    _, second, third = put(servers, "abc")
    assert second.answer.cancel()
    counting.gate.set()
    third.answer.result(HANG)
    assert counting.read == ["a", "c"]
    servers.close()

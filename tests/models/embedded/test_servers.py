"""Which server answers which question: the one that has read what comes before it."""

import threading
from concurrent.futures import wait

import pytest

from promptci.models.embedded import servers as servers_module
from promptci.models.embedded.llamacpp import LocalAnswer
from promptci.models.embedded.servers import Question, Servers
from promptci.specs.tokenprice import Usage


class Counting:
    """A server that reads a prefix whenever the last one was another; `gate` lets it answer."""

    read: list[str]
    gate: threading.Event

    def __init__(self, _: object) -> None:
        self.prefix = ""

    def ask(self, body, prefix, *, is_unwanted):
        self.gate.wait(10)
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
    assert [question.answer.result(10)[0].text for question in questions] == list("abc" * 6)
    assert 3 <= len(counting.read) <= most
    servers.close()


def test_a_server_that_cannot_be_loaded_is_heard_of():
    def fail():
        raise OSError("no memory")

    servers = Servers(1, fail)
    (question,) = put(servers, "a")
    with pytest.raises(OSError, match="no memory"):
        question.answer.result(10)


def test_at_the_end_what_waits_is_cancelled_and_what_runs_is_stopped(counting, monkeypatch):
    servers = Servers(1, lambda: None)
    questions = put(servers, "aaa")
    while not questions[0].answer.running():
        pass
    threading.Timer(0.05, counting.gate.set).start()
    servers.close()
    wait([questions[0].answer], 10)
    assert isinstance(questions[0].answer.exception(), RuntimeError)
    assert all(question.answer.cancelled() for question in questions[1:])


def test_a_cancelled_question_is_passed_over(counting):
    servers = Servers(1, lambda: None)
    _, second, third = put(servers, "abc")
    assert second.answer.cancel()
    counting.gate.set()
    third.answer.result(10)
    assert counting.read == ["a", "c"]
    servers.close()

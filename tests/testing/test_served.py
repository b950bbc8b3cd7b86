"""What the workers of a session hear from its engine, and who is no worker."""

from multiprocessing import AuthenticationError
from multiprocessing.connection import Client

import pytest

from promptci.errors import RequestError
from promptci.testing.findings import EvalTestKey, Finding, Findings
from promptci.testing.served import ServedEngine, ServedError, Worker

PARCEL = EvalTestKey("router", "small", "parcel")


class Known:
    """An engine that has its answers."""

    def findings(self, chosen):
        return Findings({PARCEL.text: Finding("failure", "lost", 0.0)})

    def ask(self, prompt, variables, model):
        if prompt != "router":
            raise RequestError(f"there is no prompt `{prompt}`")
        return f"{variables['ticket']} on {model}"


@pytest.fixture
def served():
    engine = ServedEngine(Known())
    yield engine
    engine.close()


@pytest.fixture
def worker(served):
    worker = Worker(served.address["address"], bytes.fromhex(served.address["key"]))
    yield worker
    worker.close()


def test_findings_and_answers_come_over(worker):
    assert worker.finding(PARCEL) == Finding("failure", "lost", 0.0)
    assert worker.finding(EvalTestKey("router", "small", None)).kind == "error"
    assert worker.ask("router", {"ticket": "Hello"}, "large") == "Hello on large"
    with pytest.raises(ServedError, match="there is no prompt `other`") as refused:
        worker.ask("other", {}, None)
    assert refused.value.exit_code == 2


def test_a_client_without_the_key_is_refused(served, worker):
    with pytest.raises((AuthenticationError, OSError, EOFError)):
        Client(served.address["address"], authkey=b"guessed").recv_bytes()
    with Client(served.address["address"], authkey=bytes.fromhex(served.address["key"])) as odd:
        odd.send_bytes(b"\x80\x04not json")
        with pytest.raises((OSError, EOFError)):
            odd.recv_bytes()
    assert worker.finding(PARCEL).kind == "failure"

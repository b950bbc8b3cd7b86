"""Results of a batch, stored once whoever collects them."""

import asyncio
import json
from contextlib import closing
from decimal import Decimal

import pytest

from promptci.batching.collecting import collect_batch
from promptci.batching.receipt import BatchEntry, BatchFolder
from promptci.cache.cache import Cache
from promptci.errors import ModelError
from promptci.models.batchapis.reading import AnswerShape, LineFailure, read_batch_line
from promptci.models.batchapis.service import BatchLine, BatchState
from promptci.specs.completion import Completion
from tables import every_row

from .test_receipt import UID, receipt

KEYS = [f"{number:064x}" for number in range(3)]
CHAT = AnswerShape("chat", "greedy")


def body(text, **more):
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    choices = [{"message": message, "finish_reason": "stop"}]
    return json.dumps({"choices": choices, "model": "m", "usage": usage} | more).encode()


@pytest.fixture
def collect(tmp_path):
    folder = BatchFolder(tmp_path / "batches")
    with closing(Cache(tmp_path / "cache.sqlite")) as cache:

        def run(lines, *, state=BatchState("ended", "completed"), replaces=False):  # noqa: B008
            folder.plan(receipt(stage="sent", count=3), [BatchEntry(k, 0, replaces) for k in KEYS])

            async def given():
                for line in lines:
                    yield line

            work = collect_batch(
                receipt(stage="sent", count=3),
                state,
                given(),
                folder=folder,
                cache=cache,
                cost_of=lambda done: Decimal(done.usage.input_tokens),
            )
            return asyncio.run(work), cache, folder.read(UID)

        yield run


def test_an_answer_counts_more_than_an_error_and_the_first_more_than_the_second(collect):
    found, cache, after = collect(
        [
            BatchLine(KEYS[1], error="late"),
            BatchLine(KEYS[0], body=body("one")),
            BatchLine(KEYS[0], body=body("two")),
            BatchLine(KEYS[0], error="late"),
            BatchLine("f" * 64, body=body("strange")),
            BatchLine(KEYS[1], body=body("yes")),
        ]
    )
    stored = cache.get(KEYS)
    assert {key: each.text for key, each in stored.items()} == {KEYS[0]: "one", KEYS[1]: "yes"}
    assert [each.cost for each in stored.values()] == [Decimal(3)] * 2
    assert found.answered == set(KEYS[:2])
    assert (list(found.failures), found.strange) == ([KEYS[2]], 1)
    assert found.failures[KEYS[2]].passes
    assert (found.cost, found.took.tokens) == (Decimal(6), 10)
    assert (after.stage, after.state, after.answered) == ("collected", "completed", 2)


def test_what_is_stored_stays_unless_it_was_asked_again(collect):
    _, cache, _ = collect([])
    cache.put([(KEYS[0], Completion("old"))])
    collect([BatchLine(KEYS[0], body=body("new"))])
    assert cache.get(KEYS)[KEYS[0]].text == "old"
    collect([BatchLine(KEYS[0], body=body("new"))], replaces=True)
    assert cache.get(KEYS)[KEYS[0]].text == "new"


def test_what_was_read_before_a_fault_is_stored(collect):
    """Such as a file of errors that is gone beside the one of answers."""

    def lines():
        yield BatchLine(KEYS[0], body=body("one"))
        raise ModelError("refused the results", "bad_request")

    with pytest.raises(ModelError):
        collect(lines())
    _, cache, _ = collect([])
    assert {key: each.text for key, each in cache.get(KEYS).items()} == {KEYS[0]: "one"}


@every_row(
    ("line", "passes"),
    [
        (BatchLine("k", error="batch_expired: too late"), True),
        (BatchLine("k", 500, b"{}"), True),
        (BatchLine("k", 429, b"{}"), True),
        (BatchLine("k", 400, b'{"error": {"message": "too long"}}'), False),
        (BatchLine("k", 200, b"{}"), False),
        (BatchLine("k", 200, b'{"choices": [{"message": {"content": "x"'), True),
        (BatchLine("k", 200, b'{"error": {"code": 503, "message": "busy"}}'), True),
        (BatchLine("k", 200, b"\xff"), False),
    ],
)
def test_what_is_no_answer_may_be_asked_again_or_not(line, passes):
    found = read_batch_line(line, CHAT)
    assert isinstance(found, LineFailure)
    assert found.passes is passes
    assert found.why


def test_an_answer_is_read_as_a_live_one_is():
    found = read_batch_line(BatchLine("k", body=body("a END b", service_tier="default")), CHAT)
    assert isinstance(found, Completion)
    assert (found.text, found.usage.service_tier) == ("a END b", "batch")
    cut = read_batch_line(
        BatchLine("k", body=body("a END b")), AnswerShape("chat", "provider-default", ("END",))
    )
    assert (cut.text, cut.sampling) == ("a ", "provider-default")
    filtered = b'{"error": {"code": "content_filter", "message": "no"}}'
    assert read_batch_line(BatchLine("k", 400, filtered), CHAT).outcome == "refused"
    vector = b'{"data": [{"embedding": [1.0, 2.0]}], "usage": {}}'
    shape = AnswerShape("embeddings", "greedy")
    assert read_batch_line(BatchLine("k", body=vector), shape).text

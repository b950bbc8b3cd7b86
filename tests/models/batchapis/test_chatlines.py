"""Lines of results: OpenAI's, Mistral's, and those of `vllm run-batch`, as each writes them."""

import json

from promptci.models.batchapis.chatlines import read_chat_line
from promptci.models.batchapis.reading import AnswerShape, LineFailure, read_batch_line
from tables import every_row

SHAPE = AnswerShape("chat", "greedy")
REFUSED = {"message": "maximum context length is 16", "type": "BadRequestError", "code": 400}
FULL = {"message": "Engine is full", "type": "ServiceUnavailable", "code": 503}


def line(response, error):
    return json.dumps({"id": "x", "custom_id": "k", "response": response, "error": error}).encode()


def vllm(status):
    """A response of vLLM 0.33 to what failed: a status, and the error beside it."""
    return {"status_code": status, "request_id": "vllm-batch-1", "body": None}


@every_row(
    ("written", "said", "passes"),
    [
        (line(vllm(400), {"error": REFUSED}), "maximum context length is 16", False),
        (line(vllm(503), {"error": FULL}), "Engine is full", True),
        (line(vllm(400), "Model does not support endpoint"), "does not support endpoint", False),
        (line({"status_code": 400, "body": {"error": REFUSED}}, None), "maximum context", False),
        (line(None, {"code": "batch_expired", "message": "too late"}), "batch_expired", True),
        (line(vllm(400), None), "HTTP 400", False),
        (line(vllm(503), None), "HTTP 503", True),
        (line({"status_code": 0, "body": None}, None), "was not answered", True),
        (line({"status_code": "429", "body": {"error": {"message": "full"}}}, None), "429", True),
    ],
)
def test_why_a_line_has_no_answer(written, said, passes):
    found = read_chat_line(written)
    failure = read_batch_line(found, SHAPE)
    assert isinstance(failure, LineFailure)
    assert said in failure.why
    assert (found.key, failure.passes) == ("k", passes)


def test_a_status_may_be_a_text():
    found = read_chat_line(line({"status_code": "200", "body": {"choices": []}}, None))
    assert (found.key, found.status) == ("k", 200)
    assert read_chat_line(line({"status_code": "fine", "body": {"choices": []}}, None)) is None


def test_what_is_no_line_is_none():
    assert read_chat_line(b"[" * 10_000) is None
    assert read_chat_line(b'{"response": null}') is None

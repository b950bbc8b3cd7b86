import json

import pytest

from promptci.models.hosted.answers import BrokenAnswer, MalformedAnswer, read_answer
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage
from tables import every_row


def read(message: object, **rest: object) -> Completion:
    choice = {"message": message, "finish_reason": rest.pop("finish_reason", "stop")}
    body = json.dumps({"choices": [choice], **rest}).encode()
    return read_answer(body, latency=0.5, sampling="greedy")


@every_row(
    ("message", "finish", "text", "outcome"),
    [
        ({"content": "yes"}, "stop", "yes", "ok"),
        ({"content": "yes"}, None, "yes", "ok"),
        ({"content": [{"type": "text", "text": "y"}, {"text": "es"}]}, "stop", "yes", "ok"),
        ({"content": [{"type": "thinking", "thinking": ["hm"]}]}, "stop", "", "empty"),
        ({"content": ""}, "stop", "", "empty"),
        ({"content": None}, "stop", "", "empty"),
        ({}, "stop", "", "empty"),
        ({"content": None, "tool_calls": [{"id": "1"}]}, "tool_calls", "", "ok"),
        ({"content": None, "function_call": {"name": "f"}}, "function_call", "", "ok"),
        ({"content": "", "function_call": None, "tool_calls": []}, "stop", "", "empty"),
        ({"content": "half a sen"}, "length", "half a sen", "truncated"),
        ({"content": ""}, "length", "", "truncated"),
        ({"content": None, "refusal": "I cannot."}, "stop", "I cannot.", "refused"),
        ({"content": "", "refusal": ""}, "stop", "", "empty"),
        ({"content": "he"}, "content_filter", "he", "filtered"),
        ({"content": None}, "content_filter", "", "filtered"),
        ({"content": "he"}, "content_filter: PROHIBITED_CONTENT", "he", "filtered"),
        ({"content": "he"}, "SAFETY", "he", "filtered"),
        ({"content": "half a sen"}, "MAX_TOKENS", "half a sen", "truncated"),
        ({"content": "half a sen"}, "model_length", "half a sen", "truncated"),
    ],
)
def test_how_an_answer_ended(message: object, finish: str | None, text: str, outcome: str) -> None:
    answer = read(message, finish_reason=finish)
    assert (answer.text, answer.outcome, answer.finish_reason) == (text, outcome, finish or "")


@every_row(
    ("usage", "counted"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}, Usage(3, 4)),
        ({"prompt_tokens": 3.0, "completion_tokens": "4"}, Usage(3, 4)),
        ({"prompt_tokens": 8, "total_tokens": 8}, Usage(8, 0)),
        # Thoughts that are in the total alone are paid for, too.
        (
            {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 5011},
            Usage(10, 5001, thought_tokens=5000),
        ),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 90,
                "completion_tokens_details": {"reasoning_tokens": 64},
            },
            Usage(10, 90, thought_tokens=64),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 5, "reasoning_tokens": 8},
            Usage(9, 5, thought_tokens=5),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 5, "completion_tokens_details": []},
            Usage(9, 5),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 3}, Usage(10, 5)),
        # What is not whole, or beyond belief, is as good as not said.
        ({"prompt_tokens": 3}, Usage()),
        ({"prompt_tokens": 3, "completion_tokens": None}, Usage()),
        ({"completion_tokens": 3}, Usage()),
        ({"prompt_tokens": -1, "completion_tokens": 2}, Usage()),
        ({"prompt_tokens": 2**63, "completion_tokens": 2}, Usage()),
        ({"prompt_tokens": 1e300, "completion_tokens": 2}, Usage()),
        ({"prompt_tokens": "many", "completion_tokens": 2}, Usage()),
        ({"prompt_tokens": [3], "completion_tokens": 2}, Usage()),
        ([], Usage()),
        ("none", Usage()),
        (None, Usage()),
    ],
)
def test_tokens_are_what_the_server_counted(usage: object, counted: Usage) -> None:
    assert read({"content": "x"}, usage=usage).usage == counted


@every_row(
    "more",
    [
        '"model":5',
        '"system_fingerprint":{}',
        '"usage":{"prompt_tokens":1e999,"completion_tokens":1}',
        '"usage":{"prompt_tokens":NaN}',
        '"logprobs":[NaN,Infinity]',
    ],
)
def test_what_is_beside_an_answer_does_not_spoil_it(more: str) -> None:
    body = f'{{"choices":[{{"message":{{"content":"x"}}}}],{more}}}'.encode()
    answer = read_answer(body, latency=0.5, sampling="greedy")
    assert (answer.text, answer.usage, answer.served_model) == ("x", Usage(), "")


@every_row("reason", ["error", "ABORT", "cancelled", "insufficient_system_resource"])
def test_an_answer_that_the_server_broke_off_is_none(reason: str) -> None:
    with pytest.raises(BrokenAnswer, match=reason.lower()):
        read({"content": "I was about to"}, finish_reason=reason)


def test_an_error_beside_an_answer_makes_it_none() -> None:
    body = b'{"choices":[{"message":{"content":"x"},"error":{"code":502}}]}'
    with pytest.raises(BrokenAnswer):
        read_answer(body, latency=0.5, sampling="greedy")


def test_a_server_that_says_little_is_read_too() -> None:
    answer = read({"content": "x"})
    assert answer == Completion("x", latency=0.5, sampling="greedy")


def test_tool_calls_keep_the_servers_own_text() -> None:
    body = b'{"choices":[{"message":{"tool_calls":[ {"id":"\xc3\xa9"} ]}}]}'
    assert read_answer(body, latency=0, sampling="greedy").tool_calls == '[ {"id":"é"} ]'


@every_row(
    ("message", "calls"),
    [
        (b'"function_call":{"name":"f","arguments":"{}"}', '{"name":"f","arguments":"{}"}'),
        (b'"tool_calls":null,"function_call":{"name":"f"}', '{"name":"f"}'),
        (b'"tool_calls":[],"function_call":{"name":"f"}', '{"name":"f"}'),
    ],
)
def test_the_one_call_of_older_servers_is_a_list_like_the_others(
    message: bytes, calls: str
) -> None:
    body = b'{"choices":[{"message":{"content":null,%b}}]}' % message
    answer = read_answer(body, latency=0, sampling="greedy")
    assert answer.tool_calls == f'[{{"type":"function","function":{calls}}}]'


def test_tool_calls_come_before_the_one_call_of_older_servers() -> None:
    answer = read({"tool_calls": [{"id": "1"}], "function_call": {"name": "f"}})
    assert json.loads(answer.tool_calls) == [{"id": "1"}]


@every_row(
    ("escaped", "text"),
    [
        (r"a\ud800b", "a\ufffdb"),
        (r"\udc00", "\ufffd"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\\ud800", r"\ud800"),
        (r"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
    ],
)
def test_half_a_character_becomes_the_replacement_character(escaped: str, text: str) -> None:
    body = b'{"choices":[{"message":{"content":"%b"}}]}' % escaped.encode()
    answer = read_answer(body, latency=0, sampling="greedy")
    assert answer.text == text
    answer.text.encode()


def test_a_byte_order_mark_does_no_harm() -> None:
    body = b'\xef\xbb\xbf{"choices":[{"message":{"content":"x"}}]}'
    assert read_answer(body, latency=0, sampling="greedy").text == "x"


@every_row(
    "body",
    [
        b"null",
        b"[]",
        b'"text"',
        b'{"choices":null}',
        b'{"choices":[{}]}',
        b'{"choices":[{"message":null}]}',
        b'{"choices":[{"message":{"content":5}}]}',
        b'{"choices":[{"message":{"content":"x"}}]} trailing',
        b'{"choices":[{"message":{"content":NaN}}]}',
        b'{"choices":[{"message":{"content":"\\ud800"}}],"z":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_completion_is_never_an_answer(body: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        read_answer(body, latency=0, sampling="greedy")


@every_row(
    ("message", "thoughts"),
    [
        ({"content": "yes", "reasoning_content": "hm"}, "hm"),
        ({"content": "yes", "reasoning": "hm"}, "hm"),
        ({"content": "yes", "reasoning": "hm", "reasoning_content": None}, "hm"),
        ({"content": "yes", "reasoning": {"effort": "low"}}, ""),
        ({"content": "yes", "reasoning_content": 3}, ""),
        ({"content": [{"thinking": [{"text": "h"}, {"text": "m"}]}, {"text": "yes"}]}, "hm"),
        ({"content": [{"thinking": "hm"}, {"text": "yes"}]}, "hm"),
        ({"content": "yes"}, ""),
    ],
)
def test_thoughts_that_the_server_keeps_apart_are_kept(message: object, thoughts: str) -> None:
    answer = read(message)
    assert (answer.text, answer.thoughts) == ("yes", thoughts)


def test_an_answer_of_white_space_is_none() -> None:
    assert read({"content": " \n"}).outcome == "empty"


@every_row(
    ("usage", "cached", "written"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 60}}, 60, 0),
        ({"prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30}}, 60, 30),
        ({"prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 90}}, 60, 40),
        ({"prompt_tokens_details": {"cached_tokens": 900}}, 100, 0),
        ({"prompt_tokens_details": {"cached_tokens": -1}}, 0, 0),
        ({"prompt_tokens_details": None}, 0, 0),
        ({"prompt_tokens_details": "none"}, 0, 0),
        ({"prompt_cache_hit_tokens": 70}, 70, 0),
        ({"prompt_cache_hit_tokens": "many"}, 0, 0),
        ({}, 0, 0),
    ],
)
def test_what_came_from_a_cache_is_told_apart(
    usage: dict[str, object], cached: int, written: int
) -> None:
    body = {
        "choices": [{"message": {"content": "x"}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 5, **usage},
        "service_tier": "flex",
    }
    found = read_answer(json.dumps(body).encode(), latency=0.0, sampling="greedy").usage
    assert found == Usage(100, 5, cached, written, "flex")

"""The guess before the bill."""

from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Usage
from promptci.spending.estimate import MOST_OUTPUT, estimate
from tables import every_row

MODEL = ModelSpec("m", "m", EndpointSpec("lab", "openai", "http://lab.test"))


def guess(*texts, parameters=None, **settings):
    messages = tuple(Message("user", text) for text in texts)
    return estimate(Request(Settings(MODEL, parameters or {}, **settings), messages))


@every_row(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abcd", 1),
        ("abcde", 2),
        ("x" * 4000, 1000),
        ("漢" * 30, 20),
        ("ab漢字", 2),
    ],
)
def test_ascii_counts_four_letters_a_token_and_the_rest_one_and_a_half(text, tokens):
    assert guess(text).input_tokens == tokens + 4
    assert guess(text, text).input_tokens == 2 * (tokens + 4)


@every_row(
    ("parameters", "tokens"),
    [
        ({}, MOST_OUTPUT),
        ({"max_tokens": 8}, 8),
        ({"max_completion_tokens": 9}, 9),
        ({"max_tokens": 8, "max_completion_tokens": 9}, 9),
    ],
)
def test_an_answer_is_estimated_as_long_as_it_may_be(parameters, tokens):
    assert guess("", parameters=parameters) == Usage(4, tokens)


def test_a_schema_and_tools_are_read_by_the_model_too():
    schema = {"type": "json_schema", "json_schema": {"schema": {"x": "y" * 4000}}}
    assert guess("", response_format=schema).input_tokens > 1000
    assert guess("", tools=(schema,)).input_tokens > 1000

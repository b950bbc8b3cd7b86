"""The guess before the bill."""

from hypothesis import given
from hypothesis import strategies as st

from promptci.parsing.yamlfile import load_yaml
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.promptparsing import parse_prompt
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Usage
from promptci.spending.estimate import MOST_OUTPUT, PromptTokens, estimate, messages_tokens
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


PROMPTS = (
    "messages: [{role: user, content: '{{ a }}'}]",
    "messages: [{role: system, content: Say é.}, {role: user, content: 'x{{ a }}{{ b }}'}]",
    "messages: [{role: user, content: '{{ a }}'}, {role: assistant, content: '{{ a }}: {{ b }}'}]",
    """
shots:
  - {vars: {a: one, b: two}, output: thrée}
  - {vars: {a: 1, b: 2}, output: "3"}
messages: [{role: system, content: Add.}, {role: user, content: "{{ a }} and {{ b }}"}]
""",
)
VALUES = st.one_of(st.text(max_size=30), st.integers(), st.booleans(), st.lists(st.text("aé")))


@given(prompt=st.sampled_from(PROMPTS), a=VALUES, b=VALUES)
def test_a_prompt_is_guessed_as_its_messages_are(prompt, a, b):
    found = parse_prompt(load_yaml(prompt.encode(), "p.yaml"), "p", [])
    variables = {"a": a, "b": b}
    request = Request(Settings(MODEL, {}), found.render(variables))
    assert PromptTokens(found).of(variables) == messages_tokens(request)


@every_row(
    ("prompt", "more"),
    [
        ("messages: ['{{ history }}', {role: user, content: '{{ a }}'}]", {}),
        ("messages: [{role: user, content: [{image: '{{ a }}'}]}]", {}),
        (PROMPTS[0], {"history": [{"role": "user", "content": "Hi"}]}),
    ],
)
def test_what_is_more_than_texts_is_guessed_by_its_messages(prompt, more):
    found = parse_prompt(load_yaml(prompt.encode(), "p.yaml"), "p", [])
    assert PromptTokens(found).of({"a": "x", **more}) is None

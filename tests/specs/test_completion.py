"""A question's key covers what can change its answer, and nothing else."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Price, Usage
from tables import every_row

LAB = EndpointSpec("lab", "openai", "https://lab.test/v1", "LAB_KEY", {"X-Team": "bots"})
MODEL = ModelSpec("fast", "llama", LAB, Price(Decimal(1), Decimal(2)))
SETTINGS = Settings(
    MODEL,
    {"temperature": 0.0, "max_tokens": 8},
    {"type": "json_object"},
    ({"type": "function"},),
    build="b1",
)
REQUEST = Request(SETTINGS, (Message("system", "Be brief."), Message("user", "Hello 🙂")))


def test_keys_never_change():
    """Caches hold them; a new key asks and pays again."""
    assert REQUEST.key == "4631548c1e3dbbffd80ea1f50959f43641b73cb92692bb0ee11ab74257e9ca01"
    plain = Request(Settings(ModelSpec("m", "m", EndpointSpec("local", "local"))), ())
    assert plain.key == "f0f4cab39f54ba3ae2077970b7b4aea04d9c3c0afd033a959d36bda55a8634c7"


def settings(**changes):
    return replace(REQUEST, settings=replace(SETTINGS, **changes))


def endpoint(**changes):
    return settings(model=replace(MODEL, endpoint=replace(LAB, **changes)))


DIFFERENT = {
    "attempt": replace(REQUEST, attempt=1),
    "another attempt": replace(REQUEST, attempt=11),
    "model": settings(model=replace(MODEL, model_id="llama2")),
    "address": endpoint(base_url="https://lab.test/v2"),
    "build": settings(build="b2"),
    "parameter": settings(parameters={"temperature": 0.1, "max_tokens": 8}),
    "no parameter": settings(parameters={}),
    "response format": settings(response_format={"type": "text"}),
    "no response format": settings(response_format=None),
    "tools": settings(tools=({"type": "function", "x": 1},)),
    "no tools": settings(tools=()),
    "text": replace(REQUEST, messages=(Message("system", "Be brief!"), REQUEST.messages[1])),
    "role": replace(REQUEST, messages=(Message("developer", "Be brief."), REQUEST.messages[1])),
    "order": replace(REQUEST, messages=REQUEST.messages[::-1]),
    "fewer": replace(REQUEST, messages=REQUEST.messages[1:]),
    "none": replace(REQUEST, messages=()),
}


def test_whatever_can_change_an_answer_changes_the_key():
    keys = {name: request.key for name, request in DIFFERENT.items()}
    assert len({REQUEST.key, *keys.values()}) == 1 + len(keys)


SAME = {
    "name of the model": settings(model=replace(MODEL, name="other")),
    "price": settings(model=replace(MODEL, price=None)),
    "name of the endpoint": endpoint(name="other"),
    "key variable": endpoint(key_env=None),
    "headers": endpoint(headers={}),
    "timeout": endpoint(timeout=1.0),
    "slash": endpoint(base_url="https://lab.test/v1/"),
    "order of parameters": settings(parameters={"max_tokens": 8, "temperature": 0.0}),
}


@every_row("name", SAME)
def test_what_cannot_change_an_answer_leaves_the_key(name):
    assert SAME[name].key == REQUEST.key


MESSAGES = st.lists(st.tuples(st.sampled_from(["user", "system"]), st.text()), max_size=3)


@given(MESSAGES, st.integers(0, 99), MESSAGES, st.integers(0, 99))
def test_two_questions_share_a_key_only_if_they_are_one(one, first, other, second):
    def key(turns, attempt):
        return Request(SETTINGS, tuple(Message(*turn) for turn in turns), attempt).key

    assert (key(one, first) == key(other, second)) == ((one, first) == (other, second))


def test_half_a_character_in_a_message_has_a_key_too():
    assert len(replace(REQUEST, messages=(Message("user", "\ud800"),)).key) == 64


@every_row(
    ("parameters", "sampling"),
    [
        ({"temperature": 0}, "greedy"),
        ({"temperature": 0.0}, "greedy"),
        ({"temperature": 0.5}, "sampled"),
        ({}, "sampled"),
    ],
)
def test_only_temperature_zero_is_greedy(parameters, sampling):
    assert Settings(MODEL, parameters).sampling == sampling


def test_a_price_is_for_a_million_tokens_and_exact():
    price = Price(Decimal("0.1"), Decimal("0.25"))
    assert price.cost(Usage(1_000_000, 1_000_000)) == Decimal("0.35")
    assert sum(price.cost(Usage(1, 0)) for _ in range(10)) == price.cost(Usage(10, 0))
    assert price.cost(Usage()) == 0


def test_the_identity_of_a_model_is_where_it_is_and_what_it_is_called_there():
    assert MODEL.identity == "https://lab.test/v1 llama"
    assert ModelSpec("x", "smollm2", EndpointSpec("local", "local")).identity == "local smollm2"


def test_what_an_endpoint_does_not_say_has_a_default():
    answer = Completion("yes")
    assert (answer.outcome, answer.finish_reason, answer.sampling) == ("ok", "stop", "greedy")
    assert (answer.usage, answer.cost) == (Usage(0, 0), None)

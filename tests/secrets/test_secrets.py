"""What is a secret, that none of these reaches a screen, and that answers stay as they are."""

import asyncio
import io
import json
import os

import pytest
from msgspec.structs import fields, replace

from fakes import ScriptedModel
from promptci.errors import ModelError
from promptci.models.hosted.access import open_access
from promptci.render.json.jsontext import dumps
from promptci.render.json.structure import Report
from promptci.secrets import known
from promptci.secrets.display import CleanStream
from promptci.secrets.redact import MARK
from promptci.secrets.withheld import Withholding
from promptci.specs.completion import Completion
from promptci.specs.credentials import Secret, is_real
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings

SECRET = "s3cret-value/of+mine"


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """A process that knows of no secret yet."""
    monkeypatch.setattr(known, "_kept", set())
    monkeypatch.setattr(known, "_environ", os.environ)


@pytest.fixture
def key():
    known.keep([Secret(SECRET, "the key in LAB_KEY")])


@pytest.mark.parametrize(
    "name", ["POSTGRES_PASSWORD", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "API_KEY", "OTHER_KEY"]
)
def test_what_promptci_does_not_use_is_no_secret(name, monkeypatch):
    monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("DATABASE_URL", f"postgres://me:{SECRET}@db.example.com/orders")
    known.keep_keys([EndpointSpec("lab", "openai", "", "LAB_KEY")])
    assert known.redact(f"a {SECRET} b") == f"a {SECRET} b"


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_of_a_proxy_only_the_password_is_secret(name, monkeypatch):
    monkeypatch.setenv(name, "http://somebody:p%40ss-word/1@proxy.example.com:3128")
    known.keep_keys([])
    shown = known.redact("somebody proxy.example.com p@ss-word/1")
    assert shown == f"somebody proxy.example.com {MARK}"
    assert known.redact("//p%40ss-word/1@") == f"//{MARK}@"


def test_the_password_in_an_address_is_secret():
    known.keep_keys([EndpointSpec("lab", "openai", f"https://me:{SECRET}@lab.example.com/v1")])
    assert known.redact(f"no {SECRET} at lab.example.com") == f"no {MARK} at lab.example.com"


def test_what_opens_an_endpoint_is_kept_whoever_asks_it():
    spec = EndpointSpec("lab", "openai", "http://lab.example.com/v1", "LAB_LOGIN")
    open_access(spec, {"LAB_LOGIN": SECRET})
    assert known.redact(f"a {SECRET} b") == f"a {MARK} b"


def test_the_keys_of_endpoints_are_kept_before_any_is_asked(monkeypatch):
    monkeypatch.setenv("LAB_LOGIN", f" {SECRET}\n")
    headers = {
        "X-Auth": "Basic dXNlcjpwYXNz1",
        "Cookie": "all examples passed",
        "X-Lab": "abc12345",
    }
    known.keep_keys([EndpointSpec("lab", "openai", "", "LAB_LOGIN", headers=headers)])
    assert known.redact(f"a {SECRET} b") == f"a {MARK} b"
    assert known.redact("dXNlcjpwYXNz1") == MARK
    words = "all examples passed abc12345"  # who writes a header must not choose what goes
    assert known.redact(words) == words


@pytest.mark.parametrize(
    "value",
    [
        "ollama",
        "postgres",
        "lm-studio",
        "sk-no-key-required",
        "please-use-a-real-key",
        "sk-1234",
        "all of the words are words",
    ],
)
def test_words_in_the_place_of_a_key_are_no_real_key(value):
    assert not is_real(value)
    known.keep([Secret(value, "the key in LAB_KEY")])
    assert known.key_in([f"it is {value}."]) == ""


@pytest.mark.parametrize(
    "value",
    [SECRET, "sk-canary-of-the-environment", "canarysecretword", "pass Phrase with 2 words"],
)
def test_long_values_are_real_keys(value):
    known.keep([Secret(value, "the key in LAB_KEY")])
    assert is_real(value)
    assert known.key_in([f"it is {value}."]) == "the key in LAB_KEY"


def test_a_secret_is_found_with_where_it_comes_from(key):
    assert known.key_in(["nothing", f"a {SECRET} b"]) == "the key in LAB_KEY"
    assert known.key_in(["nothing"]) == ""
    assert SECRET not in repr(Secret(SECRET, "the key in LAB_KEY"))


def request():
    model = ModelSpec("m", "m-1", EndpointSpec("lab", "openai"))
    return Request(Settings(model), (Message("user", "hi"),))


SAID = Completion("the text", "ok", "stop", served_model="m-1", tool_calls="[1]")


def answered(said: Completion) -> Completion:
    return asyncio.run(Withholding(ScriptedModel(lambda _: said)).complete(request()))


@pytest.mark.parametrize("text", ["postgres", MARK, "sk-" + "a1" * 20, "a\u202eb", "\x1b[31m"])
def test_answers_pass_as_they_are(key, monkeypatch, text):
    monkeypatch.setenv("POSTGRES_PASSWORD", "postgres")
    assert answered(replace(SAID, text=text)).text == text


@pytest.mark.parametrize("field", [f.name for f in fields(SAID) if f.type is str])
def test_an_answer_that_holds_a_key_is_an_error_that_says_so(key, field):
    with pytest.raises(ModelError) as caught:
        answered(replace(SAID, **{field: f"it is {SECRET}"}))
    assert str(caught.value) == (
        "the answer holds the key in LAB_KEY, so it is neither scored nor stored: "
        "take the key out of the prompt and its examples"
    )
    assert caught.value.may_cost


def test_a_stream_shows_no_secret_as_text_or_bytes(key):
    raw = io.BytesIO()
    stream = CleanStream(io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape"))
    stream.write(f"text {SECRET}\n")
    stream.flush()
    stream.buffer.write(f"bytes {SECRET} \udcff\n".encode("utf-8", "surrogateescape"))
    assert raw.getvalue() == f"text {MARK}\nbytes {MARK} ".encode() + b"\xff\n"
    assert stream.encoding == "utf-8"
    stream.writelines([f"{SECRET}\n", "::error::x\n"])
    stream.flush()
    assert raw.getvalue().endswith(f"{MARK}\n::error::x\n".encode())


def test_a_stream_to_a_runner_begins_no_command():
    raw = io.StringIO()
    stream = CleanStream(raw, is_workflow=True)
    stream.writelines(["::error::x\n", "a ##[error]b\n", "  ::stop::\n", "a::b\n"])
    stream.write_commands("::notice::ours\n")
    assert raw.getvalue().split("\n") == [
        ": :error::x",
        "a ## [error]b",
        "  : :stop::",
        "a::b",
        "::notice::ours",
        "",
    ]


def test_what_looks_like_a_key_in_compressed_texts_is_there_by_chance():
    by_chance = f"/AIza{'x' * 35}"
    assert known.redact_document(by_chance) == f"/{MARK}"
    assert known.redact_document(known.Packed(by_chance)) == by_chance


class _Examples(Report, frozen=True, kw_only=True):
    examples: list[str]
    n: int = 1
    e: dict[str, None]


def test_a_document_keeps_its_own_words_where_a_key_is_one():
    known.keep([Secret("examples", "the key in LAB_KEY")])
    assert known.redact_document('{"examples": []}') == '{"examples": []}'
    document = json.loads(dumps(_Examples(examples=["all examples"], e={"examples": None})))
    assert document == {"format": 1, "examples": [f"all {MARK}"], "n": 1, "e": {"examples": None}}

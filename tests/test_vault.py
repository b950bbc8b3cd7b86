"""Which variables hold secrets, and that none of these reaches a file or a screen."""

import asyncio
import html
import io
import json
from urllib.parse import quote

import pytest

from fakes import ScriptedModel
from promptci import vault
from promptci.completion import Completion, EndpointSpec, Message, ModelSpec, Request, Settings
from promptci.discreet import Discreet
from promptci.errors import ModelError
from promptci.redact import MARK, Redactor
from promptci.shown import Shown

SECRET = "s3cret-value/of+mine"


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "GITHUB_TOKEN",
        "token",
        "LAB_KEY",
        "LAB_APIKEY",
        "AWS_SECRET_ACCESS_KEY",
        "CLIENT_SECRET",
        "DB_PASSWORD",
        "SMTP_PASSWD",
        "GH_PAT",
        "GOOGLE_CREDENTIALS",
        *("PGPASSWORD", "MYSQL_PWD", "OPENAI_KEY_1", "OPENAI_API_KEY_PROD", "OPENAI_API_KEYS"),
        *("DB_PASS", "CREDENTIAL", "JWT"),
    ],
)
def test_a_variable_whose_name_says_so_is_a_secret(name, monkeypatch):
    monkeypatch.setenv(name, SECRET)
    assert vault.redact(f"a {SECRET} b") == f"a {MARK} b"


@pytest.mark.parametrize(
    "name",
    [
        "MONKEY",
        "GIT_CONFIG_KEY_0",
        "TOKENIZERS_PARALLELISM",
        "PATH",
        "KEYBOARD",
        "COMPAT",
        "PWD",
        "KEY_FILE",
    ],
)
def test_other_variables_are_not(name, monkeypatch):
    monkeypatch.setenv(name, SECRET)
    assert vault.redact(SECRET) == SECRET


@pytest.mark.parametrize("name", ["DATABASE_URL", "https_proxy", "ANYTHING"])
def test_the_password_in_an_address_is_a_secret(name, monkeypatch):
    monkeypatch.setenv(name, "postgres://ada:pass-word-of-ada@db.test/x")
    assert vault.redact("ada: pass-word-of-ada") == f"ada: {MARK}"


@pytest.mark.parametrize(
    "config",
    [
        "{key_env: LAB_LOGIN}",
        'key_env: "LAB_LOGIN"\n',
        '{"key_env" : "LAB_LOGIN"}',
        "broken: [\nkey_env: LAB_LOGIN",
    ],
)
def test_the_keys_that_a_configuration_names_are_secrets(config, monkeypatch):
    monkeypatch.setattr(vault, "_kept", set())
    monkeypatch.setenv("LAB_LOGIN", SECRET)
    assert vault.redact(SECRET) == SECRET
    vault.keep_keys_named_in(config)
    assert vault.redact(SECRET) == MARK


@pytest.mark.parametrize(
    "form",
    [
        lambda key: json.dumps(key),
        lambda key: json.dumps(key).replace("/", "\\/"),
        lambda key: json.dumps(key).replace("/", "\\u002f"),
        lambda key: quote(key),
        lambda key: quote(key, safe="").lower().replace(key.lower(), key),
        html.escape,
        lambda key: key.encode().hex(),
        lambda key: key.encode().hex().upper(),
    ],
)
def test_a_secret_goes_however_it_is_written(form):
    key = 'k/ey"wi\\th+all&of<th>em'
    written = form(key.lower())
    assert MARK in Redactor([key.lower()])(f"a {written} b")


def test_a_secret_under_any_name_is_kept(monkeypatch):
    monkeypatch.setattr(vault, "_kept", set())
    vault.keep(["", SECRET])
    assert vault.redact(SECRET) == MARK


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-" + "a1B2" * 10,
        "sk-ant-api03-" + "x_y-" * 12,
        "ghp_" + "a" * 36,
        "github_pat_" + "A1_" * 20,
        "glpat-" + "a" * 20,
        "hf_" + "A" * 34,
        "xoxb-1234567890-abcdefghijkl",
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "AIza" + "b" * 35,
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_well_known_shapes_go_whatever_their_value(key):
    assert Redactor([])(f"the key is {key}.").startswith(f"the key is {MARK}")
    assert key not in Redactor([])(f"({key})")


@pytest.mark.parametrize(
    "text",
    ["task-management-for-everyone-in-the-office", "sk-short", "risk-" + "a" * 30, "AKIAx", "hf_a"],
)
def test_words_that_look_a_little_like_keys_stay(text):
    assert Redactor([])(text) == text


def request():
    model = ModelSpec("m", "m-1", EndpointSpec("lab", "openai"))
    return Request(Settings(model), (Message("user", "hi"),))


def test_an_answer_is_clean_in_every_field_a_server_fills(monkeypatch):
    monkeypatch.setenv("LAB_KEY", SECRET)
    said = Completion(SECRET, "ok", SECRET, served_model=SECRET, system_fingerprint=SECRET)
    model = ScriptedModel(lambda _: said)
    found = asyncio.run(Discreet(model).complete(request()))
    fields = (found.text, found.finish_reason, found.served_model, found.system_fingerprint)
    assert fields == (MARK,) * 4


def test_an_error_is_clean_and_keeps_its_kind(monkeypatch):
    monkeypatch.setenv("LAB_KEY", SECRET)

    def refuse(_: str) -> str:
        raise ModelError(f"no {SECRET}", "rate_limit", retry_after=3.0)

    with pytest.raises(ModelError) as caught:
        asyncio.run(Discreet(ScriptedModel(refuse)).complete(request()))
    error = caught.value
    assert (str(error), error.kind, error.retry_after) == (f"no {MARK}", "rate_limit", 3.0)


def test_a_stream_shows_no_secret_as_text_or_bytes(monkeypatch):
    monkeypatch.setenv("LAB_KEY", SECRET)
    raw = io.BytesIO()
    stream = Shown(io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape"))
    stream.write(f"text {SECRET}\n")
    stream.flush()
    stream.buffer.write(f"bytes {SECRET} \udcff\n".encode("utf-8", "surrogateescape"))
    assert raw.getvalue() == f"text {MARK}\nbytes {MARK} ".encode() + b"\xff\n"
    assert stream.encoding == "utf-8"

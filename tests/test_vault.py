"""Which variables hold secrets, and that none of these reaches a file or a screen."""

import asyncio
import io

import pytest

from fakes import ScriptedModel
from promptci.errors import ModelError
from promptci.secrets import known
from promptci.secrets.discreet import Discreet
from promptci.secrets.display import Shown
from promptci.secrets.redact import MARK, Redactor
from promptci.specs.completion import (
    Completion,
    EndpointSpec,
    Message,
    ModelSpec,
    Request,
    Settings,
)

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
        "PGPASSWORD",
        "MYSQL_PWD",
        "OPENAI_KEY_1",
        "OPENAI_API_KEY_PROD",
        "OPENAI_API_KEYS",
        "DB_PASS",
        "LAB_CREDENTIAL",
        "SESSION_JWT",
    ],
)
def test_a_variable_whose_name_says_so_is_a_secret(name, monkeypatch):
    monkeypatch.setenv(name, SECRET)
    assert known.redact(f"a {SECRET} b") == f"a {MARK} b"


@pytest.mark.parametrize(
    "name",
    [
        "MONKEY",
        "GIT_CONFIG_KEY_0",
        "TOKENIZERS_PARALLELISM",
        "PATH",
        "KEYBOARD",
        "COMPAT",
        "SSH_AUTH_SOCK",
        "PWD",
        "OLDPWD",
        "COMPASS",
        "MAX_TOKENS",
        "API_KEY_FILE",
        "LAB_LOGIN",
    ],
)
def test_other_variables_are_not(name, monkeypatch):
    monkeypatch.setenv(name, SECRET)
    assert known.redact(SECRET) == SECRET


@pytest.mark.parametrize("name", ["DATABASE_URL", "https_proxy", "ANY"])
def test_of_an_address_only_the_password_is_secret(name, monkeypatch):
    monkeypatch.setenv(name, "http://somebody:p%40ss-word/1@db.example.com:5432/orders?a=1")
    assert known.redact("somebody db.example.com p@ss-word/1") == f"somebody db.example.com {MARK}"
    assert known.redact("//p%40ss-word/1@") == f"//{MARK}@"
    monkeypatch.setenv(name, "http://db.example.com:5432/orders")
    assert known.redact("db.example.com:5432/orders") == "db.example.com:5432/orders"


def test_the_path_of_a_key_is_none(monkeypatch, tmp_path):
    (tmp_path / "credentials.json").touch()
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "credentials.json"))
    assert known.redact(str(tmp_path / "credentials.json")) == str(tmp_path / "credentials.json")


def test_the_keys_of_endpoints_are_kept_before_any_is_asked(monkeypatch):
    monkeypatch.setattr(known, "_kept", set())
    monkeypatch.setenv("LAB_LOGIN", SECRET)
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


def test_a_secret_under_any_name_is_kept(monkeypatch):
    monkeypatch.setattr(known, "_kept", set())
    known.keep(["", SECRET])
    assert known.redact(SECRET) == MARK


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
    stream.writelines([f"{SECRET}\n", "::error::x\n"])
    stream.flush()
    assert raw.getvalue().endswith(f"{MARK}\n::error::x\n".encode())


def test_a_stream_to_a_runner_begins_no_command():
    raw = io.StringIO()
    stream = Shown(raw, is_workflow=True)
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

import json
import time
from base64 import b64encode, encodebytes
from html import escape
from shlex import quote as shell_quoted
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.secrets.redact import Redactor

SECRET = "sk-canary/0123+456"
ODD = "lk canary\"7f\\3A|99::b##[Q1&'<ö>/canary"
LONG = "lk_canary/7f3A+99zzQ1abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLcanary"


@given(st.text(max_size=9), st.text(max_size=9))
def test_a_secret_goes_whatever_stands_around_it(before: str, after: str) -> None:
    text = Redactor([SECRET])(f"{before}{SECRET}{after}")
    assert "canary" not in text
    assert "[redacted]" in text


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "user:x"])
@pytest.mark.parametrize("after", ["", ":", "::", ":::"])
def test_base64_hides_no_secret(before: str, after: str) -> None:
    coded = b64encode(f"{before}{SECRET}{after}".encode()).decode()
    assert "[redacted]" in Redactor([SECRET])(f"Basic {coded}")
    urlsafe = coded.replace("+", "-").replace("/", "_")
    assert "[redacted]" in Redactor([SECRET])(f"Basic {urlsafe}")


def test_url_encoding_hides_no_secret() -> None:
    assert Redactor([SECRET])(f"?key={quote(SECRET, safe='')}&a=1") == "?key=[redacted]&a=1"


def test_the_longer_of_two_secrets_goes_whole() -> None:
    assert Redactor(["abcdefgh", "abcdefghijkl"])("abcdefghijkl") == "[redacted]"


def test_short_words_and_empty_lists_change_nothing() -> None:
    assert Redactor(["", "none", "ollama"])("none of ollama") == "none of ollama"
    assert Redactor([])("text") == "text"


def test_a_redactor_does_not_show_what_it_hides() -> None:
    assert SECRET not in repr(Redactor([SECRET]))


def _lower_percent(text: str) -> str:
    parts = quote(text, safe="").split("%")
    return parts[0] + "".join(f"%{part[:2].lower()}{part[2:]}" for part in parts[1:])


@pytest.mark.parametrize("secret", [SECRET, ODD, LONG], ids=["short", "odd", "long"])
@pytest.mark.parametrize(
    "written",
    [
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(json.dumps({"a": [text]})),
        lambda text: json.dumps(text).replace("/", "\\/"),
        lambda text: json.dumps(text).replace("/", "\\u002f").replace("&", "\\u0026"),
        lambda text: json.dumps(text).replace("+", "\\u002B"),
        quote,
        quote_plus,
        _lower_percent,
        lambda text: quote(quote(text, safe=""), safe=""),
        escape,
        lambda text: escape(escape(text)),
        lambda text: text.replace("/", "&#x2F;").replace("+", "&#43;"),
        repr,
        shell_quoted,
        lambda text: text.replace("|", "│"),
        lambda text: text.replace("::", ": :").replace("##[", "## ["),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: encodebytes(f"user: {text}".encode()).decode(),
        lambda text: json.dumps(encodebytes(f"user: {text}".encode()).decode()),
        lambda text: b64encode(text.encode()).decode().replace("/", "\\/"),
        lambda text: quote(b64encode(text.encode()).decode(), safe=""),
        lambda text: f"{text[:13]}\n{text[13:]}",
        lambda text: f"{text[:13]}\r\n  {text[13:]}",
        lambda text: json.dumps(f"{text[:13]}\n{text[13:]}"),
        lambda text: f"{text[:14]}…",
        lambda text: json.dumps(text[:-1])[1:-1] + "…",
    ],
)
def test_no_way_of_writing_hides_a_secret(written, secret):
    clean = Redactor([secret])(f"({written(secret)})")
    assert "[redacted]" in clean
    for held in ("canary", "7f3A", secret.encode().hex()[:12], b64encode(secret.encode())[:12]):
        assert str(held) not in clean


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=40))
def test_a_document_can_be_read_as_before(secret):
    redact = Redactor([secret])
    core = secret.strip().strip("\"'\\").strip()
    found = json.loads(redact(json.dumps({"k": [f"a {secret} b", f"x{secret}"]})))
    assert len(core) < 8 or core not in json.dumps(found["k"])


def test_words_that_begin_like_a_secret_stay():
    redact = Redactor(["password-of-mine"])
    for text in ("passwords…", "the passwor…", "password\nof\nmine", "pass…", "…"):
        assert redact(text) == text


def test_a_key_file_is_taken_out_at_once():
    lines = "\n".join(f"{n:02}" + "aB3/" * 15 for n in range(40))
    key = f"-----BEGIN KEY-----\n{lines}\n-----END KEY-----\n"
    began = time.perf_counter()
    redact = Redactor([key, *(f"lk_{n}_{'x7' * 12}" for n in range(40))])
    assert "aB3" not in redact(json.dumps({"key": key}))
    assert "aB3" not in redact(f"{key}…")
    assert redact("a" * 100_000 + "\\" * 100_000 + "\n" * 100_000).count("\n") == 100_000
    assert time.perf_counter() - began < 5


def test_bytes_that_are_no_text_are_a_secret_all_the_same():
    assert Redactor(["abcdefg\udcff1"])("x abcdefg\udcff1") == "x [redacted]"


def test_quotes_around_a_value_are_none_of_the_secret():
    assert Redactor(['"abcdefgh1"'])('{"k": "abcdefgh1"}') == '{"k": "[redacted]"}'

from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.redact import Redactor

SECRET = "sk-canary/0123+456"


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

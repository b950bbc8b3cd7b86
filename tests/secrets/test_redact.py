import json
from base64 import b64encode
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from promptci.parsing.source import excerpt
from promptci.scorers.base.verdict import shorten
from promptci.secrets.redact import MARK, Redactor
from tables import every_row

SECRET = "sk-canary/0123+456"
ODD = "lk canary\"7f\\3A|99::b##[Q1&'<ö>/canary"


@given(st.text(max_size=9), st.text(max_size=9))
def test_a_secret_goes_whatever_is_around_it(before: str, after: str) -> None:
    text = Redactor([SECRET])(f"{before}{SECRET}{after}")
    assert "canary" not in text
    assert "[redacted]" in text


@every_row("before", ["", "u", "us", "user:", "user:x"])
@every_row("after", ["", ":", "::", ":::"])
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


@given(st.text("redact[]", min_size=8), st.text("redact[]"))
def test_what_was_redacted_stays_as_it_is(secret, text):
    once = Redactor(["redacted", "lk_other_1"])(f"{text}lk_other_1{secret}")
    assert Redactor(["redacted", "lk_other_1"])(once) == once


def test_a_redactor_does_not_show_what_it_hides() -> None:
    assert SECRET not in repr(Redactor([SECRET]))


@every_row("secret", [SECRET, ODD])
@every_row(
    "written",
    [
        str,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps({"why": f"got {shorten(text)}"}),
        lambda text: json.dumps({"why": f"no `{excerpt(text, 99)}`"}, ensure_ascii=False),
        lambda text: quote(text, safe=""),
        lambda text: quote_plus(text),
        lambda text: b64encode(f"user:{text}".encode()).decode(),
        lambda text: f"{text[:14]}…",
        lambda text: shorten(f"say {text}", 20),
        lambda text: json.dumps(excerpt(f"say {text}", 20), ensure_ascii=False),
    ],
)
def test_no_way_in_which_text_is_shown_hides_a_secret(written, secret):
    clean = Redactor([secret])(f"({written(secret)})")
    assert "[redacted]" in clean
    for held in ("canary", "7f", b64encode(secret.encode()).decode()[:12]):
        assert held not in clean


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=40))
def test_a_document_can_be_read_as_before(secret):
    redact = Redactor([secret])
    core = secret.strip().strip("\"'\\").strip()
    found = json.loads(redact(json.dumps({"k": [f"a {secret} b", f"x{secret}"]})))
    if len(core) >= 8 and core not in MARK:
        assert core not in "".join(found["k"]).replace(MARK, "")


def test_words_that_begin_like_a_secret_stay():
    redact = Redactor(["password-of-mine"])
    for text in ("passwords…", "the passwor…", "password\nof\nmine", "pass…", "…"):
        assert redact(text) == text


def test_bytes_that_are_no_text_are_a_secret_all_the_same():
    assert Redactor(["abcdefg\udcff1"])("x abcdefg\udcff1") == "x [redacted]"


def test_quotes_around_a_value_are_none_of_the_secret():
    assert Redactor(['"abcdefgh1"'])('{"k": "abcdefgh1"}') == '{"k": "[redacted]"}'


def test_finding_says_nothing_of_shapes():
    redact = Redactor([SECRET])
    assert redact.finds(json.dumps(SECRET))
    assert not redact.finds("sk-" + "a1" * 20)


SHAPED = [
    "sk-proj-" + "a1B2" * 10,
    "sk-ant-api03-" + "x_y-" * 12,
    "sk_live_" + "51H8" * 6,
    "gsk_" + "a1B2" * 13,
    "rk_live_" + "51H8" * 6,
    "nvapi-" + "a1B_" * 16,
    "pplx-" + "a1B2" * 12,
    "tgp_v1_" + "a1B_" * 10,
    "csk-" + "a1b2" * 12,
    "fw_" + "a1B2" * 6,
    "jina_" + "a1B2" * 15,
    "wandb_v1_" + "a1B2" * 10,
    "lsv2_pt_" + "0a1b" * 8 + "_" + "0a" * 5,
    "ya29." + "a1B_" * 12,
    "AQ.Ab8RN6" + "a1B_" * 12,
    "SG." + "a1" * 11 + "." + "a1B_" * 10 + "abc",
    "xai-" + "a1B2" * 20,
    "r8_" + "a1B2" * 9,
    "ghp_" + "a" * 36,
    "github_pat_" + "A1_" * 20,
    "glpat-" + "a" * 20,
    "hf_" + "A" * 34,
    "npm_" + "a1B2" * 9,
    "pypi-AgEIcHlwaS5vcmc" + "a1B2" * 12,
    "xoxb-1234567890-abcdefghijkl",
    "AKIA" + "A1B2C3D4E5F6G7H8",
    "ASIA" + "A1B2C3D4E5F6G7H8",
    "AIza" + "b" * 35,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-256-CBC,0A\n\nMIIE+/=\n",
]


@every_row("key", SHAPED)
def test_well_known_shapes_go_whatever_their_value(key):
    redact = Redactor([])
    assert redact(f"the key is {key}.").startswith(f"the key is {MARK}")
    assert key not in redact(f"({key})")
    assert key not in redact(f"\n{key}")
    document = json.loads(redact(json.dumps([f"\n{key}", {"next": [key, "plain"]}])))
    assert document[0].strip() == MARK
    assert document[1]["next"] == [MARK, "plain"]


@every_row(
    "text",
    [
        *("task-management-for-everyone-in-the-office", "sk-short", "risk-" + "a" * 30),
        *("AKIAx", "hf_a", "npm_run_all", "pypi-server", "r8_c", "xai-team", "EURASIA" + "A" * 16),
        *("eyJhbGciOiJIUzI1NiJ9", "eyJ.eyJ.x", "the gsk_ prefix"),
        *("fw_update_status_and_more", "pplx-small-online", "nvapi-docs", "U.SG.A"),
    ],
)
def test_words_that_look_a_little_like_keys_stay(text):
    assert Redactor([])(text) == text

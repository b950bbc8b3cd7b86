"""Personal data in texts: what has a form goes, and what only looks like it stays."""

from collections import Counter

import pytest

from promptci.secrets.personal import without_personal_data


@pytest.mark.parametrize(
    ("text", "kept", "kind"),
    [
        ("write to ann.lee+x@mail.example.com now", "write to [email] now", "email"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [iban].", "iban"),
        ("card 4111 1111 1111 1111", "card [card]", "card"),
        ("ssn 078-05-1120", "ssn [ssn]", "ssn"),
        ("from 192.168.0.17", "from [ip]", "ip"),
        ("call +49 170 1234567 today", "call [phone] today", "phone"),
        ("(555) 123-4567", "[phone]", "phone"),
        ("+491701234567", "[phone]", "phone"),
        ("key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD", "key [redacted]", "secret"),
    ],
)
def test_what_has_a_form_is_replaced(text, kept, kind):
    counts = Counter()
    assert without_personal_data(text, counts) == kept
    assert counts == {kind: 1}


def test_addresses_that_follow_one_another_all_go():
    counts = Counter()
    text = "a@b.com,c@d.org;e@f.net g@h.com @ @"
    assert without_personal_data(text, counts) == "[email],[email];[email] [email] @ @"
    assert counts["email"] == 4


def test_a_long_run_without_an_address_takes_linear_work():
    counts = Counter()
    text = "a" * 300_000 + "@" * 300_000
    assert without_personal_data(text, counts) == text
    assert not counts


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",
        "on 2026-11-28 at 10:30",
        "1 234 567 people",
        "version 1.2.3",
        "DE00 1234 5678 9012 3456 78",
        "a@b, x@y",
        "3.14159265358979",
    ],
)
def test_what_only_looks_like_it_stays(text):
    counts = Counter()
    assert without_personal_data(text, counts) == text
    assert not counts

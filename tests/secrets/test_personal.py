"""Personal data in texts: what has a form goes, and what only looks like it stays."""

from collections import Counter

import pytest

from promptci.secrets.personal import without_personal_data
from tables import every_row


@every_row(
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
        ("Tel.: 089 / 123 456 78", "Tel.: [phone]", "phone"),
        ("+49 (0) 30 / 12 34 56-78", "[phone]", "phone"),
        ("+49\u00a0170\u20111234567", "[phone]", "phone"),
        ("1-800-555-0199", "[phone]", "phone"),
        ("+81-3-1234-5678", "[phone]", "phone"),
        ("+353 1 123 4567", "[phone]", "phone"),
        ("13800138000", "[phone]", "phone"),
        ("\u0660\u0665\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "[phone]", "phone"),
        ("j\u00fcrgen.m\u00fcller@m\u00fcnchen.de", "[email]", "email"),
        ("mail o'brien@example.ie", "mail [email]", "email"),
        ("jo [at] example [dot] com", "[email]", "email"),
        ("\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a", "[email]", "email"),
        ("de89 3704 0044 0532 0130 00 from", "[iban] from", "iban"),
        ("BE68-5390-0754-7034", "[iban]", "iban"),
        ("at 2001:0db8:85a3::8a2e:370:7334", "at [ip]", "ip"),
        ("00:1A:2B:3C:4D:5E", "[mac]", "mac"),
        ("DNI 12345678Z", "DNI [id]", "id"),
        ("AB 12 34 56 C", "[id]", "id"),
        ("221B Baker Street, London", "[address], London", "address"),
        ("Mannerheimintie 12 A, Helsinki", "[address], Helsinki", "address"),
        ("12 bis, rue de la Paix", "[address]", "address"),
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


@pytest.mark.slow
def test_a_long_run_without_an_address_takes_linear_work():
    counts = Counter()
    text = "a" * 100_000 + "@" * 100_000
    assert without_personal_data(text, counts) == text
    assert not counts


@every_row(
    "text",
    [
        "order 4111 1111 1111 1112",
        "on 2026-11-28 at 10:30",
        "1 234 567 people",
        "version 1.2.3",
        "The version is 10.2.3.4",
        "it is 10.2.3.4-beta",
        "at 127.0.0.1:8080",
        "DE00 1234 5678 9012 3456 78",
        "a@b, x@y",
        "3.14159265358979",
        "2024-01-15 10:30:45",
        "2019/2020/2021",
        "ISBN 978-3-16-148410-0",
        "1.234.567,89 EUR and 10 000 000",
        "lat 52.520008, 13.404954",
        "10.2.3.4567",
        "std::vector a::b 10:30:45",
        "12345678A",
        "commit 0123456789abcdef",
        "the way to 3 Places",
    ],
)
def test_what_only_looks_like_it_stays(text):
    counts = Counter()
    assert without_personal_data(text, counts) == text
    assert not counts


@every_row(
    ("text", "safe"),
    [
        ("password=hunter2secret", "password=[secret]"),
        ('{"password": "s3cr3t!"}', '{"password": "[secret]"}'),
        ("Passwort: Geheim&123 bitte", "Passwort: [secret] bitte"),
        ("?pwd=abcd1234&x=1", "?pwd=[secret]&x=1"),
        ("the password is wrong", ""),
        ("the password is case-sensitive", ""),
        ("my password is Tr0ub4dor&3", "my password is [secret]"),
        ("DD_API_KEY=30e6b270860e803d18fa7184915bc093", "DD_API_KEY=[secret]"),
        (
            "aws_secret_access_key = DNxril3RavGD5Mfv/NScUykT8C8UBkkp",
            "aws_secret_access_key = [secret]",
        ),
        ("AccountKey=ddCnYysNa9ZwsjEJri9fVJsS==;x", "AccountKey=[secret];x"),
        ("Authorization: Bearer 8KVbyZMvaBhnoCru0ftOsgHY", "Authorization: Bearer [secret]"),
        ('"private_key_id": "0ae7dafbcd6289eeeec5"', '"private_key_id": "[secret]"'),
        ("sort_key=550e8400-e29b-41d4-a716-446655440000", ""),
        ("the bearer of internationalisation", ""),
        ("max_tokens: 1024, token = 12", ""),
        ("password: required", ""),
        ("password=***", ""),
        ("password={{ password }}", ""),
        ("password = read(file)", ""),
        ("1600 Amphitheatre Parkway, Mountain View, CA 94043, USA", "[address], USA"),
        ("at Hauptstraße 12, 10115 Berlin.", "at [address]."),
        ("221B Baker Street, London NW1 6XE", "[address]"),
        ("P.O. Box 1234", "[address]"),
        ("Postfach 12 34, 80331 München", "[address]"),
        ("at 1732890000000 ms", ""),
    ],
)
def test_passwords_and_places(text, safe):
    assert without_personal_data(text, Counter()) == (safe or text)


@every_row(
    ("text", "safe"),
    [
        ("call me at 4155550132", "call me at [phone]"),
        ('{"phone": "4155550132"}', '{"phone": "[phone]"}'),
        ("user_phone=4155550132", "user_phone=[phone]"),
        ("4155550132", "[phone]"),
        ("4155550132 is my cell", "[phone] is my cell"),
        ("I called about order 4155550132", "I called about order 4155550132"),
        ("the parcel 4155550132 is late", "the parcel 4155550132 is late"),
        ("ISBN-10: 0-306-40615-2", "ISBN-10: 0-306-40615-2"),
        ("it has 4155550132 bytes", "it has 4155550132 bytes"),
        ("tracking number: 0041555501", "tracking number: 0041555501"),
        ("order #12, phone 415-555-0132", "order #12, phone [phone]"),
        (
            "\uff10\uff19\uff10\u30fc\uff11\uff12\uff13\uff14\u30fc\uff15\uff16\uff17\uff18",
            "[phone]",
        ),
        ("john\uff20example\uff0ecom", "[email]"),
        ("write to john at example dot com", "write to [email]"),
        ("at noon we dot the i", "at noon we dot the i"),
        ("https://u:pw@host/x", "https://[secret]@host/x"),
        ("http://host:8080/@me", "http://host:8080/@me"),
        ("12/4 MG Road", "[address]"),
        ("Flat No. 302, Sai Residency, Madhapur", "[address]"),
        ("House 7, Road 27, Dhanmondi", "[address]"),
        ("aa:bb:cc:dd:ee:ff", "[mac]"),
    ],
)
def test_what_is_around_a_value_says_what_it_is(text, safe) -> None:
    assert without_personal_data(text, Counter()) == safe


def test_a_text_that_comes_again_is_counted_again() -> None:
    counts: Counter[str] = Counter()
    for _ in range(3):
        without_personal_data("mail a@b.example.com", counts)
    assert counts == {"email": 3}

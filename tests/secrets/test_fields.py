"""Values that the name of their field says to be personal, or a secret."""

from collections import Counter

import pytest

from promptci.secrets.fields import kind_of_field
from promptci.secrets.personal import personal_field, without_personal_data
from tables import every_row


@every_row(
    ("text", "safe"),
    [
        (
            '{"first_name": "Ada", "last_name":"Holm"}',
            '{"first_name": "[name]", "last_name":"[name]"}',
        ),
        ('{\\"customer_name\\": \\"Ren\\\\u00e9e\\"}', '{\\"customer_name\\": \\"[name]\\"}'),
        ('{"phone": 5550143, "n": 5550143}', '{"phone": "[phone]", "n": 5550143}'),
        ('{"date_of_birth": "1980-02-03"}', '{"date_of_birth": "[birthday]"}'),
        ('{"first_name": "string", "phone": null}', None),
        ('{"first_name": {"type": "string"}}', None),
        ('{"first_name": "{{ name }}", "surname": "[name]"}', None),
        ('{"name": "weather", "product_name": "Chair"}', None),
        ("- First name: Ada\n- Product name: Chair", "- First name: [name]\n- Product name: Chair"),
        ("https://x.com/r?token=abcdef123456&page=2", "https://x.com/r?token=[secret]&page=2"),
        ("https://x.com/f?sv=2020&sig=abc%2Fdef1%3D", "https://x.com/f?sv=2020&sig=[secret]"),
        ("https://x.com/?code=summer&key=colour", None),
        (
            "https://hooks.slack.com/services/T0/B0/XXXX",
            "https://hooks.slack.com/services/[secret]",
        ),
        ("version 10.2.0.1 and v10.2.0.1", None),
    ],
)
def test_the_name_of_a_field_says_what_it_holds(text, safe) -> None:
    assert without_personal_data(text, Counter()) == (safe or text)


@every_row(
    ("name", "value", "mark"),
    [
        ("firstName", "Ada", "[name]"),
        ("Mobile number", 4930901820, "[phone]"),
        ("paid_with", 4111111111111111, "[card]"),
        ("at", 1764433200000, ""),
        ("name", "Ada", ""),
        ("phone", "", ""),
        ("phone", True, ""),
    ],
)
def test_a_field_of_a_mapping(name, value, mark) -> None:
    counts = Counter[str]()
    assert personal_field(name, value, counts) == mark
    assert counts.total() == bool(mark)


def test_fields_of_other_names_say_nothing() -> None:
    assert {
        kind_of_field(name) for name in ("filename", "username", "model_name", "ip_address")
    } == {""}


@pytest.mark.slow
def test_a_long_run_of_half_a_field_takes_linear_work() -> None:
    for text in ('"first_name": "', "\\\\\\", "?a.token=", "first name: "):
        assert without_personal_data(text * 5_000, Counter())

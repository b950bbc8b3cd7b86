"""Digits as people write telephone numbers, and those that are none."""

from promptci.secrets.telephone import is_telephone
from tables import every_row


@every_row(
    ("text", "is_one"),
    [
        ("+1 415 555 2671", True),
        ("0049 30 123456", True),
        ("(11) 91234-5678", True),
        ("+123", False),
        ("123 456", False),
        ("2024-01-15 10", False),
        ("1 2 3 4 5 6 7 8", False),
        ("1.2.3.45678", False),
        ("1700000000", False),
    ],
)
def test_a_number_is_told_from_others(text, is_one):
    assert is_telephone(text) is is_one

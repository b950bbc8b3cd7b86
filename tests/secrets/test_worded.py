"""Birthdays, plates and accounts, by the word before them."""

from collections import Counter

from promptci.secrets.worded import without_worded_values
from tables import every_row


@every_row(
    ("text", "safe"),
    [
        ("date of birth: 12/03/1985", "date of birth: [birthday]"),
        ('{"dob": "1985-03-12"}', '{"dob": "[birthday]"}'),
        ("She was born on 12 March 1985 in Rome", "She was born on [birthday] in Rome"),
        ("born March 12th, 1985", "born [birthday]"),
        ("Geburtsdatum: 12.03.1985", "Geburtsdatum: [birthday]"),
        ("生年月日\uff1a1985年3月12日", "生年月日\uff1a[birthday]"),
        ("生年月日: 1985年3月12日", "生年月日: [birthday]"),
        ("my license plate is 7ABC123", "my license plate is [plate]"),
        ("Kennzeichen B-AB 1234", "Kennzeichen [plate]"),
        ("VIN 1HGCM82633A004352", "VIN [id]"),
        ("driver's license number D1234567", "driver's license number [id]"),
        ("Medicare 1EG4-TE5-MK73", "Medicare [id]"),
        ("account number: 000123456789", "account number: [account]"),
        ("sort code 12-34-56", "sort code [account]"),
        ("Kontonummer 1234567890", "Kontonummer [account]"),
    ],
)
def test_the_value_behind_its_word_is_taken_out(text, safe) -> None:
    assert without_worded_values(text, Counter()) == safe


@every_row(
    "text",
    [
        "a release of 1985-03-12",
        "stubborn 12/03/1985",
        "the license plate was dirty",
        "my driver's license is expired",
        "vin de pays",
        "an account of 12 pages",
        "take into account 3 things",
        "accounts 123456789012",
        "plate 7",
    ],
)
def test_other_words_and_values_stay(text) -> None:
    assert without_worded_values(text, Counter()) == text

"""Streets with a number, and words that are like them."""

from promptci.secrets.postal import STREET
from tables import every_row


@every_row(
    ("text", "is_one"),
    [
        ("1600 Amphitheatre Parkway", True),
        ("Musterstraße 12a", True),
        ("Keizersgracht 174", True),
        ("12 rue de Rivoli", True),
        ("Calle de Alcalá, 48", True),
        ("Calle Mayor 48", True),
        ("5 Ways to win", False),
        ("Chapter 12 Street", False),
        ("on the Way 3", False),
    ],
)
def test_a_street_has_a_number_and_a_name(text, is_one):
    assert (STREET.fullmatch(text) is not None) is is_one

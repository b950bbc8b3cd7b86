"""Short answers in the dress that chat models give them, and differences that cannot be seen."""

import pytest

from promptci.scorers.text.normalform import normal_form, unseen_difference
from promptci.scorers.text.squad import squad_form
from tables import every_row

DRESSED = [
    "positive",
    "positive.",
    "**positive**",
    "**positive.**",
    "*positive*",
    "_positive_",
    "`positive`",
    "positive \U0001f60a",
    "\u2600\ufe0f **positive**! \U0001f389\U0001f44d\U0001f3fd",
    "\u2705 positive.\U0001f60a",
    "```\npositive\n```",
    "```text\npositive\n```",
    '"positive"',
    "'positive'",
    "\u201cpositive\u201d",
    "\u00abpositive\u00bb",
    "The positive",
    "a positive",
    "  positive \n",
    "\u00a0positive\u202f",
    "positive!",
    "# positive",
    '"**positive**".',
    "positive\u200b",
    "***positive***",
    "positive\u3002",
    "- positive",
    "* positive",
    "\u00ab positive \u00bb",
    "(positive)",
    "[positive]",
]


@every_row("output", DRESSED)
def test_dress_does_not_count(score, output):
    assert normal_form(output) == "positive"
    assert score({"equals": {"normalise": True}}, output, "positive").passed
    assert score({"contains": {"normalise": True}}, output, "positive").passed
    assert score({"one_of": ["positive", "negative"]}, output).passed
    assert score("short_answer", output.upper(), "positive").passed


@every_row(
    ("text", "form"),
    [
        ("", ""),
        ("...", "..."),
        ("a", "a"),
        ("\U0001f60a", "\U0001f60a"),
        ("Q\u2665", "Q\u2665"),
        ("\u274c Paris", "\u274c Paris"),
        ("Paris \U0001f1eb\U0001f1f7", "Paris"),
        ("." * 50_000 + "x", "." * 50_000 + "x"),
        ("The", "The"),
        ("cafe\u0301", "caf\u00e9"),
        ("day\u2011to\u2011day", "day to day"),
        ("10\u202fkg", "10 kg"),
        ("say **yes** now", "say yes now"),
        ("snake_case_name", "snake_case_name"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("it's", "it's"),
        ("'a' or 'b'", "'a' or 'b'"),
        ("An  apple\n a day", "apple a day"),
        ("well-known", "well known"),
        ("3-4", "3-4"),
        ("-5", "-5"),
        ("U.S.A.", "USA"),
        ("a.m.", "am"),
        ("J. R. R. Tolkien", "JRR Tolkien"),
        ("St. John's", "St John's"),
        ("node.js", "node.js"),
        ("(a) and (b)", "(a) and (b)"),
        ("- a\n- b", "- a - b"),
    ],
)
def test_normal_form(text, form):
    assert normal_form(text) == form


SHORT = [
    ("Sentiment: positive", True),
    ("**Sentiment:** positive.", True),
    ("The answer is **positive**.", True),
    ("It is a nice review.\n#### Positive", True),
    ("\\boxed{positive}", True),
    ("not positive", False),
    ("negative", False),
    ("positive and negative", False),
    ("The answer is not positive", False),
]


@every_row(("output", "passed"), SHORT)
def test_short_answer(score, output, passed):
    assert score("short_answer", output, "positive").passed is passed


def test_a_short_answer_may_count_its_dress(score):
    assert not score({"short_answer": {"ignore_case": False}}, "Positive", "positive").passed
    assert score({"short_answer": ["color", "colour"]}, "Colour.").passed


UNSEEN = [
    ("10\u202fkg", "10 kg", "U+202F narrow no-break space"),
    ("10\u00a0kg", "10 kg", "U+00A0 no-break space"),
    ("cafe\u0301", "caf\u00e9", "U+0301 combining acute accent"),
    ("day\u2011to", "day-to", "U+2011 non-breaking hyphen"),
    ("yes\u200b", "yes", "U+200B zero width space"),
    ("\ufeffyes", "yes", "U+FEFF zero width no-break space"),
    ("it\u2019s", "it's", "U+2019 right single quotation mark"),
    ("\u0421at", "Cat", "U+0421 cyrillic capital letter es, U+0043 latin capital letter c"),
    ("a  b", "a b", "white space alone"),
    ("yes ", "yes", "white space alone"),
]


@every_row(("got", "wanted", "said"), UNSEEN)
def test_what_cannot_be_seen_is_said(score, got, wanted, said):
    assert said in unseen_difference(got, wanted)
    assert score("equals", got, wanted).why.startswith("they differ in ")


@every_row("got", ["no", "yess", "Yes", "", "é"])
def test_what_can_be_seen_needs_no_words(got):
    assert unseen_difference(got, "yes") == ""


def test_the_form_of_squad():
    assert squad_form("The  Cat, a dog & an-owl!") == "cat dog anowl"


MATCHES = [
    ("Denver Broncos", ["The Denver Broncos.", "Broncos"], True, 1.0),
    ("broncos!", ["The Denver Broncos", "Broncos"], True, 1.0),
    ("the Denver team", ["Denver Broncos"], False, 0.5),
    ("in 1990, in Denver", ["Denver 1990"], False, 2 / 3),
    ("a", ["cat"], False, 0.0),
    ("dog", ["cat"], False, 0.0),
    ("5", ["-5"], True, 1.0),
    ("35", ["3.5"], True, 1.0),
    ("12", ["1/2"], True, 1.0),
]


@every_row(("output", "references", "matches", "value"), MATCHES)
def test_exact_match_and_f1(score, output, references, matches, value):
    assert score("exact_match", output, references).passed is matches
    assert score("f1", output, references).value == pytest.approx(value)

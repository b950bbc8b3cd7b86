"""Text scorers: what passes, what fails, and the reason given."""

import pytest

from promptci.records.record import Score
from promptci.scorers.base import patterns
from promptci.scorers.base.verdict import NoVerdict
from tables import every_row

BIG = "refund " * 1_430_000

EQUALS = [
    ("equals", "yes", "yes", True),
    ("equals", "yes\n", "yes", False),
    ("equals", "Yes", "yes", False),
    ({"equals": ""}, "", ..., True),
    ({"equals": {"strip": True}}, " yes\n", "yes ", True),
    ({"equals": {"ignore_case": True}}, "STRASSE", "straße", True),
    ({"equals": {"ignore_case": "lower"}}, "STRASSE", "straße", False),
    ({"equals": {"strip": "output"}}, " yes\n", "yes", True),
    ({"equals": {"strip": "output"}}, " yes\n", "yes ", False),
    ({"equals": {"strip": "output"}}, "\x1cyes", "yes", False),
    ({"equals": "yes"}, "yes", ..., True),
    ({"equals": "yes"}, "yes", "no", True),
    ({"equals": ["yes", "yep"]}, "yep", ..., True),
    ("equals", "yep", ["yes", "yep"], True),
    ("equals", "nope", ["yes", "yep"], False),
    ("equals", "23", 23, True),
    ("equals", " 23.0 ", 23, True),
    ("equals", '"23"', 23, False),
    ("equals", "twenty-three", 23, False),
    ("equals", "23", "23", True),
    ("equals", "true", True, True),
    ("equals", "1", True, False),
    ("equals", "true", 1, False),
    ("equals", "True", True, False),
    ({"equals": {"value": None}}, "null", ..., True),
    ("equals", "NaN", 23, False),
    ("equals", "1e999", 23, False),
    ("equals", '{"b": [1, 2.0], "a": null}', {"a": None, "b": [1.0, 2]}, True),
    ("equals", '{"a": 1, "b": 2}', {"a": 1}, False),
    ("equals", "[1, 2]", [[1, 2]], True),
    ("equals", "2", [1, 2], True),
    ("equals", "[" * 100_000, {"a": 1}, False),
    ("equals", "\ud800", "\ud800", True),
    ("equals", BIG, "refund", False),
]

LOOKED_FOR = [
    ({"contains": "refund"}, "your refund is due", True),
    ({"contains": "Refund"}, "your refund is due", False),
    ({"contains": {"value": "Refund", "ignore_case": True}}, "your REFUND is due", True),
    ({"icontains": "Refund"}, "your REFUND is due", True),
    ({"contains": ["refund", "credit"]}, "a credit note", True),
    ({"contains_any": ["refund", "credit"]}, "a letter", False),
    ({"contains": 42}, "it is 42", True),
    ({"contains": {"value": " refund ", "strip": True}}, "refund", True),
    ({"contains": "refund"}, BIG, True),
    ({"contains": "credit"}, BIG, False),
    ({"contains_all": "refund"}, "refund", True),
    ({"starts_with": "Dear"}, "Dear Ann,", True),
    ({"starts_with": "Dear"}, " Dear Ann,", False),
    (
        {"starts_with": {"value": ["dear", "hello"], "ignore_case": True, "strip": True}},
        " HELLO",
        True,
    ),
    ({"ends_with": "."}, "Done.", True),
    ({"ends_with": [".", "!"]}, "Done!", True),
    ({"ends_with": "."}, "Done.\n", False),
    ({"ends_with": {"value": ".", "strip": True}}, "Done.\n", True),
    ({"ends_with": "!"}, BIG, False),
    ({"one_of": ["billing", "tech"]}, " Billing\n", True),
    ({"one_of": ["billing", "tech"]}, "billing and tech", False),
    ({"one_of": {"values": ["billing"], "ignore_case": False}}, "Billing", False),
    ({"one_of": [1, 2]}, "2", True),
    ({"one_of": ["yes", True]}, "true", True),
    ({"regex": r"^\d{5}$"}, "12345", True),
    ({"regex": r"\d{5}"}, "order 12345.", True),
    ({"regex": {"pattern": r"\d{5}", "fullmatch": True}}, "order 12345.", False),
    ({"regex": {"pattern": "order", "ignore_case": True}}, "ORDER", True),
    ({"regex": "^b$"}, "a\nb", False),
    ({"regex": {"pattern": "^b$", "multiline": True}}, "a\nb", True),
    ({"regex": "a.b"}, "a\nb", False),
    ({"regex": {"pattern": "a.b", "dot_all": True}}, "a\nb", True),
    ({"regex": r"\p{Lu}"}, "größe É", True),
    ({"regex": r"x{s}"}, "x{s}", True),
    ({"regex": r"x{s}"}, "y", False),
    ({"regex": {"pattern": r"Order{d}", "fullmatch": True}}, "Orde", False),
    ({"regex": {"pattern": r"(?:abc){1<=e<=2}", "fullmatch": True}}, "abc{1<=e<=2}", True),
    ({"regex": {"pattern": r"{i} \d{2} \p{Lu}{2,} {", "fullmatch": True}}, "{i} 12 AB {", True),
    ({"regex": {"pattern": r'\{"a": {e}[{d}]\}', "fullmatch": True}}, '{"a": {e}{}', True),
    ({"regex": {"pattern": r"(?:abc){e<=1}", "fullmatch": True, "fuzzy": True}}, "abd", True),
    ({"length": 5}, "12345", True),
    ({"length": 5}, "123456", False),
    ({"length": {"min": 1}}, "", False),
    ({"length": {"min": 2, "max": 3, "unit": "words"}}, " two  words ", True),
    ({"length": {"max": 3, "unit": "words"}}, "now here are four", False),
    ({"length": {"max": 2, "unit": "lines"}}, "a\nb\n", True),
    ({"length": {"max": 2, "unit": "lines"}}, "a\nb\n\nc", False),
    ({"length": {"max": 0, "unit": "lines"}}, "", True),
    ({"length": {"max": 100, "unit": "words"}}, BIG, False),
]


@every_row(("scorer", "output", "expected", "passed"), EQUALS)
def test_equals(score, scorer, output, expected, passed):
    found = score(scorer, output, expected)
    assert (found.value, found.passed) == (float(passed), passed)
    assert bool(found.why) is not passed


@every_row(("scorer", "output", "passed"), LOOKED_FOR)
def test_what_a_text_holds(score, scorer, output, passed):
    found = score(scorer, output)
    assert (found.value, found.passed) == (float(passed), passed)
    assert bool(found.why) is not passed


def test_contains_all_gives_the_share_and_names_what_is_missing(score):
    found = score({"contains_all": ["name", "date", "sum", "tax"]}, "name and sum")
    assert (found.value, found.passed) == (0.5, False)
    assert found.why == 'without "date", "tax"'


def test_a_threshold_lets_a_share_pass(score):
    scorer = {"contains_all": {"value": ["name", "date", "sum"], "threshold": 0.6}}
    assert score(scorer, "name and sum").passed
    assert not score(scorer, "name").passed


def test_values_are_templates_and_expectations_are_data(score):
    greeting = {"starts_with": "Dear {{ customer.name }},"}
    assert score(greeting, "Dear Ann, …", customer={"name": "Ann"}).passed
    assert not score(greeting, "Dear Bob, …", customer={"name": "Ann"}).passed
    assert score({"contains": "<{{ expected }}>"}, "say <yes>", "yes").passed
    assert score({"contains": r"\{{ name }}"}, "use {{ name }}").passed
    assert score("equals", "{{ name }}", "{{ name }}").passed
    assert score({"equals": "{{ a }}"}, "{{ b }}", a="{{ b }}", b="x").passed


def test_a_missing_variable_fails_with_its_name_even_under_not(score):
    scorer = {"contains": {"value": "{{ custmer }}", "not": True}}
    found = score(scorer, "Dear Ann", customer="Ann")
    assert (found.value, found.passed) == (0.0, False)
    assert found.why == "the variable `custmer` is not given"


def test_an_empty_needle_judges_nothing(faults):
    assert faults({"contains": ""}) == [
        "`value`: the text to look for is empty: every output holds it"
    ]
    assert faults({"contains_all": []}) == [
        "`value` is an empty list: write what the output is compared with"
    ]


def test_reasons_are_short_and_readable(score):
    assert score("equals", "technical\nissue", "billing").why == (
        'expected "billing", got "technical\\nissue"'
    )
    assert score({"one_of": ["a", "b"]}, "c").why == '"c" is none of "a", "b"'
    assert score({"length": {"max": 3, "unit": "words"}}, "a b c d").why == (
        "4 words, at most 3 allowed"
    )
    assert "\\ud800" in score("equals", "\ud800", "x").why


@pytest.mark.slow
@every_row("pattern", [r"(a|aa)+$", r"(?:a|b|ab|ba)*[cd]", r"(a|b|aa)*[cd]"])
def test_a_regex_bomb_is_given_up(score, pattern):
    found = score({"regex": {"pattern": pattern, "not": True}}, "ab" * 30 + "a" * 60 + "!")
    assert found == Score(0.0, False, "regex timed out after 0.05 s: make the pattern simpler")


@pytest.mark.slow
def test_a_regex_bomb_freezes_nothing_else(bound, subject, ticks, monkeypatch):
    bomb = bound({"regex": "(a|aa)+$"})
    for seconds in (0.3, 3, 30):  # the longer ones where the machine is busy elsewhere
        monkeypatch.setattr("promptci.scorers.base.patterns.TIMEOUT", seconds)
        with ticks() as counted:
            found = bomb.judge(subject("a" * 100 + "!"))
        assert found.why.startswith("regex timed out")
        if len(counted) > 5:
            break
    assert len(counted) > 5


def test_an_answer_too_long_for_a_regex_is_a_failure_that_says_so(score):
    assert score({"regex": "(a|aa)+$"}, "a" * 10_000_000).why == (
        "too long for a regex: 10,000,000 characters, at most 1,000,000"
    )


BAD_PATTERNS = [
    ("a(b", "not a regular expression: missing ) at character 4: fix it"),
    ("[a", "not a regular expression: unterminated character set at character 3: fix it"),
    ("(?R)?a", "recursive patterns are not supported: write it without recursion"),
    ("((?1)|a)", "recursive patterns are not supported: write it without recursion"),
    ("(?:(?:a{1000}){1000}){1000}", "the pattern repeats too often: lower the counts in `{…}`"),
    ("(?:(?:a{1000,}){1000,}){1000,}", "the pattern repeats too often: lower the counts in `{…}`"),
    (
        "(?x)(?:(a) # ]\n{1000})# {\n{1000}",
        "the pattern repeats too often: lower the counts in `{…}`",
    ),
    ("a" * 10_001, "the pattern has 10,001 characters: at most 10,000"),
    ("(" * 5_000, "not a usable regular expression"),
]


@every_row(("pattern", "message"), BAD_PATTERNS)
def test_a_bad_pattern_is_a_fault_before_anything_runs(faults, pattern, message):
    [said] = faults({"regex": pattern})
    assert said.startswith(message)


@every_row(
    "pattern",
    [
        r"\(?1\)?",
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        r"(?:\d{1,3}\.){3}\d{1,3}",
        ".{5000}",
    ],
)
def test_useful_patterns_are_not_taken_for_costly_ones(bound, pattern):
    assert bound({"regex": pattern}).label == "regex"


def test_a_pattern_that_times_out_again_and_again_is_not_tried_any_more(score, monkeypatch):
    monkeypatch.setattr(patterns, "TIMEOUT", 0.001)
    bomb = {"regex": "(a|aa)+(?#of its own)$"}
    for _ in range(patterns.MOST_TIMEOUTS):
        assert score(bomb, "a" * 100 + "!").why.startswith("regex timed out")
    with pytest.raises(NoVerdict, match="not tried after regex timed out 20 times: make the"):
        score(bomb, "a")
    assert score({"regex": "(a|aa)+"}, "a").passed


DOUBTFUL = [
    (
        {"regex": "^{{ expected }}$"},
        "a pattern is no template, so `{{ … }}` in it is literal: "
        "use `contains` or `equals` for a text with variables",
    ),
    (
        {"contains_any": "refund, money back"},
        "`value` is one text that holds commas: "
        "write a list for several texts, as in `[refund, money back]`",
    ),
    (
        {"not": {"icontains_all": "a,b"}},
        "`value` is one text that holds commas: write a list for several texts, as in `[a, b]`",
    ),
    (
        {"contains": {"value": "a", "only": "german, long"}},
        "`only` is one tag that holds commas: write a list for several",
    ),
    (
        {"finish_reason": "stop, length"},
        "`value` is one text that holds commas: "
        "write a list for several texts, as in `[stop, length]`",
    ),
    (
        {"code_block": {"language": "py,js"}},
        "`language` is one text that holds commas: "
        "write a list for several texts, as in `[py, js]`",
    ),
    (
        {"is_xml": {"elements": ["root.child"]}},
        "`root.child` is the name of one element here: write a path as `root/child`",
    ),
]


@every_row(("scorer", "message"), DOUBTFUL)
def test_what_means_something_else_elsewhere_is_a_warning(doubts, scorer, message):
    assert doubts(scorer) == [message]


@every_row("scorer", [{"regex": "^{{$"}, {"regex": "a{2}"}, {"contains": "Hello, Ada"}])
def test_what_can_only_be_meant_so_is_none(doubts, scorer):
    assert not doubts(scorer)


def test_braces_of_a_pattern_to_take_out_are_plain_and_in_the_fingerprint(score, bound):
    taken = {"equals": {"value": "y", "extract": {"regex": "x{s}(.)"}}}
    assert score(taken, "x{s}y").passed
    assert bound(taken).canonical["braces"] == "plain"
    assert "braces" not in bound({"equals": {"extract": {"regex": "x{2}"}}}).canonical

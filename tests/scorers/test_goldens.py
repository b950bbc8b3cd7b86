"""What an example expects, read by each scorer before anything is asked."""

from tables import every_row

UNUSABLE = [
    ("equals", None, "`expected` is null: write what is expected"),
    ("equals", " ", "`expected` is empty: write what is expected"),
    ("equals", ["a", None], "`expected` is null"),
    ("equals", [], "`expected` is an empty list"),
    ("equals", ..., "the example has no `expected`"),
    ("contains", "", "`expected` is empty"),
    ("contains_all", None, "`expected` is null"),
    ({"contains": "{{ expected }}"}, None, "`expected` is null"),
    ({"ends_with": "so {{ expected }}"}, "", "`expected` is empty"),
    ("levenshtein", None, "`expected` is null"),
    ("rouge_l", "", "`expected` is empty"),
    ("rouge1", "Привет", 'no words to compare with in the reference "Привет": set `unicode'),
    ("similar", "  ", "`expected` is empty"),
    ("short_answer", "**", 'nothing is left of "**" without markup'),
    ({"equals": {"normalise": True}}, "...", 'nothing is left of "..." without markup'),
    ("f1", "the", 'nothing is left of "the" without punctuation and articles'),
    ("exact_match", "!!!", 'nothing is left of "!!!"'),
    ("exact_match", "A", "articles: give words to compare with, or take `equals`"),
    ("bleu", "!!!", 'no words to compare with in the reference "!!!"'),
    ("tool_call", "{", '"{" is no tool call: it is not JSON'),
    ("numeric", "1e999", '"1e999" is not one number'),
    ("numeric", "about five", '"about five" is not one number'),
    ("numeric", "#### none", "is not one number"),
    ("choice", "Paris", '"Paris" is none of the choices A to J'),
    ({"choice": {"options": "cities"}}, "Rome", '"Rome" is none of the choices A to B'),
    ({"choice": {"options": "name"}}, "A", "`name` holds no options"),
    ("yes_no", "maybe", '"maybe" is neither yes nor no'),
    ({"classification": ["a", "b"]}, "z", '"z" is none of the labels "a", "b"'),
    ("date", "soon", '"soon" is not one date'),
    ("word_count", "two", '"two" is not a number of words'),
    ("word_count", True, "true is not a number of words"),
    ("word_count", 1.0, "1.0 is not a number of words"),
    ("set_f1", ..., "the example has no `expected` list"),
    ("set_f1", None, "the example has no `expected` list"),
    ("json_equal", "no JSON", "`expected` is not JSON"),
    ("json_fields", "[1]", "`expected` is not an object"),
    ("json_fields", "no object", "`expected` is not JSON"),
    ("tool_call", [5], "5 is no tool call: it has no name"),
    ("tool_call", {"name": "a", "arguments": "x"}, '`expected`: the arguments of "a" are not'),
    ("tool_call", ..., "the example has no `expected` call"),
    ("tool_calls_f1", [5], "5 is no tool call: it has no name"),
    ({"all_of": ["is_json", "numeric"]}, "five", '"five" is not one number'),
    ({"any_of": [{"not": "date"}, "is_json"]}, "soon", '"soon" is not one date'),
]


@every_row(("scorer", "expected", "why"), UNUSABLE)
def test_a_golden_that_cannot_be_used_is_no_failed_example(unusable, scorer, expected, why):
    found = unusable(scorer, expected, cities=["Oslo", "Paris"], name="x")
    assert why in found


def test_a_published_golden_of_arithmetic_is_its_last_line(score):
    golden = "He has 2 + 3 = <<2+3=5>>5 apples.\n#### 5"
    assert score("numeric", "The answer is 5.", golden).passed
    assert not score("numeric", "The answer is 3.", golden).passed

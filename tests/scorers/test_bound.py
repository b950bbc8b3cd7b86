"""A scorer with its options: which examples it judges, what it is as a question and as text."""

from promptci.scorers.registry.bound import BoundScorer, unbound
from tables import every_row


def bound(**given):
    canonical = given.pop("canonical", {"scorer": "rubric"})
    return BoundScorer("polite", 1.0, unbound, canonical, **given)


@every_row(
    ("only", "excluded", "tags", "judges"),
    [
        ((), (), {"a"}, True),
        (("a",), (), {"a", "b"}, True),
        (("a",), (), {"b"}, False),
        (("a",), ("b",), {"a", "b"}, False),
        ((), ("b",), set(), True),
    ],
)
def test_it_judges_examples_by_their_tags(only, excluded, tags, judges):
    found = bound(only=frozenset(only), excluded=frozenset(excluded))
    assert found.judges(tags) == judges


def test_a_question_is_the_same_whatever_an_eval_calls_it_and_how_it_counts():
    asked = {"scorer": "rubric", "scale": 5}
    same = bound(canonical={**asked, "label": "other", "weight": 2, "only": ["a"], "except": []})
    assert bound(canonical=asked).question == same.question
    assert bound(canonical=asked).question != bound(canonical={**asked, "scale": 4}).question


def test_of_a_combination_its_parts_ask():
    parts = (bound(asks=True), bound(), bound(parts=(bound(asks=True),)))
    assert bound(parts=parts, asks=True).model_scorers == (parts[0], parts[2].parts[0])
    assert bound().model_scorers == ()


def test_its_lines_show_the_type_of_each_option_and_its_words():
    part = bound(words="Is it short?")
    options = {"scorer": "all", "n": "1", "scorers": [{"scorer": "equals"}, 1]}
    found = bound(canonical=options, words="Is it kind?\nReally?", parts=(part,))
    assert list(found.lines()) == [
        "[all]",
        'n: "1"',
        'scorers[0]: {"scorer": "equals"}',
        "scorers[1]: 1",
        "  Is it kind?",
        "  Really?",
        "  Is it short?",
    ]

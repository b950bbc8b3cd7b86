"""The answer in an answer that is a JSON object."""

from promptci.scorers.values.members import MOST, members, named_member
from tables import every_row


@every_row(
    ("text", "found"),
    [
        ('{"answer": "yes"}', "yes"),
        ('{"score": 3, "answer": 7}', "7"),
        ('```json\n{"label": "spam", "why": "it sells"}\n```', "spam"),
        ('{"verdict": "no"}', "no"),
        ('{"verdict": "no", "why": "so"}', ""),
        ('{"answer": true}', ""),
        ('{"answer": ["yes"]}', ""),
        ('["yes"]', ""),
        ("yes", ""),
        ('{"answer": "yes"', ""),
        ("{}", ""),
    ],
)
def test_the_surest_name_or_the_only_member_holds_it(text, found):
    assert named_member(text) == found


def test_an_object_that_is_too_large_or_too_deep_has_no_members():
    assert members('{"answer": "%s"}' % ("x" * MOST)) == {}
    assert members('{"a": ' + "[" * 4_000 + "]" * 4_000 + "}") == {}
    assert members('{"a": 1, "b": [2]}') == {"a": 1, "b": [2]}

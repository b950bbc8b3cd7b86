"""Tags that a change takes away from examples count on."""

import pytest

from promptci.parsing.source import Mark
from promptci.specs.evalspec import Example
from promptci.suite.takentags import tags_by_digest, taken_tags


def one(id_, text, *tags):
    return Example(id_, {"t": text}, tags=tags, mark=Mark("evals/s.jsonl", 1, 1))


@pytest.mark.parametrize(
    ("base", "head", "told"),
    [
        ([one("a", "x", "vip")], [one("a", "x")], {"a": ("vip",)}),
        ([one("a", "x", "vip", "new")], [one("a", "x", "new")], {"a": ("new", "vip")}),
        ([one("a", "x", "vip")], [one("b", "x")], {"b": ("vip",)}),  # under another id
        ([one("a", "x", "vip")], [one("a", "y")], {}),  # another example
        ([one("a", "x")], [one("a", "x", "vip")], {}),
        ([], [one("a", "x")], {}),
    ],
)
def test_an_example_has_the_tags_that_it_had(base, head, told):
    assert taken_tags(head, tags_by_digest(base)) == told

"""Tags that a change takes away from examples, or gives to others, hide no fall."""

from promptci.parsing.source import Mark
from promptci.specs.evalspec import Example
from promptci.suite.changedtags import both_tags, tags_by_digest
from tables import every_row


def one(id_, text, *tags):
    return Example(id_, {"t": text}, tags=tags, mark=Mark("evals/s.jsonl", 1, 1))


@every_row(
    ("base", "head", "told"),
    [
        ([one("a", "x", "vip")], [one("a", "x")], {"a": ("vip",)}),
        ([one("a", "x", "vip", "new")], [one("a", "x", "new")], {"a": ("new", "vip")}),
        ([one("a", "x", "vip")], [one("b", "x")], {"b": ("vip",)}),  # under another id
        ([one("a", "x", "vip")], [one("a", "y")], {}),  # another example
        ([one("a", "x")], [one("a", "x", "vip")], {}),
        (  # given to another, or a new one, so that a fall would be thinned out
            [one("a", "x", "vip"), one("b", "y")],
            [one("a", "x", "vip"), one("b", "y", "vip")],
            {"a": ("vip", "vip (as at the base)")},
        ),
        (
            [one("a", "x", "vip")],
            [one("a", "x"), one("n", "z", "vip")],
            {"a": ("vip", "vip (as at the base)")},
        ),
        ([], [one("a", "x")], {}),
    ],
)
def test_an_example_has_the_tags_that_it_had(base, head, told):
    assert both_tags(head, tags_by_digest(base)) == told

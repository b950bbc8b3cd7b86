"""The digest of an eval's examples, in whatever order they are."""

from collections.abc import Sequence

from promptci.digest import canonical_json
from promptci.parsing.source import Plain
from promptci.specs.evalspec import Example
from promptci.specs.outline import Outlined
from promptci.suite.evaljudges import Judges


def own_scorers(judges: Judges, example: Example) -> list[Plain]:
    """What an example's own scorers are in a fingerprint."""
    mine = judges.own(example) if example.scorers else []
    return [dict(scorer.canonical) for scorer in mine]


def example_line(example: Outlined, digest: str, own: Sequence[Plain]) -> str:
    """What the digest of all examples covers of one, with its own digest and scorers."""
    more = canonical_json([example.tags, own]) if example.tags or own else ""
    return f"{digest} {more} {example.id}\n"

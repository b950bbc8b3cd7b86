"""The judges of an eval that one state of the files has otherwise than another."""

from collections.abc import Iterator

from promptci.judges.changedjudge import ChangedJudge
from promptci.suite.evaljudges import Judges


def changed_judges(name: str, base: Judges, head: Judges) -> Iterator[ChangedJudge]:
    """The base's judges that are not among the head's as they were.

    What asks a model is a judge, and any change of its options is one of the judge.
    """
    mine = {scorer.label: scorer for scorer in head.shared if scorer.asks}
    for scorer in base.shared:
        now = mine.get(scorer.label)
        if scorer.asks and (now is None or now.canonical != scorer.canonical):
            text = "" if now is None else "\n".join(now.lines())
            yield ChangedJudge(name, scorer.label, "\n".join(scorer.lines()), text)

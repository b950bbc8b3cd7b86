"""The part of a fingerprint that says how an eval judges answers."""

from collections.abc import Mapping

from promptci.parsing.source import Plain
from promptci.run.planning.boundconversation import Talk
from promptci.specs.evalspec import EvalSpec
from promptci.suite.evaljudges import Judges


def scoring(
    spec: EvalSpec,
    judges: Judges,
    steps: Mapping[str, Judges] | None = None,
    talk: Talk | None = None,
) -> list[Plain]:
    """How an eval judges answers, in a fingerprint: its scorers, and what it makes of them."""
    found: list[Plain] = [dict(scorer.canonical) for scorer in judges.shared]
    if spec.threshold is not None:
        found.append({"threshold": spec.threshold})
    if spec.truncated != "score":
        found.append({"truncated": spec.truncated})
    if spec.refused != "error":
        found.append({"refused": spec.refused})
    if spec.empty != "fail":
        found.append({"empty": spec.empty})
    for name, own in (steps or {}).items():
        found.append({"step": name, "scorers": [dict(each.canonical) for each in own.shared]})
    if talk is not None:
        found.append({"conversation": dict(talk.canonical)})
    return found

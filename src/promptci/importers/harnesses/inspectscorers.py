"""Scorers of Inspect that have an equal here."""

import re
from collections.abc import Callable, Iterator

from promptci.errors import Fault
from promptci.importers.harnesses.evalarchive import LogOfInspect
from promptci.parsing.source import Mark, Plain
from promptci.templates.template import as_text


def _match(options: dict[str, Plain]) -> Plain:
    """`match` compares numbers, or looks at one place of the answer without regard to case."""
    if options.get("numeric") is True:
        return "numeric"
    place = {"begin": "starts_with", "any": "contains", "exact": "equals"}
    name = place.get(as_text(options.get("location")), "ends_with")
    ignores_case = options.get("ignore_case", True) is not False
    return {name: {"ignore_case": ignores_case, "normalise": True}}


def _includes(options: dict[str, Plain]) -> Plain:
    return {"contains": {"ignore_case": options.get("ignore_case", True) is not False}}


_SCORERS: dict[str, Callable[[dict[str, Plain]], Plain]] = {
    "match": _match,
    "includes": _includes,
    "exact": lambda _: "exact_match",
    "f1": lambda _: "f1",
    "choice": lambda _: "choice",
    "math": lambda _: "math_equal",
}
"""Inspect's scorers that have an equal here, by their names."""


def scorers_of(log: LogOfInspect, mark: Mark, losses: list[Fault]) -> list[Plain]:
    """The scorers that the log names; those without an equal are losses where they are named."""
    listed = log.about.get("scorers")
    made: list[Plain] = []
    for each in listed if isinstance(listed, list) else []:
        parts = each if isinstance(each, dict) else {}
        named = as_text(parts.get("name"))
        name = named.rpartition("/")[2]
        options = parts.get("options")
        if name in _SCORERS:
            made.append(_SCORERS[name](options if isinstance(options, dict) else {}))
        elif name:
            wrong = f"its scorer `{name}` has no equal: docs/scorers.md says what comes near it"
            losses.append(log.places.get(named, mark).fault(wrong))
    return made


_POINT = re.compile(r"\d\.\d")


def points_told(log: LogOfInspect, scorers: list[Plain], mark: Mark) -> Iterator[Fault]:
    """A warning where `exact` and `f1` keep the point of a number, which SQuAD's rules drop.

    Seen in inspect_ai 0.3.285, which reads words as numbers: 3.5 is not 35, but 3.50.
    """
    here = [name for name in ("exact_match", "f1") if name in scorers]
    targets = (sample.get("target") for sample, _ in log.samples)
    texts = (str(each) for one in targets for each in (one if isinstance(one, list) else [one]))
    pointed = next((text for text in texts if _POINT.search(text)), None)
    if here and pointed is not None:
        named = " and ".join(f"`{name}`" for name in here)
        told = f"Inspect keeps the point of {pointed[:40]}, {named} drops it as SQuAD's rules do"
        yield mark.warning(f"{told}: take `numeric` where numbers are meant")

"""Scorers of Inspect that have an equal here."""

from collections.abc import Callable

from promptci.errors import Fault
from promptci.importers.harnesses.evalarchive import LogOfInspect
from promptci.importers.rows import text_of
from promptci.parsing.source import Mark, Plain


def _match(options: dict[str, Plain]) -> Plain:
    """`match` compares numbers, or looks at one place of the answer without regard to case."""
    if options.get("numeric") is True:
        return "numeric"
    place = {"begin": "starts_with", "any": "contains", "exact": "equals"}
    name = place.get(text_of(options.get("location")), "ends_with")
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
        named = text_of(parts.get("name"))
        name = named.rpartition("/")[2]
        options = parts.get("options")
        if name in _SCORERS:
            made.append(_SCORERS[name](options if isinstance(options, dict) else {}))
        elif name:
            wrong = f"its scorer `{name}` has no equal: docs/scorers.md says what comes near it"
            losses.append(log.places.get(named, mark).fault(wrong))
    return made

"""What samples of openai/evals say is right, as what is expected here."""

from promptci.importers.imported import Imported, Row
from promptci.parsing.source import Mark, Plain
from promptci.templates.template import as_text


def wanted_of(ideal: Plain, kind: str, scorer: Plain, mark: Mark, found: Imported) -> Row | None:
    """What is right: one text, or several of which any will do; None where nothing can be."""
    if ideal is None:
        return {}
    if kind not in _PARTS:
        return {"expected": ideal}
    wanted = [as_text(each) for each in (ideal if isinstance(ideal, list) else [ideal])]
    if not wanted:
        found.losses.append(mark.fault("its `ideal` is a list of nothing: the sample is left out"))
        return None
    if not all(wanted):
        found.notes.append(mark.warning(_PARTS[kind]))
    if len(wanted) == 1 and wanted[0]:
        return {"expected": wanted[0]}
    any_of = [_one(scorer, each, kind) for each in wanted]
    first: Row = {"expected": wanted[0]} if wanted[0] else {}
    name, _ = _named(scorer)  # under its name a scorer of an example replaces that of the eval
    return first | {"scorers": [{"any_of": {"scorers": any_of, "name": name}}]}


def _one(scorer: Plain, wanted: str, kind: str) -> Plain:
    """The scorer for one text; an empty one is in every answer, or like one without words."""
    name, options = _named(scorer)
    if wanted:
        return {name: {"value": wanted, **options}}
    if kind == "FuzzyMatch":
        return {"regex": {"pattern": _WORDLESS, "fullmatch": True, "ignore_case": True}}
    return {"length": {"min": 1}}


def _named(scorer: Plain) -> tuple[str, dict[str, Plain]]:
    if isinstance(scorer, dict):
        [(name, options)] = scorer.items()
        return name, options if isinstance(options, dict) else {}
    return str(scorer), {}


_WORDLESS = r"(?:\W|_|\b(?:an?|the)\b)*"
_EMPTY = "its `ideal` is empty, or holds an empty text"
_PARTS = {
    "Match": f"{_EMPTY}, with which every answer begins: any answer passes, as it does there",
    "Includes": f"{_EMPTY}, which is in every answer: any answer passes, as it does there",
    "FuzzyMatch": f"{_EMPTY}: an answer without words passes, as it does there",
}
"""Kinds that compare texts, and what an empty one means to each."""

"""All scorers by name; the module of one is imported when it is first used.

A new scorer is a function, an entry in its module's `SCORERS` and its name in `MODULES`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from promptci.scorers.scorer import Scorer

MODULES: Mapping[str, tuple[str, ...]] = {
    "text": (
        "equals",
        "contains",
        "contains_any",
        "contains_all",
        "starts_with",
        "ends_with",
        "one_of",
        "regex",
    ),
    "numbers": ("numeric",),
    "structured": ("is_json", "json_schema", "json_fields", "length"),
    "similar": ("similar",),
    "judge": ("choice_judge",),
    "stars": (
        "github/similarity",
        "github/coherence",
        "github/fluency",
        "github/relevance",
        "github/groundedness",
    ),
    "combined": ("all_of", "any_of", "none_of"),
}
"""Every module of scorers with the names in its `SCORERS`, so that none need be imported."""

_WHERE = {name: module for module, names in MODULES.items() for name in names}


class _Catalogue(Mapping[str, Scorer]):
    """A mapping that imports what is asked for: a run pays only for the scorers of its evals."""

    def __getitem__(self, name: str) -> Scorer:
        scorer: Scorer = import_module(f"promptci.scorers.{_WHERE[name]}").SCORERS[name]
        return scorer

    def __contains__(self, name: object) -> bool:
        return name in _WHERE

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


SCORERS: Mapping[str, Scorer] = _Catalogue()

ALIASES: Mapping[str, tuple[str, Mapping[str, bool]]] = {
    "exact_match": ("equals", {}),
    "icontains": ("contains", {"ignore_case": True}),
    "not": ("none_of", {}),
}
"""Other names: the scorer meant, and the options that differ from its own defaults."""

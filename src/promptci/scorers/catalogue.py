"""All scorers by name. A new one is a function and a line here."""

from collections.abc import Callable
from typing import Any

from promptci.scorers import judge, numbers, stars, structured, text
from promptci.scorers.numbers import NumericOptions
from promptci.scorers.scorer import Bench, Judge, Options, Scorer
from promptci.scorers.structured import FieldsOptions, LengthOptions, SchemaOptions
from promptci.scorers.text import EqualsOptions, OneOfOptions, RegexOptions, WordOptions


def _stars(make: Callable[[Any, Bench], Judge | None], summary: str) -> Scorer:
    return Scorer(make, stars.StarOptions, f"a model gives one to five stars: {summary}", asks=True)


SCORERS: dict[str, Scorer] = {
    "equals": Scorer(text.equals, EqualsOptions, "the output is this text or value", "value"),
    "contains": Scorer(text.contains, WordOptions, "the output holds one of the texts", "value"),
    "contains_any": Scorer(
        text.contains, WordOptions, "the output holds one of the texts", "value"
    ),
    "contains_all": Scorer(
        text.contains_all, WordOptions, "the share of the texts that the output holds", "value"
    ),
    "starts_with": Scorer(
        text.starts_with, WordOptions, "the output begins with one of the texts", "value"
    ),
    "ends_with": Scorer(
        text.ends_with, WordOptions, "the output ends with one of the texts", "value"
    ),
    "one_of": Scorer(text.one_of, OneOfOptions, "the output is one of the labels", "values"),
    "regex": Scorer(text.regex, RegexOptions, "the output matches the pattern", "pattern"),
    "numeric": Scorer(
        numbers.numeric, NumericOptions, "the number in the output is the one wanted", "value"
    ),
    "is_json": Scorer(structured.is_json, Options, "the output is JSON"),
    "json_schema": Scorer(
        structured.json_schema, SchemaOptions, "the output is JSON that the schema allows"
    ),
    "json_fields": Scorer(
        structured.json_fields,
        FieldsOptions,
        "the share of the expected object's fields that the output has right",
    ),
    "length": Scorer(
        structured.length, LengthOptions, "the output is neither too short nor too long", "max"
    ),
    "choice_judge": Scorer(
        judge.choice_judge,
        judge.ChoiceOptions,
        "a model says one of several choices about the output",
        asks=True,
    ),
    "github/similarity": _stars(stars.similarity, "how close the output is to what is expected"),
    "github/coherence": _stars(stars.coherence, "how well the output hangs together"),
    "github/fluency": _stars(stars.fluency, "how well the output is written"),
    "github/relevance": _stars(stars.relevance, "how far the output deals with the input"),
    "github/groundedness": _stars(
        stars.groundedness, "how far what is expected supports the output"
    ),
}

ALIASES: dict[str, tuple[str, dict[str, bool]]] = {
    "exact_match": ("equals", {}),
    "icontains": ("contains", {"ignore_case": True}),
}
"""Other names: the scorer meant, and the options that differ from its own defaults."""

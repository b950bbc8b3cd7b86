"""Which options of our scorers promptfoo's assertions have a place for; the others are reported."""

import re
from collections.abc import Mapping

from promptci.exporters.exported import Exported
from promptci.parsing.source import Plain, excerpt

KNOWN_ENDPOINTS = frozenset(
    ("openai", "anthropic", "google", "mistral", "groq", "openrouter", "ollama")
)
"""Endpoints that promptfoo calls as we do."""


COMMON = frozenset(("", "value", "not", "weight", "name"))
READ: Mapping[str, tuple[str, ...]] = {
    "contains": ("ignore_case",),
    "contains_any": ("ignore_case",),
    "contains_all": ("ignore_case",),
    "regex": ("pattern",),
    "levenshtein": ("distance",),
    "rouge_n": ("threshold",),
    "bleu": ("threshold",),
    "gleu": ("threshold",),
    "similar": ("threshold", "model"),
    "is_json": ("schema",),
    "json_schema": ("schema",),
    "contains_json": ("schema",),
    "latency": ("max",),
    "cost": ("max",),
    "word_count": ("min", "max"),
    "rubric": ("criteria", "threshold", "model"),
    "closed_qa": ("criteria", "threshold", "model"),
    "g_eval": ("criteria", "threshold", "model"),
    "factuality": ("reference", "threshold", "model"),
    "answer_relevance": ("threshold", "model"),
    "select_best": ("criteria", "model"),
}
"""The options of each scorer that its assertion has a place for."""


def tell_options(name: str, options: Mapping[str, Plain], found: Exported) -> None:
    """Name each option that the assertion lacks, and patterns that JavaScript reads otherwise."""
    read = COMMON.union(READ.get(name, ()))
    remarks = [
        f"`{key}` of `{name}` has no counterpart in promptfoo: verdicts may differ"
        for key, value in options.items()
        if key not in read and value not in (False, None)
    ]
    judge = options.get("model")
    if (
        "model" in read
        and isinstance(judge, str)
        and judge.partition("/")[0] not in KNOWN_ENDPOINTS
    ):
        remarks.append(f"promptfoo cannot ask `{judge}`: its own judge takes its place")
    pattern = str(options.get("pattern", options.get("", ""))) if name == "regex" else ""
    if re.search(r"\\[pPAZX]|\(\?[PaiLmsux(]|\[\[:|[*+?}]\+", pattern):
        remarks.append(f"JavaScript reads the pattern `{excerpt(pattern)}` otherwise: rewrite it")
    found.remarks.extend(each for each in remarks if each not in found.remarks)

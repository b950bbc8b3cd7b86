"""promptfoo's assertions for scorers, and what they have no place for."""

import re
from collections.abc import Callable, Mapping

from promptci.exporters.exported import Exported
from promptci.parsing.source import Plain, excerpt
from promptci.scorers.registry.written import known_name

Assertion = dict[str, Plain]

KNOWN_ENDPOINTS = frozenset(
    ("openai", "anthropic", "google", "mistral", "groq", "openrouter", "ollama")
)
"""Endpoints that promptfoo calls as we do."""


def promptfoo_assertion(scorer: Plain, *, found: Exported) -> Assertion | None:
    """One scorer as an assertion; None with a remark where promptfoo has none like it."""
    name, options = _named(scorer)
    if name in ("not", "none_of") and isinstance(scorer, dict):
        inner = promptfoo_assertion(scorer[next(iter(scorer))], found=found)
        return None if inner is None else {**inner, "type": f"not-{inner['type']}"}
    make = _ASSERTIONS.get(name)
    if make is None:
        remark = f"`{name}` has no counterpart in promptfoo and is left out"
        if remark not in found.remarks:
            found.remarks.append(remark)
        return None
    made = make(options)
    _tell_options(name, options, found)
    judge = options.get("model")
    if isinstance(judge, str) and judge.partition("/")[0] in KNOWN_ENDPOINTS:
        endpoint, _, model = judge.partition("/")
        made["provider"] = f"{endpoint}:{'embedding' if name == 'similar' else 'chat'}:{model}"
    if options.get("not"):
        made["type"] = f"not-{made['type']}"
    for theirs, ours in (("weight", "weight"), ("metric", "name")):
        if ours in options:
            made[theirs] = options[ours]
    return made


_COMMON = frozenset(("", "value", "not", "weight", "name"))
_READ: Mapping[str, tuple[str, ...]] = {
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


def _tell_options(name: str, options: Mapping[str, Plain], found: Exported) -> None:
    """Name each option that the assertion lacks, and patterns that JavaScript reads otherwise."""
    read = _COMMON.union(_READ.get(name, ()))
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
        remarks.append(f"promptfoo cannot ask `{judge}`: its own judge stands in its place")
    pattern = str(_value(options, "pattern", "")) if name == "regex" else ""
    if re.search(r"\\[pPAZX]|\(\?[PaiLmsux(]|\[\[:|[*+?}]\+", pattern):
        remarks.append(f"JavaScript reads the pattern `{excerpt(pattern)}` otherwise: rewrite it")
    found.remarks.extend(each for each in remarks if each not in found.remarks)


def _named(scorer: Plain) -> tuple[str, Mapping[str, Plain]]:
    """A scorer's name and options; a bare value is its main option, under the empty name."""
    if isinstance(scorer, str):
        return known_name(scorer) or scorer, {}
    assert isinstance(scorer, dict)
    [(name, options)] = scorer.items()
    found = known_name(name) or name
    return found, options if isinstance(options, dict) else {"": options}


def _value(
    options: Mapping[str, Plain], key: str = "value", default: Plain = "{{expected}}"
) -> Plain:
    return options.get(key, options.get("", default))


def _text(kind: str, folded: str = "") -> Callable[[Mapping[str, Plain]], Assertion]:
    def make(options: Mapping[str, Plain]) -> Assertion:
        return {
            "type": folded if folded and options.get("ignore_case") else kind,
            "value": _value(options),
        }

    return make


def _measure(kind: str) -> Callable[[Mapping[str, Plain]], Assertion]:
    def make(options: Mapping[str, Plain]) -> Assertion:
        limit = {"threshold": options["threshold"]} if "threshold" in options else {}
        return {"type": kind, "value": _value(options), **limit}

    return make


def _ceiling(kind: str, per: float) -> Callable[[Mapping[str, Plain]], Assertion]:
    def make(options: Mapping[str, Plain]) -> Assertion:
        most = _value(options, "max", 0)
        return {"type": kind, "threshold": most * per if isinstance(most, int | float) else most}

    return make


def _schema(kind: str) -> Callable[[Mapping[str, Plain]], Assertion]:
    def make(options: Mapping[str, Plain]) -> Assertion:
        schema = _value(options, "schema", None)
        return {"type": kind} if schema is None else {"type": kind, "value": schema}

    return make


def _words(options: Mapping[str, Plain]) -> Assertion:
    if "" in options or "value" in options:
        return {"type": "word-count", "value": _value(options)}
    return {"type": "word-count", "value": {k: options[k] for k in ("min", "max") if k in options}}


def _judge(kind: str, key: str) -> Callable[[Mapping[str, Plain]], Assertion]:
    def make(options: Mapping[str, Plain]) -> Assertion:
        made: Assertion = {"type": kind, "value": _value(options, key)}
        if "threshold" in options:
            made["threshold"] = options["threshold"]
        return made

    return make


_ASSERTIONS: Mapping[str, Callable[[Mapping[str, Plain]], Assertion]] = {
    "equals": _text("equals"),
    "contains": _text("contains", "icontains"),
    "contains_any": _text("contains-any", "icontains-any"),
    "contains_all": _text("contains-all", "icontains-all"),
    "starts_with": _text("starts-with"),
    "regex": lambda options: {"type": "regex", "value": _value(options, "pattern")},
    "levenshtein": lambda options: {
        "type": "levenshtein", "value": _value(options), "threshold": options.get("distance", 5),
    },
    "rouge_n": _measure("rouge-n"),
    "bleu": _measure("bleu"),
    "gleu": _measure("gleu"),
    "similar": _measure("similar"),
    "json_equal": _text("equals"),
    "is_json": _schema("is-json"),
    "json_schema": _schema("is-json"),
    "contains_json": _schema("contains-json"),
    "latency": _ceiling("latency", 1000),
    "cost": _ceiling("cost", 1),
    "word_count": _words,
    "is_refusal": lambda options: {"type": "is-refusal"},
    "is_xml": lambda options: {"type": "is-xml"},
    "is_html": lambda options: {"type": "is-html"},
    "finish_reason": lambda options: {
        "type": "finish-reason", "value": _value(options, default="stop"),
    },
    "rubric": _judge("llm-rubric", "criteria"),
    "closed_qa": _judge("model-graded-closedqa", "criteria"),
    "g_eval": _judge("g-eval", "criteria"),
    "factuality": _judge("factuality", "reference"),
    "answer_relevance": lambda options: {"type": "answer-relevance", **_limit(options)},
    "valid_tool_call": lambda options: {"type": "is-valid-openai-tools-call"},
    "select_best": _judge("select-best", "criteria"),
}  # fmt: skip


def _limit(options: Mapping[str, Plain]) -> Assertion:
    return {"threshold": options["threshold"]} if "threshold" in options else {}

"""promptfoo's assertions for scorers, and what they have no place for."""

from collections.abc import Callable, Iterable, Mapping

from promptci.exporters.exported import Exported
from promptci.exporters.promptfoooptions import COMMON, KNOWN_ENDPOINTS, READ, tell_options
from promptci.exporters.promptfooscripts import (
    SCRIPT_OPTIONS,
    any_script,
    is_read_by_script,
    named_scorer,
    script_of,
)
from promptci.parsing.source import Plain

Assertion = dict[str, Plain]

EXPECTED = "{{expected}}"
"""What an example expects, where that is a text in each."""


def promptfoo_assertion(
    scorer: Plain, *, found: Exported, expected: Plain = EXPECTED
) -> Assertion | None:
    """One scorer as an assertion; None with a remark where promptfoo has none like it.

    `expected` is what the example expects, where its scorers do not say another.
    """
    name, options = named_scorer(scorer)
    if name in _SETS:
        return _set(name, options, found, expected)
    if name in ("not", "none_of") and isinstance(scorer, dict):
        inner = promptfoo_assertion(scorer[next(iter(scorer))], found=found, expected=expected)
        if inner is not None and inner["type"] in ("assert-set", "javascript"):
            found.remarks.append(f"`{name}` of several is left out: promptfoo cannot reverse it")
            return None
        return None if inner is None else {**inner, "type": f"not-{inner['type']}"}
    given = _value(options, default=expected)
    made = _scripted(name, options, given)
    make = _ASSERTIONS.get(name)
    if made is None and make is None:
        remark = f"`{name}` has no counterpart in promptfoo and is left out"
        if remark not in found.remarks:
            found.remarks.append(remark)
        return None
    if made is None and make is not None:
        made = make(options if name in _OWN_WORDS else {**options, "value": given})
        tell_options(name, options, found)
    assert made is not None
    judge = options.get("model")
    if isinstance(judge, str) and judge.partition("/")[0] in KNOWN_ENDPOINTS:
        endpoint, _, model = judge.partition("/")
        made["provider"] = f"{endpoint}:{'embedding' if name == 'similar' else 'chat'}:{model}"
    if options.get("not"):
        is_script = made["type"] == "javascript"
        made |= {"value": f"!({made['value']})"} if is_script else {"type": f"not-{made['type']}"}
    for theirs, ours in (("weight", "weight"), ("metric", "name")):
        if ours in options:
            made[theirs] = options[ours]
    return made


_SETS = frozenset(("any_of", "all_of"))
_OWN_WORDS = frozenset((
    "regex", "is_json", "json_schema", "contains_json", "latency", "cost", "word_count", "rubric",
    "closed_qa", "g_eval", "is_refusal", "is_xml", "is_html", "finish_reason", "answer_relevance",
    "valid_tool_call", "select_best",
))  # fmt: skip
"""Scorers whose value is not what an example expects."""


def _set(
    name: str, options: Mapping[str, Plain], found: Exported, expected: Plain
) -> Assertion | None:
    """`any_of` and `all_of`: as one script, or as a set, whose score is a mean."""
    listed = options.get("scorers", options.get(""))
    scorers = listed if isinstance(listed, list) else []
    if name == "any_of" and (code := any_script(scorers, expected)):
        return {"type": "javascript", "value": code}
    inner = [promptfoo_assertion(each, found=found, expected=expected) for each in scorers]
    kept = [each for each in inner if each is not None]
    if len(kept) < len(inner) or not kept or "not" in options:
        found.remarks.append(f"`{name}` holds what promptfoo has no counterpart for: left out")
        return None
    made: Assertion = {"type": "assert-set", "assert": list(kept)}
    if name == "any_of":
        made["threshold"] = int(1000 / len(kept)) / 1000
        found.remarks.append("`any_of` scores the mean of its scorers in promptfoo, here the best")
    elif "threshold" in options:
        made["threshold"] = options["threshold"]
    return made


def without_nested(assertions: Iterable[Plain], found: Exported) -> list[Plain]:
    """Assertions but for sets that hold a set, which promptfoo refuses; they are reported."""
    kept: list[Plain] = []
    for each in assertions:
        inner = each.get("assert") if isinstance(each, dict) else None
        parts = inner if isinstance(inner, list) else []
        if any(isinstance(part, dict) and "assert" in part for part in parts):
            found.remarks.append("a set of scorers in a set is left out: promptfoo refuses it")
        else:
            kept.append(each)
    return kept


def _scripted(name: str, options: Mapping[str, Plain], given: Plain) -> Assertion | None:
    """A script where promptfoo has no assertion, or none for these options or several texts."""
    extra = set(options) - COMMON - set(READ.get(name, ())) - SCRIPT_OPTIONS
    several = isinstance(given, list) and name in ("equals", "starts_with", "ends_with")
    if extra or not (name not in _ASSERTIONS or several or is_read_by_script(name, options)):
        return None
    code = script_of(name, options, given)
    return None if code is None else {"type": "javascript", "value": code}


def _value(
    options: Mapping[str, Plain], key: str = "value", default: Plain = "{{expected}}"
) -> Plain:
    return options.get(key, options.get("", default))


def _contains(options: Mapping[str, Plain]) -> Assertion:
    """`contains` of several texts holds one of them."""
    kind = "icontains" if options.get("ignore_case") else "contains"
    value = _value(options)
    return {"type": f"{kind}-any" if isinstance(value, list) else kind, "value": value}


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
    "contains": _contains,
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

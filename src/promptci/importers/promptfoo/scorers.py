"""What each of promptfoo's assertions is called and takes here."""

from collections.abc import Mapping
from contextlib import suppress

from msgspec.structs import replace

from promptci.importers.foreignyaml import parse_plain
from promptci.importers.promptfoo.converting import (
    DEFAULT_JUDGE,
    Converter,
    OptionValues,
    Wanted,
    list_value,
    text_value,
)
from promptci.importers.promptfoo.patterns import our_pattern
from promptci.importers.promptfoo.scriptnumbers import lengths_that_pass
from promptci.importers.promptfoo.scripts import scorer_of_script
from promptci.importers.promptfoo.scriptsteps import is_graded
from promptci.importers.promptfoo.sqlrules import sql_scorer
from promptci.parsing.source import Plain


def _equals(wanted: Wanted) -> tuple[str, OptionValues]:
    if isinstance(wanted.value, dict | list):
        return "json_equal", {"value": wanted.value}
    if wanted.value == "":
        return "length", {"max": 0}
    return "equals", {"value": text_value(wanted.value)}


def _texts(name: str, *, many: bool = False, ignore_case: bool = False) -> Converter:
    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        value = list_value(wanted.value) if many else text_value(wanted.value)
        return name, {"value": value} | ({"ignore_case": True} if ignore_case else {})

    return convert


def _regex(wanted: Wanted) -> tuple[str, OptionValues]:
    return "regex", {"pattern": our_pattern(text_value(wanted.value))}


def _json(name: str) -> Converter:
    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        value = wanted.value
        if isinstance(value, str) and value.strip():
            with suppress(ValueError):
                value = parse_plain(value)  # a schema in JSON or YAML, as cells of CSV hold it
        if not value:
            return name, {}
        if not isinstance(value, dict | bool):
            raise ValueError("has a `value` that is no JSON Schema: write the schema as a mapping")
        return name, {"schema": value}

    return convert


def _xml(name: str) -> Converter:
    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        value = wanted.value
        if isinstance(value, dict):
            value = value.get("requiredElements")
        if not value:
            return name, {}
        return name, {"elements": [str(each).replace(".", "/") for each in list_value(value)]}

    return convert


def _distance(wanted: Wanted) -> tuple[str, OptionValues]:
    most = 5 if wanted.threshold is None else int(wanted.threshold)
    value = text_value(wanted.value)
    return "levenshtein", {"value": value, "distance": most, "threshold": 1}


def _measure(name: str, default: float, **fixed: Plain) -> Converter:
    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        threshold = default if wanted.threshold is None else wanted.threshold
        value = wanted.value if isinstance(wanted.value, list) else text_value(wanted.value)
        return name, {"value": value, "threshold": threshold, **fixed}

    return convert


def _similar(wanted: Wanted) -> tuple[str, OptionValues]:
    threshold = 0.75 if wanted.threshold is None else wanted.threshold
    model = "openai/text-embedding-3-large"
    several = isinstance(wanted.value, list)
    value: Plain = list_value(wanted.value) if several else text_value(wanted.value)
    return "similar", {"value": value, "threshold": threshold, "model": model}


def _ceiling(name: str, per: float) -> Converter:
    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        if wanted.threshold is None:
            raise ValueError("has no `threshold`: add one")
        return name, {"max": wanted.threshold / per}

    return convert


def _words(wanted: Wanted) -> tuple[str, OptionValues]:
    if isinstance(wanted.value, dict):
        return "word_count", {
            key: wanted.value[key] for key in ("min", "max") if key in wanted.value
        }
    return "word_count", {"value": int(text_value(wanted.value))}


def _judge(
    name: str,
    option: str = "",
    fixed: Mapping[str, str] = {},
    *,
    threshold: float | None = None,
) -> Converter:
    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        options: OptionValues = {option: _criteria(wanted.value)} if option else {}
        options |= fixed
        limit = threshold if wanted.threshold is None else wanted.threshold
        if limit is not None:
            options["threshold"] = limit
        return name, options | {"model": wanted.judge or DEFAULT_JUDGE}

    return convert


def _evaluated(wanted: Wanted) -> tuple[str, OptionValues]:
    """`g-eval`; several criteria are scored one by one, and it is their mean that passes."""
    convert = _judge("g_eval", "criteria", threshold=_G_EVAL_PASSES)
    if not isinstance(wanted.value, list) or len(wanted.value) == 1:
        return convert(wanted)
    made = [convert(replace(wanted, value=each)) for each in wanted.value]
    limit = _G_EVAL_PASSES if wanted.threshold is None else wanted.threshold
    scorers: list[Plain] = [{name: options} for name, options in made]
    return "all_of", {"scorers": scorers, "threshold": limit}


_G_EVAL_PASSES = 0.7


def _criteria(value: Plain) -> str:
    if isinstance(value, list):
        return "\n".join(f"- {text_value(each)}" for each in value)
    return text_value(value)


def _plain(name: str, **fixed: Plain) -> Converter:
    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        del wanted
        return name, dict(fixed)

    return convert


def _calls(wanted: Wanted) -> tuple[str, OptionValues]:
    options: OptionValues = {"value": list_value(wanted.value), "arguments": False}
    if wanted.threshold is not None:
        options["threshold"] = wanted.threshold
    return "tool_calls_f1", options


def _script(wanted: Wanted) -> tuple[str, OptionValues]:
    code = wanted.value if isinstance(wanted.value, str) else ""
    lengths = lengths_that_pass(code, wanted.threshold)
    if lengths is not None:
        return "length", dict(lengths)
    if wanted.threshold is not None and is_graded(code, wanted.kind):
        raise ValueError("gives a score that is compared with a threshold: use `command` with it")
    return scorer_of_script(code, wanted.kind)


_CONTEXT = {"context": "{{ context }}", "question": "{{ query }}"}
CONVERTERS: Mapping[str, Converter] = {
    "equals": _equals,
    "contains": _texts("contains"),
    "icontains": _texts("contains", ignore_case=True),
    "contains-all": _texts("contains_all", many=True),
    "contains-any": _texts("contains_any", many=True),
    "icontains-all": _texts("contains_all", many=True, ignore_case=True),
    "icontains-any": _texts("contains_any", many=True, ignore_case=True),
    "starts-with": _texts("starts_with"),
    "regex": _regex,
    "is-json": _json("is_json"),
    "contains-json": _json("contains_json"),
    "is-xml": _xml("is_xml"),
    "contains-xml": _xml("contains_xml"),
    "is-html": _plain("is_html"),
    "contains-html": _plain("contains_html"),
    "is-sql": sql_scorer("is_sql"),
    "contains-sql": sql_scorer("contains_sql"),
    "levenshtein": _distance,
    "rouge-n": _measure("rouge_n", 0.75),
    "bleu": _measure("bleu", 0.5, ignore_case=True),
    "gleu": _measure("gleu", 0.5, ignore_case=True),
    "similar": _similar,
    "similar:cosine": _similar,
    "cost": _ceiling("cost", 1),
    "latency": _ceiling("latency", 1000),
    "word-count": _words,
    "is-refusal": _plain("is_refusal"),
    "finish-reason": lambda wanted: ("finish_reason", {"value": text_value(wanted.value)}),
    "is-valid-function-call": _plain("valid_tool_call"),
    "is-valid-openai-function-call": _plain("valid_tool_call"),
    "is-valid-openai-tools-call": _plain("valid_tool_call"),
    "tool-call-f1": _calls,
    "llm-rubric": _judge("rubric", "criteria"),
    "search-rubric": _judge("rubric", "criteria"),
    "agent-rubric": _judge("rubric", "criteria"),
    "g-eval": _evaluated,
    "model-graded-closedqa": _judge("closed_qa", "criteria"),
    "factuality": _judge("factuality", "reference"),
    "model-graded-factuality": _judge("factuality", "reference"),
    "answer-relevance": _judge("answer_relevance", threshold=0.5),
    "conversation-relevance": _judge("answer_relevance"),
    "context-faithfulness": _judge("faithfulness", fixed=_CONTEXT, threshold=0.5),
    "context-recall": _judge("context_recall", "reference", _CONTEXT, threshold=0.5),
    "context-relevance": _judge("context_relevance", fixed=_CONTEXT, threshold=0.5),
    "moderation": _judge("toxicity"),
    "select-best": _judge("select_best", "criteria"),
    "javascript": _script,
    "python": _script,
}

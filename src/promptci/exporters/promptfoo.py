"""A configuration for promptfoo: one prompt, its models as providers, examples as tests."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import yaml

from promptci.exporters.exported import Exported, ExportedEval, Exporter, ExportOptions
from promptci.parsing.source import Plain
from promptci.scorers.registry.written import known_name
from promptci.specs.answerer import plain_prompt
from promptci.specs.evalspec import Example

Assertion = dict[str, Plain]


def write_promptfoo(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """`NAME.promptfooconfig.yaml` for each eval; what promptfoo lacks is told."""
    del options
    found = Exported()
    by_name: dict[str, list[ExportedEval]] = {}
    for each in evals:
        by_name.setdefault(each.name, []).append(each)
    for name, group in by_name.items():
        path = f"{name.replace('/', '-')}.promptfooconfig.yaml"
        body = _configuration(group, found)
        found.files[path] = partial(_written, body)
    return found


def _written(body: dict[str, Plain]) -> Iterator[bytes]:
    yield yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100).encode()


def _configuration(group: list[ExportedEval], found: Exported) -> dict[str, Plain]:
    first = group[0]
    prompt = plain_prompt(first.task.prompt, "this form")
    messages = list(_messages(first, found))
    config: dict[str, Plain] = {**dict(prompt.parameters or {})}
    if prompt.response_format:
        config["response_format"] = dict(prompt.response_format)
    providers: list[Plain] = [_provider(each, config, found) for each in group]
    default = [each for each in map(partial(_assertion, found=found), _scorers(first)) if each]
    tests: list[Plain] = [_test(each, found) for each in first.task.examples()]
    return {
        "description": first.task.spec.description or first.name,
        "prompts": [
            {"label": prompt.name, "raw": json.dumps(messages, ensure_ascii=False, indent=1)}
        ],
        "providers": providers,
        "defaultTest": {"assert": list(default)},
        "tests": tests,
    }


def _messages(each: ExportedEval, found: Exported) -> Iterator[Plain]:
    """The prompt's messages, shots before the last of the user as they are sent."""
    prompt = plain_prompt(each.task.prompt, "this form")
    last = max((i for i, turn in enumerate(prompt.turns) if turn.role == "user"), default=-1)
    for index, turn in enumerate(prompt.turns):
        if not turn.is_plain:
            found.remarks.append(
                f"a message of `{prompt.name}` is more than a text and is left out"
            )
            continue
        for shot in prompt.shots if index == last else ():
            yield {"role": "user", "content": _literal(turn.content.render(shot.vars))}
            yield {"role": "assistant", "content": _literal(shot.output)}
        yield {"role": turn.role, "content": turn.content.source}


def _literal(text: str) -> str:
    """A text that Nunjucks gives as it is."""
    return f"{{% raw %}}{text}{{% endraw %}}" if "{{" in text or "{%" in text else text


_KNOWN = frozenset(("openai", "anthropic", "google", "mistral", "groq", "openrouter", "ollama"))


def _provider(each: ExportedEval, config: dict[str, Plain], found: Exported) -> Plain:
    """A provider of promptfoo's, or OpenAI's at another address; the embedded model has none."""
    model = each.task.model
    endpoint = model.endpoint
    if endpoint.base_url is None:
        found.remarks.append(f"promptfoo cannot ask `{model.name}`: `echo` stands in its place")
        return {"id": "echo", "label": model.name}
    if endpoint.name in _KNOWN:
        return {"id": f"{endpoint.name}:chat:{model.model_id}", "config": config}
    access: dict[str, Plain] = {"apiBaseUrl": endpoint.base_url}
    if endpoint.key_env:
        access["apiKeyEnvar"] = endpoint.key_env
    return {"id": f"openai:chat:{model.model_id}", "config": {**access, **config}}


def _scorers(each: ExportedEval) -> list[Plain]:
    return [node.plain() for node in each.task.spec.scorers]


def _test(example: Example, found: Exported) -> dict[str, Plain]:
    variables: dict[str, Plain] = dict(example.vars)
    if example.has_expected:
        variables["expected"] = example.expected
    lists = [name for name, value in variables.items() if isinstance(value, list)]
    test: dict[str, Plain] = {"description": example.id, "vars": variables}
    if lists:  # promptfoo would make a test of each item
        test["options"] = {"disableVarExpansion": True}
    own = [each for each in map(partial(_assertion, found=found), example.scorers) if each]
    return test | ({"assert": list(own)} if own else {})


def _assertion(scorer: Plain, *, found: Exported) -> Assertion | None:
    """One scorer as an assertion; None with a remark where promptfoo has none like it."""
    name, options = _named(scorer)
    if name in ("not", "none_of") and isinstance(scorer, dict):
        inner = _assertion(scorer[next(iter(scorer))], found=found)
        return None if inner is None else {**inner, "type": f"not-{inner['type']}"}
    make = _ASSERTIONS.get(name)
    if make is None:
        remark = f"`{name}` has no counterpart in promptfoo and is left out"
        if remark not in found.remarks:
            found.remarks.append(remark)
        return None
    made = make(options)
    if options.get("not"):
        made["type"] = f"not-{made['type']}"
    for theirs, ours in (("weight", "weight"), ("metric", "name")):
        if ours in options:
            made[theirs] = options[ours]
    return made


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


PROMPTFOO = Exporter("promptfoo", "A configuration for promptfoo", write_promptfoo)

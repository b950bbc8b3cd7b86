"""A configuration for promptfoo: one prompt, its models as providers, examples as tests."""

import json
from collections.abc import Iterator
from functools import partial

import yaml

from promptci.exporters.exported import Exported, ExportedEval, Exporter, ExportOptions
from promptci.exporters.promptfooassertions import KNOWN_ENDPOINTS, promptfoo_assertion
from promptci.parsing.source import Plain
from promptci.parsing.template import Template, Text
from promptci.specs.answerer import plain_prompt
from promptci.specs.evalspec import Example


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
    default = [
        each for each in map(partial(promptfoo_assertion, found=found), _scorers(first)) if each
    ]
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
        yield {"role": turn.role, "content": _template(turn.content)}


def _template(text: Text) -> str:
    """A text as Nunjucks reads it: what is mere text here is none of its tags."""
    if not isinstance(text, Template):
        return text.source
    names = [*(f"{{{{ {name} }}}}" for name in text.names), ""]
    pairs = zip(map(_literal, text.literals), names, strict=True)
    return "".join(part for pair in pairs for part in pair)


def _literal(text: str) -> str:
    """A text that Nunjucks gives as it is."""
    has_tags = any(sign in text for sign in ("{{", "{%", "{#"))
    return f"{{% raw %}}{text}{{% endraw %}}" if has_tags else text


def _provider(each: ExportedEval, config: dict[str, Plain], found: Exported) -> Plain:
    """A provider of promptfoo's, or OpenAI's at another address; the embedded model has none."""
    model = each.task.model
    endpoint = model.endpoint
    if endpoint.base_url is None:
        found.remarks.append(f"promptfoo cannot ask `{model.name}`: `echo` stands in its place")
        return {"id": "echo", "label": model.name}
    if endpoint.name in KNOWN_ENDPOINTS:
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
    if example.tags:
        test["metadata"] = {"tags": list(example.tags)}
    if lists:  # promptfoo would make a test of each item
        test["options"] = {"disableVarExpansion": True}
    own = [each for each in map(partial(promptfoo_assertion, found=found), example.scorers) if each]
    return test | ({"assert": list(own)} if own else {})


PROMPTFOO = Exporter("promptfoo", "A configuration for promptfoo", write_promptfoo)

"""A configuration for promptfoo: one prompt, its models as providers, examples as tests."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import yaml

from promptci.exporters.exported import Exported, ExportedEval, Exporter, ExportOptions
from promptci.exporters.promptfooassertions import EXPECTED, promptfoo_assertion
from promptci.exporters.promptfoooptions import KNOWN_ENDPOINTS
from promptci.exporters.promptfoothreads import thread_prompt, thread_tests, why_not_held
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
        if why := why_not_held(group[0]):
            found.remarks.append(why)
            continue
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
    default, tests = _tests(first, found)
    chat = json.dumps(messages, ensure_ascii=False, indent=1)
    raw = chat if first.task.talk is None else thread_prompt(messages)
    return {
        "description": first.task.spec.description or first.name,
        "prompts": [{"label": prompt.name, "raw": raw}],
        "providers": providers,
        **({"defaultTest": default} if default else {}),
        "tests": tests,
    }


def _tests(each: ExportedEval, found: Exported) -> tuple[dict[str, Plain], list[Plain]]:
    """What all tests share, and the tests.

    Scorers stand in each test where they are for the last turn alone, or where what an example
    expects is not always a text.
    """
    scorers, threshold = _scorers(each), each.task.spec.threshold
    is_thread = each.task.talk is not None
    expected = (example.expected for example in each.task.examples() if example.has_expected)
    is_shared = not is_thread and all(isinstance(value, str) for value in expected)
    limit: dict[str, Plain] = {} if threshold is None else {"threshold": threshold}
    default = limit | ({"assert": list(_assertions(scorers, found))} if is_shared else {})
    tests: list[Plain] = []
    for example in each.task.examples():
        test = _test(example, found, () if is_shared else scorers)
        tests += thread_tests(each, example, test | limit) if is_thread else [test]
    return {} if is_thread else default, tests


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


def _assertions(
    scorers: Iterable[Plain], found: Exported, expected: Plain = EXPECTED
) -> Iterator[Plain]:
    made = (promptfoo_assertion(each, found=found, expected=expected) for each in scorers)
    return (each for each in made if each)


def _test(example: Example, found: Exported, shared: Sequence[Plain]) -> dict[str, Plain]:
    """One example; `shared` are the eval's scorers where what is expected is not always a text."""
    variables: dict[str, Plain] = dict(example.vars)
    if example.has_expected:
        variables["expected"] = example.expected
    lists = [name for name, value in variables.items() if isinstance(value, list)]
    test: dict[str, Plain] = {"description": example.id, "vars": variables}
    if example.tags:
        test["metadata"] = {"tags": list(example.tags)}
    if lists:  # promptfoo would make a test of each item
        test["options"] = {"disableVarExpansion": True}
    expected = _as_value(example.expected) if shared and example.has_expected else EXPECTED
    own = list(_assertions((*shared, *example.scorers), found, expected))
    return test | ({"assert": own} if own else {})


def _as_value(expected: Plain) -> Plain:
    """What is expected as an assertion's value: texts in which Nunjucks finds no tags."""
    if isinstance(expected, str):
        return _literal(expected)
    return [_as_value(each) for each in expected] if isinstance(expected, list) else expected


PROMPTFOO = Exporter("promptfoo", "A configuration for promptfoo", write_promptfoo)

"""A configuration for promptfoo: one prompt, its models as providers, examples as tests."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import yaml

from promptci.exporters.exported import Exported, ExportedEval, Exporter, ExportOptions
from promptci.exporters.promptfooassertions import EXPECTED, promptfoo_assertion, without_nested
from promptci.exporters.promptfoooptions import KNOWN_ENDPOINTS
from promptci.exporters.promptfoothreads import thread_prompt, thread_tests, why_not_held
from promptci.parsing.source import Plain
from promptci.specs.answerer import plain_prompt
from promptci.specs.evalspec import Example
from promptci.specs.prompt import Prompt
from promptci.templates.template import Template, Text


def write_promptfoo(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """`NAME.promptfooconfig.yaml` for each eval; what promptfoo lacks is reported."""
    found = Exported()
    by_name: dict[str, list[ExportedEval]] = {}
    for each in evals:
        by_name.setdefault(each.name, []).append(each)
    for name, group in by_name.items():
        if why := why_not_held(group[0]):
            found.remarks.append(why)
            continue
        path = f"{name.replace('/', '-')}.promptfooconfig.yaml"
        body = _configuration(group, found, with_variants=options.with_variants)
        found.files[path] = partial(_written, body)
    return found


def _written(body: dict[str, Plain]) -> Iterator[bytes]:
    yield yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100).encode()


def _configuration(
    group: list[ExportedEval], found: Exported, *, with_variants: bool
) -> dict[str, Plain]:
    first = group[0]
    prompt = plain_prompt(first.task.prompt, "this form")
    forms = {prompt.name: prompt, **(_variants(first, prompt, found) if with_variants else {})}
    default, tests = _tests(first, found)
    return {
        "description": first.task.spec.description or first.name,
        "prompts": [
            {"label": label, "raw": _raw(first, form, found)} for label, form in forms.items()
        ],
        "providers": [
            _of_form(_provider(each, _config(form), found), label, len(forms))
            for each in group
            for label, form in forms.items()
        ],
        **({"defaultTest": default} if default else {}),
        "tests": tests,
    }


def _variants(each: ExportedEval, prompt: Prompt, found: Exported) -> Mapping[str, Prompt]:
    """The other forms of a prompt, by the labels that promptfoo's table shows."""
    taken: dict[str, Prompt] = {}
    for name, form in prompt.variants.items():
        label = f"{prompt.name}@{name}"
        why = (
            "asks another model" if form.model not in (None, prompt.model)
            else "picks each answer from several samples" if form.solve
            else "is of a conversation" if each.task.talk is not None
            else ""
        )  # fmt: skip
        if why:
            found.remarks.append(f"the variant `{label}` {why} and is left out")
        else:
            taken[label] = form
    return taken


def _raw(each: ExportedEval, form: Prompt, found: Exported) -> str:
    messages = list(_messages(form, found))
    chat = json.dumps(messages, ensure_ascii=False, indent=1)
    return chat if each.task.talk is None else thread_prompt(messages)


def _config(prompt: Prompt) -> dict[str, Plain]:
    config: dict[str, Plain] = {**dict(prompt.parameters or {})}
    if prompt.response_format:
        config["response_format"] = dict(prompt.response_format)
    if prompt.tools:
        config["tools"] = [dict(tool) for tool in prompt.tools]
    return config


def _of_form(provider: dict[str, Plain], label: str, forms: int) -> Plain:
    """A provider that is asked with one form of a prompt alone, where there are several."""
    if forms == 1:
        return provider
    known = str(provider.get("label", provider["id"]))
    return {**provider, "label": f"{known} with {label}", "prompts": [label]}


def _tests(each: ExportedEval, found: Exported) -> tuple[dict[str, Plain], list[Plain]]:
    """What all tests share, and the tests.

    Scorers are written in each test where they are for the last turn alone, or where what an
    example expects is not always a text.
    """
    scorers, threshold = _scorers(each), each.task.spec.threshold
    is_thread = each.task.talk is not None
    expected = (example.expected for example in each.task.examples() if example.has_expected)
    is_shared = not is_thread and all(isinstance(value, str) for value in expected)
    limit: dict[str, Plain] = {} if threshold is None else {"threshold": threshold}
    asserted = without_nested(_assertions(scorers, found), found) if is_shared else []
    default = limit | ({"assert": asserted} if is_shared else {})
    is_alone = threshold is None and not asserted
    tests: list[Plain] = []
    for example in each.task.examples():
        test = _test(example, found, () if is_shared else scorers, is_alone=is_alone)
        tests += thread_tests(each, example, test | limit) if is_thread else [test]
    return {} if is_thread else default, tests


def _messages(prompt: Prompt, found: Exported) -> Iterator[Plain]:
    """The prompt's messages, shots before the last of the user as they are sent."""
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


def _provider(each: ExportedEval, config: dict[str, Plain], found: Exported) -> dict[str, Plain]:
    """A provider of promptfoo's, or OpenAI's at another address; the embedded model has none."""
    model = each.task.model
    endpoint = model.endpoint
    if endpoint.base_url is None:
        found.remarks.append(f"promptfoo cannot ask `{model.name}`: `echo` takes its place")
        return {"id": "echo", "label": model.name}
    if endpoint.name in KNOWN_ENDPOINTS:
        own = _UNASKED if endpoint.name in _OPENAI_LIKE else {}
        return {"id": f"{endpoint.name}:chat:{model.model_id}", "config": {**own, **config}}
    access: dict[str, Plain] = {"apiBaseUrl": endpoint.base_url, **_UNASKED}
    if endpoint.key_env:
        access["apiKeyEnvar"] = endpoint.key_env
    return {"id": f"openai:chat:{model.model_id}", "config": {**access, **config}}


_OPENAI_LIKE = frozenset(("openai", "groq", "openrouter"))
_UNASKED: dict[str, Plain] = {"omitDefaults": True}
"""promptfoo sends `temperature: 0` and `max_tokens: 1024` otherwise, which are none of ours."""


def _scorers(each: ExportedEval) -> list[Plain]:
    return [node.plain() for node in each.task.spec.scorers]


def _assertions(
    scorers: Iterable[Plain], found: Exported, expected: Plain = EXPECTED
) -> Iterator[Plain]:
    made = (promptfoo_assertion(each, found=found, expected=expected) for each in scorers)
    return (each for each in made if each)


def _test(
    example: Example, found: Exported, shared: Sequence[Plain], *, is_alone: bool
) -> dict[str, Plain]:
    """One example; `shared` are the eval's scorers where what is expected is not always a text.

    `is_alone` says that nothing else asserts: then the one set of a test is what the test asserts.
    """
    variables: dict[str, Plain] = dict(example.vars)
    if example.has_expected:
        variables["expected"] = example.expected
    lists = [name for name, value in variables.items() if isinstance(value, list)]
    test: dict[str, Plain] = {"description": example.id, "vars": variables}
    if example.metadata:
        test["metadata"] = example.metadata
    if lists:  # promptfoo would make a test of each item
        test["options"] = {"disableVarExpansion": True}
    expected = _as_value(example.expected) if shared and example.has_expected else EXPECTED
    own = list(_assertions((*shared, *example.scorers), found, expected))
    if is_alone and len(own) == 1 and isinstance(own[0], dict) and own[0].keys() == _MEAN:
        inner = own[0]["assert"]
        parts = inner if isinstance(inner, list) else []
        is_whole = len(without_nested(parts, found)) == len(parts)
        return test | ({"threshold": own[0]["threshold"], "assert": parts} if is_whole else {})
    kept = without_nested(own, found)
    return test | ({"assert": kept} if kept else {})


_MEAN = frozenset(("type", "assert", "threshold"))
"""What a set has whose score is the mean of what is in it, as a test's is."""


def _as_value(expected: Plain) -> Plain:
    """What is expected as an assertion's value: texts in which Nunjucks finds no tags."""
    if isinstance(expected, str):
        return _literal(expected)
    return [_as_value(each) for each in expected] if isinstance(expected, list) else expected


PROMPTFOO = Exporter("promptfoo", "A configuration for promptfoo", write_promptfoo)

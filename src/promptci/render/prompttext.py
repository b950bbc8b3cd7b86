"""A prompt, or a flow, as plain text, so that two can be compared line by line."""

import json
from collections.abc import Iterator, Mapping

from promptci.digest import long_digest
from promptci.parsing.source import Plain
from promptci.render.flowtext import flow_lines
from promptci.specs.answerer import Answerer
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.templates.template import as_text


def prompt_text(prompt: Answerer) -> str:
    """All of a prompt that can change an answer, down to parameters, schema and tools.

    Of a flow its steps, then each flow in it, and each prompt.
    """
    return "\n".join(_of_flow(prompt) if isinstance(prompt, Flow) else _lines(prompt))


def _of_flow(flow: Flow) -> Iterator[str]:
    yield from flow_lines(flow)
    for each in flow.flows:
        yield f"[flow {each.name}]"
        yield from (f"  {line}" if line else "" for line in flow_lines(each))
    for name, prompt in {step.prompt.name: step.prompt for step in flow.asking}.items():
        yield f"[prompt {name}]"
        yield from (f"  {line}" if line else "" for line in _lines(prompt))


def _lines(prompt: Prompt) -> Iterator[str]:
    for turn in prompt.turns:
        yield "[turns]" if turn.is_slot else f"[{turn.role}]"
        yield from turn.content.source.splitlines()
        yield from turn.rest
        yield ""
    for shot in prompt.shots:
        yield "[shot]"
        yield from _values(shot.vars)
        yield f"output: {shot.output}"
        yield ""
    if prompt.parameters:
        yield "[parameters]"
        yield from _values(prompt.parameters)
        yield ""
    if prompt.solve is not None:
        yield "[solve]"
        yield from _json(prompt.solve.canonical)
    if prompt.retrieve is not None:
        yield "[retrieve]"
        yield from _json(prompt.retrieve.content)
        yield from (f"{each.id} {long_digest(each.text)}" for each in prompt.retrieve.documents)
    if prompt.response_format is not None:
        yield "[response_format]"
        yield from _json(prompt.response_format)
    for tool in prompt.tools:
        yield "[tool]"
        yield from _json(tool)


def _values(values: Mapping[str, Plain]) -> Iterator[str]:
    for key in sorted(values):
        yield f"{key}: {as_text(values[key])}"


def _json(value: object) -> Iterator[str]:
    yield from json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines()

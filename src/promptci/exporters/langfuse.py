"""Prompts and datasets in the form that Langfuse's API takes."""

import json
from collections.abc import Iterator

from promptci.exporters.exported import Exported, ExportedEval, Exporter, ExportOptions
from promptci.parsing.source import Plain
from promptci.specs.answerer import plain_prompt
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt


def write_langfuse(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """`prompts.json` and `dataset-items.jsonl`: bodies for `/api/public/v2/prompts` and so on."""
    found = Exported()
    prompts = {each.task.prompt.name: each for each in evals}
    for name in [name for name, each in prompts.items() if isinstance(each.task.prompt, Flow)]:
        wrong = "is a flow, for which Langfuse has no place: its items alone are written"
        found.remarks.append(f"`{name}` {wrong}")
        del prompts[name]
    found.remarks += [
        f"the turns of `{each.name}` are not carried: Langfuse has no place for conversations"
        for each in evals
        if each.task.talk is not None
    ]
    written = [_prompt(each, options, found) for each in prompts.values()]
    found.files["prompts.json"] = lambda: iter([_dumps(written, indent=2)])
    found.files["dataset-items.jsonl"] = lambda: _items(evals)
    return found


def _prompt(each: ExportedEval, options: ExportOptions, found: Exported) -> dict[str, Plain]:
    prompt = plain_prompt(each.task.prompt, "this form")
    config: dict[str, Plain] = {"model": each.task.model.model_id, **dict(prompt.parameters or {})}
    if prompt.response_format:
        config["response_format"] = dict(prompt.response_format)
    if prompt.tools:
        config["tools"] = [dict(tool) for tool in prompt.tools]
    labels: list[Plain] = [prompt.version] if prompt.version else []
    message = f"commit {options.commit[:12]}" if options.commit else ""
    body: dict[str, Plain] = {
        "name": prompt.name,
        "type": "chat",
        "prompt": _messages(prompt, found),
        "config": config,
        "labels": labels,
        "tags": ["promptci"],
    }
    return body | ({"commitMessage": message} if message else {})


def _messages(prompt: Prompt, found: Exported) -> list[Plain]:
    """The turns as they are written; what a prompt has beside them is reported."""
    if prompt.shots:
        found.remarks.append(
            f"the shots of `{prompt.name}` are not carried: Langfuse has no place for them"
        )
    turns: list[Plain] = []
    for turn in prompt.turns:
        if turn.is_slot:
            turns.append({"type": "placeholder", "name": next(iter(turn.content.variables))})
        else:
            content = "\n".join(filter(None, [turn.content.source, *turn.rest]))
            turns.append({"role": turn.role, "content": content})
    return turns


def _items(evals: tuple[ExportedEval, ...]) -> Iterator[bytes]:
    for each in evals:
        for example in each.task.examples():
            row: dict[str, Plain] = {
                "datasetName": each.name,
                "id": f"{each.name}/{example.id}",
                "input": dict(example.vars),
            }
            if example.has_expected:
                row["expectedOutput"] = example.expected
            if example.metadata:
                row["metadata"] = example.metadata
            yield _dumps(row)


def _dumps(value: object, indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode() + b"\n"


LANGFUSE = Exporter(
    "langfuse", "Prompts and dataset items for Langfuse", write_langfuse, of_flows=True
)

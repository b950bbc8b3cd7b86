"""Evals of OpenAI's platform: graders (`testing_criteria`), items and the prompt of a run."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from promptci.importers.foreignyaml import load_foreign
from promptci.importers.gradertypes import grader_scorers, item_template, openai_model
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    OutputSet,
    Row,
)
from promptci.importers.names import Names, slug
from promptci.importers.rows import first_object, read_rows
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, excerpt


def read_openai_graders(sources: Sources, path: str) -> Imported:
    """Read an eval as the platform gives it, a list of graders, or a folder with items beside."""
    found = Imported()
    names = Names()
    paths = sources.below(path) if sources.folder_exists(path) else [path]
    if paths == [path]:
        folder = PurePosixPath(path).parent
        beside = [each for each in sources.below(str(folder)) if each.endswith(".jsonl")]
        paths += [each for each in beside if PurePosixPath(each).parent == folder]
    items = [each for each in paths if each.endswith(".jsonl") and _has_items(each, sources)]
    for each in paths:
        if each.endswith((".json", ".yaml", ".yml")):
            root = load_foreign(sources.read(each), each, found.losses)
            _read_document(root, each, items, sources, found, names)
    return found


def _has_items(path: str, sources: Sources) -> bool:
    """Whether a file beside the graders holds items, and not something else."""
    return "item" in first_object(sources.read(path).partition(b"\n")[0])


def _read_document(
    root: Node, path: str, items: list[str], sources: Sources, found: Imported, names: Names
) -> None:
    parts = root.value if isinstance(root.value, dict) else {}
    listed = (
        parts.get("testing_criteria")
        or parts.get("graders")
        or (root if isinstance(root.value, list) else None)
    )
    if listed is None and "type" in parts:
        listed = Node([root], root.mark)
    if listed is None or not isinstance(listed.value, list):
        found.losses.append(
            root.mark.fault("there are no `testing_criteria` in it: name the eval's file")
        )
        return
    title = (
        str(parts["name"].value)
        if "name" in parts and parts["name"].value
        else PurePosixPath(path).stem
    )
    name = names.take(slug(title) or "eval")
    scorers = [made for each in listed.value for made in grader_scorers(each, found)]
    prompt = _prompt(parts)
    body, known = _messages(prompt, found)
    found.prompts.append(ImportedPrompt(name, body, path))
    found.evals.append(ImportedEval(name, {"scorers": scorers}, name, path))
    inline = _inline_items(parts)
    if inline is None and not items:
        found.evals.pop()
        wrong = "there are no items for its graders, so that the prompt alone is written"
        found.losses.append(
            listed.mark.fault(f"{wrong}: put them beside it as JSONL with `item` in each line")
        )
        return
    used = known | _variables(scorers)
    found.examples.append(ExampleSet(name, lambda: _examples(inline, items, sources, found, used)))
    if any("sample" in row for row, _ in _rows(inline, items, sources, found)):
        found.outputs.append(OutputSet(name, lambda: _outputs(inline, items, sources, found)))


def _prompt(parts: Mapping[str, Node]) -> Node | None:
    """The template and model of a run's data source, where the document has one."""
    for key in ("data_source", "run"):
        if key in parts:
            node = parts[key]
            inner = node.value if isinstance(node.value, dict) else {}
            return inner.get("data_source", node)
    runs = parts.get("runs")
    if runs is not None and isinstance(runs.value, list) and runs.value:
        return runs.value[0].get("data_source")
    return None


def _messages(node: Node | None, found: Imported) -> tuple[dict[str, Plain], frozenset[str]]:
    """A prompt of a run's template; without one a prompt that sends the item's `input`."""
    parts = node.value if node is not None and isinstance(node.value, dict) else {}
    body: dict[str, Plain] = {}
    if "model" in parts:
        body["model"] = openai_model(str(parts["model"].value))
    parameters = _parameters(parts.get("sampling_params"), found)
    if parameters:
        body["parameters"] = parameters
    template = parts["input_messages"].get("template") if "input_messages" in parts else None
    if template is None or not isinstance(template.value, list):
        body["messages"] = [{"role": "user", "content": "{{ input }}"}]
        return body, frozenset({"input"})
    messages: list[Plain] = []
    for each in template.value:
        value = each.plain()
        content = value.get("content") if isinstance(value, dict) else None
        if isinstance(content, dict):
            content = content.get("text")
        if not isinstance(value, dict) or not isinstance(content, str):
            found.losses.append(
                each.mark.fault("a message of the template is no text: write it as one")
            )
            continue
        messages.append(
            {
                "role": str(value.get("role", "user")),
                "content": item_template(content, each.mark, found),
            }
        )
    body["messages"] = messages
    return body, _variables(messages)


def _parameters(node: Node | None, found: Imported) -> dict[str, Plain]:
    if node is None or not isinstance(node.value, dict):
        return {}
    names = {"max_completions_tokens": "max_tokens", "max_completion_tokens": "max_tokens"}
    kept: dict[str, Plain] = {}
    for key, each in node.value.items():
        ours = names.get(key, key)
        if ours in ("temperature", "top_p", "seed", "max_tokens", "reasoning_effort"):
            if each.value is not None:
                kept[ours] = each.plain()
        else:
            found.losses.append(
                node.key_mark(key).fault(f"`{excerpt(key)}` is not carried: see `parameters`")
            )
    return kept


def _inline_items(parts: Mapping[str, Node]) -> Node | None:
    prompt = _prompt(parts)
    source = prompt.get("source") if prompt is not None else None
    content = source.get("content") if source is not None else None
    return content if content is not None and isinstance(content.value, list) else None


def _rows(
    inline: Node | None, paths: list[str], sources: Sources, found: Imported
) -> Iterator[tuple[dict[str, Plain], Mark]]:
    for each in inline.value if inline is not None and isinstance(inline.value, list) else []:
        value = each.plain()
        if isinstance(value, dict):
            yield value, each.mark
    for path in paths:
        yield from read_rows(sources, path, found.losses)


def _examples(
    inline: Node | None, paths: list[str], sources: Sources, found: Imported, used: frozenset[str]
) -> Iterator[Row]:
    for number, (row, mark) in enumerate(_rows(inline, paths, sources, found), 1):
        item = row.get("item", row)
        if not isinstance(item, dict):
            found.losses.append(mark.fault("an item must be an object: write names and values"))
            continue
        kept = {key: value for key, value in item.items() if key in used}
        spare = {key: value for key, value in item.items() if key not in used}
        made: Row = {"id": f"item-{number}", "vars": kept}
        yield made | ({"meta": spare} if spare else {})


def _outputs(
    inline: Node | None, paths: list[str], sources: Sources, found: Imported
) -> Iterator[Row]:
    for number, (row, _) in enumerate(_rows(inline, paths, sources, found), 1):
        sample = row.get("sample")
        if isinstance(sample, dict) and "output_text" in sample:
            yield {"id": f"item-{number}", "output": sample["output_text"]}


def _variables(value: Plain) -> frozenset[str]:
    """The first names of all placeholders in texts."""
    if isinstance(value, str):
        return frozenset(re.findall(r"\{\{\s*(\w+)", value)) - {"output", "expected"}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return frozenset().union(*map(_variables, inner))


def _matches(path: str, head: bytes) -> bool:
    if path.endswith(".jsonl"):
        return "item" in first_object(head)
    return (
        b'"testing_criteria"' in head or b"testing_criteria:" in head or b'"string_check"' in head
    )


OPENAI_GRADERS = Importer(
    "openai-graders", "Graders and items of OpenAI's evals", _matches, read_openai_graders
)

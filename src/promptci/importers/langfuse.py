"""Prompts and datasets as Langfuse's API and exports give them."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptci.importers.chatprompts import PromptDraft, parameters_of
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    Row,
)
from promptci.importers.modelnames import model_name
from promptci.importers.names import Names, slug
from promptci.importers.rows import Located, first_object, read_rows, text_of, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain, excerpt

_KNOWN = frozenset((
    "name", "type", "prompt", "config", "version", "labels", "tags", "id", "createdAt", "updatedAt",
    "createdBy", "commitMessage", "projectId", "isActive", "resolutionGraph",
))  # fmt: skip


def read_langfuse(sources: Sources, path: str) -> Imported:
    """Read prompts (one, a list, or a page of the API) or the items of a dataset."""
    found, names = Imported(), Names()
    rows = list(_flat(read_rows(sources, path, found.losses)))
    prompts = [row for row in rows if "prompt" in row[0] and "name" in row[0]]
    for row, mark in _latest(prompts):
        _add_prompt(row, mark, path, found, names)
    items = [
        row
        for row in rows
        if "prompt" not in row[0] and ("expectedOutput" in row[0] or "input" in row[0])
    ]
    if items:
        _add_dataset(items, path, found, names)
    return found


def _flat(rows: Iterator[Located]) -> Iterator[Located]:
    """Rows, and those inside a page of the API (`data`) or a dataset (`items`)."""
    for row, mark in rows:
        inner = next(
            (row[key] for key in ("data", "items", "prompts") if isinstance(row.get(key), list)),
            None,
        )
        if isinstance(inner, list):
            yield from ((each, mark) for each in inner if isinstance(each, dict))
        else:
            yield row, mark


def _latest(prompts: list[Located]) -> Iterator[Located]:
    """One version of each prompt: that in production, else the newest."""
    by_name: dict[str, list[Located]] = {}
    for row in prompts:
        by_name.setdefault(str(row[0]["name"]), []).append(row)
    for rows in by_name.values():
        yield max(rows, key=_rank)


def _rank(located: Located) -> tuple[bool, float]:
    labels, version = located[0].get("labels"), located[0].get("version")
    in_use = isinstance(labels, list) and "production" in labels
    return in_use, float(version) if isinstance(version, int | float) else 0.0


def _add_prompt(
    row: dict[str, Plain], mark: Mark, path: str, found: Imported, names: Names
) -> None:
    for key in sorted(set(row) - _KNOWN):
        if row[key]:
            found.losses.append(mark.fault(f"`{excerpt(key)}` of a prompt is not carried"))
    draft = PromptDraft("mustache", found.losses)
    content = row["prompt"]
    if isinstance(content, str):
        draft.add("user", content, mark)
    for each in content if isinstance(content, list) else []:
        _add_message(each, mark, draft)
    config = row.get("config")
    body: dict[str, Plain] = {}
    if "version" in row:
        body["version"] = f"v{row['version']}"
    if isinstance(config, dict):
        _add_model(config.get("model"), mark, body, found)
        parameters = parameters_of(config, mark, found.losses, known=("model",))
        if parameters:
            body["parameters"] = parameters
    name = names.take(slug(str(row["name"])) or "prompt")
    found.prompts.append(ImportedPrompt(name, draft.body(body), path))


def _add_model(name: Plain, mark: Mark, body: dict[str, Plain], found: Imported) -> None:
    if not isinstance(name, str):
        return
    ours = model_name(name)
    if ours is None:
        wrong = f"the model `{excerpt(name)}` is not known: write `endpoint/model`"
        found.losses.append(mark.fault(wrong))
    else:
        body["model"] = ours


def _add_message(each: Plain, mark: Mark, draft: PromptDraft) -> None:
    if isinstance(each, dict) and each.get("type") == "placeholder":
        draft.place(str(each.get("name", "history")))
    elif isinstance(each, dict) and isinstance(each.get("content"), str):
        draft.add(str(each.get("role", "user")), str(each["content"]), mark)
    else:
        draft.losses.append(mark.fault("a message has no content that is text: write one"))


def _add_dataset(items: list[Located], path: str, found: Imported, names: Names) -> None:
    name = names.take(slug(PurePosixPath(path).stem) or "dataset")
    is_chat = any(isinstance(row.get("input"), list) for row, _ in items)
    variables = sorted({key for row, _ in items for key in _variables(row.get("input"))})
    messages: list[Plain] = (
        ["{{ input }}"]
        if is_chat
        else [{"role": "user", "content": "\n".join(f"{{{{ {each} }}}}" for each in variables)}]
    )
    found.prompts.append(ImportedPrompt(name, {"messages": messages}, path))
    found.evals.append(ImportedEval(name, {"scorers": ["equals"]}, name, path))
    found.examples.append(ExampleSet(name, lambda: _rows(items, is_chat, found)))
    found.notes.append(
        Mark(path).warning(
            "a dataset has no prompt and no scorer: a prompt that sends its "
            "input and `equals` are written"
        )
    )


def _variables(given: Plain) -> list[str]:
    return list(given) if isinstance(given, dict) else ["input"]


def _rows(items: list[Located], is_chat: bool, found: Imported) -> Iterator[Row]:
    for row, mark in items:
        given = row.get("input")
        values: dict[str, Plain] = given if isinstance(given, dict) else {"input": given}
        if is_chat:
            turns = turns_of(given, mark, found.losses)
            values = {"input": turns or [{"role": "user", "content": text_of(given)}]}
        made: Row = {"id": str(row["id"])} if row.get("id") else {}
        made["vars"] = values
        if row.get("expectedOutput") is not None:
            made["expected"] = row["expectedOutput"]
        if isinstance(row.get("metadata"), dict):
            made["meta"] = row["metadata"]
        yield made


def _matches(path: str, head: bytes) -> bool:
    if not path.endswith((".json", ".jsonl")):
        return False
    first = first_object(head)
    inner = first.get("data")
    first = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], dict) else first
    return {"name", "prompt"} <= set(first) or "expectedOutput" in first


LANGFUSE = Importer(
    "langfuse", "Prompts or datasets exported from Langfuse", _matches, read_langfuse
)

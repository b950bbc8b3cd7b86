"""Prompts and datasets as Langfuse's API and exports give them."""

import json
import re
from collections.abc import Iterator

from promptci.errors import Fault
from promptci.importers.chatprompts import PromptDraft, parameters_of, says_nothing
from promptci.importers.datasets import DatasetItem, add_dataset
from promptci.importers.deepeval.goldens import has_own_fields
from promptci.importers.imported import Imported, ImportedPrompt, Importer
from promptci.importers.modelnames import model_name
from promptci.importers.names import Names, slug
from promptci.importers.rows import Located, first_object, mark_in, read_nested
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain, excerpt

_KNOWN = frozenset((
    "name", "type", "prompt", "config", "version", "labels", "tags", "id", "createdAt", "updatedAt",
    "createdBy", "commitMessage", "projectId", "isActive", "resolutionGraph",
))  # fmt: skip


def read_langfuse(sources: Sources, path: str) -> Imported:
    """Read prompts (one, a list, or a page of the API) or the items of a dataset."""
    found, names = Imported(), Names()
    nested = read_nested(sources, path, found.losses, ("data", "items", "prompts"))
    rows = list(_flat(nested, found.losses))
    prompts = [row for row in rows if "prompt" in row[0] and "name" in row[0]]
    for row, mark in _latest(prompts, found):
        _add_prompt(row, mark, path, found, names)
    items = [row for row in rows if "prompt" not in row[0] and _ITEM & set(row[0])]
    for title, its in _by_dataset(items).items():
        add_dataset(list(_items(its, found)), path, "equals", found, names, title)
    for row, mark in rows:
        if not _ITEM & set(row) and not {"prompt", "name"} <= set(row):
            found.losses.append(mark.fault("is neither a prompt nor an item of a dataset"))
    return found


_ITEM = frozenset(("input", "expectedOutput", "expected_output"))


def _by_dataset(items: list[Located]) -> dict[str, list[Located]]:
    """The items by the dataset that they name; those that name none are of the file's."""
    found: dict[str, list[Located]] = {}
    for row, mark in items:
        name = row.get("datasetName")
        found.setdefault(name if isinstance(name, str) else "", []).append((row, mark))
    return found


def _is_more(pages: dict[str, Plain]) -> bool:
    total = pages.get("totalPages")
    return isinstance(total, int) and total > 1


def _flat(
    rows: Iterator[tuple[Located, list[Located] | None]], losses: list[Fault]
) -> Iterator[Located]:
    """Rows, and those inside a page of the API (`data`) or a dataset (`items`)."""
    for (row, mark), inner in rows:
        pages = row.get("meta")
        if isinstance(pages, dict) and _is_more(pages):
            wrong = "is one page of several: save all of them"
            losses.append(mark_in(mark, "meta", "totalPages").fault(wrong))
        if inner is None:
            yield row, mark
        else:
            yield from inner


def _latest(prompts: list[Located], found: Imported) -> Iterator[Located]:
    """One version of each prompt: that in production, else the newest."""
    by_name: dict[str, list[Located]] = {}
    for row in prompts:
        by_name.setdefault(str(row[0]["name"]), []).append(row)
    for rows in by_name.values():
        chosen = max(rows, key=_rank)
        for other, mark in rows:
            if other is not chosen[0]:
                name = excerpt(str(other["name"]))
                said = f"version {other.get('version')} of `{name}` is left out"
                found.notes.append(mark.warning(f"{said}, {chosen[0].get('version')} is taken"))
        yield chosen


def _rank(located: Located) -> tuple[bool, float]:
    labels, version = located[0].get("labels"), located[0].get("version")
    in_use = isinstance(labels, list) and "production" in labels
    return in_use, float(version) if isinstance(version, int | float) else 0.0


def _add_prompt(
    row: dict[str, Plain], mark: Mark, path: str, found: Imported, names: Names
) -> None:
    for key in sorted(set(row) - _KNOWN):
        if row[key]:
            wrong = f"`{excerpt(key)}` of a prompt is not carried"
            found.losses.append(mark_in(mark, key).fault(wrong))
    if left := [key for key in _ABOUT if _tells_something(row.get(key))]:
        found.notes.append(mark_in(mark, left[0]).warning(says_nothing(left)))
    draft = PromptDraft("mustache", found.losses, is_one_line=True)
    content, at = row["prompt"], mark_in(mark, "prompt")
    if isinstance(content, str):
        _tell_references(content, at, found)
        draft.add("user", content, at)
    for index, each in enumerate(content) if isinstance(content, list) else ():
        _tell_references(json.dumps(each, ensure_ascii=False), mark_in(at, index, "content"), found)
        _add_message(each, mark_in(at, index), draft)
    config = row.get("config")
    body: dict[str, Plain] = {}
    if "version" in row:
        body["version"] = f"v{row['version']}"
    if isinstance(config, dict):
        _add_model(config.get("model"), mark_in(mark, "config", "model"), body, found)
        body |= {key: config[key] for key in _CARRIED if config.get(key)}
        parameters = parameters_of(
            config, mark_in(mark, "config"), found.losses, known=("model", *_CARRIED)
        )
        if parameters:
            body["parameters"] = parameters
    name = names.take(slug(str(row["name"])) or "prompt")
    found.prompts.append(ImportedPrompt(name, draft.body(body), path))


_ABOUT = ("commitMessage", "labels", "tags")
"""What a prompt has for people; the two labels that each project has tell nothing."""


def _tells_something(value: Plain) -> bool:
    return bool(set(value) - {"production", "latest"} if isinstance(value, list) else value)


_CARRIED = ("response_format", "tools")
"""Keys of a configuration that a prompt has under the same name."""
_REFERENCE = re.compile(r"@@@langfusePrompt:[^@]*@@@")


def _tell_references(text: str, mark: Mark, found: Imported) -> None:
    """A loss for each other prompt that is put in where this one is fetched."""
    for named in _REFERENCE.findall(text):
        wrong = f"`{excerpt(named)}` refers to another prompt, which is not put in: write it out"
        found.losses.append(mark.fault(wrong))


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
        draft.add(str(each.get("role", "user")), str(each["content"]), mark_in(mark, "content"))
        for key in sorted(set(each) - {"role", "content", "type", "name"}):
            if each[key] not in (None, "", [], {}):
                wrong = f"`{excerpt(key)}` of a message is not carried: write it as text"
                draft.losses.append(mark_in(mark, key).fault(wrong))
    else:
        draft.losses.append(mark.fault("a message has no content that is text: write one"))


_KNOWN_OF_ITEMS = frozenset((
    "id", "input", "expectedOutput", "expected_output", "metadata", "status", "sourceTraceId",
    "sourceObservationId", "datasetId", "datasetName", "projectId", "createdAt", "updatedAt",
    "validFrom", "validTo", "isDeleted", "source_trace_id", "source_observation_id", "dataset_id",
    "dataset_name", "project_id", "created_at", "updated_at",
))  # fmt: skip


def _items(rows: list[Located], found: Imported) -> Iterator[DatasetItem]:
    """The items of a dataset; those that are archived are in none of Langfuse's runs."""
    for row, mark in rows:
        if row.get("status") == "ARCHIVED":
            found.notes.append(mark.warning("an archived item is left out"))
            continue
        for key in sorted(set(row) - _KNOWN_OF_ITEMS):
            if row[key] not in (None, "", [], {}):
                wrong = f"`{excerpt(key)}` of an item is not carried: write it below `metadata`"
                found.losses.append(mark_in(mark, key).fault(wrong))
        metadata = row.get("metadata")
        meta = metadata if isinstance(metadata, dict) else {"metadata": metadata}
        meta = {**meta, **{key: row.get(key) for key in ("sourceTraceId", "sourceObservationId")}}
        expected = row.get("expectedOutput", row.get("expected_output"))
        yield DatasetItem(
            ident=str(row["id"]).removeprefix(f"{row.get('datasetName')}/")
            if row.get("id")
            else "",
            given=row.get("input"),
            expected=expected,
            meta={key: value for key, value in meta.items() if value not in (None, "")},
            mark=mark,
        )


def _matches(path: str, head: bytes) -> bool:
    if not path.endswith((".json", ".jsonl")):
        return False
    first = first_object(head)
    inner = first.get("data")
    first = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], dict) else first
    is_item = "expectedOutput" in first and not has_own_fields(first)
    is_item = is_item or {"expected_output", "datasetId"} <= set(first)
    return {"name", "prompt"} <= set(first) or is_item


LANGFUSE = Importer(
    "langfuse", "Prompts or datasets exported from Langfuse", _matches, read_langfuse
)

"""Prompts as LangSmith serializes them (`lc` manifests) and datasets as it exports them."""

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from sys import intern

from promptci.importers.chatprompts import PromptDraft, parameters_of
from promptci.importers.datasets import DatasetItem, add_dataset
from promptci.importers.imported import Imported, ImportedPrompt, Importer
from promptci.importers.modelnames import model_name
from promptci.importers.names import Names, slug
from promptci.importers.platforms.langchainparts import (
    LANGUAGES,
    add_prompt_parts,
    arguments_of,
    class_of,
)
from promptci.importers.platforms.langsmithcells import has_cells, read_cells
from promptci.importers.rows import (
    Located,
    first_object,
    mark_below,
    mark_in,
    object_of,
    read_nested,
)
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain, excerpt


def read_langsmith(sources: Sources, path: str) -> Imported:
    """Read a manifest of a prompt, or the examples of a dataset."""
    found, names = Imported(), Names()
    examples: list[Located] = []
    read = read_cells if path.lower().endswith(".csv") else partial(read_nested, keys=("examples",))
    for (row, mark), inner in read(sources, path, found.losses):
        manifest = row.get("manifest", row)
        if isinstance(manifest, dict) and "lc" in manifest:
            name = names.take(slug(str(row.get("repo", PurePosixPath(path).stem))) or "prompt")
            _add_prompt(manifest, mark, name, path, found)
        elif "inputs" in row:
            examples.append((_slim(row), mark))
        elif inner is not None:
            examples += inner
        else:
            found.losses.append(mark.fault("is neither a manifest of a prompt nor an example"))
    single = all(len(object_of(row.get("outputs"))) <= 1 for row, _ in examples)
    scorer = "equals" if single else "json_fields"
    add_dataset(list(_items(examples, single, found)), path, scorer, found, names)
    return found


def _add_prompt(manifest: Plain, mark: Mark, name: str, path: str, found: Imported) -> None:
    body: dict[str, Plain] = {}
    if class_of(manifest) in ("RunnableSequence", "PromptPlayground"):
        manifest, model = _chosen(arguments_of(manifest), mark, found)
        body = _model(_bound(model), mark, found)
        body |= _binding(model, mark, found)
    arguments = arguments_of(manifest)
    language = LANGUAGES.get(str(arguments.get("template_format", "f-string")), "f-string")
    draft = PromptDraft(language, found.losses, is_one_line=True)
    add_prompt_parts(manifest, mark, draft)
    schema = arguments.get("schema_")
    if class_of(schema):
        wrong = f"the schema is the class `{excerpt(class_of(schema))}`, which is not in the file"
        found.losses.append(mark_below(mark, "schema_").fault(f"{wrong}: add `response_format`"))
    elif isinstance(schema, dict):
        body["response_format"] = _form(schema)
        if object_of(arguments.get("structured_output_kwargs")).get("method") == "function_calling":
            said = "the answer is asked for by a schema here, and by a call of a function there"
            found.notes.append(mark_below(mark, "structured_output_kwargs").warning(said))
    if not draft.messages:
        found.losses.append(
            mark.fault(f"`{excerpt(class_of(manifest))}` is no prompt of messages: save it as one")
        )
        return
    found.prompts.append(ImportedPrompt(name, draft.body(body), path))


def _chosen(sequence: dict[str, Plain], mark: Mark, found: Imported) -> tuple[Plain, Plain]:
    """The prompt and the model of a sequence; its other steps are losses, but for mere text."""
    middle = sequence.get("middle")
    between = middle if isinstance(middle, list) else []
    steps = [sequence.get("first"), *between, sequence.get("last")]
    prompt = next((each for each in steps if _is_prompt(each)), steps[0])
    model = next((each for each in steps if _is_model(each)), None)
    for each in steps:
        if each is None or each is prompt or each is model or class_of(each) == "StrOutputParser":
            continue
        wrong = f"`{excerpt(class_of(each))}` beside the prompt is code and is not carried"
        found.losses.append(mark.fault(f"{wrong}: write what it makes into the examples"))
    return prompt, model


def _is_prompt(node: Plain) -> bool:
    return not arguments_of(node).keys().isdisjoint(("messages", "template"))


def _is_model(node: Plain) -> bool:
    bound = _bound(node)
    is_named = not arguments_of(bound).keys().isdisjoint(("model", "model_name"))
    return is_named or (class_of(bound).startswith("Chat") and not _is_prompt(bound))


def _form(schema: dict[str, Plain]) -> dict[str, Plain]:
    """A schema as OpenAI's structured output has it, under its own title."""
    inner: dict[str, Plain] = {"name": slug(str(schema.get("title", ""))) or "answer"}
    return {"type": "json_schema", "json_schema": {**inner, "schema": schema}}


def _bound(node: Plain) -> Plain:
    """The model inside what is bound to it, such as tools."""
    arguments = arguments_of(node)
    return arguments.get("bound", node)


def _binding(node: Plain, mark: Mark, found: Imported) -> dict[str, Plain]:
    """What is bound to the model: its tools; all else is a loss."""
    bound = arguments_of(node).get("kwargs")
    body: dict[str, Plain] = {}
    for key, value in bound.items() if isinstance(bound, dict) else ():
        if key in ("tools", "response_format") and value:
            body[key] = value
        elif value not in (None, [], {}) and (key, value) != ("tool_choice", "auto"):
            wrong = f"`{excerpt(key)}` of the model is not carried"
            found.losses.append(mark_below(mark, key).fault(wrong))
    return body


def _model(node: Plain, mark: Mark, found: Imported) -> dict[str, Plain]:
    arguments = arguments_of(node)
    name = arguments.get("model") or arguments.get("model_name")
    if not arguments:
        return {}
    endpoint = {"ChatOpenAI": "openai", "ChatAnthropic": "anthropic", "ChatGroq": "groq"}.get(
        class_of(node)
    )
    known = (
        "model",
        "model_name",
        "openai_api_key",
        "anthropic_api_key",
        "n",
        "streaming",
        "max_retries",
    )
    parameters = parameters_of(arguments, mark, found.losses, known=known)
    named = name if isinstance(name, str) else ""
    ours = (f"{endpoint}/{named}" if endpoint else model_name(named)) if named else None
    if not named:
        said = (
            f"`{excerpt(class_of(node))}` does not name its model, the library's own: add `model`"
        )
        found.notes.append(mark.warning(said))
    elif ours is None:
        wrong = f"the model `{excerpt(named)}` is not known: name its endpoint in the prompt"
        found.losses.append(mark.fault(wrong))
    body: dict[str, Plain] = {"model": ours} if ours else {}
    return body | ({"parameters": parameters} if parameters else {})


def _slim(row: dict[str, Plain]) -> dict[str, Plain]:
    """A row of which a large dataset has many: its names are held once, what is not read is not."""
    kept: dict[str, Plain] = {}
    for key, value in row.items():
        if key not in _UNREAD:
            inner = {intern(k): v for k, v in value.items()} if isinstance(value, dict) else value
            kept[intern(key)] = inner
    return kept


_UNREAD = frozenset(("dataset_id", "created_at", "modified_at"))


def _items(examples: list[Located], single: bool, found: Imported) -> Iterator[DatasetItem]:
    """The examples; where all have one output at most (`single`), that is what is expected.

    Rows are taken off the list, so that a large dataset is not held twice.
    """
    examples.reverse()
    while examples:
        row, mark = examples.pop()
        outputs = object_of(row.get("outputs"))
        if row.get("attachments") or row.get("attachment_urls"):
            place = mark_in(mark, "attachments" if row.get("attachments") else "attachment_urls")
            found.losses.append(place.fault("`attachments` are not carried: name a file in `vars`"))
        beside = {key: value for key, value in row.items() if key not in _READ_OF_ITEMS}
        meta = {**object_of(row.get("metadata")), **beside}
        expected = next(iter(outputs.values()), None) if single else (outputs or None)
        yield DatasetItem(
            ident=str(row["id"]) if row.get("id") else "",
            given=object_of(row.get("inputs")),
            expected=expected,
            meta={key: value for key, value in meta.items() if value not in (None, "", [], {})},
            mark=mark,
        )


_READ_OF_ITEMS = frozenset((
    "id", "inputs", "outputs", "metadata", "dataset_id", "created_at", "modified_at", "attachments",
    "attachment_urls",
))  # fmt: skip
"""Keys of an example that are read, or say only where it was; all others are kept in `meta`."""


def _matches(path: str, head: bytes) -> bool:
    if path.lower().endswith(".csv"):
        return has_cells(head)
    first = first_object(head) if path.endswith((".json", ".jsonl")) else {}
    listed = first.get("examples")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        first = listed[0]
    return "lc" in first or "manifest" in first or {"inputs", "outputs"} <= set(first)


LANGSMITH = Importer(
    "langsmith", "Prompts or datasets exported from LangSmith", _matches, read_langsmith
)

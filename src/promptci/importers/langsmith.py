"""Prompts as LangSmith serializes them (`lc` manifests) and datasets as it exports them."""

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
from promptci.importers.rows import Located, first_object, read_rows
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain, excerpt

_LANGUAGES = {"f-string": "f-string", "jinja2": "jinja", "mustache": "mustache"}


def read_langsmith(sources: Sources, path: str) -> Imported:
    """Read a manifest of a prompt, or the examples of a dataset."""
    found, names = Imported(), Names()
    examples: list[Located] = []
    for row, mark in read_rows(sources, path, found.losses):
        manifest = row.get("manifest", row)
        if isinstance(manifest, dict) and "lc" in manifest:
            name = names.take(slug(str(row.get("repo", PurePosixPath(path).stem))) or "prompt")
            _add_prompt(manifest, mark, name, path, found)
        elif "inputs" in row:
            examples.append((row, mark))
        else:
            inner = row.get("examples")
            examples += (
                [(each, mark) for each in inner if isinstance(each, dict)]
                if isinstance(inner, list)
                else []
            )
    if examples:
        _add_dataset(examples, path, found, names)
    return found


def _kind(node: Plain) -> str:
    ident = node.get("id") if isinstance(node, dict) else None
    return str(ident[-1]) if isinstance(ident, list) and ident else ""


def _arguments(node: Plain) -> dict[str, Plain]:
    inner = node.get("kwargs") if isinstance(node, dict) else None
    return inner if isinstance(inner, dict) else {}


def _add_prompt(manifest: Plain, mark: Mark, name: str, path: str, found: Imported) -> None:
    body: dict[str, Plain] = {}
    if _kind(manifest) in ("RunnableSequence", "PromptPlayground"):
        parts = _arguments(manifest)
        model = _bound(parts.get("last"))
        body = _model(model, mark, found)
        manifest = parts.get("first")
    arguments = _arguments(manifest)
    language = _LANGUAGES.get(str(arguments.get("template_format", "f-string")), "f-string")
    draft = PromptDraft(language, found.losses)
    if isinstance(arguments.get("template"), str):
        draft.add("user", str(arguments["template"]), mark)
    listed = arguments.get("messages")
    for each in listed if isinstance(listed, list) else []:
        _add_message(each, mark, draft)
    schema = arguments.get("schema_")
    if isinstance(schema, dict):
        body["response_format"] = schema
    if not draft.messages:
        found.losses.append(
            mark.fault(f"`{excerpt(_kind(manifest))}` is no prompt of messages: save it as one")
        )
        return
    found.prompts.append(ImportedPrompt(name, draft.body(body), path))


def _bound(node: Plain) -> Plain:
    """The model inside what is bound to it, such as tools."""
    arguments = _arguments(node)
    return arguments.get("bound", node)


def _model(node: Plain, mark: Mark, found: Imported) -> dict[str, Plain]:
    arguments = _arguments(node)
    name = arguments.get("model") or arguments.get("model_name")
    if not isinstance(name, str):
        return {}
    endpoint = {"ChatOpenAI": "openai", "ChatAnthropic": "anthropic", "ChatGroq": "groq"}.get(
        _kind(node)
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
    ours = f"{endpoint}/{name}" if endpoint else model_name(name)
    if ours is None:
        wrong = f"the model `{excerpt(name)}` is not known: name its endpoint in the prompt"
        found.losses.append(mark.fault(wrong))
    body: dict[str, Plain] = {"model": ours} if ours else {}
    return body | ({"parameters": parameters} if parameters else {})


_MESSAGES = {
    "SystemMessagePromptTemplate": "system",
    "HumanMessagePromptTemplate": "user",
    "AIMessagePromptTemplate": "assistant",
    "SystemMessage": "system",
    "HumanMessage": "user",
    "AIMessage": "assistant",
}


def _add_message(node: Plain, mark: Mark, draft: PromptDraft) -> None:
    kind, arguments = _kind(node), _arguments(node)
    if kind == "MessagesPlaceholder":
        draft.place(str(arguments.get("variable_name", "history")))
        return
    prompt = arguments.get("prompt")
    inner = _arguments(prompt[0] if isinstance(prompt, list) and len(prompt) == 1 else prompt)
    text = inner.get("template", arguments.get("content"))
    if kind not in _MESSAGES or not isinstance(text, str):
        draft.losses.append(
            mark.fault(f"a message of the kind `{excerpt(kind)}` is not carried: write it as text")
        )
        return
    fixed = (
        "none"
        if "content" in arguments
        else _LANGUAGES.get(str(inner.get("template_format", "")), draft.language)
    )
    before, draft.language = draft.language, fixed
    draft.add(_MESSAGES[kind], text, mark)
    draft.language = before


def _add_dataset(examples: list[Located], path: str, found: Imported, names: Names) -> None:
    name = names.take(slug(PurePosixPath(path).stem) or "dataset")
    variables = sorted({key for row, _ in examples for key in _object(row.get("inputs"))})
    content = "\n".join(f"{{{{ {each} }}}}" for each in variables)
    found.prompts.append(
        ImportedPrompt(name, {"messages": [{"role": "user", "content": content}]}, path)
    )
    single = all(len(_object(row.get("outputs"))) <= 1 for row, _ in examples)
    found.evals.append(
        ImportedEval(name, {"scorers": ["equals" if single else "json_fields"]}, name, path)
    )
    found.examples.append(ExampleSet(name, lambda: _rows(examples, single)))
    found.notes.append(
        Mark(path).warning(
            "a dataset has no prompt and no scorer: a prompt that sends its "
            "input and a comparison are written"
        )
    )


def _object(value: Plain) -> dict[str, Plain]:
    return value if isinstance(value, dict) else {}


def _rows(examples: list[Located], single: bool) -> Iterator[Row]:
    for row, _ in examples:
        made: Row = {"id": str(row["id"])} if row.get("id") else {}
        made["vars"] = _object(row.get("inputs"))
        outputs = _object(row.get("outputs"))
        if outputs:
            made["expected"] = next(iter(outputs.values())) if single else outputs
        metadata = _object(row.get("metadata"))
        if metadata:
            made["meta"] = metadata
        yield made


def _matches(path: str, head: bytes) -> bool:
    first = first_object(head) if path.endswith((".json", ".jsonl")) else {}
    return "lc" in first or "manifest" in first or {"inputs", "outputs"} <= set(first)


LANGSMITH = Importer(
    "langsmith", "Prompts or datasets exported from LangSmith", _matches, read_langsmith
)

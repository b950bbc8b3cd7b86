"""Dotprompt files: YAML before, Handlebars with roles and history after."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from promptci.importers.chatprompts import PARAMETERS, PromptDraft, parameters_of
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
from promptci.importers.promptfiles.frontmatter import front_matter, tell_about
from promptci.importers.promptfiles.handlebars import Partial, as_jinja
from promptci.importers.promptfiles.picoschema import json_schema_of
from promptci.importers.promptfiles.roleblocks import (
    HANDLEBARS,
    each_as_turns,
    stripped,
    within_role,
)
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, decode, excerpt

_KNOWN = frozenset(("model", "config", "input", "output", "name", "description", "version"))
_ABOUT = frozenset(("variant", "metadata"))
_PIECE = re.compile(
    r"\{\{\s*role\s+[\"'](\w+)[\"']\s*\}\}|\{\{\s*history\s*\}\}"
    r"|<<<dotprompt:(?:role:([a-z]+)|history)>>>"
)
"""Where a role begins: a helper, or the marker that it leaves, which some write themselves."""
_COMMENT = re.compile(r"\{\{!--.*?--\}\}|\{\{![^}]*\}\}", re.DOTALL)


def read_dotprompt(sources: Sources, path: str) -> Imported:
    """Read a `.prompt` file, or all of a folder; partials (`_name.prompt`) are written out."""
    found, names = Imported(), Names()
    for each in sources.at(path, ".prompt"):
        if PurePosixPath(each).name.startswith("_"):
            continue
        front, text, line = front_matter(decode(sources.read(each), each), each, found.losses)
        name = names.take(slug(PurePosixPath(each).name.removesuffix(".prompt")) or "prompt")
        _add(front, text, Mark(each, line, 1), name, sources, found)
    return found


def _add(front: Node, text: str, mark: Mark, name: str, sources: Sources, found: Imported) -> None:
    parts = front.value if isinstance(front.value, dict) else {}
    left = [key for key in parts if key in _ABOUT or (key not in _KNOWN and "." in key)]
    tell_about(front, left, name, found.notes)
    for key in parts:
        if key not in {*left, *_KNOWN} and parts[key].value not in (None, [], {}):
            cure = "dotprompt reads it below `config`" if key in PARAMETERS else "see docs/files.md"
            wrong = f"`{excerpt(key)}` is not carried: {cure}"
            found.losses.append(front.key_mark(key).fault(wrong))
    _tell_input(parts.get("input"), found)
    draft = PromptDraft("jinja", found.losses)
    plain = _COMMENT.sub(_same_lines, text)
    plain = each_as_turns(plain, _PIECE, mark, found.notes, '{{role "turns_NAME"}}')
    for role, said, line in _pieces(plain):
        place = Mark(mark.path, mark.line + line, 1)
        content = within_role(said, place, found.losses, HANDLEBARS)
        if role == "history" or role.startswith("turns_"):
            draft.place(role.removeprefix("turns_"))
            role = "model"
        if content.strip():
            partial = _partials(sources, mark, found)
            draft.add(role, as_jinja(content.strip(), place, found.losses, partial), place)
    body: dict[str, Plain] = {}
    for key in ("description", "version"):
        if key in parts and parts[key].value:
            body[key] = str(parts[key].value)
    if "model" in parts and parts["model"].value:
        name_here = model_name(str(parts["model"].value))
        if name_here is None:
            wrong = (
                f"the model `{excerpt(str(parts['model'].value))}` is not known: name its endpoint"
            )
            found.losses.append(parts["model"].mark.fault(wrong))
        else:
            body["model"] = name_here
    if "config" in parts:
        node = parts["config"]
        options = node.plain() if isinstance(node.value, dict) else {}
        options = options if isinstance(options, dict) else {}
        parameters = parameters_of(options, node.mark, found.losses, node=node)
        if parameters:
            body["parameters"] = parameters
    body |= _output(parts.get("output"), found)
    found.prompts.append(ImportedPrompt(name, draft.body(body), mark.path))
    _add_default(parts.get("input"), name, mark, draft, found)


def _tell_input(node: Node | None, found: Imported) -> None:
    """The schema of the input checks what is put in, which nothing does here."""
    if node is not None and isinstance(node.value, dict) and "schema" in node.value:
        said = "`schema` of `input` is left out: values are not checked against it"
        found.notes.append(node.key_mark("schema").warning(said))


def _partials(sources: Sources, mark: Mark, found: Imported) -> Partial:
    """The partials beside a file, which say nothing of roles."""

    def partial(name: str) -> tuple[str, Mark] | None:
        where = sources.relative(
            mark.path, f"{PurePosixPath(name).parent}/_{PurePosixPath(name).name}.prompt"
        )
        if not sources.exists(where):
            return None
        written = decode(sources.read(where, mark), where)
        _, text, line = front_matter(written, where, found.losses)
        text = _COMMENT.sub(_same_lines, text)
        return None if _PIECE.search(text) else (text.rstrip("\n"), Mark(where, line, 1))

    return partial


def _same_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _pieces(text: str) -> Iterator[tuple[str, str, int]]:
    """Roles, texts and lines; the first text is the user's, that after the history the model's."""
    role, end = "user", 0
    for piece in _PIECE.finditer(text):
        yield role, *stripped(text, end, piece.start())
        role, end = piece[1] or piece[2] or "history", piece.end()
    yield role, *stripped(text, end, len(text))


def _output(node: Node | None, found: Imported) -> dict[str, Plain]:
    """The form of the answer: a JSON Schema, which Picoschema is short for, or any JSON."""
    parts = node.value if node is not None and isinstance(node.value, dict) else {}
    for key in sorted(set(parts) - {"schema", "format"}):
        found.losses.append(
            parts[key].mark.fault(f"`{excerpt(key)}` of `output` is not carried: see `schema`")
        )
    written = parts["format"].value if "format" in parts else "json"
    if written not in ("json", "text"):
        wrong = f"the format `{excerpt(str(written))}` is not carried: ask for it in the text"
        found.losses.append(parts["format"].mark.fault(wrong))
    if "schema" in parts:
        schema = json_schema_of(parts["schema"], found.losses)
        return {} if schema is None else {"response_format": schema}
    is_json = "format" in parts and parts["format"].value == "json"
    return {"response_format": {"type": "json_object"}} if is_json else {}


def _add_default(
    node: Node | None, name: str, mark: Mark, draft: PromptDraft, found: Imported
) -> None:
    parts = node.value if node is not None and isinstance(node.value, dict) else {}
    values = parts["default"].plain() if "default" in parts else None
    if not isinstance(values, dict) or not values:
        return
    rows: list[Row] = [draft.example("default", values, mark, found.notes)]
    found.evals.append(ImportedEval(name, {"scorers": [{"length": {"min": 1}}]}, name, mark.path))
    found.examples.append(ExampleSet(name, lambda: iter(rows)))
    found.notes.append(
        mark.warning(
            "the default input says nothing of what is expected: add `expected` and a scorer"
        )
    )


def _matches(path: str, head: bytes) -> bool:
    del head
    return path.endswith(".prompt")


DOTPROMPT = Importer("dotprompt", "Dotprompt files", _matches, read_dotprompt)

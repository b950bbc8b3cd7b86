"""Prompty files, versions 1 and 2: YAML before, messages after lines with a role."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from promptci.errors import Fault, SpecError
from promptci.importers.chatprompts import PromptDraft
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    Row,
)
from promptci.importers.names import Names, slug
from promptci.importers.promptfiles.frontmatter import front_matter, tell_about
from promptci.importers.promptfiles.promptyinputs import (
    input_defaults,
    names_of_pictures,
    tell_files,
    threads_of,
)
from promptci.importers.promptfiles.promptymodel import forms_body, model_body
from promptci.importers.promptfiles.promptypictures import Pictures, is_second_version
from promptci.importers.promptfiles.roleblocks import loops_as_turns, stripped, within_role
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, decode, excerpt

_ROLE = re.compile(
    r"^\s*#?\s*(system|user|assistant|developer|tool|function)(?:\[[^\]]*\])?\s*:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_SAME = frozenset((
    "name", "displayName", "description", "model", "inputs", "sample", "template", "outputs",
    "tools",
))  # fmt: skip
_ABOUT = frozenset(("authors", "tags", "version", "metadata", "kind", "base", "id"))


def read_prompty(sources: Sources, path: str) -> Imported:
    """Read a `.prompty` file, or all of a folder."""
    found, names = Imported(), Names()
    for each in sources.at(path, ".prompty"):
        front, body, line = front_matter(decode(sources.read(each), each), each, found.losses)
        _add(
            front,
            body,
            Mark(each, line, 1),
            names.take(slug(PurePosixPath(each).stem) or "prompt"),
            sources,
            found,
        )
    return found


def _add(front: Node, text: str, mark: Mark, name: str, sources: Sources, found: Imported) -> None:
    parts = dict(front.value) if isinstance(front.value, dict) else {}
    for old, new in (("inputSchema", "inputs"), ("outputSchema", "outputs")):
        if old in parts:
            schema = parts.pop(old)
            is_file = isinstance(schema.value, str) and _FILE.fullmatch(schema.value)
            read = _file(schema, mark, sources, found) if is_file else schema
            parts[new] = schema if read is None else read
    for key in parts:
        if key not in _SAME | _ABOUT:
            found.losses.append(
                front.key_mark(key).fault(f"`{excerpt(key)}` is not carried: see docs/files.md")
            )
    for key, node in parts.items():
        _tell_references(node, found.losses, "env" if key in ("inputs", "sample") else "env|file")
    tell_about(front, sorted(_ABOUT & set(parts)), name, found.notes)
    language = (
        "mustache"
        if "mustache" in str(front.get("template").plain() if "template" in parts else "")
        else "jinja"
    )
    values = _sample(parts, mark, sources, found)
    pictures = Pictures(
        sources,
        mark.path,
        values,
        names_of_pictures(parts.get("inputs")),
        by_markdown=not is_second_version(parts),
    )
    draft = PromptDraft(language, found.losses, parted=pictures.pieces)
    threads = threads_of(parts.get("inputs"))
    for role, said, line in _messages(loops_as_turns(text, _ROLE, mark, found.notes)):
        place = Mark(mark.path, mark.line + line, 1)
        content = within_role(said, place, found.losses)
        _add_threads(role, content, place, draft, threads)
        _tell_pictures(pictures, content, role, place, found)
    tell_files(parts.get("inputs"), pictures.taken, found.losses)
    body: dict[str, Plain] = {}
    if "description" in parts and parts["description"].value:
        body["description"] = str(parts["description"].value)
    body |= model_body(parts.get("model"), found)
    body |= forms_body(front, parts, found)
    found.prompts.append(ImportedPrompt(name, draft.body(body), mark.path))
    _add_sample({**values, **pictures.taken}, name, mark, draft, found)


def _tell_pictures(
    pictures: Pictures, content: str, role: str, mark: Mark, found: Imported
) -> None:
    """The pictures in Markdown that stay text; those of the second version's files always do."""
    for picture, there in pictures.left(content, role, mark):
        said = f"`{excerpt(picture)}` is sent as text"
        if pictures.by_markdown:
            cure = "and not as an image: name a file of the repository"
            found.losses.append(there.fault(f"{said} {cure}"))
        else:
            cure = "as Prompty 2 sends it: write `{image: PATH}` to show it"
            found.notes.append(there.warning(f"{said}, {cure}"))


def _add_threads(
    role: str, content: str, mark: Mark, draft: PromptDraft, threads: re.Pattern[str] | None
) -> None:
    """A message; an input of the kind `thread` is turns of its own, what is behind goes on."""
    found = threads.search(content) if threads is not None else None
    if found is None:
        _add_turns(role, content, mark, draft)
        return
    before, after = content[: found.start()].strip(), content[found.end() :].strip()
    if before:
        _add_turns(role, before, mark, draft)
    draft.place(found[1])
    if after:
        _add_threads(role, after, mark, draft, threads)


def _add_turns(role: str, content: str, mark: Mark, draft: PromptDraft) -> None:
    """A message; a loop that writes roles and contents of earlier turns is turns of its own."""
    loop = _TURNS.search(content)
    if loop is None:
        draft.add(role, content, mark)
        return
    before, after = content[: loop.start()].strip(), content[loop.end() :].strip()
    if before:
        draft.add(role, before, mark)
    draft.place(loop["name"])
    if after:
        wrong = f"text behind the turns of `{loop['name']}` is the last turn's: it is sent as"
        draft.losses.append(mark.fault(f"{wrong} the {role}'s, move it before them"))
        _add_turns(role, after, mark, draft)


_PART = r"\{{\{{-?\s*(?P=each)(?:\.{0}|\[['\"]{0}['\"]\])\s*-?\}}\}}"
_TURNS = re.compile(
    r"\{%-?\s*for\s+(?P<each>\w+)\s+in\s+(?:inputs\.)?(?P<name>\w+)\s*-?%\}\s*"
    + _PART.format("role") + r"\s*:\s*" + _PART.format("content") + r"\s*\{%-?\s*endfor\s*-?%\}"
)  # fmt: skip


def _tell_references(node: Node, losses: list[Fault], kinds: str) -> None:
    """`${env:…}` is never followed, `${file:…}` only in samples; amid a text it is text."""
    whole = rf"\s*\$\{{(?:{kinds}):[^{{}}]*\}}\s*"
    if isinstance(node.value, str) and re.fullmatch(whole, node.value, re.IGNORECASE):
        losses.append(
            node.mark.fault(
                f"`{excerpt(node.value)}` is not followed: name keys as `key_env` of an endpoint"
            )
        )
    for each in (
        node.value.values()
        if isinstance(node.value, dict)
        else node.value
        if isinstance(node.value, list)
        else ()
    ):
        _tell_references(each, losses, kinds)


def _messages(text: str) -> Iterator[tuple[str, str, int]]:
    """Roles, texts and the lines where they begin; text without a role is the system's.

    Prompty 0.1.50 and 2.1.0 both have it so, also where no role is named at all.
    """
    pieces = list(_ROLE.finditer(text))
    start = text[: pieces[0].start()] if pieces else text
    if start.strip():
        yield "system", *stripped(text, 0, len(start))
    for index, piece in enumerate(pieces):
        end = pieces[index + 1].start() if index + 1 < len(pieces) else len(text)
        content, line = stripped(text, piece.end(), end)
        if content:
            yield piece[1].lower(), content, line


def _add_sample(
    values: Mapping[str, Plain], name: str, mark: Mark, draft: PromptDraft, found: Imported
) -> None:
    """The sample values are an example, without anything that is expected."""
    if not values:
        return
    scorers: list[Plain] = [{"length": {"min": 1}}]
    found.evals.append(ImportedEval(name, {"scorers": scorers}, name, mark.path))
    rows: list[Row] = [draft.example("sample", values, mark, found.notes)]
    found.examples.append(ExampleSet(name, lambda: iter(rows)))
    found.notes.append(
        mark.warning("the sample says nothing of what is expected: add `expected` and a scorer")
    )


def _sample(
    parts: Mapping[str, Node], mark: Mark, sources: Sources, found: Imported
) -> dict[str, Plain]:
    sample, inputs = parts.get("sample"), parts.get("inputs")
    if sample is None and inputs is not None and isinstance(inputs.value, str):
        sample = inputs
    if sample is not None and isinstance(sample.value, str):
        sample = _file(sample, mark, sources, found)
    values = dict(input_defaults(inputs))
    if sample is None or not isinstance(sample.value, dict):
        return values
    for key, node in sample.value.items():
        is_file = isinstance(node.value, str) and _FILE.fullmatch(node.value)
        read = _file(node, mark, sources, found) if is_file else node
        if read is not None:
            values[key] = read.plain()
    return values


_FILE = re.compile(r"\$\{file:[^{}]+\}")


def _file(node: Node, mark: Mark, sources: Sources, found: Imported) -> Node | None:
    """The data of a file that a sample names, as data or as text; None with a loss."""
    path = str(node.value).removeprefix("${file:").removesuffix("}")
    try:
        where = sources.relative(mark.path, path)
        data = sources.read(where, node.mark)
        if where.endswith((".json", ".yaml", ".yml")):
            return load_foreign(data, where, found.losses)
        return Node(decode(data, where), node.mark)
    except SpecError as error:
        found.losses.extend(error.faults)
        return None


def _matches(path: str, head: bytes) -> bool:
    del head
    return path.endswith(".prompty")


PROMPTY = Importer("prompty", "Prompty files", _matches, read_prompty)

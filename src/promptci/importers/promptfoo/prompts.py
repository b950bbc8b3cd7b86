"""promptfoo's prompts: texts, chats in JSON or YAML, files of several, globs."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.promptfoo.files import CODE_FILES, Reader
from promptci.importers.promptfoo.scripttext import NAME, CodeText
from promptci.parsing.source import Mark, Node, decode, excerpt

_TEXT_FILES = (".txt", ".md", ".j2", ".jinja", ".njk", ".prompt", "")
_KNOWN = frozenset(("id", "raw", "label", "config", "function"))
_SEPARATOR = "---"


class SourcePrompt(Struct, frozen=True):
    """One prompt as promptfoo has it: its text, its name and its place.

    `config` are parameters that the prompt brings. `is_code` says that the text is only a
    placeholder for what code makes.
    """

    text: str
    label: str
    stem: str
    mark: Mark
    config: Node | None = None
    is_code: bool = False


def source_prompts(node: Node, reader: Reader) -> list[SourcePrompt]:
    """All prompts that a configuration lists; what cannot be read is added to the losses."""
    items = node.value if isinstance(node.value, list) else [node]
    if isinstance(node.value, dict) and not {"id", "raw", "label"} & set(node.value):
        items = [_renamed(path, label, node) for path, label in node.value.items()]
    found: list[SourcePrompt] = []
    for item in items:
        try:
            found.extend(_item(item, reader))
        except SpecError as error:
            reader.losses.extend(error.faults)
    return found


def _renamed(path: str, label: Node, node: Node) -> Node:
    """The old form, a mapping from a file to its label."""
    mark = node.key_mark(path)
    parts = {"id": Node(path, mark), "label": label}
    return Node(parts, mark, dict.fromkeys(parts, mark))


def _item(item: Node, reader: Reader) -> Iterator[SourcePrompt]:
    label, config = "", None
    if isinstance(item.value, dict):
        parts = item.value
        label = str(parts["label"].value or "") if "label" in parts else ""
        config = parts.get("config")
        if "function" in parts:
            made = _made_by_code(label or "a function", item.key_mark("function"), reader)
            yield replace(made, label=label, config=config)
            return
        for key in sorted(set(parts) - _KNOWN):
            wrong = f"`{excerpt(key)}` of a prompt is not read by promptfoo: write it as `raw`"
            reader.losses.append(item.key_mark(key).fault(wrong))
        raw, ident = parts.get("raw"), parts.get("id")
        if raw is not None and isinstance(raw.value, str) and raw.value.startswith("file://"):
            label = label or str(ident.value if ident else "")
            ident = raw
        elif raw is not None and isinstance(raw.value, CodeText):
            made = _made_by_code(raw.value, raw.mark, reader)
            yield replace(made, label=label or str(ident.value if ident else ""), config=config)
            return
        elif raw is not None and isinstance(raw.value, str) and raw.value:
            yield SourcePrompt(
                raw.value, label or str(ident.value if ident else ""), "", raw.mark, config
            )
            return
        item = ident if ident is not None else Node(None, item.mark)
    if not isinstance(item.value, str):
        reader.losses.append(
            item.mark.fault("a prompt must be a text, a file or a mapping with `id` or `raw`")
        )
        return
    for each in _text_or_files(item.value, item.mark, reader):
        yield replace(each, label=label or each.label, config=config or each.config)


def _text_or_files(written: str, mark: Mark, reader: Reader) -> Iterator[SourcePrompt]:
    if isinstance(written, CodeText) or written.startswith(("exec:", "package:", "python:")):
        yield _made_by_code(written, mark, reader)
        return
    if not _is_path(written, reader, mark):
        yield SourcePrompt(written, "", "", mark)
        return
    path = reader.path(written, mark)
    globbed = any(character in path for character in "*?[")
    paths = reader.sources.find(path, mark) if globbed else [path]
    if not paths:
        reader.losses.append(
            mark.fault(f"no file matches `{excerpt(written)}`: correct the pattern")
        )
    for each in paths:
        yield from _file(each, mark, reader)


def _made_by_code(written: str, mark: Mark, reader: Reader) -> SourcePrompt:
    wrong = f"the prompt `{excerpt(written)}` is code, which is not run"
    reader.losses.append(mark.fault(f"{wrong}: write its text in place of the TODO"))
    stem = _stem_of_code(written)
    text = f"TODO: the text that {' '.join(written.split())} makes of these variables"
    return SourcePrompt(text, "", stem, mark, is_code=True)


def _stem_of_code(written: str) -> str:
    """What a prompt is called that code makes: by its file, or the first name of the code."""
    if isinstance(written, CodeText):
        found = NAME.search(written)
        return found[0] if found else ""
    return PurePosixPath(written.partition(":")[2] if "/" not in written else written).stem


def _is_path(written: str, reader: Reader, mark: Mark) -> bool:
    if written.startswith("file://"):
        return True
    if "\n" in written or "{{" in written or len(written) > 300:
        return False
    suffix = PurePosixPath(written).suffix
    return suffix in (
        *_TEXT_FILES[:-1],
        ".json",
        ".jsonl",
        ".yaml",
        ".yml",
        ".csv",
        *CODE_FILES,
    ) or (
        "/" in written and " " not in written and reader.sources.exists(reader.path(written, mark))
    )


def _file(path: str, mark: Mark, reader: Reader) -> Iterator[SourcePrompt]:
    pure = PurePosixPath(path)
    if pure.suffix.partition(":")[0] in CODE_FILES:
        yield _made_by_code(path, mark, reader)
        return
    data = reader.sources.read(path, mark)
    text, place = decode(data, path), Mark(path, 1, 1)
    if pure.suffix == ".csv":
        yield from _csv_prompts(text, path)
    elif pure.suffix == ".jsonl":
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield SourcePrompt(line, "", pure.stem, Mark(path, number, 1))
    elif pure.suffix in (".yaml", ".yml"):
        value = load_foreign(data, path, reader.losses).plain()
        yield SourcePrompt(json.dumps(value, ensure_ascii=False), "", pure.stem, place)
    elif pure.suffix == ".json":
        yield SourcePrompt(text, "", pure.stem, place)
    else:
        yield from _parted(text, pure.stem, place)


def _parted(text: str, stem: str, mark: Mark) -> Iterator[SourcePrompt]:
    """A file of text may hold several prompts with lines of `---` between them."""
    lines = text.split("\n")
    start = 0
    pieces: list[tuple[str, int]] = []
    for number, line in enumerate([*lines, _SEPARATOR]):
        if line.strip() == _SEPARATOR:
            pieces.append(("\n".join(lines[start:number]).strip(), start + 1))
            start = number + 1
    for piece, number in pieces:
        if piece:
            yield SourcePrompt(piece, "", stem, Mark(mark.path, number, 1))


def _csv_prompts(text: str, path: str) -> Iterator[SourcePrompt]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    names = [cell.strip() for cell in rows[0]] if rows else []
    if "prompt" not in names:
        rows, names = [["prompt"], *rows], ["prompt"]
    for number, row in enumerate(rows[1:], 2):
        cells = dict(zip(names, row, strict=False))
        if cells.get("prompt", "").strip():
            stem = PurePosixPath(path).stem
            yield SourcePrompt(cells["prompt"], cells.get("label", ""), stem, Mark(path, number, 1))

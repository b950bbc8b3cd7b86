"""The documents of a corpus: files that a pattern names, or rows of JSON lines."""

import re
from collections.abc import Callable, Iterator

from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import Tree, inside, open_file, read_file
from promptci.latepattern import late
from promptci.parsing.source import Mark, Node, decode, excerpt
from promptci.specs.retrieval import MAX_DOCUMENT, Document, FindDocuments

MOST_DOCUMENTS = 100_000
"""Documents of a corpus; what has more is no part of a repository."""

MOST_CHARACTERS = 100_000_000
"""Characters of all of them."""

_WILD = late(r"[*?]")
_STEPS = late(r"\*\*/|\*|\?|[^*?]+")
_MEANS = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}


def corpus_beside(tree: Tree, path: str) -> FindDocuments:
    """Reads corpora that a file of a tree names, by patterns relative to it.

    `*` matches a part of a name, `**/` any folders. Hidden files are not there. Documents
    are called by their path from the first folder on that the pattern leaves open, rows of `.jsonl`
    files by their `id`.
    """
    folder = path.rpartition("/")[0]

    def find(node: Node, faults: list[Fault]) -> tuple[Document, ...]:
        found: dict[str, Document] = {}
        size = 0
        for item, place in _all_documents(tree, folder, node):
            fault = item if isinstance(item, Fault) else _fault(item, place, found)
            if isinstance(fault, Fault):
                faults.append(fault)
            elif isinstance(item, Document):
                found[item.id] = item
                size += len(item.text)
            if len(found) > MOST_DOCUMENTS or size > MOST_CHARACTERS:
                most = f"{MOST_DOCUMENTS:,} documents and {MOST_CHARACTERS:,} characters"
                wrong = f"the corpus is larger than {most}"
                faults.append(node.mark.fault(f"{wrong}: keep it in a search service"))
                return ()
        return tuple(sorted(found.values(), key=lambda each: each.id))

    return find


def _all_documents(tree: Tree, folder: str, node: Node) -> Iterator[tuple[Document | Fault, Mark]]:
    patterns = node.value if isinstance(node.value, list) else [node]
    for each in patterns:
        yield from _documents(tree, folder, each)


def corpus_files(below: Callable[[str], list[str]], path: str, node: Node) -> Iterator[str]:
    """The files that a corpus of the prompt at `path` names, of those that `below` lists."""
    folder = path.rpartition("/")[0]
    patterns = node.value if isinstance(node.value, list) else [node]
    for each in patterns:
        try:
            whole = inside(str(each.value), start=folder)
        except RequestError:
            continue
        wanted = _pattern(whole)
        fixed = _fixed(whole).rstrip("/")
        yield from (found for found in below(fixed) if wanted.fullmatch(found))


def _documents(tree: Tree, folder: str, node: Node) -> Iterator[tuple[Document | Fault, Mark]]:
    """The documents of one pattern, each with its place."""
    pattern = str(node.value)
    try:
        whole = inside(pattern, start=folder)
    except RequestError as error:
        yield node.mark.fault(str(error)), node.mark
        return
    is_hidden = any(step.startswith(".") for step in whole.split("/"))
    paths = [] if is_hidden else list(_matching(tree, whole))
    if not paths:
        wrong = f"`{excerpt(pattern)}` names no file, so the corpus is empty"
        yield node.mark.fault(f"{wrong}: name some, relative to this file"), node.mark
    open_from = len(_fixed(whole))
    for path in paths:
        if path.endswith(".jsonl"):
            yield from _rows(tree, path)
        else:
            yield from _file(tree, path, path[open_from:])


def _fixed(pattern: str) -> str:
    """The folders that a pattern leaves no choice of, with the last `/`."""
    wild = _WILD.search(pattern)
    fixed = pattern[: wild.start()] if wild else pattern
    return fixed[: fixed.rfind("/") + 1]


def _matching(tree: Tree, pattern: str) -> Iterator[str]:
    if not _WILD.search(pattern):
        yield from [pattern] if tree.exists(pattern) else []
        return
    folder, wanted = _fixed(pattern).rstrip("/"), _pattern(pattern)
    yield from (path for path in tree.files(folder) if wanted.fullmatch(path))


def _pattern(pattern: str) -> re.Pattern[str]:
    """`*` matches a part of a name, `**/` any folders."""
    return re.compile(
        "".join(_MEANS.get(step) or re.escape(step) for step in _STEPS.findall(pattern))
    )


def _file(tree: Tree, path: str, name: str) -> Iterator[tuple[Document | Fault, Mark]]:
    mark = Mark(path)
    try:
        text = decode(read_file(tree, path), path).replace("\r\n", "\n")
    except SpecError as error:
        yield from ((fault, mark) for fault in error.faults)
        return
    yield Document(name, text, path), mark


def _rows(tree: Tree, path: str) -> Iterator[tuple[Document | Fault, Mark]]:
    from promptci.parsing.datafile import read_jsonl  # late: few have a corpus

    with open_file(tree, path) as file:
        for row in read_jsonl(file, path):
            if isinstance(row, Fault):
                yield row, Mark(path)
                continue
            mark = Mark(path, row.line, 1)
            id_, text = row.values.get("id"), row.values.get("text")
            if isinstance(id_, str | int) and isinstance(text, str):
                yield Document(str(id_), text, path), mark
            else:
                yield mark.fault("a document needs an `id` and a `text`: add them"), mark


def _fault(item: Document, place: Mark, found: dict[str, Document]) -> Fault | None:
    """Why a document cannot be in the corpus."""
    named = f"the document `{excerpt(item.id)}`"
    if item.id in found:
        return place.fault(f"{named} is there twice: rename one")
    if not item.text.strip():
        return place.fault(f"{named} is blank, so there is nothing to embed: fill or delete it")
    if len(item.text) > MAX_DOCUMENT:
        size = f"{len(item.text):,} characters, more than {MAX_DOCUMENT:,}"
        return place.fault(f"{named} has {size}: cut it into several")
    return None

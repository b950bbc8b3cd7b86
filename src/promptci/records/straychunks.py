"""Chunks that do not lie beside their record, after one of the two was renamed or deleted."""

from collections.abc import Mapping

from promptci.errors import SpecError
from promptci.git.tree import Tree, read_file
from promptci.records.chunkfiles import chunk_folder, chunk_path, name_of
from promptci.records.chunktext import parse_chunk
from promptci.records.record import Record
from promptci.records.results import ChunkedResults


def stray_folders(tree: Tree) -> dict[str, set[str]]:
    """The folders of chunks with no record beside them, each with the names of its chunks."""
    found: dict[str, set[str]] = {}
    for path in tree.files("evals"):
        if name := name_of(path):
            found.setdefault(path.rpartition("/")[0], set()).add(name)
    return {folder: names for folder, names in found.items() if not tree.exists(_record(folder))}


def folder_elsewhere(tree: Tree, path: str, records: Mapping[str, Record]) -> str:
    """The stray folder with the chunks of a record beside which there are none; else empty."""
    lines = {
        m: r.results.lines for m, r in records.items() if isinstance(r.results, ChunkedResults)
    }
    names = {name for each in lines.values() for name in each}
    if not names or tree.files(chunk_folder(path)):
        return ""
    first = min(names)
    digests = {model: each[first].digest for model, each in lines.items() if first in each}
    for folder, there in stray_folders(tree).items():
        if there == names and _digests(tree, _record(folder), first) == digests:
            return folder
    return ""


def _record(folder: str) -> str:
    return f"{folder}.yaml"


def _digests(tree: Tree, record: str, name: str) -> dict[str, str]:
    """The digests of the lines of each model in a chunk; none for what is no chunk."""
    path = chunk_path(record, name)
    try:
        found = parse_chunk(read_file(tree, path), path, name)
    except SpecError:
        return {}
    return {model: section.digest for model, section in found.items()}

"""The records of an eval as files: the one place where they are read, wherever they are.

A large record is a summary and chunks, which are read when they are asked for.
"""

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from shlex import quote

from promptci.errors import Fault, RepoError, SpecError
from promptci.git.commits import file_at
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.git.tree import Tree, read_file
from promptci.records.chunkfiles import RECORD, chunk_folder, name_of
from promptci.records.chunkreader import OpenFile, nowhere
from promptci.records.chunktext import refuse
from promptci.records.record import Record
from promptci.records.results import ChunkedResults
from promptci.records.scorefile import parse


def read_records(
    data: bytes, path: str, eval_name: str, open_: OpenFile = nowhere
) -> dict[str, Record]:
    """The records in the bytes of a score file; `open_` gives those of its chunks, by their paths.

    Raises `SpecError` if they are damaged; of a large record the chunks are looked at when their
    results are asked for.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        wrong = "not UTF-8: run `promptci run` to rewrite it"
        raise SpecError([Fault(path, 1, 1, wrong)]) from None
    return parse(text, path, eval_name, open_)


def read_in_tree(tree: Tree, path: str, eval_name: str) -> dict[str, Record]:
    """The records at a path of a tree, by model; none if there is no file.

    Raises `SpecError` if they are damaged, and for chunks that do not belong to them or are links.
    """
    if not tree.exists(path):
        return {}
    return read_from_tree(read_file(tree, path), tree, path, eval_name)


def read_from_tree(data: bytes, tree: Tree, path: str, eval_name: str) -> dict[str, Record]:
    """The same where the bytes of the file are known already."""
    records = read_records(data, path, eval_name, opener(tree))
    names = {name for each in chunked(records) for name in each.lines}
    if names:
        from promptci.records.straychunks import folder_elsewhere  # late: few are so large

        if folder := folder_elsewhere(tree, path, records):
            move = f"git mv {quote(folder)} {quote(chunk_folder(path))}"
            raise SpecError([Fault(path, 1, 1, f"its chunks are in {folder}: `{move}`")])
        _refuse_strangers(tree, path, names)
    return records


def moved_chunks(tree: Tree) -> Iterator[tuple[str, str]]:
    """The folders of chunks whose record was renamed without them, each with where it belongs."""
    from promptci.records.straychunks import folder_elsewhere, stray_folders

    for path in tree.files("evals") if stray_folders(tree) else ():
        if path.endswith(RECORD):
            with suppress(SpecError):
                records = read_records(read_file(tree, path), path, "")
                if folder := folder_elsewhere(tree, path, records):
                    yield folder, chunk_folder(path)


def opener(tree: Tree) -> OpenFile:
    """Reads the files of a tree."""
    return lambda path: read_file(tree, path) if tree.exists(path) else None


def commit_opener(repo: Repo, commit: str) -> OpenFile:
    """Reads the files of a commit, by paths in the project or from the top of the repository."""

    def open_(path: str) -> bytes | None:
        found = file_at(repo, Revision(commit), path) if commit else None
        if found is not None or not commit or not path.isprintable():
            return found
        with suppress(RepoError):
            return repo.find_blob(f"{commit}:{path}")
        return None

    return open_


def check_chunks(records: Mapping[str, Record], among: Container[str] | None = None) -> None:
    """Find out whether chunks of some records are undamaged: all, or those of some names.

    Raises `SpecError`.
    """
    for results in chunked(records):
        results.check(among)


def chunked(records: Mapping[str, Record]) -> list[ChunkedResults]:
    """The results of those records that are in chunks."""
    each = (record.results for record in records.values())
    return [results for results in each if isinstance(results, ChunkedResults)]


def _refuse_strangers(tree: Tree, path: str, names: set[str]) -> None:
    """Refuse links among a record's chunks, and chunks that its summary does not name."""
    folder = chunk_folder(path)
    for odd in tree.strays(folder):
        refuse(odd, 1, f"this is no regular file, as the chunks of {path} must be")
    for found in tree.files(folder):
        if name_of(found) and name_of(found) not in names:
            refuse(found, 1, f"this is no chunk of {path}")

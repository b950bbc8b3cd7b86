"""Write the files of a record, so that one that was there can be read until the new one is whole.

New chunks are staged beside the old ones, the summary is replaced, and then they take their places.
Whoever is ended in between leaves a record whose staged chunks are read by their digests.
"""

from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from promptci.atomic import is_written, stage_text, write_text
from promptci.errors import StorageError, as_storage_error
from promptci.git.tree import Tree
from promptci.records.chunkfiles import chunk_folder, chunk_path, is_chunk, staged_path
from promptci.records.chunkwriter import RecordTexts
from promptci.records.recordfile import moved_chunks

_TOGETHER = 16
"""Chunks that are written to disk at a time."""


def write_record_files(root: Path, path: str, texts: RecordTexts) -> bool:
    """Write a record at a path below a project's folder; says whether that changed anything.

    Chunks that are not its own any more are removed. Raises `StorageError` where that is not
    possible, and where the folder of the chunks is a link.
    """
    folder = root / chunk_folder(path)
    if not texts.chunks and not folder.is_dir():
        return write_text(root / path, texts.text)
    if folder.is_symlink():
        raise StorageError(f"{folder}: is a link, which is not written through: delete it")
    new = _stage(root, path, texts)
    is_changed = write_text(root / path, texts.text)
    for name in new:
        place = root / chunk_path(path, name)
        with as_storage_error(place):
            (root / staged_path(path, name)).replace(place)
    kept = {(root / chunk_path(path, name)).name for name in texts.chunks}
    return _remove_others(folder, kept) or bool(new) or is_changed


def _stage(root: Path, path: str, texts: RecordTexts) -> list[str]:
    """Stage the chunks that are not there yet; gives their names.

    Several at a time, since a disk is asked to keep many as quickly as one.
    """
    from concurrent.futures import ThreadPoolExecutor

    there = ((name, text, root / chunk_path(path, name)) for name, text in texts.chunks.items())
    missing = ((name, text) for name, text, place in there if not is_written(place, text))
    new: list[str] = []
    with ThreadPoolExecutor(_TOGETHER) as pool:
        while some := dict(islice(missing, 4 * _TOGETHER)):
            places = (root / staged_path(path, name) for name in some)
            list(pool.map(stage_text, places, some.values()))  # which raises what one of them does
            new += some
    return new


def _remove_others(folder: Path, kept: Collection[str]) -> bool:
    """Remove chunks that are not to be kept, and the folder if nothing is left in it."""
    with as_storage_error(folder):
        entries = list(folder.iterdir())
        others = [each for each in entries if is_chunk(each.name) and each.name not in kept]
        for each in others:
            each.unlink()
        if len(others) == len(entries):
            folder.rmdir()
    return bool(others)


def bring_chunks(root: Path, tree: Tree) -> Iterator[tuple[str, str]]:
    """Move chunks beside the records that were renamed without them; gives from where to where.

    `tree` are the files below `root`. Raises `StorageError` where one cannot be moved.
    """
    for was, folder in moved_chunks(tree):
        with as_storage_error(root / folder):
            (root / was).rename(root / folder)
        yield was, folder

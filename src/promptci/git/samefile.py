"""Whether a file is the same in two trees, by the ids that git gives bytes: nothing is parsed."""

import hashlib
from os import SEEK_END

from promptci.errors import PromptCIError
from promptci.git.index import IndexTree
from promptci.git.tree import CommitTree, Tree, open_file

STORED = (CommitTree, IndexTree)
"""Trees whose files are objects of git, which have ids and never change."""

_AT_ONCE = 1 << 20
"""Bytes that are read at a time."""


def is_same_file(one: Tree, other: Tree, path: str) -> bool:
    """Whether both trees have the file, with the same bytes."""
    try:
        if isinstance(other, STORED):
            one, other = other, one
        there = one.object_id(path) if isinstance(one, STORED) else _made_id(one, path)
        return bool(there) and object_id_in(other, path, like=there) == there
    except PromptCIError:  # it cannot be read, which whoever needs it says
        return False


def object_id_in(tree: Tree, path: str, *, like: str) -> str:
    """The id that git gives a file's bytes, made as the id `like` was; empty if it is not there."""
    if isinstance(tree, STORED):
        return tree.object_id(path)
    return _made_id(tree, path, is_sha256=len(like) > 40)


def _made_id(tree: Tree, path: str, *, is_sha256: bool = False) -> str:
    if not tree.exists(path):
        return ""
    made = hashlib.sha256() if is_sha256 else hashlib.sha1(usedforsecurity=False)
    with open_file(tree, path) as file:
        made.update(b"blob %d\0" % file.seek(0, SEEK_END))
        file.seek(0)
        while part := file.read(_AT_ONCE):
            made.update(part)
    return made.hexdigest()

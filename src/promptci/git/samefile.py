"""Whether a file is the same in two trees, by the ids that git gives bytes: nothing is parsed."""

import hashlib

from promptci.errors import PromptCIError
from promptci.git.index import IndexTree
from promptci.git.tree import CommitTree, Tree, read_file

STORED = (CommitTree, IndexTree)
"""Trees whose files are objects of git, which have ids and never change."""


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
    data = read_file(tree, path)
    made = hashlib.sha256() if is_sha256 else hashlib.sha1(usedforsecurity=False)
    made.update(b"blob %d\0" % len(data))
    made.update(data)
    return made.hexdigest()

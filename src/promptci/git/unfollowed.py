"""What is found in place of a file or a folder: no link is followed, no submodule read."""

from promptci.git.tree import EntryKind, Tree

_CURES: dict[EntryKind, str] = {
    "link": "is a link, which is not followed: put {there} itself there",
    "submodule": "is a submodule, whose files are not read: copy {there} into this repository",
    "folder": "is a folder: name a file in it",
    "special": "is no regular file: put a file there",
}


def in_place_of(tree: Tree, path: str, *, wanted: str = "the file") -> str:
    """What is at a path, or on the way to it, in place of what is wanted, and the cure.

    Empty where nothing does: it is missing. The same is said whatever is behind a link.
    """
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        at = "/".join(parts[:count])
        kind, is_last = tree.kind(at), count == len(parts)
        if kind is None or (kind == "file" and not is_last):
            return ""
        if kind == "folder" and (not is_last or wanted == "the folder"):
            continue
        if kind != "file":
            return f"`{at}` {_CURES[kind].format(there=wanted if is_last else 'the folder')}"
    return ""


def no_file(tree: Tree, path: str, cure: str) -> str:
    """Say that a file is not there, and what to do."""
    return f"there is no file {path}: {in_place_of(tree, path) or cure}"


def no_evals(tree: Tree, cure: str = "write one, or let `promptci init` write a first one") -> str:
    """Say that a project has no evals, and what is in place of their folder, or what to do."""
    return (
        f"there are no evals in evals/: {in_place_of(tree, 'evals', wanted='the folder') or cure}"
    )

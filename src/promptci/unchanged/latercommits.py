"""Commits made since an answer was kept that change nothing which it followed from.

Each follows the one before, and they change no more than what is in files that no project has for
its own, and that were not read. Git says which: of the commits, and of its index.
"""

import hashlib
import os
from collections.abc import Collection, Iterable, Sequence

from promptci.latepattern import late
from promptci.projectpaths import may_be_of_a_project
from promptci.unchanged.asking import ask

MOST = 200
"""Commits that are looked through."""

_DAY = 86_400
_REGULAR = ("100644", "100755")
_ID = frozenset("0123456789abcdef")
_LISTED = ("ls-files", "-z", "-t", "-v", "--stage")
_ANY = ("config", "diff", "ls-files")
"""What git answers by its settings or its index, or what it is asked again."""

_ID_SHAPE = "[0-9a-f]{40}(?:[0-9a-f]{24})?"
_BY_ID = late(
    rf"cat-file --batch|cat-file -e {_ID_SHAPE}\^{{commit}}|ls-tree -r -z --full-tree {_ID_SHAPE}"
)
"""What git answers by ids alone, of which those that are read are heard."""

_PARENTS = "^@"
"""Behind a commit's id where its parents were read, which no commit that follows has."""

_HEAD = "HEAD^{commit}"

_Pairs = dict[str, tuple[str, str]]


class KeptHead:
    """The commit that was checked out when an answer was kept.

    `ref` is the file that names it, `listed` the digest of git's index, `objects` what was read
    out of git, by id or as `COMMIT:PATH`, and `day` that of the commit where it was read itself.
    """

    def __init__(
        self, ref: str, commit: str, *, listed: str, day: str, objects: Collection[str]
    ) -> None:
        self.ref, self.commit, self.listed = ref, commit, listed
        self.day, self.objects = day, objects


def ref_of(top: str) -> str:
    """The file of the branch that is checked out, in git's folder; empty where there is none."""
    try:
        with open(os.path.join(top, "HEAD"), encoding="ascii") as file:
            kind, _, name = file.read().strip().partition(": ")
    except (OSError, ValueError):
        return ""
    is_branch = kind == "ref" and name.startswith("refs/heads/") and ".." not in name
    return os.path.join(top, name) if is_branch else ""


def commit_in(ref: str) -> str:
    """The id that is in a branch's own file; empty where it has none."""
    try:
        with open(ref, encoding="ascii") as file:
            found = file.read().strip()
    except (OSError, ValueError):
        return ""
    return found if _is_id(found) else ""


def kept_head(
    top: str, commands: Iterable[Sequence[str]], objects: Collection[str]
) -> KeptHead | None:
    """The commit checked out now, by git's folder; None where it decides more than can be seen.

    `commands` are those of git that were asked, from its command on. Raises `OSError` and
    `ValueError` where git does not answer.
    """
    ref, named = ref_of(top), sorted(set(objects) - {"", _HEAD})
    commit = commit_in(ref)
    is_seen = all(map(_is_by_content, named)) and all(map(_is_by_path, commands))
    if not commit or not is_seen or f"{commit}{_PARENTS}" in objects:
        return None
    day = "-"
    if commit in objects:
        [(_, day)] = _told(ask(os.path.dirname(top), "log", "-1", *_SHAPE, commit))[0].values()
    listed = _listing(top, {})
    return KeptHead(ref, commit, listed=listed, day=day, objects=named)


def later_commit(head: KeptHead, top: str, read: Collection[str]) -> str:
    """The commit checked out now, if those since change nothing; empty where they may.

    `read` are the files that were read. Raises `OSError` and `ValueError` where git fails.
    """
    now, changed = commit_in(head.ref), _Pairs()
    if not now:
        return ""
    if now != head.commit:
        limits = (now, f"^{head.commit}")
        said = ask(os.path.dirname(top), "log", f"-{MOST}", *_SHAPE, *limits)
        commits, changed = _told(said)
        if not _is_in_a_row(commits, now, head.commit):
            return ""
        if head.day not in ("-", commits[now][1]):
            return ""
    folder = os.path.dirname(top)
    for path, (before, _) in changed.items():
        names = {before, f"{head.commit}:{path}"}
        if not before or may_be_of_a_project(path) or not names.isdisjoint(head.objects):
            return ""
        if f"{folder}/{path}" in read:
            return ""
    return now if _listing(top, changed) == head.listed else ""


_SHAPE = ("-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative", "--format=%H %P %ct")


def _told(said: bytes) -> tuple[_Pairs, _Pairs]:
    """What `git log` says: the parent and day of each commit, and of each path its ids.

    Those are the one before all of the commits and the one after; two empty texts mean more
    than another content. A parent is empty where there are none or several.
    """
    commits, changed = _Pairs(), _Pairs()
    fields = iter(said.decode("utf-8", "surrogateescape").split("\0"))
    for field in fields:
        line = field.lstrip("\n")
        if line.startswith(":"):
            old, new, before, after, letter = line[1:].split(" ")
            path = next(fields)
            if path in changed:
                after = changed[path][1]
            is_content = letter == "M" and old == new and old in _REGULAR
            is_content &= changed.get(path, ("-",))[0] != ""
            changed[path] = (before, after) if is_content else ("", "")
        elif line:
            id_, *above, seconds = line.split(" ")
            parent = above[0] if len(above) == 1 else ""
            commits[id_] = parent, str(int(seconds) // _DAY)
    return commits, changed


def _is_in_a_row(commits: _Pairs, last: str, first: str) -> bool:
    """Whether all of the commits, and no other, lead from one to the other."""
    at, left = last, len(commits)
    while left and at in commits:
        at, left = commits[at][0], left - 1
    return at == first and not left


def _listing(top: str, changed: _Pairs) -> str:
    """The digest of git's index, as it was before some paths got other ids; empty if they did not.

    It names the whole of it, marks included.
    """
    listed = ask(os.path.dirname(top), *_LISTED)
    for path, ids in changed.items():
        was, now = (f" {i} 0\t{path}\0".encode("utf-8", "surrogateescape") for i in ids)
        if listed.count(now) != 1:
            return ""
        listed = listed.replace(now, was)
    return hashlib.sha256(listed).hexdigest()


def _is_id(name: str) -> bool:
    return len(name) in (40, 64) and _ID.issuperset(name)


def _is_by_content(name: str) -> bool:
    """Whether what was read is the same wherever a branch is: an id, or a path in a commit.

    A commit's tree is read to list its files, of which those that matter are heard themselves.
    """
    return _is_id(name.removesuffix(_PARENTS).removesuffix("^{tree}").partition(":")[0])


def _is_by_path(command: Sequence[str]) -> bool:
    """Whether commits that change no file of a project leave what git answers as it is."""
    name, *arguments = command
    if name in _ANY or _BY_ID.fullmatch(" ".join(command)):
        return True
    if name not in ("log", "ls-tree"):
        return False
    if "--" not in arguments:  # which paths changed between two commits
        return name == "log" and "--name-only" in arguments and arguments[-1].startswith("^")
    paths = arguments[arguments.index("--") + 1 :]
    return bool(paths) and all(map(may_be_of_a_project, paths))

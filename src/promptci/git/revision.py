"""A commit, resolved: only full ids travel beyond the place where a user named one."""

from collections.abc import Collection

from msgspec import Struct

from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt

FIRST_BRANCHES = {"main": "master", "master": "main"}
"""What the first branch is mostly called, each with the other."""

_REMOTES = ("origin", "upstream")
"""What a remote is mostly called."""


class Revision(Struct, frozen=True):
    """A commit by its full id; abbreviated only when shown."""

    id: str
    name: str = ""

    @property
    def short(self) -> str:
        """The first seven digits, for people."""
        return self.id[:7]


def how_to_have(name: str, refs: Collection[str], remotes: Collection[str]) -> str:
    """What to do where there is no commit of a name, by the names that are there; else nothing."""
    if (other := FIRST_BRANCHES.get(name)) in refs:
        return f"did you mean `{other}`?"
    start, mark, _ = name.partition("~")
    if mark and (start in refs or start == "HEAD"):
        return f"the history of `{start}` does not go back so far, name a later commit"
    near = did_you_mean(name, refs)
    if near.startswith("did you mean"):
        return near
    remote, _, branch = name.partition("/")
    if not branch or remote not in (*remotes, *_REMOTES):
        return f"did you mean `{branch}`?" if branch in refs else ""
    if remote in remotes:
        ref = f"{excerpt(branch, 60)}:refs/remotes/{excerpt(name, 80)}"
        return f"`git fetch {remote} {ref}` brings it"
    if remotes:
        return did_you_mean(remote, remotes)
    is_here = f"did you mean `{branch}`?" if branch in refs else "name one of its own commits"
    return f"this clone has no remote, {is_here}"

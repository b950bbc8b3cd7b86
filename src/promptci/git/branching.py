"""Commits on a new branch, made beside the working tree and the index, which stay as they are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from promptci.errors import RepoError, RequestError
from promptci.git.gitprocess import Git
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.parsing.source import excerpt


class NewCommit(Struct, frozen=True):
    """A commit to be made: its message, and the bytes of the files that it changes or adds.

    `removed` are files that it takes out. Paths are relative to the project.
    """

    message: str
    files: Mapping[str, bytes]
    removed: Sequence[str] = ()


def need_new_branch(repo: Repo, name: str) -> None:
    """Find out before any work whether a branch can be made.

    Raises `RequestError` for a name that is none or is taken.
    """
    try:
        repo.git("check-ref-format", f"refs/heads/{name}")
    except RepoError:
        raise RequestError(f"`{excerpt(name)}` is no name for a branch: use --branch") from None
    if name.startswith("-"):
        raise RequestError(f"`{excerpt(name)}` would be taken for an option: use --branch")
    parts = name.split("/")
    above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    listed = repo.git("for-each-ref", "--format=%(refname)", f"refs/heads/{name}").decode()
    taken = [f"refs/heads/{each}" for each in above]
    there = repo.git("for-each-ref", "--format=%(refname)", *taken).decode().split()
    found = next((each for each in there if each in taken), "") or listed.partition("\n")[0]
    if found:
        branch = found.removeprefix("refs/heads/")
        cure = f"delete it with `git branch -D {branch}`, or name another one with --branch"
        raise RequestError(f"there is a branch `{excerpt(branch)}` already: {cure}")


def make_branch(
    repo: Repo, name: str, start: Revision, commits: Sequence[NewCommit]
) -> tuple[Revision, ...]:
    """Make commits one after the other from `start` on, and a branch that ends at the last one.

    No hook runs and nothing is checked out. Raises `RepoError` where git refuses, also where the
    branch was made by somebody else meanwhile; then there is no branch.
    """
    committer = committer_of(repo)
    with TemporaryDirectory(prefix="promptci-") as folder:
        git = repo.plumbing(committer | {"GIT_INDEX_FILE": str(Path(folder) / "index")})
        git.output("read-tree", start.id)
        made: list[Revision] = []
        for commit in commits:
            above = made[-1] if made else start
            made.append(_commit(git, repo.prefix, commit, above))
        git.output("update-ref", "-m", "promptci search", f"refs/heads/{name}", made[-1].id, "")
    return tuple(made)


def _commit(git: Git, prefix: str, commit: NewCommit, above: Revision) -> Revision:
    for path, data in commit.files.items():
        blob = git.output("hash-object", "-w", "--stdin", given=data).decode().strip()
        entry = f"{_mode(git, f'{prefix}{path}')},{blob},{prefix}{path}"
        git.output("update-index", "--add", "--cacheinfo", entry)
    for path in commit.removed:
        git.output("update-index", "--force-remove", "--", f"{prefix}{path}")
    tree = git.output("write-tree").decode().strip()
    said = commit.message.encode()
    made = git.output("commit-tree", tree, "-p", above.id, "-F", "-", given=said)
    return Revision(made.decode().strip())


def _mode(git: Git, path: str) -> str:
    """The mode that a file has in the index; that of a new one."""
    listed = git.output("ls-files", "--stage", "-z", "--", path).decode("utf-8", "surrogateescape")
    return listed.split(" ", 1)[0] if listed else "100644"


def committer_of(repo: Repo) -> dict[str, str]:
    """Variables by which git takes the author of now for the committer as well.

    The author may be named in the environment alone, where no committer need be. Raises `RepoError`
    where git knows none.
    """
    try:
        said = repo.git("var", "GIT_AUTHOR_IDENT").decode("utf-8", "replace")
    except RepoError:
        cure = "run `git config user.name` and `git config user.email` with yours"
        raise RepoError(f"git does not know who makes a commit: {cure}") from None
    name, _, rest = said.partition(" <")
    return {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": rest.partition(">")[0]}

"""Which commit a change is compared with, and why that one."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from msgspec import Struct

from promptci.check.pullrequest import (
    before_push,
    built_on,
    default_branch,
    is_from_fork,
    left_at,
    target_branch,
    unseen_change,
)
from promptci.errors import RepoError, RequestError
from promptci.git.commits import DEEPENING, has_commit, merge_base, parents
from promptci.git.discovery import ask_repository, origin_address
from promptci.git.repo import Repo
from promptci.git.revision import Revision

_TARGETS = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_NO_COMMIT = "there is no commit yet, so there is nothing to compare with: commit first"
_IN_HOOKS = frozenset({"GIT_INDEX_FILE", "PRE_COMMIT"})
"""Variables that git and the tool pre-commit give a hook."""
_BRANCHES = ("refs/remotes/", "refs/heads/")


class Base(Struct, frozen=True):
    """The base commit, and a few words on how it was chosen.

    `tip` is the newest commit of the branch that the change goes to, where that is another one. Its
    configuration and gates count: those of the base may be long gone.
    """

    revision: Revision
    why: str
    tip: Revision | None = None


def choose_base(
    repo: Repo,
    given: str | None,
    environ: Mapping[str, str],
    *,
    staged: bool = False,
    is_edited: Callable[[], bool] = lambda: False,
) -> Base:
    """The base of a check.

    On a test merge (the commit that GitHub makes for a pull request, by the id that it gives the
    job) it is the first parent, since that is what it was really built on, and in a merge queue or
    train what the group was built on, of which the target's branch knows nothing yet; otherwise the
    merge base of HEAD and the target `given`, by default the branch that the pull request goes to,
    or the main branch. Where HEAD is the target it is the commit before the push, or the first
    parent of HEAD, but HEAD itself for what is `staged`, where files that are not committed yet are
    the change (`is_edited`), or where `given` says HEAD. Raises `RepoError`, with the cure, for a
    commit that this clone does not have: no other one is ever taken in its place. Raises
    `RequestError` for a `given` that names no commit, and where there is no branch to compare with.
    """
    head = repo.head()
    if head is None:
        past = (
            "" if _IN_HOOKS.isdisjoint(environ) else ", past this hook by `git commit --no-verify`"
        )
        raise RepoError(f"{_NO_COMMIT}{past}")
    if given in (None, "HEAD") and _is_test_merge(repo, head, environ):
        first = parents(repo, head)[0]
        _need(repo, first)
        return Base(Revision(first), "the first parent of the test merge checked out")
    said = _said(repo, head, environ) if given is None else None
    if said is not None:
        return said
    branch = target_branch(environ)
    named = f"origin/{branch}" if given is None and branch else given
    target = _target(repo, named, default_branch(environ))
    if given == "HEAD":
        return Base(head, "HEAD itself, as it was named")
    _need_change(repo, head, target, environ)
    if target.id != head.id:
        return _left(repo, head, target, "HEAD")
    if staged:
        return Base(head, f"HEAD, which is {target.name}")
    if parents(repo, head) and is_edited():
        return Base(head, f"HEAD, which is {target.name}, since files are not committed yet")
    return _before(repo, head, target, before_push(environ, head.id))


def base_of(repo: Repo, head: Revision, given: str) -> Base:
    """The base of a commit that need not be checked out: where it left `given`.

    Raises `RepoError`, with the cure, where this clone cannot tell.
    """
    return _left(repo, head, _target(repo, given, ""), head.name or head.short)


def _left(repo: Repo, head: Revision, target: Revision, name: str) -> Base:
    """Where a commit of some name left its target. Raises `RepoError` where none is known."""
    found = merge_base(repo, target, head)
    where = f"{name} and {target.name}"
    if found is None:
        raise RepoError(_lacking(repo, f"{where} have no common commit in this clone"))
    return Base(found, f"the merge base of {where}", target)


def _said(repo: Repo, head: Revision, environ: Mapping[str, str]) -> Base | None:
    """The base by the variables of the CI system, where they name a commit for what HEAD is."""
    before, why = built_on(environ, head.id)
    if before:
        return _queued(repo, head, before, why)
    left, branch = Revision(left_at(environ, head.id)), target_branch(environ)
    if left.id and has_commit(repo, left.id) and merge_base(repo, left, head) == left:
        tip = None if is_from_fork(environ) else _branch(repo, f"origin/{branch}")
        return Base(left, f"where HEAD left {branch or 'its target'}, as GitLab says", tip)
    return None


def _queued(repo: Repo, head: Revision, before: str, why: str) -> Base:
    """What a merge queue built HEAD on, which may be several commits back."""
    _need(repo, before)
    found = Revision(before)
    if merge_base(repo, found, head) != found:
        raise RepoError(f"{why}, {found.short}, is not among the commits of HEAD")
    return Base(found, why)


def _before(repo: Repo, head: Revision, target: Revision, pushed: str) -> Base:
    """On the target itself the commit before it, or before all that the push brought (`pushed`)."""
    before, over = Revision(pushed), ""
    if pushed and not repo.is_shallow and not has_commit(repo, pushed):
        over = f"; what the push replaced, {before.short}, is not in this clone"
    elif pushed and pushed != head.id:
        _need(repo, pushed)
        kept = merge_base(repo, before, head)
        if kept == before:
            return Base(before, f"{target.name} before the push")
        if kept is not None and kept.id != head.id:
            return Base(kept, f"the newest commit of {target.name} that the forced push kept")
    above = parents(repo, head)
    if not above:
        return Base(head, f"HEAD itself, which is {target.name} and its first commit")
    _need(repo, above[0])
    return Base(Revision(above[0]), f"the first parent of HEAD, which is {target.name}{over}")


def _target(repo: Repo, given: str | None, default: str) -> Revision:
    """The commit that a change goes to: `given`, else that of a repository's main branch.

    `default` is what this branch is called, where that is known.
    """
    if given is not None:
        try:
            return _branch(repo, given) or repo.resolve(given)
        except RequestError as error:
            if repo.is_shallow:
                raise RepoError(_lacking(repo, str(error).partition(": ")[0])) from None
            if cure := _fetching(repo, given):
                raise RepoError(str(error).partition(": ")[0] + cure) from None
            raise
    names = (f"origin/{default}", default) if default else _TARGETS
    for name in dict.fromkeys((*names, *_TARGETS)):
        found = _branch(repo, name)
        if found is not None:
            return found
    absent = f"there is none of {', '.join(names)} to compare with"
    if repo.is_shallow:  # such as a checkout of one branch alone
        raise RepoError(_lacking(repo, f"{absent} in this clone"))
    if cure := _fetching(repo, f"origin/{default or 'main'}"):
        raise RepoError(absent + cure)
    raise RequestError(f"{absent}: name the base yourself")


def _fetching(repo: Repo, name: str) -> str:
    """The cure where a clone has only some branches of its origin, as Jenkins makes it, or none."""
    branch = name.removeprefix("origin/")
    if branch == name:
        return ""
    with suppress(RepoError):  # there is no origin
        ask_repository(repo.top, origin_address)
        return f": fetch it first, by `git fetch origin {branch}:refs/remotes/{name}`"
    is_here = _branch(repo, branch) is not None
    return f": there is no remote `origin`, give `--base {branch}`" if is_here else ""


def _branch(repo: Repo, name: str) -> Revision | None:
    """The tip of a branch of a name. Git takes a tag first, which anybody may have pushed."""
    for place in _BRANCHES if not name.startswith("-") else ():
        with suppress(RequestError):
            found = repo.find(f"{place}{name}")
            if found is not None:
                return Revision(found.id, name)
    return None


def _is_test_merge(repo: Repo, head: Revision, environ: Mapping[str, str]) -> bool:
    ref = environ.get("GITHUB_REF", "")
    is_merge_ref = ref.startswith("refs/pull/") and ref.endswith("/merge")
    is_theirs = environ.get("GITHUB_SHA") == head.id  # and no merge that the change brings along
    return is_merge_ref and is_theirs and len(parents(repo, head)) == 2


def _need_change(repo: Repo, head: Revision, target: Revision, environ: Mapping[str, str]) -> None:
    """See that HEAD holds what a job is about, or it would be called good unseen."""
    event = unseen_change(environ)
    left = merge_base(repo, target, head) if event else None
    if left is not None and left.id == head.id:
        raise RepoError(
            f"`{event}` checks out {target.name}, and nothing of the pull request: run this on "
            "`pull_request`, or check its head out first"
        )


def _need(repo: Repo, id_: str) -> None:
    if not has_commit(repo, id_):
        raise RepoError(_lacking(repo, f"the base commit {id_[:7]} is not in this clone"))


def _lacking(repo: Repo, fault: str) -> str:
    """A sentence about missing history, with the cure for shallow clones."""
    if not repo.is_shallow:
        return f"{fault}: fetch the branch it is on"
    return f"{fault}, which is shallow: {DEEPENING}"

"""Whether anything but records differs between two states of the files."""

from collections.abc import Iterable, Iterator, Mapping

from promptci.check.baserevision import Base, choose_base
from promptci.errors import RepoError
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.git.samefile import object_id_in
from promptci.git.tree import CommitTree, Tree
from promptci.projectpaths import CONFIG, PROMPT_YML
from promptci.records.chunkfiles import RECORD, is_record_file, name_of
from promptci.suite.filenames import FOLDERS

_JOB = ("CI", "TF_BUILD", "JENKINS_URL")
"""Variables of which services set one in every job; Azure and older Jenkins set no `CI`."""


def local_base(
    repo: Repo, given: str | None, environ: Mapping[str, str], *, staged: bool = False
) -> Base:
    """The base of the files as they are: where HEAD is the target and they differ from it, HEAD.

    In a job of a continuous integration service they do not count, whatever made them.
    """
    head = repo.head()

    def is_edited() -> bool:
        if head is None or any(map(environ.get, _JOB)):
            return False
        return has_edited_sources(repo, head)

    return choose_base(repo, given, environ, staged=staged, is_edited=is_edited)


def has_edited_sources(repo: Repo, base: Revision) -> bool:
    """Whether a file that evals are made of differs between a commit and the working tree."""
    return any(
        path == CONFIG or path.partition("/")[0] in FOLDERS or path.endswith(PROMPT_YML)
        for path in _but_records(_edits(repo, base, None))
    )


def has_edits(repo: Repo, base: Revision, head: Revision | None) -> bool:
    """Whether anything but records differs between a commit and another, or the working tree.

    It takes git milliseconds, and where nothing does no record can be older than it was.
    """
    return any(_but_records(_edits(repo, base, head)))


def edits_since(repo: Repo, base: Revision) -> tuple[bool, list[str]]:
    """The same of the working tree, and the paths of the records that differ from a commit's."""
    paths = list(_edits(repo, base, None))
    return any(_but_records(paths)), [path for path in paths if path.endswith(RECORD)]


def edited_chunks(repo: Repo, base: CommitTree, head: Tree) -> dict[str, set[str]]:
    """The names of the chunks whose files differ, by the path of their record.

    Git tells them by the ids of their bytes, so that none is read; where it may not be asked of
    the files on disk, these are made here. Without chunks git is not asked.
    """
    listed = {path for tree in (base, head) for path in tree.files("evals") if name_of(path)}
    if not listed:
        return {}
    at = head.revision if isinstance(head, CommitTree) else None
    paths = list(_edits(repo, base.revision, at))
    if paths == [CONFIG]:
        ids = ((path, base.object_id(path)) for path in listed)
        paths = [path for path, id_ in ids if object_id_in(head, path, like=id_) != id_]
    found: dict[str, set[str]] = {}
    for path in paths:
        if (name := name_of(path)) and path.startswith("evals/"):
            found.setdefault(f"{path.rpartition('/')[0]}.yaml", set()).add(name)
    return found


def _but_records(paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if not is_record_file(path))


def _edits(repo: Repo, base: Revision, head: Revision | None) -> Iterator[str]:
    """The paths that differ, from the project's folder on.

    Where git could not be asked to run no program for it, or the folder was moved since the base,
    the configuration represents all.
    """
    if head is not None:
        listed: Iterable[bytes] = _between(repo, base, head)
    else:
        filters = _filters(repo)
        if any("=" in name for name in filters) or repo.folder_at(base) != repo.prefix:
            yield CONFIG
            return
        unused = [part for name in filters for part in ("-c", f"{name}=")]
        question = (*unused, "diff", "--name-only", "--relative", "-z", base.id, "--", ".")
        new = ("ls-files", "-o", "--exclude-standard", "-z", "--", ".")
        asked = (repo.git(*each, at=repo.root) for each in (question, new))
        listed = (path for found in asked for path in found.split(b"\0"))
    yield from (path.decode("utf-8", "surrogateescape") for path in listed if path)


def _between(repo: Repo, base: Revision, head: Revision) -> list[bytes]:
    """The paths that differ between two commits, each seen from where the project was there."""
    sides = [(each.id, repo.folder_at(each)) for each in (base, head)]
    question = ["--relative", base.id, head.id, "--", "."]
    if any(folder != repo.prefix for _, folder in sides):
        question = [*(f"{id_}:{folder}" for id_, folder in sides), "--"]
    return repo.git("diff", "--name-only", "-z", *question, at=repo.root).split(b"\0")


def _filters(repo: Repo) -> list[str]:
    """The settings that name a program through which git would read files of the working tree."""
    wanted = r"^filter\..*\.(clean|smudge|process|required)$"
    try:
        found = repo.git("config", "-z", "--name-only", "--get-regexp", wanted)
    except RepoError:  # there is none
        return []
    return [name for name in found.decode("utf-8", "surrogateescape").split("\0") if name]

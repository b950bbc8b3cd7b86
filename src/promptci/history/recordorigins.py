"""What an eval was called before a commit, as its records tell: known by its golden examples."""

from dataclasses import dataclass

from promptci.compare.renaming import Traits, match_origins, split_evals, traits_of_records
from promptci.errors import SpecError
from promptci.git.commits import FileChange
from promptci.git.repo import CommitTree, Repo
from promptci.git.revision import Revision
from promptci.history.recordhistory import Records, path_eval_name, read_records

ENDING = ".scores.yaml"


@dataclass(frozen=True, slots=True)
class Origin:
    """The record that an eval's came from: its name from the repository's top, and its object."""

    path: str
    blob: str


def record_origin(repo: Repo, step: FileChange) -> Origin | None:
    """Where the record came from that a commit added under a new name; None for a new one."""
    if step.before or not step.blob or not step.parents:
        return None
    base, head = (repo.tree(Revision(id_)) for id_ in (step.parents[0], step.revision.id))
    prefix = repo.prefix
    if not base.files("evals"):  # the whole project may have moved
        base, prefix = base.below(""), ""
    was = _origins(base, head, step.path)
    return None if was is None else Origin(f"{prefix}{was}", base.object_id(was))


def split_at(base: CommitTree, head: CommitTree, path: str) -> tuple[str, ...]:
    """The evals among which one was split between two commits, as their records tell."""
    before, after = _differing(base, head)
    origins = match_origins(before, after)
    return tuple(map(path_eval_name, split_evals(origins, origins).get(path, ())))


def _origins(base: CommitTree, head: CommitTree, path: str) -> str | None:
    """The path that a record had in a base, which may have other folders."""
    before, after = _differing(base, head)
    if not before:
        return None
    return match_origins(before, after).get(path)


def _differing(base: CommitTree, head: CommitTree) -> tuple[dict[str, Traits], dict[str, Traits]]:
    """What records that are not the same on both sides are known by, by their paths."""
    sides: tuple[dict[str, Traits], dict[str, Traits]] = {}, {}
    for tree, other, traits in ((base, head, sides[0]), (head, base, sides[1])):
        for path in tree.files(""):
            if path.endswith(ENDING) and tree.object_id(path) != other.object_id(path):
                records = _records(tree, path)
                if records:
                    traits[path] = traits_of_records(records.values())
    return sides


def _records(tree: CommitTree, path: str) -> Records:
    """The records at a path; none where they are damaged."""
    try:
        with tree.open(path) as file:
            return read_records(file.read(), path, path_eval_name(path))
    except SpecError:
        return {}

"""What an eval was called before a commit, as its records tell: known by its golden examples."""

import re
from collections.abc import Sequence

from msgspec import Struct

from promptci.compare.pairing.renamedetection import (
    ALIKE,
    Traits,
    match_origins,
    split_evals,
    traits_of_records,
)
from promptci.errors import SpecError
from promptci.git.filechanges import FileChange
from promptci.git.repo import CommitTree, Repo
from promptci.git.revision import Revision
from promptci.latepattern import late
from promptci.records.chunkfiles import RECORD, chunk_folder, chunk_path
from promptci.records.record import Records
from promptci.records.recordfile import commit_opener, read_in_tree
from promptci.suite.filenames import SCORES, YAML, path_eval_name

ENDING = RECORD
_SET = late(rb'^    parts: \{prompt: "[^"]*", examples: "([^"]*)"', re.MULTILINE)
_CHUNK = late(rb'^      "([0-9a-f]+)": \{passed: ', re.MULTILINE)
_DIGEST = late(rb'^      .*, digest: "([0-9a-f]+)"', re.MULTILINE)


class Origin(Struct, frozen=True):
    """The record that an eval's came from: its name from the repository's top, and its object."""

    path: str
    blob: str


def other_evals(repo: Repo, steps: Sequence[FileChange], known: dict[str, bool]) -> set[str]:
    """The commits at which a record has few of the examples that it had before.

    Only where the examples changed at all are they looked at. `known` says whether it is so of two
    objects, by their ids, and learns what it does not know.
    """
    changed = [step for step in steps if step.before and step.blob]
    new = [step for step in changed if _sides(step) not in known]
    ids = list(dict.fromkeys(id_ for step in new for id_ in (step.before, step.blob)))
    sets = {id_: _SET.findall(data) for id_, data in zip(ids, repo.blobs(ids), strict=True)}
    for step in new:
        above = step.parents[0] if step.parents else ""
        both = (
            (step.before, above, step.source or step.path),
            (step.blob, step.revision.id, step.path),
        )
        known[_sides(step)] = sets[step.before] != sets[step.blob] and _has_few(
            *(_digests(repo, *side) for side in both)
        )
    return {step.revision.id for step in changed if known[_sides(step)]}


def _digests(repo: Repo, blob: str, commit: str, path: str) -> set[bytes]:
    """The digests of the examples in a record, of a large one in its chunks."""
    data = repo.blob(blob)
    names = _CHUNK.findall(data)
    if not names:
        return set(_DIGEST.findall(data))
    read = commit_opener(repo, commit)
    files = (read(chunk_path(path, name.decode())) or b"" for name in names)
    return {digest for file in files for digest in _DIGEST.findall(file)}


def _sides(step: FileChange) -> str:
    return f"{step.before} {step.blob}"


def _has_few(before: set[bytes], after: set[bytes]) -> bool:
    return len(before & after) < ALIKE * max(len(before), len(after))


def record_origin(repo: Repo, step: FileChange, *, is_other: bool = False) -> Origin | None:
    """Where the record came from that a commit added under a new name; None for a new one.

    With `is_other` the name is not new, but may have been another eval's.
    """
    if (step.before and not is_other) or not step.blob or not step.parents:
        return None
    base, head = (repo.tree(Revision(id_)) for id_ in (step.parents[0], step.revision.id))
    prefix = base.folder
    if prefix != repo.folder_at(head.revision) and (blob := base.object_id(step.path)):
        return Origin(f"{prefix}{step.path}", blob)
    if not base.files("evals"):  # the project may have been anywhere
        base, prefix = base.below(""), ""
    path = step.path
    was = _origins(base, head, path)
    if was is None and prefix:  # of another project of the repository
        base, head, path, prefix = base.below(""), head.below(""), f"{prefix}{path}", ""
        was = _origins(base, head, path)
    if was is None or (step.before and was == path):
        return None
    return Origin(f"{prefix}{was}", base.object_id(was))


def split_at(base: CommitTree, head: CommitTree, path: str) -> tuple[str, ...]:
    """The evals among which one was split between two commits, as their records tell."""
    if are_large_alone(base, head, path):
        return ()
    before = differing_traits(base, head)
    origins = match_origins(before, differing_traits(head, base)) if before else {}
    return tuple(map(path_eval_name, split_evals(origins, origins).get(path, ())))


def _origins(base: CommitTree, head: CommitTree, path: str) -> str | None:
    """The path that a record had in a base, which may have other folders."""
    before = differing_traits(base, head) | _left_behind(base, head)
    if not before:
        return None
    return match_origins(before, differing_traits(head, base)).get(path)


def differing_traits(tree: CommitTree, other: CommitTree) -> dict[str, Traits]:
    """What a tree's records are known by that are not the same in the other one, by their paths."""
    traits: dict[str, Traits] = {}
    for path in tree.files(""):
        if path.endswith(ENDING) and tree.object_id(path) != other.object_id(path):
            records = records_at(tree, path)
            if records:
                traits[path] = traits_of_records(records.values())
    return traits


def _left_behind(base: CommitTree, head: CommitTree) -> dict[str, Traits]:
    """What records of a base are known by that stayed where their evals went away."""
    gone = {
        f"{path.removesuffix(ending)}{ENDING}"
        for path in base.files("evals")
        for ending in YAML
        if path.endswith(ending) and not path.endswith(SCORES) and not head.exists(path)
    }
    stayed = (p for p in sorted(gone) if head.exists(p) and base.exists(p))
    return {p: traits_of_records(known.values()) for p in stayed if (known := records_at(base, p))}


def are_large_alone(base: CommitTree, head: CommitTree, path: str) -> bool:
    """Whether a record is a large one, and no other record came or went between two commits.

    Then it is not read to find out whether examples went from one eval to another.
    """
    sides = [{p for p in tree.files("") if p.endswith(RECORD)} for tree in (base, head)]
    return sides[0] == sides[1] and bool(head.files(chunk_folder(path)))


def records_at(tree: CommitTree, path: str) -> Records:
    """The records at a path; none where they are damaged."""
    try:
        return read_in_tree(tree, path, path_eval_name(path))
    except SpecError:
        return {}

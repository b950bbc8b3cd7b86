"""The history of a project's scores: a point for each commit that moved one."""

from msgspec import Struct

from promptci.git.folderhistory import FolderChange


class TrendPoint(Struct, frozen=True):
    """All records of a project at one commit, and what that commit changed in them.

    `score` is the mean over all answered examples of all evals and models, in 0..1, None without
    any; `delta` by how much those moved it that both sides have. `changed`, `added`, `removed` and
    `not_comparable` are evals, as are those whose record is `damaged`. Lost and won examples have
    their eval and model. `unmeasured` ones were not asked since a merge. Records of `stale` evals
    are not of the commit's files; what was before is not known if it `is_cut`.
    """

    step: FolderChange
    score: float | None
    passed: int
    total: int
    delta: float
    lost: tuple[tuple[str, str, str], ...] = ()
    won: tuple[tuple[str, str, str], ...] = ()
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    not_comparable: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    unmeasured: int = 0
    stale: tuple[str, ...] = ()
    is_cut: bool = False


class Trend(Struct, frozen=True):
    """The history of a project's scores, the newest first, with what to know of it.

    `older` says which records of the files as they are are older than those.
    """

    points: tuple[TrendPoint, ...]
    notes: tuple[str, ...] = ()
    older: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0: a history is neither good nor bad."""
        return 0

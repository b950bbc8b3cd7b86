"""Find the commit that made an eval worse."""

from typing import Literal

from msgspec import Struct

from promptci.errors import RequestError
from promptci.git.lineage import Commit, commits, resolve, way
from promptci.git.repo import Tree
from promptci.git.revision import Revision
from promptci.history.culprit import Culprit, CulpritSearch
from promptci.history.mergesearch import find_in_merges
from promptci.history.timeline import Timeline, choose_example, make_standard, make_timeline
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.spending.limits import Limits, Taken


class BisectOptions(Struct, frozen=True):
    """What a search goes by: a commit where all was well, and a later one where it is not.

    An empty `good` is refused, but only after a name that is no eval's.
    `example` decides by passing or failing; without one a score under `below` is bad, by default
    under that at `good` less the gate's tolerance. `golden` says whose examples are asked, `model`
    is asked instead of each commit's own, and `confirm` is how often flips are asked again.
    """

    good: str
    bad: str = "HEAD"
    example: str | None = None
    below: float | None = None
    golden: Literal["good", "bad", "worktree"] = "bad"
    model: str = ""
    confirm: int = 0


class BisectResult(Struct, frozen=True):
    """The commit found; `candidates` are those that may have been it, the oldest first."""

    culprit: Culprit
    candidates: tuple[Commit, ...]
    taken: Taken

    @property
    def exit_code(self) -> int:
        """0 if the commit is known, 3 if it is not."""
        return self.culprit.exit_code


def find_worsening(
    project: Project, name: str, limits: Limits, options: BisectOptions
) -> BisectResult:
    """Search the commits between two for the one from which on an eval is bad.

    The project's observer receives every commit that was measured. Raises `RequestError` where the
    ends are not good and bad.
    """
    if options.example is not None and options.below is not None:
        raise RequestError("EXAMPLE passes or fails, so --below has no meaning: drop one of them")
    timeline = _timeline(project, named_eval(project, name), options)
    session = Session(project, limits, says_bound=False)  # of one commit it would say little
    search = CulpritSearch(
        session.run,
        project.workspace.cache.get,
        below=options.below,
        times=options.confirm,
        tell=project.observer.measured,
    )
    found = find_in_merges(project.workspace.repo, timeline, search)
    return BisectResult(found, _candidates(project, found), session.taken)


def _timeline(project: Project, name: str, options: BisectOptions) -> Timeline:
    """The commits to search, measured by what the options choose."""
    repo = project.workspace.repo
    bad = resolve(repo, options.bad)
    good = resolve(repo, options.good) if options.good else bad
    revisions = way(repo, good, bad) if options.good else ()
    standard = make_standard(
        _golden(project, options.golden, good, bad),
        name,
        build_of=project.models.build,
        config=project.workspace.suite.config,
        model=options.model,
    )
    if not options.good:
        raise RequestError("when was all well? Name a commit by --good, such as --good HEAD~10")
    if options.example is not None:
        standard = choose_example(standard, options.example)
    return make_timeline(repo, revisions, standard)


def _golden(project: Project, choice: str, good: Revision, bad: Revision) -> Tree:
    if choice == "worktree":
        return project.workspace.repo.worktree
    return project.workspace.repo.tree(good if choice == "good" else bad)


def _candidates(project: Project, found: Culprit) -> tuple[Commit, ...]:
    """The commits that may have broken it, the oldest first."""
    points = (*found.between, found.first)
    return commits(project.workspace.repo, [point.revision for point in points])

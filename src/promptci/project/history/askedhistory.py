"""Which history is asked for: the eval, the commit it ends at, and what of it is wanted."""

from msgspec import Struct

from promptci.errors import RepoError
from promptci.git.commits import DEEPENING
from promptci.git.revision import Revision
from promptci.git.sincedate import check_date
from promptci.project.naming import named_eval
from promptci.project.workspace import ProjectFiles

CUT = f"The history is cut short, since this clone is shallow: {DEEPENING}."
"""What is to be known of a history whose beginning this clone lacks."""


class AskedHistory(Struct, frozen=True):
    """An eval's history up to a commit; of one model, since a date, or of the last commits.

    With `shows_all` also on branches that made no difference.
    """

    name: str
    head: Revision
    model: str | None = None
    since: str = ""
    most: int | None = None
    shows_all: bool = False

    @classmethod
    def of(
        cls,
        project: ProjectFiles,
        name: str,
        *,
        model: str | None = None,
        since: str | None = None,
        most: int | None = None,
        shows_all: bool = False,
    ) -> "AskedHistory":
        """What is meant by a name or path, up to the commit that is checked out.

        Raises `RepoError` before the first commit, and `RequestError` for a name that means
        several evals and for what is no date.
        """
        head = last_commit(project)
        since = "" if since is None else check_date(since)
        return cls(named_eval(project, name), head, model, since, most, shows_all)


def last_commit(project: ProjectFiles) -> Revision:
    """The commit that is checked out. Raises `RepoError` before the first one."""
    head = project.workspace.repo.head()
    if head is None:
        raise RepoError("there is no commit yet, so there is no history: commit first")
    return head

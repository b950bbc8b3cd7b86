"""Begin the browser: to look through results, or to review what was lost."""

import sys
from collections.abc import Sequence
from importlib import import_module

from promptci.errors import NothingToRunError, RequestError
from promptci.project.accepting import accept_lost
from promptci.project.project import Project
from promptci.project.reporting import gather_report
from promptci.render.json.page.page import PageV1, page_document
from promptci.render.json.page.parts import PageExampleV1

_EXTRA = "install the extra `tui`: `pipx install 'promptci-cli[tui]'`, or `pip install textual`"

NOTHING_LOST = "nothing is lost that is not accepted already"


def browse_results(
    project: Project, revisions: Sequence[str], *, is_review: bool, evals: Sequence[str] = ()
) -> tuple[str, int]:
    """Show the browser until it is left; gives what was decided, and how many losses are left.

    Raises `RequestError` where there is no terminal, or no Textual.
    """
    if not has_terminal():
        cure = "name EXAMPLE, or give --all-lost, and say why by -m WHY"
        cure = cure if is_review else "`promptci report` writes the same as a page"
        raise RequestError(f"this needs a terminal: {cure}")
    try:
        app, review = (import_module(f"promptci.browsing.{name}") for name in ("app", "review"))
    except ImportError:
        raise RequestError(f"looking through results needs Textual: {_EXTRA}") from None
    page = page_of(project, revisions)
    wanted = [each for each in page.examples if not evals or each.eval in evals]

    def accept(example: PageExampleV1, why: str) -> None:
        accept_lost(project, example.eval, [example.id], why, models=[example.model])

    decisions = review.Review(wanted, accept)
    if is_review and not decisions.open:
        raise NothingToRunError(NOTHING_LOST)
    app.Browser(page, decisions, project.workspace.repo.root, is_review=is_review).run()
    return decisions.summary, decisions.left


def page_of(project: Project, revisions: Sequence[str]) -> PageV1:
    """What the browser shows: evals and examples, without the history."""
    return page_document(gather_report(project, revisions, commits=0))


def has_terminal() -> bool:
    """Whether a person reads and types here."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def lost_examples(project: Project, name: str = "") -> list[PageExampleV1]:
    """The examples that the last check of the stored answers lists as lost and not accepted."""
    return [
        each
        for each in page_of(project, ()).examples
        if each.fate == "lost" and not each.accepted and name in ("", each.eval)
    ]

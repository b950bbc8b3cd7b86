"""Begin the browser: to look through results, or to review what was lost."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from promptci.errors import NothingToRunError, RequestError
from promptci.project.golden.candidates import Candidates, drafted_candidates
from promptci.project.golden.collecting import candidates_path
from promptci.project.project import Project
from promptci.project.reporting import gather_report
from promptci.project.runrecords.accepting import accept_lost
from promptci.render.json.page.page import PageV1, page_document
from promptci.render.json.page.parts import PageExampleV1
from promptci.reportdata.goldenset import JudgedCandidates

_EXTRA = (
    "install the extra `tui`: `pip install 'promptci-cli[tui]'`, "
    "or with pipx `pipx inject promptci-cli 'promptci-cli[tui]'`"
)

NOTHING_LOST = "nothing is lost that is not accepted already"


def browse_candidates(project: Project, name: str) -> JudgedCandidates:
    """Go through an eval's candidates on the terminal; gives what became of them.

    Raises `RequestError` where there is no terminal, no Textual or no candidates.
    """
    candidates = Candidates(project, name)
    if not has_terminal():
        cure = f"they are in {candidates_path(candidates.name)}"
        raise RequestError(f"judging candidates needs a terminal: {cure}")
    screen = _browsing("candidatescreen")
    app = screen.CandidatesApp(candidates)
    app.run()
    done: JudgedCandidates = app.judging.done
    return done


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
    app, review = _browsing("app"), _browsing("review")
    page = page_of(project, revisions)
    wanted = [each for each in page.examples if not evals or each.eval in evals]

    def accept(example: PageExampleV1, why: str) -> None:
        accept_lost(project, example.eval, [example.id], why, models=[example.model])

    decisions = review.Review(wanted, accept)
    if is_review and not decisions.open:
        raise NothingToRunError(NOTHING_LOST)
    root = project.workspace.repo.root
    drafted = {} if is_review else drafted_candidates(project)
    app.Browser(page, decisions, root, is_review=is_review, drafted=drafted).run()
    return decisions.summary, decisions.left


def _browsing(name: str) -> Any:
    """A module of the browser, which needs Textual."""
    try:
        return import_module(f"promptci.browsing.{name}")
    except ImportError:
        raise RequestError(f"looking through results needs Textual: {_EXTRA}") from None


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

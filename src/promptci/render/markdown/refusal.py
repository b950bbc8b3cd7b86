"""Why nothing was judged: as the summary of a job, and as a comment in the place of a verdict."""

from promptci.errors import Fault, PromptCIError, SpecError
from promptci.render.markdown.marker import marker
from promptci.render.markdown.page import MOST_COMMENT, Page
from promptci.render.markdown.report import verdict_line
from promptci.secrets.safetext import as_markdown_code, for_markdown

_MOST_SENTENCE = 500
_MOST_REASON = 3_000


def comment(error: PromptCIError, folder: str) -> str:
    """A comment on a pull request of the project in a `folder` of its repository."""
    return f"{marker(folder)}\n{verdict_line(error.exit_code)}\n\n{summary(error)}"


def summary(error: PromptCIError) -> str:
    """A job summary: the error with its cure, or every fault with its place, as many as fit."""
    page = Page(MOST_COMMENT)
    if isinstance(error, SpecError):
        page.add("**Files are faulty, so nothing was judged.**")
        total = len(error.faults)
        page.add_lines((), map(_line, error.faults), "fault", total=total, share=1)
    else:
        page.add("**Nothing was judged.**")
        page.add(for_markdown(str(error), _MOST_REASON))
    return page.text()


def _line(fault: Fault) -> str:
    place = f"{fault.path}:{fault.line}" if fault.line else fault.path
    kind = "warning: " if fault.warning else ""
    return f"- {as_markdown_code(place)}: {kind}{for_markdown(fault.message, _MOST_SENTENCE)}"

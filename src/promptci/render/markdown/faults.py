"""What is wrong in files, as the summary of a job."""

from collections.abc import Sequence

from promptci.errors import Fault
from promptci.render.markdown.page import MOST_COMMENT, Page
from promptci.secrets.safetext import as_markdown_code, for_markdown

_MOST_SENTENCE = 500


def summary(faults: Sequence[Fault]) -> str:
    """A job summary: every fault with its place and its cure, as many as fit."""
    page = Page(MOST_COMMENT)
    page.add("**Files are faulty, so nothing was judged.**")
    page.add_lines((), map(_line, faults), "fault", total=len(faults), share=1)
    return page.text()


def _line(fault: Fault) -> str:
    place = f"{fault.path}:{fault.line}" if fault.line else fault.path
    kind = "warning: " if fault.warning else ""
    return f"- {as_markdown_code(place)}: {kind}{for_markdown(fault.message, _MOST_SENTENCE)}"

"""Pages as files, for `--report html=FILE`: one function for each command, all the same."""

from collections.abc import Iterator

from promptci.render.html.page import html_page
from promptci.render.json.page.page import page_document
from promptci.reportdata.reported import Reported


def check(found: Reported) -> Iterator[str]:
    """The page of a result with its answers and its past."""
    return html_page(page_document(found))


run = compare = check

"""What a reviewer should know beside scores, as lists that leave a comment short."""

from collections.abc import Sequence

from promptci.render.markdown.page import Page
from promptci.render.remarks import NOT_EVALUATED
from promptci.secrets.safetext import for_markdown

MOST_REMARKS = 5
"""Remarks of one kind that are not folded."""


def add_remarks(page: Page, kind: str, lines: Sequence[str]) -> None:
    """Remarks of one kind. Many are folded, but never the command that evaluates what was not."""
    shown = lines[-1:] if kind == NOT_EVALUATED and len(lines) > MOST_REMARKS else []
    rest = lines[: len(lines) - len(shown)]
    listed = (_listed(line) for line in rest)  # only what fits is written
    if len(lines) <= MOST_REMARKS:
        page.add_lines((f"**{kind}**", ""), listed, "remark", total=len(rest), share=0.05)
        return
    page.add(f"<details><summary>{kind} ({len(rest):,})</summary>")
    page.add_lines((), listed, "remark", total=len(rest), share=0.05)
    page.add("</details>")
    for line in shown:
        page.add(_listed(line))


def _listed(line: str) -> str:
    return f"- {for_markdown(line)}"

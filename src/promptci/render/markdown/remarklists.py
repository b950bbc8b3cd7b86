"""What a reviewer should know beside scores, as lists that leave a comment short."""

from collections.abc import Sequence

from promptci.render.markdown.page import Page
from promptci.render.remarks import NOT_EVALUATED
from promptci.secrets.safetext import for_markdown

MOST_REMARKS = 5
"""Remarks of one kind that are not folded."""


def add_remarks(page: Page, kind: str, lines: Sequence[str]) -> None:
    """Remarks of one kind. Many are folded, but never the command that evaluates what was not."""
    listed = [f"- {for_markdown(line)}" for line in lines]
    if len(listed) <= MOST_REMARKS:
        page.add_lines((f"**{kind}**", ""), listed, "remark", total=len(listed), share=0.05)
        return
    shown = listed[-1:] if kind == NOT_EVALUATED else []
    folded = listed[: len(listed) - len(shown)]
    page.add(f"<details><summary>{kind} ({len(folded):,})</summary>")
    page.add_lines((), folded, "remark", total=len(folded), share=0.05)
    page.add("</details>")
    for line in shown:
        page.add(line)

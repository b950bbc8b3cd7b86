"""Results as Markdown files, for `--report markdown=FILE`."""

from promptci.render.markdown.report import check, compare
from promptci.render.markdown.run import run

__all__ = ["check", "compare", "run"]

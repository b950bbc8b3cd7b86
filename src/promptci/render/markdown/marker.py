"""The hidden first line of a comment, by which it is found again."""

from urllib.parse import quote


def marker(folder: str) -> str:
    """The first line of a comment, by which it is found again and updated.

    Each project of a repository has its own, by its folder, in which a URL's escapes replace what
    could end an HTML comment or Markdown's parentheses.
    """
    name = quote(folder, errors="surrogateescape").replace("--", "%2D%2D")
    return f"<!-- promptci check{name and f': {name}'} -->"

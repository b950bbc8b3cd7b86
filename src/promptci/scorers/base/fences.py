"""Fenced blocks of Markdown."""

import re
from collections.abc import Iterator

from msgspec import Struct

from promptci.latepattern import late

_FENCE = late(r"^[ \t]*(`{3,}|~{3,})(.*)$", re.MULTILINE)


_ALIASES = {
    **{"py": "python", "python3": "python", "js": "javascript", "ts": "typescript"},
    **{"sh": "bash", "shell": "bash", "zsh": "bash", "yml": "yaml", "md": "markdown"},
    **{"c++": "cpp", "c#": "csharp", "cs": "csharp", "rb": "ruby", "rs": "rust", "golang": "go"},
}


class FencedBlock(Struct, frozen=True):
    """A fenced block: its language in small letters, its content, and its place."""

    language: str
    body: str
    start: int
    end: int
    is_closed: bool


def fences(text: str) -> Iterator[FencedBlock]:
    """The fenced blocks of a text; the last may lack its end."""
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opening is None:
            opening = None if "`" in fence[2] else fence
        elif fence[1].startswith(opening[1]) and not fence[2].strip():
            body = text[opening.end() + 1 : fence.start()].removesuffix("\n")
            yield FencedBlock(_language(opening), body, opening.start(), fence.end(), True)
            opening = None
    if opening is not None:
        body = text[opening.end() + 1 :].removesuffix("\n")
        yield FencedBlock(_language(opening), body, opening.start(), len(text), False)


def same_language(one: str, other: str) -> bool:
    """Whether two names of languages in small letters mean the same one: `py` and `python`."""
    return _ALIASES.get(one, one) == _ALIASES.get(other, other)


def fenced_blocks(text: str) -> Iterator[tuple[str, str]]:
    """The language and the content of each fenced block; the last may lack its end."""
    for fence in fences(text):
        yield fence.language, fence.body


def fence_hint(text: str) -> str:
    """What to add to a complaint about an answer that has fenced blocks; empty for another."""
    return "; for fenced blocks add `extract: {fence: any}`" if "```" in text else ""


def _language(fence: re.Match[str]) -> str:
    words: list[str] = fence[2].split(maxsplit=1)
    return words[0].casefold() if words else ""

"""Secrets taken out of text that may be shown or stored."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from promptci.secrets.spelling import broken, spelled

SHORTEST = 8
"""Shorter values (`none`, `ollama`) open nothing, and taking them out would spoil the text."""
SHORTEST_BROKEN = 16
"""Shorter values are not looked for across the ends of lines: two words may make one."""
LONGEST_BROKEN = 400
"""Longer ones have lines of their own, and their patterns would take long to make."""

MARK = "[redacted]"


_SHAPES = {
    "sk-": r"sk-[A-Za-z0-9_-]{20,}",
    "ghp_": r"ghp_[A-Za-z0-9]{36,}",
    "gho_": r"gho_[A-Za-z0-9]{36,}",
    "ghs_": r"ghs_[A-Za-z0-9]{36,}",
    "ghu_": r"ghu_[A-Za-z0-9]{36,}",
    "github_pat_": r"github_pat_[A-Za-z0-9_]{50,}",
    "glpat-": r"glpat-[A-Za-z0-9_-]{20,}",
    "hf_": r"hf_[A-Za-z0-9]{30,}",
    "xox": r"xox[abeprs]-[A-Za-z0-9-]{20,}",
    "AKIA": r"AKIA[0-9A-Z]{16}(?![0-9A-Za-z])",
    "AIza": r"AIza[0-9A-Za-z_-]{35}",
    "PRIVATE KEY-----": r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*KEY-----)?",
}
"""Keys that give themselves away, by what each of them holds; their makers document the forms."""

_SHAPE = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_SHAPES.values())})")
_PLAIN = re.compile(r"[A-Za-z0-9]+")
_LINE_END = re.compile(r"(?:\r?\n|\\r\\n|\\n)[ \t]*")
_CUT = re.compile(r"\\{0,8}\s?(…)")


class Redactor:
    """Replaces the given secrets by `[redacted]`, however they are escaped or encoded.

    Plain, URL-encoded, escaped for JSON, HTML or a shell, in hex digits, inside base64, broken by
    the end of a line, and what an ellipsis left of one. Whatever has the shape of a well-known
    kind of key goes, too. Better cut a text only after it went through here.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        kept = {_core(each) for each in secrets}
        self._secrets = sorted((each for each in kept if len(each) >= SHORTEST), key=_longest_first)
        self._forms = sorted(
            {form for each in self._secrets for form in _forms(each)}, key=_longest_first
        )
        self._parts = tuple({_part(form): None for form in self._forms})

    def __call__(self, text: str) -> str:
        """The text without the secrets. Looks for their parts first: nearly no text holds one."""
        for part in self._parts:
            if part in text:
                text = self._pattern.sub(MARK, text)
                break
        if self._parts and ("\n" in text or "\\n" in text):
            text = self._joined(text)
        if "…" in text:
            text = self._without_cut(text)
        for part in _SHAPES:
            if part in text:
                return _SHAPE.sub(MARK, text)
        return text

    def __repr__(self) -> str:
        return "Redactor()"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(spelled, self._forms)))

    @cached_property
    def _heads(self) -> list[tuple[str, str, re.Pattern[str]]]:
        """Each secret with a pattern for how it begins, and what of that is always the same."""
        heads = [(each, each[:SHORTEST]) for each in self._secrets]
        return [(each, _part(head), re.compile(spelled(head))) for each, head in heads]

    def _joined(self, text: str) -> str:
        """The text without secrets that go on in the next line."""
        flat = _LINE_END.sub("", text)
        if any(part in flat for part in self._parts) and self._pattern.search(flat):
            for form in self._forms:
                if SHORTEST_BROKEN <= len(form) <= LONGEST_BROKEN and _part(form) in flat:
                    text = _broken(form).sub(MARK, text)
        return text

    def _without_cut(self, text: str) -> str:
        """The text without the beginnings of secrets before an ellipsis."""
        for secret, part, head in self._heads:
            begun = [found.start() for found in head.finditer(text)] if part in text else []
            for start in reversed(begun):
                end = _end_of_cut(secret, text, start)
                text = text if end is None else f"{text[:start]}{MARK}{text[end:]}"
        return text


@lru_cache(maxsize=64)
def _broken(form: str) -> re.Pattern[str]:
    return re.compile(broken(form))


def _end_of_cut(secret: str, text: str, at: int) -> int | None:
    """Where in a text the ellipsis is that a secret goes as far as; None if there is none."""
    for char in secret:
        cut = _CUT.match(text, at)
        if cut is not None:
            return cut.start(1)
        found = re.compile(spelled(char)).match(text, at)
        if found is None:
            return None
        at = found.end()
    return None


def _core(secret: str) -> str:
    """A secret without what files around it may need as the end of a string."""
    return secret.strip().strip("\"'\\").strip()


def _longest_first(form: str) -> tuple[int, str]:
    return -len(form), form


def _part(form: str) -> str:
    """What of a form no way of escaping changes: its longest row of letters and digits."""
    return max(_PLAIN.findall(form), key=len, default="")


def _forms(secret: str) -> Iterator[str]:
    """The texts that a secret may become, but for how their marks are escaped."""
    yield secret
    data = secret.encode("utf-8", "surrogateescape")
    yield data.hex()
    yield data.hex().upper()
    for shift in range(3):  # base64 takes three bytes at a time: it depends on what stands before
        coded = b64encode(bytes(shift) + data).decode().rstrip("=")
        whole = coded[(0, 2, 3)[shift] : len(coded) - ((len(data) + shift) % 3 > 0)]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")

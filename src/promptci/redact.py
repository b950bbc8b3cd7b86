"""Secrets taken out of text that may be shown or stored."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

SHORTEST = 8
"""Shorter values (`none`, `ollama`) open nothing, and taking them out would spoil the text."""

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

_PERCENT = re.compile("%[0-9A-F]{2}")

_SHAPE = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_SHAPES.values())})")


class Redactor:
    """Replaces the given secrets by `[redacted]`: plain, escaped, in hex and inside base64 alike.

    Whatever has the shape of a well-known kind of key goes, too. Cut a text only after it went
    through here: half a key would not be recognised.
    """

    __slots__ = ("_forms", "_pattern")

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for each in secrets if len(each) >= SHORTEST for form in _forms(each)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms))) if forms else None

    def __call__(self, text: str) -> str:
        """The text without the secrets. Looks for their parts first: nearly no text holds one."""
        if self._pattern is not None and any(form in text for form in self._forms):
            text = self._pattern.sub(MARK, text)
        return _SHAPE.sub(MARK, text) if any(part in text for part in _SHAPES) else text

    def __repr__(self) -> str:
        return "Redactor()"


def _forms(secret: str) -> Iterator[str]:
    """The ways in which a secret may stand in a text."""
    yield secret
    quoted = json.dumps(secret)[1:-1]
    yield from (quoted, quoted.replace("/", "\\/"), quoted.replace("/", "\\u002f"))
    yield from (json.dumps(secret, ensure_ascii=False)[1:-1], escape(secret))
    for safe in ("", "/"):
        percent = quote(secret, safe=safe)
        yield percent
        yield _PERCENT.sub(lambda found: found[0].lower(), percent)
    data = secret.encode(errors="surrogatepass")
    yield data.hex()
    yield data.hex().upper()
    for shift in range(3):  # base64 takes three bytes at a time: it depends on what stands before
        coded = b64encode(bytes(shift) + data).decode().rstrip("=")
        whole = coded[(0, 2, 3)[shift] : len(coded) - ((len(data) + shift) % 3 > 0)]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")

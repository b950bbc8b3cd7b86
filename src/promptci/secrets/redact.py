"""Secrets taken out of text that is to be shown; data itself is never changed."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from promptci.latepattern import late

SHORTEST = 8
"""Shorter values (`none`, `ollama`) open nothing, and taking them out would spoil the text."""

MARK = "[redacted]"

_SHAPES = {
    "_": {
        "sk_live_": r"sk_live_[A-Za-z0-9]{16,}",
        "rk_live_": r"rk_live_[A-Za-z0-9]{16,}",
        "tgp_v1_": r"tgp_v1_[A-Za-z0-9_-]{30,}",
        "fw_": r"fw_[A-Za-z0-9]{22,}",
        "jina_": r"jina_[A-Za-z0-9_-]{50,}",
        "wandb_v1_": r"wandb_v1_[A-Za-z0-9_]{30,}",
        "lsv2_": r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
        "gsk_": r"gsk_[A-Za-z0-9]{30,}",
        "r8_": r"r8_[A-Za-z0-9]{30,}",
        "ghp_": r"ghp_[A-Za-z0-9]{36,}",
        "gho_": r"gho_[A-Za-z0-9]{36,}",
        "ghs_": r"ghs_[A-Za-z0-9]{36,}",
        "ghu_": r"ghu_[A-Za-z0-9]{36,}",
        "github_pat_": r"github_pat_[A-Za-z0-9_]{50,}",
        "hf_": r"hf_[A-Za-z0-9]{30,}",
        "npm_": r"npm_[A-Za-z0-9]{36,}",
        "dop_v1_": r"dop_v1_[0-9a-f]{64}",
        "lin_api_": r"lin_api_[A-Za-z0-9]{32,}",
        "figd_": r"figd_[A-Za-z0-9_-]{30,}",
    },
    "-": {
        "sk-": r"sk-[A-Za-z0-9_-]{20,}",
        "nvapi-": r"nvapi-[A-Za-z0-9_-]{40,}",
        "pplx-": r"pplx-[A-Za-z0-9]{40,}",
        "csk-": r"csk-[A-Za-z0-9]{40,}",
        "xai-": r"xai-[A-Za-z0-9_-]{30,}",
        "glpat-": r"glpat-[A-Za-z0-9_-]{20,}",
        "pypi-": r"pypi-[A-Za-z0-9_-]{50,}",
        "xox": r"xox[abeprs]-[A-Za-z0-9-]{20,}",
        "AGE-SECRET-KEY-1": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
        "PRIVATE KEY-----": r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
        r"(?:[A-Za-z0-9+/=:, \t\r\n]|\\[rnt]|-(?!----))*(?:-----END [A-Z ]*KEY-----)?",
    },
    ".": {
        "ya29.": r"ya29\.[A-Za-z0-9_-]{30,}",
        "hvs.": r"hvs\.[A-Za-z0-9_-]{24,}",
        "AQ.Ab": r"AQ\.Ab[A-Za-z0-9_-]{40,}",
        "SG.": r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
        "eyJ": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    },
    ":": {":AA": r"\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"},
    "dapi": {"dapi": r"dapi[0-9a-f]{32}(?![0-9A-Za-z])"},
    "A": {
        "AKIA": r"AKIA[0-9A-Z]{16}(?![0-9A-Za-z])",
        "ASIA": r"ASIA[0-9A-Z]{16}(?![0-9A-Za-z])",
        "AIza": r"AIza[0-9A-Za-z_-]{35}",
    },
}
"""Keys that give themselves away, by a sign and what each of them holds; makers document the forms.

None of them takes a quote, a bracket or a lone backslash along: a JSON document stays one.
"""

_PARTS = {sign: tuple(shapes) for sign, shapes in _SHAPES.items()}

_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
"""No letter or digit, but for those of an escape."""

_ALL = [shape for shapes in _SHAPES.values() for shape in shapes.values()]
_SHAPE = late(rf"{_BEFORE}(?:{'|'.join(_ALL)})")


class Redactor:
    """Replaces the given secrets by `[redacted]`.

    It finds them as they are, quoted, escaped for JSON or a URL, inside base64 (which is how a
    header holds a password), and what an ellipsis left of one. Whatever has the shape of a
    well-known kind of key goes, too. Better cut a text only after it went through here.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        kept = {_core(each) for each in secrets}
        long = [each for each in kept if len(each) >= SHORTEST and each not in MARK]
        forms = {form for each in long for form in _forms(each)}
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MARK)
        if "…" in text:
            text = self._without_cut(text)
        for sign, parts in _PARTS.items():  # every text comes by: most have few of the signs
            if sign in text:
                for part in parts:
                    if part in text:
                        return _SHAPE.sub(MARK, text)
        return text

    def __repr__(self) -> str:
        return "Redactor()"

    def finds(self, text: str) -> bool:
        """Whether a text holds one of the secrets; shapes do not count."""
        return any(form in text for form in self._forms)

    def _without_cut(self, text: str) -> str:
        """The text without the beginnings of secrets before an ellipsis."""
        for form in self._forms:
            at = text.find(form[:SHORTEST])
            while at >= 0:
                end = text.find("…", at, at + len(form))
                if end >= 0 and form.startswith(text[at:end]):
                    text = f"{text[:at]}{MARK}{text[end:]}"
                at = text.find(form[:SHORTEST], at + 1)
        return text


def _core(secret: str) -> str:
    """A secret without what files around it may need as the end of a string."""
    return secret.strip().strip("\"'\\").strip()


def _forms(secret: str) -> Iterator[str]:
    """The texts that a secret becomes in what is shown."""
    once = {secret, *_escaped(secret)}
    yield from once
    for text in once:  # a reason quotes an answer, a JSON document quotes the reason
        yield from _escaped(text)
    for escape in (quote, quote_plus):
        yield escape(secret, safe="", encoding="utf-8", errors="surrogateescape")
    yield from _coded(secret.encode("utf-8", "surrogateescape"))


def _escaped(text: str) -> Iterator[str]:
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')


def _coded(secret: bytes) -> Iterator[str]:
    """A secret inside base64, which takes three bytes at a time: it depends on what is before."""
    for shift in range(3):
        coded = b64encode(bytes(shift) + secret).decode().rstrip("=")
        whole = coded[(0, 2, 3)[shift] : len(coded) - ((len(secret) + shift) % 3 > 0)]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")

"""The secrets that promptci itself uses, which no screen and no report may show.

They are the keys of endpoints (`key_env`), credentials in their headers, and passwords in their
addresses and in those of proxies. Nothing else in the environment is one.
"""

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache

from promptci.secrets.redact import SHORTEST, Redactor
from promptci.specs.credentials import Secret, is_real, known_secrets
from promptci.specs.modelspec import EndpointSpec

_kept: set[Secret] = set()
_environ: Mapping[str, str] = os.environ
"""Where the keys are looked for that endpoints name."""


class Packed(str):
    """A part of a document whose texts went through `redact` before they were compressed.

    What has the shape of a key in it is there by chance, and would be missing when it is unpacked.
    """

    __slots__ = ()


def look_in(environ: Mapping[str, str]) -> None:
    """Look for keys in an environment of the caller's, and from now on in no other."""
    global _environ
    _environ = environ


def keep_keys(endpoints: Iterable[EndpointSpec]) -> None:
    """Remember what lets promptci in at endpoints, whether or not these are ever asked."""
    keep(known_secrets(endpoints, _environ))


def keep(secrets: Iterable[Secret]) -> None:
    """Remember secrets."""
    _kept.update(each for each in secrets if each.value)


def redact(text: str) -> str:
    """A text that is to be shown, without them and without anything shaped like a key."""
    return text if len(text) < SHORTEST else _redactor(frozenset(_kept))(text)


def redact_document(text: str) -> str:
    """The same with a whole document, whose own words stay: a value that may be a word does, too.

    What is quoted in it went through `redact` by itself; this is for what did not.
    """
    if len(text) < SHORTEST or isinstance(text, Packed):
        return text
    return _document_redactor(frozenset(_kept))(text)


def key_in(texts: Iterable[str]) -> str:
    """Which of them texts hold, such as "the key in LAB_KEY"; empty if none.

    A value that may as well be a word (`ollama`, `postgres`) says nothing: it is not looked for.
    """
    finders = _finders(frozenset(_kept))
    if finders:
        for text in texts:
            for origin, finder in finders:
                if finder.finds(text):
                    return origin
    return ""


@lru_cache(maxsize=4)
def _redactor(secrets: frozenset[Secret]) -> Redactor:
    return Redactor(each.value for each in secrets)


@lru_cache(maxsize=4)
def _document_redactor(secrets: frozenset[Secret]) -> Redactor:
    return Redactor(each.value for each in secrets if is_real(each.value))


@lru_cache(maxsize=4)
def _finders(secrets: frozenset[Secret]) -> list[tuple[str, Redactor]]:
    real = sorted((each.origin, each.value) for each in secrets if is_real(each.value))
    return [(origin, Redactor([value])) for origin, value in real]

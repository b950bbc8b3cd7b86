"""The secrets of this machine, which no file and no screen may show.

They are the values of environment variables whose names say so, such as `OPENAI_API_KEY`, and those
that endpoints were opened with, whatever their variables are called.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from promptci.redact import Redactor

_NAME = re.compile(
    r"(?:^|_|PG)(?:API|ACCESS|AUTH|SECRET|PRIVATE)?_?"
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PWD|PASS|PASSPHRASE|PAT|JWT|CREDENTIAL)S?"
    r"(?:_(?:\d+|[A-Z]|PROD|PRODUCTION|DEV|TEST|STAGING|LIVE|MAIN|BACKUP|OLD|NEW))?$",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"(?:OLD)?PWD|GIT_CONFIG_KEY_\d+")

_URL_PASSWORD = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
"""The password in an address, such as that of a proxy or a database."""

_KEY_ENV = re.compile(r"[\"']?key_env[\"']?\s*:\s*[\"']?([A-Za-z_]\w*)")

_kept: set[str] = set()


def keep(secrets: Iterable[str]) -> None:
    """Remember secrets whose variables have names that do not say so."""
    _kept.update(filter(None, secrets))


def keep_keys_named_in(text: str) -> None:
    """Remember the keys whose variables a configuration names, whether it can be used or not."""
    keep(os.environ.get(name, "").strip() for name in _KEY_ENV.findall(text))


def redactor() -> Redactor:
    """What takes them out of a text; ask anew for each file, since more may have been kept."""
    return _redactor(frozenset(_kept.union(_named())))


def redact(text: str) -> str:
    """A text without them."""
    return redactor()(text)


def _named() -> Iterator[str]:
    for name, value in os.environ.items():
        if _NAME.search(name) and not _NO_SECRET.fullmatch(name):
            yield value
        elif "://" in value and "@" in value:
            yield from _URL_PASSWORD.findall(value)


@lru_cache(maxsize=4)
def _redactor(secrets: frozenset[str]) -> Redactor:
    return Redactor(secrets)

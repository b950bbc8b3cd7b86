"""The secrets of this machine, which no file and no screen may show.

They are the values of environment variables whose names say so, such as `OPENAI_API_KEY`, passwords
inside addresses, and what endpoints are opened with, whatever their variables are called.
"""

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from promptci.secrets.redact import SHORTEST, Redactor
from promptci.specs.completion import EndpointSpec
from promptci.specs.keys import known_secrets

_NAME = re.compile(
    r"(?!GIT_CONFIG_|OLD_?PWD$)(?:.*_)?(?:API|ACCESS|AUTH|SECRET|PRIVATE|PG)?_?"
    r"(?:KEYS?|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|(?<=_)PWD|PAT|CREDENTIALS?|JWT)"
    r"(?:_(?:\d+|PROD|PRODUCTION|LIVE|STAGE|STAGING|DEV|DEVELOPMENT|TEST|TESTING|CI|LOCAL"
    r"|OLD|NEW|PRIMARY|SECONDARY|MAIN|BACKUP|DEFAULT|EU|US))*",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"://[^/@\s:]*:([^@\s]+)@(?:(\S*)@)?")
"""In an address; a password may hold an `@` that should have been escaped."""

_kept: set[str] = set()


def keep(secrets: Iterable[str]) -> None:
    """Remember secrets whose variables have names that do not say so."""
    _kept.update(filter(None, secrets))


def keep_keys(endpoints: Iterable[EndpointSpec]) -> None:
    """Remember what lets promptci in at endpoints, whether or not these are ever asked."""
    keep(known_secrets(endpoints, os.environ))


def redactor() -> Redactor:
    """What takes them out of a text; ask anew for each file, since more may have been kept."""
    named = (each for variable in os.environ.items() for each in _secrets(*variable))
    return _redactor(frozenset(_kept.union(named)))


def redact(text: str) -> str:
    """A text without them."""
    return text if len(text) < SHORTEST else redactor()(text)


@lru_cache(maxsize=1024)
def _secrets(name: str, value: str) -> tuple[str, ...]:
    """What is secret in a variable: all of it, the passwords in an address, or nothing."""
    if _NAME.fullmatch(name) and not _is_place(value):
        return (value,)
    return tuple(_passwords(value)) if "://" in value else ()


def _is_place(value: str) -> bool:
    """Whether a value is no secret but the path of a file that holds one."""
    try:
        return value.startswith(("/", "~/", ".")) and Path(value).expanduser().exists()
    except (OSError, RuntimeError):  # too long for a path, or of nobody's home
        return False


def _passwords(value: str) -> Iterable[str]:
    for found in _PASSWORD.finditer(value):
        first, rest = found.groups()
        for password in (first, f"{first}@{rest}" if rest else ""):
            yield password
            yield unquote(password)


@lru_cache(maxsize=4)
def _redactor(secrets: frozenset[str]) -> Redactor:
    return Redactor(secrets)

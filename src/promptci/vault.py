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
    r"(?:^|_)(?:API|ACCESS|AUTH|SECRET|PRIVATE)?_?"
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS)$",
    re.IGNORECASE,
)

_kept: set[str] = set()


def keep(secrets: Iterable[str]) -> None:
    """Remember secrets whose variables have names that do not say so."""
    _kept.update(filter(None, secrets))


def redactor() -> Redactor:
    """What takes them out of a text; ask anew for each file, since more may have been kept."""
    return _redactor(frozenset(_kept.union(_named())))


def redact(text: str) -> str:
    """A text without them."""
    return redactor()(text)


def _named() -> Iterator[str]:
    return (value for name, value in os.environ.items() if _NAME.search(name))


@lru_cache(maxsize=4)
def _redactor(secrets: frozenset[str]) -> Redactor:
    return Redactor(secrets)

"""Names for files: plain, short and each once."""

import re
import unicodedata
from collections import Counter

from msgspec import Struct, field


def slug(text: str) -> str:
    """A text as a file's name: letters, digits and dashes, at most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


class Names(Struct):
    """Names that were given."""

    taken: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, name: str) -> str:
        """The name, or with a number behind it the first that is free."""
        free = name
        while free in self.taken:
            self.counts[name] += 1
            free = f"{name}-{self.counts[name] + 1}"
        self.taken.add(free)
        return free

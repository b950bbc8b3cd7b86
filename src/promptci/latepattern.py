"""Regular expressions that are compiled when they are first used.

The large ones take a millisecond each, and most commands use none of them.
"""

import re
from typing import Any, cast


class _Late:
    def __init__(self, text: str, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


def late(text: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, for its methods; a fault in the pattern shows at the first use."""
    return cast("re.Pattern[str]", _Late(text, flags))

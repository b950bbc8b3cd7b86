"""Regular expressions that are compiled when they are first used.

The large ones take a millisecond each, and most commands use none of them.
"""

import re
from typing import Any, AnyStr, cast


class _Late:
    def __init__(self, pattern: Any, flags: int) -> None:
        self.pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, found)
        return found


def late(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, for its methods; a fault in the pattern shows at the first use."""
    return cast("re.Pattern[AnyStr]", _Late(text, flags))

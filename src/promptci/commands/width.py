"""How wide the terminal is, without `shutil`, which takes longer to load than to ask."""

import os
from contextlib import suppress


def columns(*, otherwise: int) -> int:
    """Columns by the environment, else those of stdout's terminal; without either `otherwise`."""
    with suppress(ValueError):
        if (told := int(os.environ.get("COLUMNS", ""))) > 0:
            return told
    with suppress(OSError):
        return os.get_terminal_size(1).columns or otherwise
    return otherwise

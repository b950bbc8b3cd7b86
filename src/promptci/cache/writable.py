"""What the system lets the user do with files and folders."""

import os
from pathlib import Path


def is_closed(path: Path) -> bool:
    """Whether a file or folder may be read and not written, or not made where it is not there."""
    there = next((each for each in (path, *path.parents) if may(each, os.F_OK)), path)
    is_place = there == path or there.is_dir()
    return is_place and may(there, os.R_OK) and not may(there, os.W_OK)


def may(path: Path, mode: int) -> bool:
    """Whether the user that this process acts for may do so, where the system can tell the two."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)

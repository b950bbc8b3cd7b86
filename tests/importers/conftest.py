"""Sources of other tools in a folder, read without a repository."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from promptci.importers.imported import Imported
from promptci.importers.kinds import IMPORTERS
from promptci.importers.sources import Sources


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Imported]:
    """Writes files and reads one of them, or the folder, as a kind."""

    def run(kind: str, files: Mapping[str, str | bytes], path: str | None = None) -> Imported:
        for name, text in files.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return IMPORTERS[kind].read(Sources(tmp_path), path or next(iter(files)))

    return run


@pytest.fixture
def rows() -> Callable[[Imported], list[dict[str, Any]]]:
    """All examples that were imported."""
    return lambda found: [row for each in found.examples for row in each.rows()]

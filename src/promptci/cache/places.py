"""Where a project's answers are stored, and the logs of its runs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from promptci.lateclass import dataclass

if TYPE_CHECKING:
    from promptci.cache.cache import Cache


@dataclass(frozen=True, slots=True)
class AnswerPlaces:
    """Where answers are stored and results logged; the `cache` at `path` is opened when needed."""

    path: Path
    cache: "Callable[[], Cache]"
    runs: Path

"""Where a project's answers are stored, and the logs of its runs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from promptci.cache.cache import Cache


class AnswerPlaces(Struct, frozen=True):
    """Where answers are stored and results logged; the `cache` at `path` is opened when needed."""

    path: Path
    cache: "Callable[[], Cache]"
    runs: Path

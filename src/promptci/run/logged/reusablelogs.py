"""Whether run logs still hold the results that a run would only repeat."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path

from promptci.run.logged.logformat import Line, encode_line
from promptci.run.logged.runlog import surviving


class ReusableLogs:
    """The logs in a folder that the next run leaves there. Each is read at most once."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self._folder, self._now = folder, now
        self._texts: dict[str, bytes] = {}

    def hold(self, eval_name: str, model: str, logs: Sequence[str]) -> bool:
        """Whether these logs are there, and no later one says anything of an eval on a model."""
        if not logs or not self._there.issuperset(logs):
            return False
        line = encode_line(Line(eval_name, model, "", 0, "", 0.0))
        begin = line.partition(b'"example"')[0]
        later = (name for name in self._there if name > max(logs))
        return not any(begin in self._text(name) for name in later)

    @cached_property
    def _there(self) -> frozenset[str]:
        with suppress(OSError):
            return surviving(self._folder, self._now)
        return frozenset()

    def _text(self, name: str) -> bytes:
        if name not in self._texts:
            self._texts[name] = (self._folder / name).read_bytes()
        return self._texts[name]

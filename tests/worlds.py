"""The world of a test: a home, an environment and a folder in which nothing of the machine is."""

import itertools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ClassVar

from gitrepo import USER_CONFIG

DEAD_URL = "http://127.0.0.1:9/v1"
"""Where no server listens."""

_OF_THE_MACHINE = re.compile(
    "(GIT|GITHUB|GITLAB|BUILDKITE|OPENAI|AZURE|ANTHROPIC|GEMINI|GOOGLE|MISTRAL|GROQ|OPENROUTER"
    "|OLLAMA|PROMPTCI|XDG)_.*|.*_(KEY|TOKEN|SECRET|PROXY)|CI|TF_BUILD|JENKINS_URL"
    "|NO_COLOR|FORCE_COLOR|TTY_COMPATIBLE|TTY_INTERACTIVE|COLUMNS|LINES|TZ|L(ANG|C_.*)",
    re.IGNORECASE,
)
_DATE = "2026-01-02T03:04:05+00:00"
_ALIKE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": _DATE,
    "GIT_COMMITTER_DATE": _DATE,
    "OPENAI_BASE_URL": DEAD_URL,
    "COLUMNS": "100",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
"""Variables that all tests have."""


@dataclass
class World:
    """Where a test is. Git is configured by files in `home`: promptci strips `GIT_*` from children.

    The next test has the same world where this one used no folder and left none.
    """

    folder: Path
    home: Path
    is_kept: bool
    variables: Mapping[str, str] = field(init=False)

    current: ClassVar["World | None"] = None
    _numbers: ClassVar = itertools.count()

    def __post_init__(self) -> None:
        home = self.home
        self.variables = {
            **_ALIKE,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_STATE_HOME": str(home / ".local" / "state"),
        }

    @classmethod
    def enter(cls, base: Path, *, is_kept: bool) -> "World":
        """A world under a folder, with the process in it. What `is_kept` is no other test's."""
        if cls.current is None or not cls.current._is_untouched():
            cls.current = cls._new(base)
        cls.current.is_kept = is_kept
        cls.current._take_effect()
        return cls.current

    @classmethod
    def _new(cls, base: Path) -> "World":
        outer = base / str(next(cls._numbers))
        made = cls(outer / "test", outer / "home", is_kept=False)
        for each in (outer, made.folder, made.home):
            each.mkdir()
        (made.home / ".gitconfig").write_text(USER_CONFIG)
        return made

    def _is_untouched(self) -> bool:
        return (
            not self.is_kept
            and not any(self.folder.iterdir())
            and [path.name for path in self.home.iterdir()] == [".gitconfig"]
        )

    def _take_effect(self) -> None:
        for name in os.environ.keys() - self.variables.keys():
            if _is_of_the_machine(name):
                del os.environ[name]
        for name, value in self.variables.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
        os.chdir(self.folder)


@cache
def _is_of_the_machine(name: str) -> bool:
    return _OF_THE_MACHINE.fullmatch(name) is not None

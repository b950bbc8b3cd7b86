"""What git tells a hook by its environment: which index, which objects, which folder.

`git commit -a` and `git commit PATH` prepare another index than `.git/index` and name it in
`GIT_INDEX_FILE`; a receiving hook finds new objects in a quarantine. What names another repository
than the one promptci works in is refused, since a check of the wrong files would look like a check.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from promptci.errors import RepoError
from promptci.parsing.source import excerpt

_OBJECTS = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
_CONFIG = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT")
_PROTECTED = ("system", "global", "command")
"""The scopes in which git reads `safe.directory`."""


def hook_variables(environ: Mapping[str, str], top: Path, git_dir: Path) -> dict[str, str]:
    """The variables of a hook's environment that reads of this repository need.

    `top` is the top of the working tree and `git_dir` its git folder. Raises `RepoError` for a
    variable that names another repository.
    """
    _need_same(environ, "GIT_DIR", git_dir, start=Path.cwd())
    _need_same(environ, "GIT_WORK_TREE", top, start=Path.cwd())
    kept = dict(_objects(environ, git_dir))
    index = environ.get("GIT_INDEX_FILE")
    if index:
        path = _resolved(index, top)
        if path.parent != git_dir.resolve():
            _refuse("GIT_INDEX_FILE", index, git_dir)
        kept["GIT_INDEX_FILE"] = str(path)
    return kept


def _objects(environ: Mapping[str, str], git_dir: Path) -> Mapping[str, str]:
    """Where a receiving hook finds objects that are not in the repository yet."""
    found = {name: environ[name] for name in _OBJECTS if environ.get(name)}
    objects = _common(git_dir) / "objects"
    for name, value in found.items():
        paths = [_resolved(each, Path.cwd()) for each in value.split(os.pathsep)]
        if not all(path.is_relative_to(objects) for path in paths):
            _refuse(name, value, git_dir)
        found[name] = os.pathsep.join(map(str, paths))
    return found


def _common(git_dir: Path) -> Path:
    """The git folder that linked working trees share."""
    named = git_dir / "commondir"
    if not named.is_file():
        return git_dir.resolve()
    return _resolved(named.read_text("utf-8", "surrogateescape").strip(), git_dir)


def _need_same(environ: Mapping[str, str], name: str, wanted: Path, *, start: Path) -> None:
    value = environ.get(name)
    if value and _resolved(value, start) != wanted.resolve():
        _refuse(name, value, wanted)


def _resolved(value: str, start: Path) -> Path:
    return (start / value).resolve()


def _refuse(name: str, value: str, wanted: Path) -> NoReturn:
    raise RepoError(
        f"the variable {name} names {excerpt(value)}, which is not of the repository at {wanted}: "
        f"unset {name}, or work in the repository that it means"
    )


def safe_directories(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's `safe.directory` where variables say where the configuration is, as variables.

    Everything else that such variables configure is left out: it could name programs.
    """
    if not any(environ.get(name) for name in _CONFIG):
        return {}
    asked = ("git", "config", "--show-scope", "-z", "--get-all", "safe.directory")
    try:
        done = subprocess.run(
            asked, cwd=Path(os.sep), env=environ, capture_output=True, check=False
        )
    except OSError:
        return {}
    words = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    pairs = zip(words[::2], words[1::2], strict=False)
    values = [value for scope, value in pairs if scope in _PROTECTED]
    found = {"GIT_CONFIG_COUNT": str(len(values))} if values else {}
    for number, value in enumerate(values):
        found |= {f"GIT_CONFIG_KEY_{number}": "safe.directory", f"GIT_CONFIG_VALUE_{number}": value}
    return found


@contextmanager
def without_git_variables() -> Iterator[None]:
    """A process environment without what git sets inside hooks, for code that would read it."""
    taken = {key: value for key, value in os.environ.items() if _is_from_a_hook(key)}
    for key in taken:
        del os.environ[key]
    try:
        yield
    finally:
        os.environ.update(taken)


def _is_from_a_hook(key: str) -> bool:
    return key.startswith("GIT_") and not key.startswith("GIT_PYTHON_")

"""Which files git is told by what to ignore, beside those in their usual places.

A configuration may include others, and name lists of what is ignored
(https://git-scm.com/docs/git-config#_includes).
"""

import os
from collections.abc import Iterator

LIST = ("config", "-z", "--list", "--show-origin")
"""The command whose output is read; it fails where there is no configuration at all."""

_FILE = "file:"
_LISTS = ("core.excludesfile", "core.attributesfile")
_INCLUDES = ("include.", "includeif.")


def settings_files(listed: bytes, top: str) -> set[str]:
    """Full paths, those of files that are not there included; `top` is that of the working tree."""
    parts = os.fsdecode(listed).split("\0")
    pairs = zip(parts[::2], parts[1::2], strict=False)
    paths = (os.path.join(top, os.path.expanduser(path)) for path in _named(pairs))
    return set(map(os.path.normpath, paths))


def _named(pairs: Iterator[tuple[str, str]]) -> Iterator[str]:
    for origin, setting in pairs:
        key, _, value = setting.partition("\n")
        file = origin.removeprefix(_FILE)
        if file != origin:
            yield file
        if key in _LISTS and value:
            yield value
        if key.startswith(_INCLUDES) and key.endswith(".path"):
            yield os.path.join(os.path.dirname(file), os.path.expanduser(value))

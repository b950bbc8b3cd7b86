"""How many files this process may have open, connections among them."""

from contextlib import suppress

_WANTED = 4096
_OTHERS = 48
"""Files that are open beside connections: the cache, its journal, logs, git, libraries."""


def room_for_files() -> int:
    """How many connections there is room for, once the limit is as high as this user may set it."""
    try:
        import resource  # not on Windows, which knows no such limit
    except ImportError:
        return _WANTED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return _WANTED if soft == resource.RLIM_INFINITY else max(1, soft - _OTHERS)

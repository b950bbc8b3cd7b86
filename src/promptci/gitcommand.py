"""How git is called: neither a repository's configuration nor a hook's environment changes it.

Only plumbing, and no program that a configuration names: no hooks, no file system monitor, no
signature checks; and nothing is fetched.
"""

import os

COMMAND = (
    "git",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "log.showSignature=false",
    "-c",
    "safe.bareRepository=explicit",
)

_AUTHOR = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE")


def git_environment() -> dict[str, str]:
    """The environment without what git sets inside hooks, and without questions or locks.

    Who the author of a commit would be, and when, chooses nothing and stays.

    Nothing is fetched, whatever a partial clone lacks: that would run programs that the
    configuration names. Grafts, which may give a commit other parents, are ignored.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _AUTHOR}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_GRAFT_FILE": os.devnull,
        "LC_ALL": "C",
    }

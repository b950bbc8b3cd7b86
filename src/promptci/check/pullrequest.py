"""What GitHub and GitLab say of the pull request that a job runs for."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from promptci.secrets.safetext import on_one_line

EVENTS = ("pull_request", "pull_request_target")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_MOST = 5_000_000
"""Bytes of an event file; GitHub's are some thousands."""


def is_from_fork(environ: Mapping[str, str]) -> bool:
    """Whether the change comes from another repository than the one it goes to.

    A fork that is gone is one. False where nothing is known.
    """
    source = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
    if source and environ.get("GITLAB_CI"):
        return source != environ.get("CI_MERGE_REQUEST_PROJECT_ID")
    if environ.get("GITHUB_EVENT_NAME") not in EVENTS:
        return False
    pull = _part(_event(environ.get("GITHUB_EVENT_PATH", "")), "pull_request")
    head, base = (_part(_part(pull, side), "repo") for side in ("head", "base"))
    return bool(pull) and (not head or head.get("full_name") != base.get("full_name"))


def group_before(environ: Mapping[str, str], head: str) -> str:
    """The commit on which GitHub's merge queue built the group that is checked out as `head`.

    That is the group before it, or the branch's newest commit for the first one: `base_sha` of the
    event `merge_group`. Empty for any other event, and for one that is not about `head`.
    """
    if environ.get("GITHUB_EVENT_NAME") != "merge_group":
        return ""
    group = _part(_event(environ.get("GITHUB_EVENT_PATH", "")), "merge_group")
    base = group.get("base_sha")
    is_whole = isinstance(base, str) and _COMMIT.fullmatch(base) is not None
    return str(base) if is_whole and group.get("head_sha") == head else ""


def evaluating_command(environ: Mapping[str, str], folder: str = "") -> str:
    """What somebody who has the keys runs in a clone to evaluate the change from a fork.

    `folder` is where the project is in the repository.
    """
    promptci = f"promptci -C {quote(on_one_line(folder))}" if folder else "promptci"
    number = str(_part(_event(environ.get("GITHUB_EVENT_PATH", "")), "pull_request").get("number"))
    ref = f"pull/{number}/head"
    if environ.get("GITLAB_CI"):
        number = environ.get("CI_MERGE_REQUEST_IID", "")
        ref = f"merge-requests/{number}/head"
    if not (number.isascii() and number.isdigit()):
        return f"{promptci} check --head COMMIT"
    return f"git fetch origin {ref} && {promptci} check --head FETCH_HEAD"


def _event(path: str) -> Any:
    try:
        with Path(path).open("rb") as file:
            return json.loads(file.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return {}


def _part(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}

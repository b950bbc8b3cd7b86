"""What CI systems say of the pull request, the merge queue or the push that a job runs for."""

import json
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from promptci.latepattern import late
from promptci.secrets.safetext import on_one_line

_MOST = 5_000_000
"""Bytes of an event file; GitHub's are some thousands."""

EVENTS = ("pull_request", "pull_request_target")
_COMMIT = late(r"[0-9a-f]{40}([0-9a-f]{24})?")


def is_from_fork(environ: Mapping[str, str]) -> bool:
    """Whether the change comes from another repository than the one it goes to.

    A fork that is gone is one. False where nothing is known.
    """
    source = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
    if source and environ.get("GITLAB_CI"):
        return source != environ.get("CI_MERGE_REQUEST_PROJECT_ID")
    if any(environ.get(name, "").lower() not in ("", "false") for name in _FORKS):
        return True
    if environ.get("GITHUB_EVENT_NAME") not in EVENTS:
        return False
    pull = _part(github_event(environ), "pull_request")
    head, base = (_part(_part(pull, side), "repo") for side in ("head", "base"))
    return bool(pull) and (not head or head.get("full_name") != base.get("full_name"))


_FORKS = ("SYSTEM_PULLREQUEST_ISFORK", "CHANGE_FORK", "CIRCLE_PR_USERNAME")
"""What Azure Pipelines, Jenkins and CircleCI set for a change from a fork."""

_BUILT = {
    "merge_train": "what the merge train built on",
    "merged_result": "the target's commit in the merged result",
}
"""What GitLab's pipelines with a target's commit are built on, by CI_MERGE_REQUEST_EVENT_TYPE."""


def built_on(environ: Mapping[str, str], head: str) -> tuple[str, str]:
    """The commit on which a CI system built what is checked out as `head`, and what it is.

    In GitHub's merge queue it is the group before, or the branch's newest commit for the first one:
    `base_sha` of the event `merge_group`. In GitLab's merge trains and merged results it is
    CI_MERGE_REQUEST_TARGET_BRANCH_SHA. Empty for others, and for what is not about `head`.
    """
    base, about, why = "", "", ""
    if environ.get("GITHUB_EVENT_NAME") == "merge_group":
        group = _part(github_event(environ), "merge_group")
        base, about = (str(group.get(name)) for name in ("base_sha", "head_sha"))
        why = "what the merge queue built on"
    elif environ.get("GITLAB_CI"):
        base = environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "")
        about = environ.get("CI_COMMIT_SHA", "")
        why = _BUILT.get(environ.get("CI_MERGE_REQUEST_EVENT_TYPE", ""), "what GitLab merged into")
    return (base, why) if _COMMIT.fullmatch(base) and about == head else ("", "")


def left_at(environ: Mapping[str, str], head: str) -> str:
    """Where `head` left the target's branch, as GitLab says: it knows that in a fork's clone, too.

    Empty for other systems, and for what is not about `head`.
    """
    base = environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    is_about = environ.get("CI_COMMIT_SHA") == head
    return base if is_about and _COMMIT.fullmatch(base) is not None else ""


def before_push(environ: Mapping[str, str], head: str) -> str:
    """The newest commit of a branch before the push that made it `head`.

    Empty where no push did, and where it made the branch.
    """
    before, after = "", ""
    if environ.get("GITHUB_EVENT_NAME") == "push":
        event = github_event(environ)
        if isinstance(event, Mapping):
            before, after = (str(event.get(name)) for name in ("before", "after"))
    elif environ.get("CI_PIPELINE_SOURCE") == "push":
        before, after = (environ.get(f"CI_COMMIT_{name}", "") for name in ("BEFORE_SHA", "SHA"))
    is_one = _COMMIT.fullmatch(before) is not None and before.strip("0") != ""
    return before if is_one and after == head else ""


_TARGETS = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "CHANGE_TARGET",
)
"""What GitHub and Gitea, GitLab, Bitbucket, Azure Pipelines and Jenkins call it."""


def target_branch(environ: Mapping[str, str]) -> str:
    """The branch that the pull request of a job goes to; empty where there is none."""
    named = next((environ[name] for name in _TARGETS if environ.get(name)), "")
    return named.removeprefix("refs/heads/")


def default_branch(environ: Mapping[str, str]) -> str:
    """The branch of a repository that others come from, where the system of a job tells it.

    GitHub's and Gitea's events do, and GitLab's CI_DEFAULT_BRANCH; a clone of one branch does not.
    """
    event = github_event(environ)
    named = _part(event, "repository").get("default_branch")
    return named if isinstance(named, str) else environ.get("CI_DEFAULT_BRANCH", "")


def unseen_change(environ: Mapping[str, str]) -> str:
    """The event of a job about a pull request of which GitHub checks out nothing by itself.

    Empty for others, and for a pull request that was merged
    (https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows).
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    event = github_event(environ)
    about = {
        "pull_request_target": _part(event, "pull_request").get("merged") is not True,
        "issue_comment": bool(_part(_part(event, "issue"), "pull_request")),
        "workflow_run": _part(event, "workflow_run").get("event") in EVENTS,
    }
    return name if about.get(name) else ""


def evaluating_command(environ: Mapping[str, str], folder: str = "") -> str:
    """What somebody who has the keys runs in a clone to evaluate the change from a fork.

    `folder` is where the project is in the repository.
    """
    promptci = f"promptci -C {quote(on_one_line(folder))}" if folder else "promptci"
    number = str(_part(github_event(environ), "pull_request").get("number"))
    ref = f"pull/{number}/head"
    if environ.get("GITLAB_CI"):
        number = environ.get("CI_MERGE_REQUEST_IID", "")
        ref = f"merge-requests/{number}/head"
    if not (number.isascii() and number.isdigit()):
        return f"{promptci} check --head COMMIT"
    return f"git fetch origin {ref} && {promptci} check --head FETCH_HEAD"


def github_event(environ: Mapping[str, str]) -> Any:
    """The event as parsed JSON, which anything may be; an empty object where there is none."""
    try:
        with Path(environ.get("GITHUB_EVENT_PATH", "")).open("rb") as file:
            return json.loads(file.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return {}


def _part(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}

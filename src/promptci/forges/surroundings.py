"""What the variables of a CI system say of the forge, the repository and the pull request."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from promptci.check.pullrequest import github_event
from promptci.forges.forge import part_of

Environ: TypeAlias = Mapping[str, str]


class Surroundings(Struct, frozen=True):
    """What is known; what is not is empty. `head` is the commit that the pull request offers."""

    forge: str = ""
    url: str = ""
    repo: str = ""
    pull: str = ""
    head: str = ""
    token: str = ""


def read_surroundings(environ: Environ) -> Surroundings:
    """What the first CI system that knows itself says."""
    for sign, read in _SYSTEMS:
        if environ.get(sign):
            return read(environ)
    return Surroundings()


def token_of(forge: str, environ: Environ) -> str:
    """The token for a forge, from the variables that are usual for it."""
    return next((environ[name] for name in TOKENS.get(forge, ()) if environ.get(name)), "")


TOKENS: Mapping[str, tuple[str, ...]] = {
    "github": ("GITHUB_TOKEN", "GH_TOKEN"),
    "gitea": ("GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
    "bitbucket": ("BITBUCKET_TOKEN",),
}


def _github(environ: Environ) -> Surroundings:
    event = github_event(environ)
    forge = "gitea" if environ.get("GITEA_ACTIONS") or environ.get("FORGEJO_ACTIONS") else "github"
    run_head = part_of(event, "workflow_run.head_sha")
    return Surroundings(
        forge,
        environ.get("GITHUB_API_URL", ""),
        environ.get("GITHUB_REPOSITORY", ""),
        part_of(event, "pull_request.number") or _commented(event),
        part_of(event, "pull_request.head.sha") or run_head,
        token_of(forge, environ),
    )


def _commented(event: Any) -> str:
    """The pull request that somebody commented on; nothing of an issue that is none."""
    return part_of(event, "issue.number") if part_of(event, "issue.pull_request.url") else ""


def _gitlab(environ: Environ) -> Surroundings:
    head = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA", "")
    return Surroundings(
        "gitlab",
        environ.get("CI_API_V4_URL", ""),
        environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", ""),
        environ.get("CI_MERGE_REQUEST_IID", ""),
        head,
        token_of("gitlab", environ),
    )


def _bitbucket(environ: Environ) -> Surroundings:
    return Surroundings(
        "bitbucket",
        "",
        environ.get("BITBUCKET_REPO_FULL_NAME", ""),
        environ.get("BITBUCKET_PR_ID", ""),
        environ.get("BITBUCKET_COMMIT", ""),
        token_of("bitbucket", environ),
    )


_SYSTEMS: tuple[tuple[str, Callable[[Environ], Surroundings]], ...] = (
    ("GITHUB_ACTIONS", _github),
    ("GITLAB_CI", _gitlab),
    ("BITBUCKET_BUILD_NUMBER", _bitbucket),
)

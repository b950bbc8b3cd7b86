"""Whether the user's own code may be run: off, unless somebody trusted says so."""

from collections.abc import Mapping

from promptci.errors import RequestError
from promptci.specs.config import Config

_PRIVILEGED = (
    *("pull_request_target", "workflow_run", "issue_comment", "issues"),
    *("pull_request_review", "pull_request_review_comment"),
)
"""Events that strangers cause, whose jobs hold secrets: their change may be checked out."""

_OF_CHANGES = ("pull_request", *_PRIVILEGED)


def need_permission(
    config: Config, *, by_option: bool, is_base: bool, environ: Mapping[str, str]
) -> None:
    """Refuse own code unless the command line or the configuration allows it.

    In a job for a pull request only the base's configuration counts (`is_base`), since the change
    could write its own. Raises `RequestError`.
    """
    event = environ.get("GITHUB_EVENT_NAME", "")
    if event in _PRIVILEGED:
        raise RequestError(
            f"scorers that are own code are not run under `{event}`, which holds secrets: "
            "run them under `pull_request`"
        )
    if by_option:
        return
    if not config.allows_code:
        where = "promptci.yaml of the base" if is_base else "promptci.yaml"
        raise RequestError(
            "a scorer or tool is own code, which is off: pass --allow-code, "
            f"or write `allow: [code]` in {where}"
        )
    if event in _OF_CHANGES and not is_base:
        raise RequestError(
            "a scorer or tool is own code, and a pull request may not allow itself to run it: "
            "use `promptci check`, which runs the base's, or pass --allow-code"
        )

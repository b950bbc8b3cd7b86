"""When the user's own code may be run."""

from contextlib import nullcontext

import pytest

from promptci.errors import RequestError
from promptci.specs.config import Config
from promptci.suite.codepermission import need_permission
from tables import every_row

CASES = [
    # event, in the configuration, on the command line, the base's configuration, allowed
    ("", False, False, False, False),
    ("", True, False, False, True),
    ("", False, True, False, True),
    ("push", True, False, False, True),
    ("pull_request", True, False, False, False),
    ("pull_request", True, False, True, True),
    ("pull_request", False, False, True, False),
    ("pull_request", False, True, False, True),
    ("pull_request_target", True, True, True, False),
    ("workflow_run", True, True, True, False),
]


@every_row(("event", "in_config", "by_option", "is_base", "allowed"), CASES)
def test_who_may_allow_it(event, in_config, by_option, is_base, allowed):
    config = Config(allows_code=in_config)
    environ = {"GITHUB_EVENT_NAME": event} if event else {}
    with nullcontext() if allowed else pytest.raises(RequestError):
        need_permission(config, by_option=by_option, is_base=is_base, environ=environ)

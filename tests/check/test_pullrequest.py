"""Whether a job is for a fork's change, and how somebody with the keys evaluates that."""

import json

import pytest

from promptci.check.pullrequest import evaluating_command, is_from_fork
from tables import every_row

GITLAB = {
    "GITLAB_CI": "true",
    "CI_MERGE_REQUEST_IID": "12",
    "CI_MERGE_REQUEST_PROJECT_ID": "1",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2",
}
ANY = "promptci check --head COMMIT"


def test_a_merge_request_from_another_project_is_a_fork_s():
    assert is_from_fork(GITLAB)
    assert not is_from_fork({**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1"})
    assert not is_from_fork({"GITLAB_CI": "true"})
    assert not is_from_fork({**GITLAB, "GITLAB_CI": ""})


ELSEWHERE = {
    "SYSTEM_PULLREQUEST_ISFORK=True": True,
    "SYSTEM_PULLREQUEST_ISFORK=False": False,
    "CHANGE_FORK=eve": True,
    "CIRCLE_PR_USERNAME=eve": True,
    "CIRCLE_PR_USERNAME=": False,
}


@every_row("variable", ELSEWHERE)
def test_other_systems_tell_a_fork_by_a_variable(variable):
    name, _, value = variable.partition("=")
    assert is_from_fork({name: value}) is ELSEWHERE[variable]
    wanted = "git fetch origin merge-requests/12/head && promptci check --head FETCH_HEAD"
    assert evaluating_command(GITLAB) == wanted
    assert evaluating_command(GITLAB, "a b").endswith(
        "&& promptci -C 'a b' check --head FETCH_HEAD"
    )


@pytest.mark.parametrize("number", ["7", "7; rm -rf /", None, "", "$(id)", "\u0667"])
def test_only_a_number_gets_into_a_command(number, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": number}}))
    wanted = "git fetch origin pull/7/head && promptci check --head FETCH_HEAD"
    found = evaluating_command({"GITHUB_EVENT_PATH": str(event)})
    assert found == (wanted if number == "7" else ANY)
    assert evaluating_command({**GITLAB, "CI_MERGE_REQUEST_IID": "1 && id"}) == ANY

"""Whether a job is for a fork's change, and how somebody with the keys evaluates that."""

import json

import pytest

from promptci.check.pullrequest import evaluating_command, is_from_fork

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

"""The event that GitHub writes for a workflow: read where it is one, and nothing otherwise."""

import pytest

from promptci.check import pullrequest
from promptci.check.pullrequest import github_event


def test_an_event_is_read(tmp_path):
    (tmp_path / "event.json").write_text('{"number": 7}')
    assert github_event({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}) == {"number": 7}


@pytest.mark.parametrize("written", ["{", "[" * 100_000, '{"long": "%s"}' % ("x" * 100), None])
def test_what_cannot_be_read_says_nothing(tmp_path, monkeypatch, written):
    monkeypatch.setattr(pullrequest, "_MOST", 100)
    path = tmp_path / "event.json"
    if written is not None:
        path.write_text(written)
    assert github_event({"GITHUB_EVENT_PATH": str(path)}) == {}
    assert github_event({}) == {}

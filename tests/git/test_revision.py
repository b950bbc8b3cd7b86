"""Commits are abbreviated for people only."""

from promptci.git.revision import Revision


def test_a_commit_is_shown_by_seven_digits():
    commit = Revision("dfd0445ace0b9281c6453911f2cc3c123eef998f", "main")
    assert (commit.short, commit.name) == ("dfd0445", "main")
    assert len(commit.id) == 40

"""Commits are abbreviated for people only."""

from promptci.git.revision import Revision, how_to_have
from tables import every_row


def test_a_commit_is_shown_by_seven_digits():
    commit = Revision("dfd0445ace0b9281c6453911f2cc3c123eef998f", "main")
    assert (commit.short, commit.name) == ("dfd0445", "main")
    assert len(commit.id) == 40


@every_row(
    ("name", "refs", "remotes", "said"),
    [
        ("mian", ["main"], [], "did you mean `main`?"),
        ("main", ["dev", "master"], [], "did you mean `master`?"),
        ("master", ["main", "masher"], [], "did you mean `main`?"),
        ("origin/main", ["main"], [], "this clone has no remote, did you mean `main`?"),
        ("origin/dev", ["main"], [], "this clone has no remote, name one of its own commits"),
        (
            "origin/main",
            ["x"],
            ["origin"],
            "`git fetch origin main:refs/remotes/origin/main` brings",
        ),
        ("upstream/main", ["x"], ["orig"], "known are `orig`"),
        ("orgin/main", ["main"], [], "did you mean `main`?"),
        ("feature/x", ["main"], ["origin"], ""),
        ("HEAD~9", ["main"], [], "the history of `HEAD` does not go back so far"),
        ("main~9", ["main"], [], "the history of `main` does not go back so far"),
        ("abc123", ["main"], ["origin"], ""),
    ],
)
def test_what_is_not_here_is_said_with_the_cure(name, refs, remotes, said):
    assert how_to_have(name, refs, remotes).startswith(said)
    assert bool(how_to_have(name, refs, remotes)) is bool(said)

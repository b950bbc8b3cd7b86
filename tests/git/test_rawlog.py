"""Commits as `git log` tells of them, with the objects of the files that they changed."""

from contextlib import closing

from promptci.git.rawlog import LoggedFile, raw_log
from promptci.git.repo import Repo


def test_a_commit_tells_who_changed_which_objects(repo):
    repo.write({"a/one.txt": "1", "a/two.txt": "2", "b.txt": "b"})
    first = repo.commit("First \u00e4")
    repo.write({"a/one.txt": "one"})
    (repo.path / "a/two.txt").unlink()
    repo.link("a/two.txt", "one.txt")
    second = repo.commit("Second")
    with_objects = {
        f"{commit}:{path}": repo.git("rev-parse", f"{commit}:{path}").strip()
        for commit in (first, second)
        for path in ("a/one.txt", "a/two.txt")
    }
    with closing(Repo.discover(repo.path)) as opened:
        last, begun = raw_log(opened, ("--topo-order",), (second,), "a")
    assert (last.revision.id, begun.revision.id) == (second, first)
    assert (last.parents, begun.parents) == ((first,), ())
    assert (begun.subject, last.author) == ("First \u00e4", begun.author)
    assert begun.files == tuple(
        LoggedFile(path, "", with_objects[f"{first}:{path}"]) for path in ("a/one.txt", "a/two.txt")
    )
    one, link = last.files
    changed = (with_objects[f"{each}:a/one.txt"] for each in (first, second))
    assert one == LoggedFile("a/one.txt", *changed)
    assert link == LoggedFile("a/two.txt", with_objects[f"{first}:a/two.txt"], "")

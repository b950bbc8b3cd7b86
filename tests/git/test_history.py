"""Who changed a file, through renames and merges, whatever a repository is configured to."""

import pytest

from promptci.git.commits import ancestors, commits_between
from promptci.git.filechanges import steps
from promptci.git.folderhistory import first_parents
from promptci.git.repo import Repo

LINES = "".join(f"{number}\n" for number in range(30))


@pytest.fixture
def opened(repo):
    """The repository as promptci sees it, opened when first asked for."""
    found = []

    def open_():
        if not found:
            found.append(Repo.discover(repo.path))
        return found[0]

    yield open_
    for each in found:
        each.close()


def changed(line, text):
    """The thirty lines with one of them changed."""
    return LINES.replace(f"{line}\n", f"{text}\n", 1)


def subjects(repo, path, **limits):
    return [step.subject for step in steps(repo, path, repo.head(), **limits)]


def test_each_step_knows_the_file_before_and_after(repo, opened):
    repo.write({"f": "one"})
    first = repo.commit("one")
    repo.write({"g": "other"})
    repo.commit("elsewhere")
    repo.write({"f": "two"})
    second = repo.commit("two")
    newer, older = steps(opened(), "f", opened().head())
    assert (newer.revision.id, older.revision.id) == (second, first)
    assert opened().blob(newer.blob) == b"two"
    assert newer.before == older.blob
    assert opened().blob(older.blob) == b"one"
    assert older.before == ""
    assert older.author == "Ada Test"
    assert older.date.startswith("2026-01-02T03:04:05")


def test_a_file_is_followed_through_renames(repo, opened):
    repo.write({"evals/früh er.yaml": LINES})
    repo.commit("add")
    repo.git("mv", "evals/früh er.yaml", "evals/b.yaml")
    repo.commit("rename")
    repo.write({"evals/b.yaml": changed(5, "five")})
    repo.commit("edit")
    repo.git("mv", "evals/b.yaml", "c.yaml")
    repo.write({"c.yaml": changed(7, "seven")})
    repo.commit("move and edit")
    found = list(steps(opened(), "c.yaml", opened().head()))
    assert [step.subject for step in found] == ["move and edit", "edit", "rename", "add"]
    assert [step.path for step in found] == [
        "c.yaml",
        "evals/b.yaml",
        "evals/b.yaml",
        "evals/früh er.yaml",
    ]
    assert [step.before for step in found[:3]] == [step.blob for step in found[1:]]
    assert subjects(opened(), "c.yaml", most=2) == ["move and edit", "edit"]
    assert subjects(opened(), "c.yaml", most=3) == ["move and edit", "edit", "rename"]


def test_a_copy_has_no_history_of_its_own(repo, opened):
    repo.write({"a": LINES})
    repo.commit("add")
    repo.write({"b": LINES})
    repo.commit("copy")
    assert subjects(opened(), "b") == ["copy"]


def test_a_deleted_file_has_an_empty_step(repo, opened):
    repo.write({"a": LINES})
    repo.commit("add")
    repo.git("rm", "-q", "a")
    repo.commit("delete")
    repo.write({"a": changed(3, "three")})
    repo.commit("again")
    again, deleted, added = steps(opened(), "a", opened().head())
    assert (deleted.blob, deleted.before) == ("", added.blob)
    assert (again.before, added.before) == ("", "")


def test_a_link_in_place_of_the_file_is_no_file(repo, opened):
    repo.write({"a": LINES, "b": "b"})
    repo.commit("add")
    (repo.path / "a").unlink()
    repo.link("a", "b")
    repo.commit("link")
    link, added = steps(opened(), "a", opened().head())
    assert (link.blob, link.before) == ("", added.blob)


def test_a_folder_in_place_of_the_file_is_no_file(repo, opened):
    repo.write({"a/x": "x", "a/y": "y"})
    repo.commit("folder")
    repo.git("rm", "-rq", "a")
    repo.write({"a": LINES})
    repo.commit("file")
    found = list(steps(opened(), "a", opened().head()))
    assert [(step.subject, bool(step.blob), bool(step.before)) for step in found] == [
        ("file", True, False),
        ("folder", False, False),
    ]


def test_only_merges_that_made_something_new_are_steps(repo, opened):
    repo.write({"a": LINES})
    repo.commit("add")
    repo.git("checkout", "-q", "-b", "side")
    repo.write({"a": changed(2, "side")})
    repo.commit("on the side")
    repo.git("checkout", "-q", "main")
    repo.write({"b": "b"})
    repo.commit("unrelated")
    repo.git("merge", "-q", "-m", "clean merge", "side")
    assert subjects(opened(), "a") == ["on the side", "add"]
    repo.git("checkout", "-q", "-b", "other", "HEAD~1")
    repo.write({"a": changed(25, "other")})
    repo.commit("on the other side")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "-m", "merge of both", "other")
    found = list(steps(opened(), "a", opened().head()))
    assert [step.subject for step in found] == [
        "merge of both",
        "on the other side",
        "on the side",
        "add",
    ]
    assert found[0].before == found[2].blob  # what the first parent had


def test_a_side_that_was_thrown_away_is_no_history(repo, opened):
    repo.write({"a": LINES})
    repo.commit("add")
    repo.git("checkout", "-q", "-b", "side")
    repo.write({"a": changed(2, "side")})
    repo.commit("on the side")
    repo.git("checkout", "-q", "main")
    repo.write({"b": "b"})
    repo.commit("unrelated")
    repo.git("merge", "-q", "-s", "ours", "-m", "keep ours", "side")
    assert subjects(opened(), "a") == ["add"]


def test_no_configuration_sways_the_history(repo, opened):
    repo.write({"a ä": LINES})
    repo.commit("add")
    repo.git("mv", "a ä", "b")
    repo.commit("rename")
    for name, value in {
        "log.follow": "true",
        "log.showRoot": "false",
        "log.diffMerges": "off",
        "diff.renames": "copies",
        "diff.relative": "true",
        "color.ui": "always",
        "format.pretty": "oneline",
        "i18n.logOutputEncoding": "latin1",
    }.items():
        repo.git("config", name, value)
    assert [step.path for step in steps(opened(), "b", opened().head())] == ["b", "a ä"]


def test_names_are_no_patterns(repo, opened):
    repo.write({"a*": LINES, "ab": "x"})
    repo.commit("add both")
    repo.write({"ab": "y"})
    repo.commit("edit the other")
    assert subjects(opened(), "a*") == ["add both"]
    assert subjects(opened(), "nothing") == []


def test_any_commit_message_is_read(repo, opened):
    repo.write({"a": LINES})
    repo.commit("\x1e:100644 100644 \x1b[31m ünï")
    [step] = steps(opened(), "a", opened().head())
    assert step.subject == "\x1e:100644 100644 \x1b[31m ünï"


def test_a_project_in_a_folder_has_paths_of_its_own(repo, opened, monkeypatch):
    repo.write({"sub/evals/a": LINES, "evals/a": "x"})
    repo.commit("add")
    monkeypatch.chdir(repo.path / "sub")
    inner = Repo.discover(repo.path / "sub")
    [step] = steps(inner, "evals/a", inner.head())
    assert step.path == "evals/a"
    assert inner.blob(step.blob) == LINES.encode()
    inner.close()


def test_since_takes_what_git_takes(repo, opened, monkeypatch):
    for day in ("2026-01-10", "2026-02-10"):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{day}T00:00:00+00:00")
        repo.write({"a": day})
        repo.commit(day)
    assert subjects(opened(), "a", since="2026-02-01") == ["2026-02-10"]


def test_ancestors_and_commits_between(repo, opened):
    ids = [repo.commit(name) for name in "abc"]
    first, _, last = (opened().resolve(id_) for id_ in ids)
    assert ancestors(opened(), last) == ids[::-1]
    assert commits_between(opened(), first, last) == ids[1:]
    assert commits_between(opened(), last, first) == []


def test_first_parents_follow_a_move_of_the_whole_project(repo):
    repo.write({"old/promptci.yaml": "a: 1", "old/evals/a.yaml": "1"})
    ids = [repo.commit("first")]
    repo.write({"old/evals/a.yaml": "2"})
    ids.append(repo.commit("second"))
    (repo.path / "new").mkdir()
    for name in ("promptci.yaml", "evals"):
        repo.git("mv", f"old/{name}", f"new/{name}")
    ids.append(repo.commit("move"))
    moved = Repo.discover(repo.path / "new")
    found = [list(first_parents(moved, moved.head(), ["evals/a.yaml"], most=n)) for n in (9, 2)]
    moved.close()
    assert found == [ids[::-1], ids[:0:-1]]

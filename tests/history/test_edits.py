"""What the files as they are are compared with, where they are not committed yet."""

import pytest

from promptci.git.repo import Repo
from promptci.history.edits import has_edits, local_base


@pytest.fixture
def opened(repo):
    repo.write({"prompts/a.yaml": "one", "README.md": "one", "evals/a.scores.yaml": "one"})
    repo.commit("first")
    repo.write({"prompts/a.yaml": "two"})
    repo.commit("second")
    opened = Repo.discover(repo.path)
    yield opened
    opened.close()


def why(opened, given=None, **environ):
    return local_base(opened, given, environ).why


PARENT = "the first parent of HEAD, which is main"
EDITED = "HEAD, which is main, since files are not committed yet"


@pytest.mark.parametrize(
    "path", ["prompts/a.yaml", "evals/new.jsonl", "flows/f.yaml", "promptci.yaml", "b.prompt.yml"]
)
def test_edited_sources_on_the_target_are_compared_with_its_last_commit(repo, opened, path):
    assert why(opened) == PARENT
    repo.write({path: "three"})
    assert why(opened) == why(opened, "main") == EDITED
    assert local_base(opened, None, {}).revision == opened.head()


@pytest.mark.parametrize("path", ["README.md", "evals/a.scores.yaml", "notes.txt"])
def test_other_files_and_records_are_no_edits(repo, opened, path):
    repo.write({path: "three"})
    assert why(opened) == PARENT


@pytest.mark.parametrize("name", ["CI", "TF_BUILD", "JENKINS_URL"])
def test_what_a_job_changes_hides_no_commit(repo, opened, name):
    """A step before the check may leave files behind: the commit is judged all the same."""
    repo.write({"prompts/a.yaml": "three"})
    assert why(opened, **{name: "true"}) == PARENT


def test_on_a_branch_edits_move_no_base(repo, opened):
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("third")
    repo.write({"prompts/a.yaml": "three"})
    assert why(opened) == "the merge base of HEAD and main"


def test_a_project_in_a_folder_looks_at_its_own_files(repo):
    repo.write({"app/promptci.yaml": "", "app/prompts/a.yaml": "one", "prompts/b.yaml": "one"})
    repo.commit("first")
    repo.commit("second")
    found = Repo.discover(repo.path / "app")
    repo.write({"prompts/b.yaml": "two"})
    assert why(found) == PARENT
    repo.write({"app/prompts/a.yaml": "two"})
    assert why(found) == EDITED
    found.close()


def test_a_moved_folder_counts_by_what_is_in_it(repo):
    repo.write({"old/promptci.yaml": "one", "old/evals/a.yaml": "one", "other.txt": "one"})
    repo.commit("first")
    (repo.path / "new").mkdir()
    for name in ("promptci.yaml", "evals"):
        repo.git("mv", f"old/{name}", f"new/{name}")
    repo.write({"other.txt": "two"})
    repo.commit("moved")
    repo.write({"new/evals/a.yaml": "two"})
    repo.commit("edited")
    opened = Repo.discover(repo.path / "new")
    first, moved, edited = (opened.resolve(f"HEAD~{back}") for back in (2, 1, 0))
    assert not has_edits(opened, first, moved)
    assert has_edits(opened, first, edited)
    assert has_edits(opened, first, None)
    opened.close()

"""A project whose folder was moved is found again, and is never guessed."""

from promptci.git.discovery import project_root
from promptci.git.projectfolder import former_folder, project_files
from tables import every_row

OURS = ("promptci.yaml", "prompts/a.yaml", "evals/a.yaml", "evals/a.jsonl")
OTHER = ("promptci.yaml", "prompts/z.yaml", "evals/z.yaml", "evals/z.jsonl")


def at(folder, names=OURS):
    return [f"{folder}{name}" for name in names]


@every_row(
    ("paths", "still", "found"),
    [
        (at("old/"), (), "old/"),
        (at(""), (), ""),
        (at("deep/er/"), (), "deep/er/"),
        ([*at("old/"), "README.md", "src/main.py"], (), "old/"),
        ([*at("old/"), *at("beside/", OTHER)], ("beside/",), "old/"),
        ([*at("old/"), *at("gone/", OTHER)], (), "old/"),
        (at("old/", OURS[:2]), (), "old/"),  # it grew since
        (at("old/"), ("old/",), None),  # a copy: it is a project still
        ([*at("one/"), *at("two/")], (), None),  # one is as good as the other
        (at("old/", OTHER), (), None),
        (["README.md"], (), None),
        ([], (), None),
    ],
)
def test_it_is_found_where_it_was_and_nowhere_else(paths, still, found):
    assert former_folder(paths, project_files(OURS, ""), lambda each: each in still) == found


def test_folders_of_the_same_names_inside_are_the_projects_own():
    paths = at("old/", (*OURS, "evals/prompts/b.yaml", "prompts/evals/c.yaml"))
    assert former_folder(paths, project_files(OURS, ""), lambda _: False) == "old/"


def test_only_a_projects_files_count():
    paths = ["a/promptci.yaml", "a/evals/x.yaml", "a/src/x.py", "b/evals/y.yaml"]
    assert project_files(paths, "a/") == {"promptci.yaml", "evals/x.yaml"}


def test_what_is_in_a_project_is_none_whatever_its_folders_are_called(tmp_path):
    for folder in ("evals/evals", "evals/team/evals", "prompts/evals", "flows/own/prompts"):
        (tmp_path / folder).mkdir(parents=True)
        for inside in (tmp_path / folder, (tmp_path / folder).parent):
            assert project_root(inside, tmp_path) == tmp_path
    (tmp_path / "evals/own/evals").mkdir(parents=True)
    (tmp_path / "evals/own/promptci.yaml").touch()
    (tmp_path / "beside/evals").mkdir(parents=True)
    for own in ("evals/own", "beside"):
        assert project_root(tmp_path / own / "evals", tmp_path) == tmp_path / own

"""Paths among names begin where the user is; what is no path from there is a name."""

from commands.conftest import begin
from promptci.commands.pathnames import names_from
from tables import every_row


@every_row(
    ("place", "name", "meant"),
    [
        ("docs", "../evals/s.yaml", "evals/s.yaml"),
        ("docs", "../evals/gone.yaml", "evals/gone.yaml"),
        ("evals", "s.yaml", "evals/s.yaml"),
        ("evals", "team/", "evals/team/"),
        ("evals/team", ".", "evals/team"),
        ("evals/team", "..", "evals"),
        ("evals", "s", "s"),
        ("docs", "evals/s.yaml", "evals/s.yaml"),
        ("docs", "team/x", "team/x"),
        ("docs", "../../other/s.yaml", "../../other/s.yaml"),
        (".", "./evals/s.yaml", "evals/s.yaml"),
    ],
)
def test_a_path_is_one_from_where_the_user_is(tmp_path, place, name, meant):
    for folder in ("docs", "evals/team"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "evals/s.yaml").touch()
    given = {"names": (name, "x"), "name": name, "model": name}
    names_from(tmp_path / place, tmp_path.resolve(), given)
    assert given == {"names": (meant, "x"), "name": meant, "model": name}


def test_of_what_is_compared_only_the_files_of_prompts_are_paths(tmp_path):
    (tmp_path / "docs/release").mkdir(parents=True)
    (tmp_path / "docs/next.yaml").touch()
    given = {"base": "release", "head": "next.yaml"}
    names_from(tmp_path / "docs", tmp_path.resolve(), given)
    assert given == {"base": "release", "head": "docs/next.yaml"}


def test_commands_take_paths_from_a_folder_below(repo, api, ask, monkeypatch):
    begin(repo, api)
    (repo.path / "docs").mkdir()
    monkeypatch.chdir(repo.path / "docs")
    assert ask("run", "../evals/router.yaml").code == 0
    repo.commit("scores")
    for command in ("show", "log"):
        assert ask(command, "../evals/router.yaml").code == 0

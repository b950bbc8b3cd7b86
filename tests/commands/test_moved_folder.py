"""The folder of a project is moved as a whole: every command follows it, on the base's terms."""

import pytest

from commands.compare.test_renamed import branched, worse
from commands.history.test_bisect import candidates
from projects import PROMPT, REWORDED, before_and_after, route, router
from promptci.commands.main import main

FILES = ("promptci.yaml", "prompts", "evals")


def begun(repo, api, folder):
    files = {f"{folder}{name}": text for name, text in router(api.url).items()}
    repo.write({**files, ".gitignore": ".promptci/\n"})
    api.answers(route)


@pytest.mark.parametrize(("old", "new"), [("", "app/"), ("old/", "new/"), ("deep/er/", "")])
def test_all_commands_follow_it(repo, api, ask, monkeypatch, capsys, old, new):
    begun(repo, api, old)
    monkeypatch.chdir(repo.path / old)
    branched(repo)
    (repo.path / new).mkdir(exist_ok=True)
    for name in FILES:
        repo.git("mv", f"{old}{name}", f"{new}{name}")
    repo.commit("Move it")
    monkeypatch.chdir(repo.path / new)
    capsys.readouterr()
    asked = len(api.sent)
    assert (main(["check", "--base", "main"]), len(api.sent)) == (0, asked)
    said = f"The project is in `{new or '.'}` here and in `{old or '.'}` at the base."
    assert capsys.readouterr().out.startswith(f"{said} No change in score. Look before you merge.")

    api.answers(before_and_after(route, worse))
    repo.write({f"{new}prompts/router.yaml": PROMPT.replace(*REWORDED)})
    assert main(["run"]) == 1
    fell = repo.commit("Reword")
    answer = ask("check", "--base", "main")
    assert (answer.code, answer.only["examples"]["lost"]) == (1, ["parcel"])
    assert ask("diff", "main").only["n"] == answer.only["n"]
    assert len(ask("log").document["commits"]) == 2
    assert len(ask("log", "router").document["entries"]) == 2
    assert candidates(ask("bisect", "router", "--good", "main")) == [fell[:7]]


def test_a_copy_beside_it_is_no_move(repo, api, ask, monkeypatch):
    begun(repo, api, "")
    branched(repo)
    files = {f"app/{name}": text for name, text in router(api.url).items()}
    repo.write(files)
    repo.commit("Copy it")
    monkeypatch.chdir(repo.path / "app")
    answer = ask("check", "--base", "main")
    assert answer.code == 3
    assert "`app/` is new" in answer.document["error"]

"""The hooks of `.pre-commit-hooks.yaml` under the real pre-commit, in a repository of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gitrepo import GitRepo
from projects import PROMPT, REWORDED, before_and_after, route, router
from promptci.commands.main import main
from promptci.suite.golden import _READERS, _YAML

ROOT = Path(__file__).parents[3]
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
BIN = Path(sys.executable).parent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (BIN / "pre-commit").exists(), reason="pre-commit is not installed"),
]


@pytest.fixture
def hooked(repo, api, keep, tmp_path_factory, monkeypatch):
    """A project with records and both hooks, which run the promptci that is tested."""

    def make():
        folder = tmp_path_factory.mktemp("hooks")
        hooks = GitRepo(folder / "hooks")
        here = HOOKS.replace("language: python", "language: system")
        hooks.write({".pre-commit-hooks.yaml": here})
        rev = hooks.commit("hooks")
        ids = [{"id": each["id"]} for each in yaml.safe_load(HOOKS)]
        config = {"repos": [{"repo": str(hooks.path), "rev": rev, "hooks": ids}]}
        repo.write({**router(api.url), ".pre-commit-config.yaml": yaml.safe_dump(config)})
        repo.commit("Add the router")
        main(["run"])
        repo.commit("scores")
        store = str(folder / "store")
        monkeypatch.setenv("PRE_COMMIT_HOME", store)
        install = [BIN / "pre-commit", "install", "--install-hooks"]
        subprocess.run(install, cwd=repo.path, check=True, capture_output=True)
        return store

    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    api.answers(before_and_after(route, lambda t: "billing" if "parcel" in t else route(t)))
    monkeypatch.setenv("PRE_COMMIT_HOME", keep(make))
    return repo


def commit(repo, *arguments):
    """A commit by a person, whose hooks run; gives exit code and what was said."""
    command = ["git", "commit", "-m", "edit", *arguments]
    done = subprocess.run(command, cwd=repo.path, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_each_hook_has_a_command_that_there_is():
    for hook in yaml.safe_load(HOOKS):
        assert hook["entry"].startswith("promptci ")
        assert main([*hook["entry"].split()[1:], "--help"]) == 0
        rows = [f"data/rows{ending}" for ending in (*_READERS, *_YAML)]  # which evals may name
        projects = ("prompts/a.txt", "sub/evals/b.py", "promptci.yaml", "x.prompt.yml")
        for path in (*projects, *rows):
            assert re.search(hook["files"], path), path
        assert not re.search(hook["files"], "src/a.py")


def test_what_does_not_concern_prompts_is_not_held_up(hooked):
    hooked.write({"README.md": "# Hello\n"})
    hooked.git("add", "README.md")
    code, said = commit(hooked)
    assert code == 0, said
    assert said.count("Skipped") == 2


def test_a_fault_stops_a_commit(hooked):
    hooked.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [equal]\n"})
    code, said = commit(hooked, "-a")
    assert code != 0
    assert "did you mean `equals`?" in said


def test_examples_outside_the_folders_of_a_project_are_looked_at_too(hooked):
    rows = (hooked.path / "evals/router.jsonl").read_text()
    eval_ = "examples: ../data/rows.jsonl\nscorers: [equals]\n"
    hooked.write({"data/rows.jsonl": rows, "evals/router.yaml": eval_})
    assert main(["run"]) == 0
    hooked.git("add", ".")
    assert commit(hooked)[0] == 0
    hooked.write({"data/rows.jsonl": rows.replace("shipping", "shiping")})
    code, said = commit(hooked, "-a")
    assert code != 0, said
    assert "promptci run" in said


def test_a_change_without_a_record_stops_and_names_the_cure(hooked, api):
    hooked.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    before = api.count
    code, said = commit(hooked, "-a")
    assert code != 0
    assert "promptci run" in said
    assert api.count == before


def test_a_loss_stops_a_commit_also_with_other_work_in_the_tree(hooked, api):
    hooked.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    assert main(["run"]) == 1
    hooked.git("add", "prompts", "evals")
    hooked.write({"prompts/router.yaml": PROMPT})  # unstaged: pre-commit takes it aside
    before = api.count
    code, said = commit(hooked)
    assert code != 0
    assert "parcel" in said
    assert api.count == before
    assert (hooked.path / "prompts/router.yaml").read_text() == PROMPT


def test_a_comment_in_a_prompt_passes(hooked, api):
    hooked.write({"prompts/router.yaml": f"# A note.\n{PROMPT}"})
    before = api.count
    code, said = commit(hooked, "-a")
    assert code == 0, said
    assert said.count("Passed") == 2
    assert api.count == before


def test_a_record_written_by_hand_is_not_taken_at_its_word(hooked, api):
    honest = hooked.path / "evals/router.scores.yaml"
    passing = honest.read_text()
    hooked.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    assert main(["run"]) == 1
    lost = honest.read_text()
    forged = lost.replace(
        next(line for line in lost.splitlines() if line.strip().startswith("parcel:")),
        next(line for line in passing.splitlines() if line.strip().startswith("parcel:")),
    )
    assert forged != lost
    honest.write_text(forged)
    before = api.count
    code, said = commit(hooked, "-a")
    assert code != 0
    assert "evals/router.scores.yaml" in said
    assert api.count == before


def test_a_commit_of_one_path_takes_what_that_path_holds(hooked, api):
    hooked.write({"prompts/router.yaml": PROMPT.replace(*REWORDED), "README.md": "# Hi\n"})
    assert main(["run"]) == 1
    hooked.git("add", "README.md")
    code, said = commit(hooked, "README.md")
    assert code == 0, said
    code, said = commit(hooked, "prompts/router.yaml", "evals/router.scores.yaml")
    assert code != 0
    assert "parcel" in said


def test_a_project_in_a_folder_is_named_as_the_page_says(hooked):
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    [text] = re.findall(r"```yaml\n(repos:\n.{,200}-C desk.*?)```", page, re.DOTALL)
    config = yaml.safe_load((hooked.path / ".pre-commit-config.yaml").read_text())
    config["repos"][0]["hooks"] = yaml.safe_load(text)["repos"][0]["hooks"]
    files = {
        f"desk/{name}": (hooked.path / name).read_text()
        for name in hooked.git("ls-files", "promptci.yaml", "prompts", "evals").splitlines()
    }
    hooked.git("rm", "-q", "-r", "promptci.yaml", "prompts", "evals")
    hooked.write({**files, ".pre-commit-config.yaml": yaml.safe_dump(config)})
    hooked.git("add", ".")
    hooked.git("commit", "-q", "--no-verify", "-m", "moved")
    hooked.write({"desk/evals/router.yaml": "examples: router.jsonl\nscorers: [equal]\n"})
    code, said = commit(hooked, "-a")
    assert code != 0
    assert "did you mean `equals`?" in said
    hooked.git("checkout", "-q", ".")
    hooked.write({"k8s/values.yaml": "a: 1\n", "desk/prompts/router.yaml": f"# A note.\n{PROMPT}"})
    hooked.git("add", ".")
    code, said = commit(hooked)
    assert code == 0, said
    assert said.count("Passed") == 2

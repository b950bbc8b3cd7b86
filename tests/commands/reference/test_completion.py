"""Shell completion: the script, and what it offers."""

import os

import pytest

from processes import PROMPTCI, run_forked
from promptci.commands.main import COMMANDS, main


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete"), ("zsh", "#compdef"), ("fish", "complete")]
)
def test_a_script_is_printed(capsys, shell, word):
    assert main(["completion", shell]) == 0
    printed = capsys.readouterr().out
    assert word in printed
    assert "_PROMPTCI_COMPLETE" in printed


def test_another_shell_exits_2(capsys):
    assert main(["completion", "cobol"]) == 2


def offered(*words):
    """What bash would offer for the last of these words."""
    environ = {
        **os.environ,
        "COMP_WORDS": " ".join(("promptci", *words)),
        "COMP_CWORD": str(len(words)),
        "_PROMPTCI_COMPLETE": "bash_complete",
    }
    done = run_forked(PROMPTCI, env=environ, capture_output=True, text=True, check=True)
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_commands_are_offered():
    assert offered("") == list(COMMANDS)
    assert offered("ru") == ["run"]


def test_options_are_offered():
    assert "--max-cost" in offered("run", "--max-")


def test_evals_are_offered(project):
    project.write({"evals/deep/second.yaml": "", "evals/router.scores.yaml": ""})
    assert offered("run", "") == ["deep/second", "router"]
    assert offered("show", "ro") == ["router"]


@pytest.mark.parametrize(
    "name", ["a$(touch canary;echo)", "a b", "-x", "a\nplain,--x", "a'", "\x9b31m"]
)
def test_names_that_a_shell_would_take_apart_are_not_offered(project, name):
    folder = project.path / "evals"
    for place in (folder, folder / "judges"):
        place.mkdir(exist_ok=True)
        (place / f"{name}.yaml").write_text("")
    assert offered("run", "") == ["router"]
    assert offered("judge", "") == []


def test_outside_a_repository_nothing_is_offered(tmp_path):
    assert offered("run", "") == []

"""A name means the same eval to every command that takes one."""

import json

import pytest

from commands.conftest import begin
from projects import EVAL, PROMPT, REWORDED, TICKETS, before_and_after, route
from promptci.commands.main import main

COMMANDS = {
    "accept": ("accept", "NAME", "hello", "-m", "why not"),
    "bisect": ("bisect", "NAME", "--good", "HEAD~1"),
    "compare": ("compare", "small", "large", "--eval", "NAME"),
    "log": ("log", "NAME"),
    "noise": ("noise", "NAME", "-k", "2"),
    "run": ("run", "NAME"),
    "run --rev": ("run", "NAME", "--rev", "HEAD~1..HEAD"),
    "score": ("score", "NAME", "--outputs", "out.jsonl"),
    "show": ("show", "NAME"),
    "why": ("why", "NAME", "--base", "HEAD~1"),
}
"""Every command that takes the name of an eval."""

ONE_ALONE = {"accept", "bisect", "log", "noise", "score"}
"""Those that take one eval at a time."""

FORMS = {
    "router": ("router", "evals/router.yaml", "./evals/router.yaml", "evals/router.scores.yaml"),
    "vip/desk": ("vip/desk", "evals/vip/desk.yaml", "desk", "prompts/desk.yaml"),
}
"""Ways to call an eval. A second one is on the prompt `router`, `vip/desk` alone on `desk`."""


@pytest.fixture
def three(repo, api, keep):
    """Three evals that have scores: `router` and `second` on one prompt, `vip/desk` on another."""

    def make():
        three_evals(begin(repo, api), api)

    keep(make)
    api.answers(before_and_after(answering("Hello"), answering("Hello", "log in")))
    return repo


def three_evals(project, api):
    api.answers(before_and_after(answering("Hello"), answering("Hello", "log in")))
    project.write(
        {
            "prompts/desk.yaml": PROMPT,
            "evals/second.yaml": f"{EVAL}prompt: router\n",
            "evals/vip/desk.yaml": f"{EVAL.replace('router', '../router')}prompt: desk\n",
            "out.jsonl": "".join(
                f"{json.dumps({'id': id_, 'output': queue})}\n" for id_, _, queue in TICKETS
            ),
        }
    )
    assert main(["run"]) == 0
    project.commit("Two more evals")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    project.commit("Reword")


def answering(*wrong):
    """A model that gets tickets with these words wrong."""
    return lambda asked: "spam" if any(word in asked for word in wrong) else route(asked)


def evals_in(text):
    """The evals that a JSON document speaks of."""
    document = json.loads(text)
    found = {each["eval"] for each in document.get("evals", []) if "eval" in each}
    rows = [document, *document.get("rows", []), *document.get("results", [])]
    named = {row["eval"] for row in rows if isinstance(row, dict) and "eval" in row}
    if path := document.get("path"):
        named.add(path.removeprefix("evals/").removesuffix(".scores.yaml"))
    return found | named


def call(command, name, capsys):
    arguments = [name if word == "NAME" else word for word in COMMANDS[command]]
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_means_the_same_by_a_name(command, three, capsys):
    """Each form is tried by `show`, and by some of the others, all of which ask the same place."""
    turn = [*COMMANDS].index(command)
    for name, forms in FORMS.items():
        for form in forms if command == "show" else (forms[1 + turn % 3],):
            code, out = call(command, form, capsys)
            assert code in (0, 1, 3), (form, out)
            assert evals_in(out) <= {name}, form
            assert evals_in(out) or code == 3 or command in ("run --rev", "bisect"), out


@pytest.mark.parametrize("command", sorted(ONE_ALONE))
def test_the_path_of_a_prompt_with_two_evals_is_no_single_one(command, three, capsys):
    code, out = call(command, "prompts/router.yaml", capsys)
    assert code == 2
    assert "names several evals: name one of `router`, `second`" in out


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - ONE_ALONE))
def test_the_path_of_a_prompt_is_all_its_evals(command, three, capsys):
    code, out = call(command, "prompts/router.yaml", capsys)
    assert code in (0, 1, 3)
    assert evals_in(out) == {"router", "second"} or command == "run --rev"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_is_nothing_is_refused(command, three, capsys):
    code, _ = call(command, "ruter", capsys)
    assert code in (2, 5)


def test_run_says_which_evals_a_prompt_of_that_name_has_too(three, ask):
    assert "on the prompt of that name are also `second`" in ask("run", "router").stderr
    assert "that name" not in ask("run", "router", "second").stderr
    assert "that name" not in ask("run", "second").stderr

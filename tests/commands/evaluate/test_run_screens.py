"""What `promptci run` looks like: whole screens, read as a person reads them."""

import os
import pty
import re
import sqlite3
import subprocess
from contextlib import closing

import pytest
from msgspec.structs import replace

from fakes import Reply
from processes import PROMPTCI, Forked
from projects import EVAL, PROMPT, REWORDED, before_and_after, config, example, jsonl, route
from promptci.cache.cache import Cache
from promptci.commands.main import main

NASTY = "[bold red]shipping[/] :smile: \x1b[2J\x1b]0;pwned\x07\u202e\r\nand a second line"


@pytest.fixture
def screen(project, api, capsys, monkeypatch):
    """Runs a command at some width; gives stdout and stderr."""

    def show(*arguments, width=80):
        monkeypatch.setenv("COLUMNS", str(width))
        capsys.readouterr()
        main(["run", *arguments])
        captured = capsys.readouterr()
        return f"{captured.out}--- stderr\n{captured.err}"

    return show


def settle(project):
    """Give all stored answers the same latency, which no two runs agree on."""
    path = project.path / ".promptci/cache.sqlite"
    with closing(sqlite3.connect(path)) as db:
        keys = [key.hex() for (key,) in db.execute("SELECT key FROM completion")]
    with closing(Cache(path)) as cache:
        stored = cache.get(keys)
        cache.replace((key, replace(found, latency=0.25)) for key, found in stored.items())


@pytest.fixture
def changed(project, api, screen, keep):
    """Two evals on two models, a lost and a won example against the last commit."""
    api.answers(
        before_and_after(
            lambda ticket: "account" if "broken" in ticket else route(ticket),
            lambda ticket: NASTY if "parcel" in ticket else route(ticket),
        )
    )
    keep(lambda: change(project, screen))
    return project


def change(project, screen):
    more = f"{EVAL}prompt: router\nmodels: [small, large]\ngate: {{min_score: 0.9}}\n"
    project.write(
        {"evals/customer-support/router-strict.yaml": more.replace("router.", "../router.")}
    )
    screen()
    project.commit("Record the scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    screen()
    settle(project)


@pytest.mark.parametrize("width", [80, 120, 160])
def test_a_change_with_losses(changed, screen, golden, width):
    golden(f"run-change-{width}.txt", screen(width=width))


@pytest.mark.parametrize("width", [80, 120])
def test_a_first_run(project, screen, golden, width):
    screen("--no-write")
    settle(project)
    golden(f"run-first-{width}.txt", screen(width=width))


def test_missing_answers(project, api, screen, golden):
    replies = {"Hello": Reply(400, body='{"error": {"message": "too friendly"}}'), "log": ""}
    api.answers(lambda t: next((r for word, r in replies.items() if word in t), route(t)))
    screen()
    settle(project)
    golden("run-errors-80.txt", screen().replace(api.url, "http://lab/v1"))


def test_a_dry_run(project, screen, golden):
    project.write({"evals/router.yaml": f"{EVAL}models: [small, large]\n"})
    golden("run-dry-80.txt", screen("--dry-run"))


def test_nothing_of_an_answer_acts_on_the_screen(changed, screen):
    shown = screen()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    words = " ".join(shown.split())
    assert r"[bold red]shipping[/] :smile: \x1b[2J\x1b]0;pwned\x07\u202e and a second" in words


def in_a_terminal(*arguments, **environment):
    """What a command writes on a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    command = [*PROMPTCI, *arguments]
    with Forked(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environ):
        os.close(theirs)
        pieces = []
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how a terminal says that everybody has left
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(ours)
    return b"".join(pieces).decode().replace("\r\n", "\n")


def test_colours_are_all_that_escapes_do(changed, golden):
    shown = in_a_terminal("run")
    golden("run-change-colour.txt", shown.replace("\x1b", "ESC"))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert plain != shown
    assert "\x1b" not in plain
    assert r"\x1b[2J\x1b]0;pwned\x07\u202e and a second line" in plain


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_refused(changed, environment):
    assert "\x1b" not in in_a_terminal("run", **environment)


def test_long_names_are_folded_and_figures_never(project, api, screen, golden):
    name = "customer-support/multilingual/ticket-router-with-a-long-name"
    model = "openrouter/anthropic/claude-sonnet-4.5-20250929"
    project.write(
        {
            f"evals/{name}.yaml": f"{EVAL}prompt: router\n".replace("router.j", "../../router.j"),
            "promptci.yaml": config(api.url)
            .replace("small: {", f"{model}: {{")
            .replace("model: small}", f"model: {model}}}"),
        }
    )
    screen("--no-write")
    settle(project)
    golden("run-long-names-80.txt", screen())


def test_many_losses_say_how_many_more(project, api, screen):
    rows = [example(f"n{number}", f"Hello {number}", "other") for number in range(60)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    api.answers(before_and_after(route, lambda ticket: "none"))
    screen()
    project.commit("Record the scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    shown = screen("--confirm", "0")
    assert shown.count("lost: router / n") == 3
    assert "… and 47 more like them: equals: expected …, got …" in shown
    assert "\n10 more examples lost: see `promptci show router`\n" in shown


def test_failing_examples_are_grouped_by_reason(project, api, screen):
    rows = [example(f"n{number}", f"Hello {number}", "other") for number in range(20)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    api.answers(
        lambda ticket: "billing" if "7" in ticket else "much too long" if "1" in ticket else "other"
    )
    shown = screen()
    assert shown.startswith("failing: 12 examples of router on small\n")
    assert "  12  n1, n10, n11, …: equals: expected …, got …\n" in shown
    assert shown.index("failing:") < shown.index("eval ")

"""The command line as a whole: exit codes, help, and what is imported for it."""

import json
import os
import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import click
import pytest

from promptci import __version__, errors
from promptci.commands import helptext
from promptci.commands.catalogue import COMMANDS, ELSEWHERE, module_of
from promptci.commands.main import cli, main
from promptci.commands.numberfaults import number_fault
from tables import every_row

CODES = {
    "good": (["--version"], 0),
    "unknown command": (["rnu"], 2),
    "unknown option": (["run", "--fast"], 2),
    "no command": ([], 2),
    "no such folder": (["-C", "nowhere", "run"], 2),
    "no repository": (["run"], 3),
}


@pytest.mark.parametrize("name", CODES)
def test_the_command_line_exits_as_promised(tmp_path, capsys, name):
    arguments, code = CODES[name]
    assert main(arguments) == code


@every_row(
    ("error", "code"),
    [
        (errors.PromptCIError, 3),
        (errors.RequestError, 2),
        (errors.SeveralError, 2),
        (errors.MissingKeyError, 2),
        (errors.SpecError, 2),
        (errors.RepoError, 3),
        (errors.StorageError, 3),
        (errors.ModelError, 3),
        (errors.BudgetError, 4),
        (errors.NothingToRunError, 5),
    ],
)
def test_the_exit_codes_are_frozen(error, code):
    assert error.exit_code == code


def test_no_kind_of_error_was_forgotten():
    kinds = {each for each in vars(errors).values() if isinstance(each, type)}
    kinds = {each for each in kinds if issubclass(each, errors.PromptCIError)}
    assert len(kinds) == 14
    assert all(each.exit_code in (1, 2, 3, 4, 5) for each in kinds)


def test_the_help_names_every_exit_code(capsys):
    assert main(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "0 good, 1 the answer is no, 2 malformed request, 3 could not find out, 4 budget reached, "
        "5 nothing to run, 70 a bug, 130 interrupted." in said
    )


def test_the_help_that_is_said_without_click_is_what_click_says(request, capsys, monkeypatch):
    """`--update-golden` rewrites it."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    if request.config.getoption("--update-golden"):
        path = Path(helptext.__file__)
        path.write_text(path.read_text("utf-8").replace(helptext.HELP, said), "utf-8")
    else:
        assert said == helptext.HELP


@pytest.mark.parametrize("columns", ["60", "79", "80", "200", "", "0", "wide"])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_is_as_wide_as_the_terminal(monkeypatch, capsys, columns, option):
    script = "from promptci.commands.start import start; import sys; start()"
    command = [sys.executable, "-c", script, option]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "COLUMNS": columns}
    )
    monkeypatch.setenv("COLUMNS", columns)
    assert main([option]) == 0
    assert (done.stdout, done.stderr) == (capsys.readouterr().out, "")


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"promptci, version {__version__}\n"


def test_the_script_says_the_version_without_the_command_line():
    script = """
        import os, sys
        sys.argv[1:] = ["--version"]
        leave = os._exit
        os._exit = lambda code: leave(code + 10 * ("click" in sys.modules))
        from promptci.commands.start import start
        start()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"promptci, version {__version__}\n")


@every_row("name", COMMANDS)
def test_summaries_are_the_first_lines_of_the_commands_own_help(name):
    command = import_module(module_of(name)).command
    assert command.help.split("\n\n")[0].replace("\n", " ") == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(capsys, name):
    assert main([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: promptci {name}")
    assert "--json" in said or name == "examples"


@pytest.mark.parametrize("name", ["stats", "add", "split", "label"])
def test_every_command_on_examples_has_json(capsys, name):
    assert main(["examples", name, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_every_command_is_listed():
    folder = Path(import_module("promptci.commands").__file__).parent
    modules = {
        f"promptci.commands.{path.parent.name}.{path.stem}" for path in folder.glob("*/*.py")
    }
    commands = {
        name
        for name in modules
        if isinstance(vars(import_module(name)).get("command"), click.Command)
    }
    assert commands == {module_of(name) for name in COMMANDS}


@every_row("arguments", [["--help"], ["--version"], ["rnu"]])
def test_nothing_heavy_is_imported_before_a_command_runs(arguments):
    script = f"""
        import sys
        from promptci.commands.main import main
        main({arguments})
        heavy = ("openai", "git", "rich", "yaml", "aiohttp", "asyncio", "sqlite3")
        print([name for name in heavy if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_yaml_is_not_imported_where_another_command_parsed_all_files(repo):
    repo.write({"evals/a.yaml": "examples: [{vars: {}}]\nscorers: [equals: x]\n"})
    repo.write({"prompts/a.yaml": "messages: [{role: user, content: Hi}]\n"})
    repo.write({"promptci.yaml": "defaults: {model: smollm2}\n", ".promptci/.gitignore": "*\n"})
    script = """
        import sys
        from promptci.commands.main import main
        sys.exit(f"{main(['lint'])} {'yaml' in sys.modules}")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    said = [subprocess.run(command, capture_output=True, text=True, check=False) for _ in "12"]
    assert [done.stderr.splitlines()[-1] for done in said] == ["0 True", "0 False"]


def test_openai_is_not_imported_unless_a_model_is_asked(repo):
    repo.write({"evals/a.yaml": "examples: [{vars: {}}]\nscorers: [equals: x]\n"})
    repo.write({"prompts/a.yaml": "messages: [{role: user, content: Hi}]\nmodel: openai/gpt-5\n"})
    script = """
        import sys
        from promptci.commands.main import main
        codes = [main(["lint"]), main(["run", "--dry-run"]), main(["run", "--offline"])]
        sys.exit(f"{codes} {'openai' in sys.modules}")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "[0, 0, 3] False"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["chekc"], "did you mean `check`?"),
        (["help"], "did you mean `--help`?"),
        (["eval", "router"], "did you mean `run`?"),
        (["router", "-q", "run"], "the command comes first, as in `promptci run router`"),
        (["chekc", "router"], "did you mean `check`?"),
    ],
)
def test_an_unknown_command_is_told_with_the_one_that_is_meant(capsys, words, advice):
    assert main(words) == 2
    assert f"there is no command `{words[0]}`: {advice}" in capsys.readouterr().err


def test_what_commands_are_called_elsewhere_is_no_command_and_leads_to_one():
    assert ELSEWHERE.keys().isdisjoint(COMMANDS)
    assert {*ELSEWHERE.values()} <= {*COMMANDS, "--help", "--version"}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["diff", "--base", "main"], "The base is an argument, as in `promptci diff main`."),
        (["report", "--base", "main"], "The base is an argument, as in `promptci report main`."),
        (
            ["diff", "main", "HEAD"],
            "The base is an argument, the other side is named by an option, "
            "as in `promptci diff main --head HEAD~1`.",
        ),
        (
            ["bisect", "a", "b", "HEAD"],
            "Commits are named by options, as in `promptci bisect NAME --good main`.",
        ),
        (
            ["compare", "--model", "a"],
            "Both sides are arguments, as in `promptci compare MODEL MODEL`.",
        ),
        (
            ["check", "--model", "small"],
            "An eval is checked on the models that it names, and `promptci run --model NAME` tries "
            "another.",
        ),
        (
            ["run", "--fail-under", "0.9"],
            "A floor is in the eval, as `gate: {min_score: 0.9}`.",
        ),
        (
            ["check", "router"],
            "Every eval that changed is checked, and the base is named by an option, "
            "as in `promptci check --base main`.",
        ),
        (
            ["compare", "main", "HEAD", "router"],
            "An eval is named by an option, as in `promptci compare main HEAD --eval NAME`.",
        ),
        (
            ["check", "--nope"],
            "Error: No such option '--nope'. (Did you mean one of: '--no-key', '--on'?)",
        ),
        (["accept", "--why", "so"], "Error: No such option '--why'. Did you mean '--reason'?"),
        (["run", "--budget", "2"], "Error: No such option '--budget'. Did you mean '--max-cost'?"),
        (["diff", "--against", "a"], "Error: No such option '--against'."),
        (
            ["check", "--no-key", "skp"],
            "Error: Invalid value for '--no-key': 'skp' is not one of 'skip', 'fail'. "
            "Did you mean 'skip'?",
        ),
        (
            ["run", "--concurrency", "four"],
            "Error: Invalid value for '--concurrency': 'four' is no whole number: "
            "write one from 1 to 1,000",
        ),
        (
            ["report", "--commits", "2000"],
            "Error: Invalid value for '--commits': 2000 is too large: "
            "write a whole number from 0 to 1,000",
        ),
        (
            ["run", "--sample", "0"],
            "Error: Invalid value for '--sample': 0 is too small: write a whole number from 1 on",
        ),
        (
            ["run", "--max-time", "0"],
            "Error: Invalid value for '--max-time': 0.0 is too small: "
            "write a number over 0 (SECONDS)",
        ),
        (
            ["compare", "--golden", "trunk", "a", "b"],
            "Error: Invalid value for '--golden': 'trunk' is not one of 'base', 'head'.",
        ),
    ],
)
def test_what_another_command_takes_is_told_with_the_cure(capsys, arguments, hint):
    assert main(arguments) == 2
    assert capsys.readouterr().err.splitlines()[-1] == hint


def _params(command, ctx, kinds):
    """What the commands at or below one take that is of these kinds, each with its context."""
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            yield from _params(found, click.Context(found, ctx, name), kinds)
    yield from ((param, ctx) for param in command.params if isinstance(param.type, kinds))


def test_a_misspelt_word_is_told_with_the_one_that_is_meant():
    told = {}
    for param, ctx in _params(cli, click.Context(cli), click.Choice):
        for word in param.type.choices:
            with pytest.raises(click.BadParameter) as refused:
                param.type.convert(f"{word[1]}{word[0]}{word[2:]}", param, ctx)
            told[ctx.info_name, word] = refused.value.message.partition(" Did you ")[2]
    assert ("export", "csv") in told
    assert told == {(name, word): f"mean '{word}'?" for name, word in told}


def test_every_number_is_told_with_the_range_that_it_must_be_in():
    told = {}
    for param, ctx in _params(cli, click.Context(cli), (click.IntRange, click.FloatRange)):
        for value in ("x", str(param.type.min - 1)):
            with pytest.raises(click.BadParameter) as refused:
                param.type.convert(value, param, ctx)
            told[ctx.info_name, param.name, value] = number_fault(refused.value)
    assert told["run", "max_time", "x"] == "'x' is no number: write one over 0 (SECONDS)"
    assert [each for each in told.values() if ": write " not in each] == []


@pytest.mark.parametrize("arguments", [["rnu"], ["run", "--fast"], ["run"], ["cache", "clar"]])
def test_failures_are_documents_for_those_who_want_json(tmp_path, capsys, arguments):
    code = main([*arguments, "--json"])
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document["format"] == 1
    assert document["exit_code"] == code
    assert document["error"]
    assert captured.err == ""


@pytest.fixture
def broken(monkeypatch):
    """A command whose failure was not foreseen."""

    @click.command()
    @click.option("--json", "wants_json", is_flag=True)
    def command(wants_json):
        raise ValueError("surprise\x1b[2J")

    monkeypatch.setattr(cli, "get_command", lambda ctx, name: command)


def test_a_bug_exits_70_with_its_traceback(broken, capsys):
    assert main(["run"]) == 70
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.splitlines()[-1].startswith("this is a bug in promptci; please report it")


def test_a_bug_is_a_document_too(broken, capsys):
    assert main(["run", "--json"]) == 70
    captured = capsys.readouterr()
    assert json.loads(captured.out)["exit_code"] == 70
    assert "Traceback" in captured.err


def test_characters_that_the_locale_lacks_are_escaped(repo, monkeypatch):
    repo.write({"prompts/a.yaml": "messages: [{role: user, content: '{{ łódź }}'}]\n"})
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    command = [sys.executable, "-c", "from promptci.commands.main import run; run()", "lint"]
    repo.write({"evals/a.yaml": "examples: [{id: x, vars: {}}]\nscorers: [equals: x]\n"})
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 2
    assert r"has no variable `\u0142ód\u017a`" in done.stdout.decode("latin-1")

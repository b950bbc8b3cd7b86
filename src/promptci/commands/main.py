"""The command line: commands are imported when called, errors become exit codes here."""

import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from promptci import interrupt
from promptci.errors import PromptCIError
from promptci.secrets.display import CleanStream, is_workflow
from promptci.secrets.safetext import for_terminal
from promptci.version import __version__

COMMANDS = {
    "init": "Write a small working project into this repository.",
    "import": "Bring prompts, tests and outputs of another tool into this project.",
    "examples": "Add, look at, split and label golden examples.",
    "collect": "Draft golden examples from a log of calls.",
    "export": "Write prompts, examples and answers in the forms of other tools.",
    "sync": "Register prompts and score records with MLflow.",
    "run": "Evaluate prompts on their golden examples and record the scores.",
    "merge": "Merge the bundles of all shards of a run into its records.",
    "score": "Judge outputs obtained elsewhere, without calling the model.",
    "check": "Compare a change with its base, as continuous integration does.",
    "comment": "Insert or update the one comment of a pull request.",
    "compare": "Compare two revisions, models or versions of prompts.",
    "diff": "Show how the committed scores differ from those of another commit.",
    "log": "Show the history of scores, a line per commit.",
    "why": "Show which parts of an eval differ from the base, and how.",
    "merge-record": "Merge two branches' score records, as git's merge driver.",
    "accept": "Accept that examples are lost, and write down why, who and when.",
    "bisect": "Find the commit that made an eval worse.",
    "noise": "Measure how much an eval's scores vary when nothing changes.",
    "drift": "Ask hosted models the same again, and say whether they got worse.",
    "shots": "Find out what a prompt's shots do.",
    "curve": "Measure the score by how many shots a prompt has.",
    "sensitivity": "Measure how much a prompt's score depends on its format.",
    "search": "Search a better text for a prompt.",
    "judge": "Measure how far a judge agrees with people's labels.",
    "report": "Write a page to look at: what changed, why, and how it came about.",
    "browse": "Look through results on the terminal: evals, their examples, both answers.",
    "show": "Show everything stored of an eval's results.",
    "lint": "Check prompts, evals and examples without asking a model.",
    "scorers": "List the scorers, or show one with its options and an example.",
    "explain": "Explain a word of the reports, with an example.",
    "batch": "List, collect or cancel the batches that were sent.",
    "cache": "Show, carry, check, prune or clear the stored answers.",
    "schema": "Print the JSON Schema of a file format, for editors.",
    "completion": "Print the shell's completion script.",
}
"""Every command with the first line of its help, so that `--help` imports none of them."""


class _Commands(click.Group):
    """A group whose commands are modules of `promptci.commands`, imported late."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = f"promptci.commands.{cmd_name.replace('-', '_')}"
        command: click.Command = import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            advice = import_module("promptci.parsing.source").did_you_mean(name, COMMANDS)
            ctx.fail(f"there is no command `{for_terminal(name)}`: {advice}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=COMMANDS[name]) for name in names]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Click would exit 1 on a broken pipe, which reads as a regression."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return _hang_up()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 good, 1 the answer is no, 2 malformed request, 3 could not find out, "
    "4 budget reached, 5 nothing to run, 70 a bug, 130 interrupted.",
)
@click.version_option(__version__, prog_name="promptci")
@click.option(
    "-C",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    default=Path(),
    help="Work as if started in this folder.",
)
@click.pass_context
def cli(ctx: click.Context, folder: Path) -> None:
    """Version prompts under git and test them for regressions."""
    ctx.obj = folder


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    out, err = (
        CleanStream(stream, is_workflow=is_workflow()) for stream in (sys.stdout, sys.stderr)
    )
    with redirect_stdout(out), redirect_stderr(err):
        return _main(arguments)


def _main(arguments: list[str]) -> int:
    refuse = _refuse_in_json if "--json" in arguments else _refuse
    try:
        code = cli.main(arguments, prog_name="promptci", standalone_mode=False)
    except SystemExit as end:  # click's own way out where the reader of its help is gone
        return PromptCIError.exit_code if end.code else 0
    except click.exceptions.Abort as error:  # click gives a cause unless it was asking
        return refuse(_Interrupted(_GOES_ON if error.__cause__ else _NO_ANSWER))
    except (click.ClickException, PromptCIError) as error:
        return refuse(error)
    except OSError as error:
        return refuse(_Unforeseen(error))
    except Exception as error:  # noqa: BLE001 (whatever is not foreseen is a bug, and says so)
        sys.excepthook(*sys.exc_info())
        return refuse(_Bug(f"{type(error).__name__}: {error}"))
    return code if isinstance(code, int) else 0


def run() -> None:
    """The `promptci` script."""
    _open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not every locale has every character
            stream.reconfigure(errors="backslashreplace")
    # Nearly all objects are results that live to the end: looking for cycles among them would
    # take a tenth of the time of a large run.
    gc.set_threshold(100_000, 50, 50)
    try:
        interrupt.listen()
        code = main()
    except KeyboardInterrupt:  # before the command began, or while its last words were said
        code = interrupt.EXIT_CODE
    _leave_at_once(code)


def _open_standard_streams() -> None:
    """What is written to a closed one is lost, but no file that is opened may take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r+" if number else "r", closefd=False))  # noqa: SIM115


_GOES_ON = "interrupted; what was answered is kept: the same command goes on from there"
_NO_ANSWER = "interrupted; the question was not answered, so nothing more was written"


class _Interrupted(PromptCIError):
    """Ctrl-C, or the wish of whoever started us."""

    exit_code = interrupt.EXIT_CODE


class _Unforeseen(PromptCIError):
    """A refusal of the system in a place where nothing is known of it: a disk that is gone."""

    def __init__(self, error: OSError) -> None:
        where = ", ".join(str(n) for n in (error.filename, error.filename2) if n is not None)
        super().__init__(f"{where or 'the output'}: {error.strerror or error}")


class _Bug(PromptCIError):
    """Something unforeseen."""

    exit_code = 70

    def __str__(self) -> str:
        said = super().__str__()
        return f"this is a bug in promptci; please report it with the lines above ({said})"


def _refuse(error: click.ClickException | PromptCIError) -> int:
    """Say what is wrong, in a sentence, if anybody can hear it."""
    with suppress(OSError):
        if isinstance(error, PromptCIError):
            click.echo(for_terminal(str(error)), err=True)
        else:
            said = io.StringIO()
            error.show(said)
            click.echo(for_terminal(said.getvalue()), err=True, nl=False)
    return error.exit_code


def _refuse_in_json(error: click.ClickException | PromptCIError) -> int:
    """Say it in one document on stdout, for programs."""
    said = str(error) if isinstance(error, PromptCIError) else error.format_message()
    report = import_module("promptci.render.json.faults").error_report
    dumps = import_module("promptci.render.json.jsontext").dumps
    parts = (getattr(error, name, ()) for name in ("faults", "receipts"))
    try:
        click.echo(dumps(report(said, error.exit_code, *parts)))
    except OSError:  # it cannot be read
        return _refuse(error)
    return error.exit_code


def _leave_at_once(code: int) -> NoReturn:
    """Leave without taking the interpreter down: all is closed, and only time would be lost.

    That is a quarter of a second after a large run, and longer where a thread of the embedded
    model is deep in a prompt.
    """
    try:
        sys.stdout.flush()
    except OSError:  # the reader is gone, or the disk is full: the verdict was not seen
        code = code or PromptCIError.exit_code
    with suppress(OSError):  # whoever closed stderr does not want what is said there
        sys.stderr.flush()
    os._exit(code)


def _hang_up() -> int:
    """The reader of our output is gone: nothing more to say, and no verdict was seen."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PromptCIError.exit_code

"""The command line: commands are imported when called, errors become exit codes here."""

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from promptci import interrupt
from promptci.commands.catalogue import COMMANDS, ELSEWHERE, module_of
from promptci.commands.refusing import (
    NO_ANSWER,
    Bug,
    Interrupted,
    Unforeseen,
    how_interrupted,
    refuse,
    refuse_in_json,
)
from promptci.commands.streams import hang_up, leave_at_once, open_standard_streams
from promptci.compiled import ModuleFile
from promptci.errors import PromptCIError
from promptci.secrets.display import CleanStream, is_workflow
from promptci.secrets.safetext import for_terminal
from promptci.version import __version__


def _advice(name: str, rest: Sequence[str]) -> str:
    """What to write where a command is not known: it may be called so elsewhere, or come later."""
    if name in ELSEWHERE:
        return f"did you mean `{ELSEWHERE[name]}`?"
    if later := next((each for each in rest if each in COMMANDS), ""):
        return f"the command comes first, as in `promptci {later} {for_terminal(name)}`"
    advice: str = import_module("promptci.parsing.didyoumean").did_you_mean(name, COMMANDS)
    return advice


class _Commands(click.Group):
    """A group whose commands are modules in folders beside this one, imported late."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(module_of(cmd_name)).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"there is no command `{for_terminal(name)}`: {_advice(name, args[1:])}")
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
            return hang_up()


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
    say = refuse_in_json if "--json" in arguments else refuse
    try:
        code = cli.main(arguments, prog_name="promptci", standalone_mode=False)
    except SystemExit as end:  # click's own way out where the reader of its help is gone
        return PromptCIError.exit_code if end.code else 0
    except click.exceptions.Abort as error:  # click gives a cause unless it was asking
        return say(Interrupted(how_interrupted(arguments) if error.__cause__ else NO_ANSWER))
    except (click.ClickException, PromptCIError) as error:
        return say(error)
    except OSError as error:
        return say(Unforeseen(error))
    except Exception as error:  # noqa: BLE001 (whatever is not foreseen is a bug, and says so)
        sys.excepthook(*sys.exc_info())
        return say(Bug(f"{type(error).__name__}: {error}"))
    return code if isinstance(code, int) else 0


def run(key: str = "", modules: ModuleFile | None = None) -> None:
    """The `promptci` script. Under `key` what is said may be kept, to be said again.

    `modules` has those that were imported until now, and is told of the others.
    """
    open_standard_streams()
    recording = import_module("promptci.unchanged.recording").Recording(key) if key else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not every locale has every character
            stream.reconfigure(errors="backslashreplace")
    try:
        interrupt.listen()
        code = main()
    except KeyboardInterrupt:  # before the command began, or while its last words were said
        code = interrupt.EXIT_CODE
    if recording is not None:
        recording.end(code)
    if modules is not None:
        modules.keep()
    leave_at_once(code)

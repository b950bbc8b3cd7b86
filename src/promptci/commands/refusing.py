"""What ends a command in a sentence on stderr, or a document where `--json` was given."""

import io
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click

from promptci import interrupt
from promptci.commands.display import say
from promptci.commands.numberfaults import number_fault
from promptci.errors import PromptCIError

GOES_ON = "interrupted; what was answered is kept: the same command goes on from there"
STARTS_OVER = "interrupted; what was answered is kept, but the same command asks everything again"
_FROM_THE_START = ("--refresh", "drift")
"""Words of a command line that have everything asked, whatever is stored."""
NO_ANSWER = "interrupted; the question was not answered, so nothing more was written"


def how_interrupted(arguments: Sequence[str]) -> str:
    """What a command that was interrupted leaves behind, and what the same one would do."""
    return GOES_ON if set(arguments).isdisjoint(_FROM_THE_START) else STARTS_OVER


class Interrupted(PromptCIError):
    """Ctrl-C, or the wish of whoever started us."""

    exit_code = interrupt.EXIT_CODE


class Unforeseen(PromptCIError):
    """A refusal of the system in a place where nothing is known of it: a disk that is gone."""

    def __init__(self, error: OSError) -> None:
        where = ", ".join(str(n) for n in (error.filename, error.filename2) if n is not None)
        super().__init__(f"{where or 'the output'}: {error.strerror or error}")


class Bug(PromptCIError):
    """Something unforeseen."""

    exit_code = 70

    def __str__(self) -> str:
        said = super().__str__()
        return f"this is a bug in promptci; please report it with the lines above ({said})"


_HINTS = {
    ("diff", "--base"): "the base is an argument, as in `promptci diff main`",
    ("diff", ""): "the base is an argument, the other side is named by an option, "
    "as in `promptci diff main --head HEAD~1`",
    ("report", "--base"): "the base is an argument, as in `promptci report main`",
    ("report", "--head"): "both sides are arguments, as in `promptci report main HEAD`",
    ("browse", "--base"): "the base is an argument, as in `promptci browse main`",
    ("browse", "--head"): "both sides are arguments, as in `promptci browse main HEAD`",
    ("bisect", ""): "commits are named by options, as in `promptci bisect NAME --good main`",
    ("compare", "--base"): "both sides are arguments, as in `promptci compare main HEAD`",
    ("compare", "--head"): "both sides are arguments, as in `promptci compare main HEAD`",
    ("compare", "--model"): "both sides are arguments, as in `promptci compare MODEL MODEL`",
    ("check", "--model"): "an eval is checked on the models that it names, and `promptci run "
    "--model NAME` tries another",
    ("run", "--fail-under"): "a floor is in the eval, as `gate: {min_score: 0.9}`",
    ("run", "--threshold"): "a floor is in the eval, as `gate: {min_score: 0.9}`",
    ("check", ""): "every eval that changed is checked, and the base is named by an option, "
    "as in `promptci check --base main`",
    (
        "compare",
        "",
    ): "an eval is named by an option, as in `promptci compare main HEAD --eval NAME`",
}
"""What to write in the place of an option, or of a word, that a command does not have."""


_OTHER_WORDS = {
    "--against": ("--base",),
    "--because": ("--reason",),
    "--budget": ("--max-cost", "--budget-usd"),
    "--cached": ("--staged", "--offline"),
    "--comment": ("--reason",),
    "--day": ("--until",),
    "--expires": ("--until",),
    "--filter": ("--tag", "--eval"),
    "--fresh": ("--refresh",),
    "--jobs": ("--concurrency",),
    "--limit": ("-n", "--sample"),
    "--no-cache": ("--refresh",),
    "--note": ("--reason",),
    "--out": ("--output", "--report"),
    "--output": ("--report", "--outputs"),
    "--parallel": ("--concurrency",),
    "--timeout": ("--max-time",),
    "--why": ("--reason",),
    "--xml": ("--junit", "--report"),
}
"""What options are called elsewhere, and by which of ours such a one is meant."""


def _understood(error: click.ClickException) -> click.ClickException:
    """The same of an option that a command has by another name, or takes another number."""
    if isinstance(error, click.BadParameter) and (said := number_fault(error)):
        return click.BadParameter(said, error.ctx, error.param)
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error
    ours = {name for option in error.ctx.command.params for name in option.opts}
    for name in _OTHER_WORDS.get(error.option_name, ()):
        if name in ours:
            return click.UsageError(f"{error.message} Did you mean '{name}'?", error.ctx)
    return error


def _with_hint(error: click.ClickException, said: str) -> str:
    """What is wrong with a command line, and what was probably meant."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return said
    option = error.option_name if isinstance(error, click.NoSuchOption) else ""
    if not option and "unexpected extra argument" not in error.message:
        return said
    hint = _HINTS.get((error.ctx.info_name or "", option))
    return f"{said}\n{hint[0].upper()}{hint[1:]}." if hint else said


def refuse(error: click.ClickException | PromptCIError) -> int:
    """Say what is wrong, in a sentence, if stderr can be written to."""
    with suppress(OSError):
        if isinstance(error, PromptCIError):
            say(str(error))
        else:
            said = io.StringIO()
            _understood(error).show(said)
            say(_with_hint(error, said.getvalue().rstrip("\n")))
    return error.exit_code


def refuse_in_json(error: click.ClickException | PromptCIError) -> int:
    """Say it in one document on stdout, for programs."""
    if isinstance(error, PromptCIError):
        said = str(error)
    else:
        said = _with_hint(error, _understood(error).format_message())
    report = import_module("promptci.render.json.faults").error_report
    dumps = import_module("promptci.render.json.jsontext").dumps
    parts = (getattr(error, name, ()) for name in ("faults", "receipts"))
    try:
        click.echo(dumps(report(said, error.exit_code, *parts)))
    except OSError:  # it cannot be read
        return refuse(error)
    return error.exit_code

"""`promptci collect`."""

from pathlib import Path
from shlex import quote

import click

from promptci.commands.context import pass_project
from promptci.commands.display import say
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.project.golden.collecting import CollectResult, collect_log
from promptci.project.project import Project
from promptci.render.figures import counted
from promptci.render.json.exchange.collected import CollectV1
from promptci.render.json.faults import fault_part
from promptci.render.json.jsontext import dumps


@click.command()
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--eval",
    "name",
    required=True,
    metavar="NAME",
    shell_complete=complete_evals,
    help="The eval whose prompt was asked.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="At most so many, over all kinds of answers.",
)
@click.option("--seed", type=int, default=1, metavar="N", help="Which ones these are.")
@json_option
@pass_project
def command(
    project: Project, *, log: Path, name: str, sample: int, seed: int, wants_json: bool
) -> int:
    """Draft golden examples from a log of calls.

    LOG holds requests with their answers: OpenAI-style JSONL, LiteLLM, OTLP/JSON spans or traces
    of Langfuse. Secrets and personal data that have a form (addresses, numbers) are taken out;
    names in running text are not found. Candidates go into evals/NAME.candidates.jsonl with
    `expected: TODO`; `promptci examples label NAME` or `promptci browse --candidates NAME` goes
    through them.
    """
    project.workspace.names = (name,)
    found = collect_log(project, log, name, sample=sample, seed=seed)
    if wants_json:
        click.echo(dumps(_report(found)))
    else:
        _tell(found, name)
    return found.exit_code


def _report(found: CollectResult) -> CollectV1:
    return CollectV1(
        exit_code=found.exit_code,
        path=found.path,
        calls=found.calls,
        known=found.known,
        repeated=found.repeated,
        unmatched=found.unmatched,
        added=found.added,
        taken_out=dict(found.taken_out),
        lost=[fault_part(each) for each in found.losses],
    )


def _tell(found: CollectResult, name: str) -> None:
    for fault in found.losses:
        say(str(fault))
    said = f"{counted(found.calls, 'call')}: {counted(found.added, 'candidate')}"
    click.echo(f"{said} added to {found.path}")
    rest = {
        "an example or candidate already": found.known,
        "a repetition": found.repeated,
        "not sent by this prompt": found.unmatched,
    }
    for what, count in rest.items():
        if count:
            click.echo(f"{counted(count, 'call')} left out: {what}")
    if found.taken_out:
        listed = ", ".join(f"{count:,} x {kind}" for kind, count in found.taken_out.items())
        click.echo(f"taken out: {listed}")
    if found.added:
        say("names of people in running text are not found: read the candidates")
        say(
            f"`promptci examples label {quote(name)}` or `promptci browse --candidates "
            f"{quote(name)}` goes through them"
        )

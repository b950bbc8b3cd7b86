"""`promptci export`."""

from pathlib import Path

import click

from promptci.commands.context import pass_project
from promptci.commands.display import say
from promptci.commands.options import OneOf, json_option
from promptci.commands.reading import complete_evals
from promptci.exporters.exported import ExportOptions
from promptci.exporters.kinds import EXPORTERS
from promptci.project.exporting import Chosen, ExportResult, export_evals
from promptci.project.project import Project
from promptci.project.receivers.otlpposting import post_otel
from promptci.render.json.exchange.exported import ExportV1
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import for_terminal

_KINDS = "\n\n".join(f"  {name}: {each.title}" for name, each in EXPORTERS.items())


@click.command(epilog=f"Kinds:\n\n{_KINDS}")
@click.argument("kind", type=OneOf(list(EXPORTERS)), metavar="KIND")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_evals)
@click.option(
    "--output",
    "-o",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("export"),
    show_default=True,
    metavar="FOLDER",
    help="Where the files go.",
)
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Only this model.  [repeatable]"
)
@click.option(
    "--answers",
    type=OneOf(["expected", "passed"]),
    default="expected",
    show_default=True,
    help="finetune: learn what is expected, or the stored answers that passed.",
)
@click.option(
    "--validation",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    metavar="SHARE",
    help="finetune: put this share into a file of its own.",
)
@click.option("--seed", type=int, default=1, metavar="N", help="finetune: which ones these are.")
@click.option("--bom", "with_bom", is_flag=True, help="finetune: a byte-order mark, as Azure asks.")
@click.option("--with-gates", is_flag=True, help="finetune: take in what a gate tests, too.")
@click.option("--variants", "with_variants", is_flag=True, help="promptfoo: write variants, too.")
@click.option("--content", "with_content", is_flag=True, help="otel: write the messages, too.")
@click.option(
    "--at", "revisions", metavar="REV", multiple=True,
    help="otel, csv, parquet, xlsx: as it is at a commit.  [repeatable]",
)  # fmt: skip
@click.option("--to", "url", metavar="URL", help="otel: send it to a receiver (OTLP over HTTP).")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@json_option
@pass_project
def command(
    project: Project,
    *,
    kind: str,
    names: tuple[str, ...],
    target: Path,
    models: tuple[str, ...],
    answers: str,
    validation: float,
    seed: int,
    with_bom: bool,
    with_gates: bool,
    with_variants: bool,
    with_content: bool,
    revisions: tuple[str, ...],
    url: str | None,
    force: bool,
    wants_json: bool,
) -> int:
    """Write prompts, examples and answers in the forms of other tools.

    Without NAME all evals are exported. Nothing is asked: answers are those that are stored.
    For fine-tuning, examples that another eval tests or that must pass are kept out.
    """
    project.workspace.names = names
    options = ExportOptions(
        answers_from=answers, validation=validation, seed=seed, with_content=with_content,
        with_variants=with_variants, with_bom=with_bom,
    )  # fmt: skip
    chosen = Chosen(names, models, revisions)
    if url is not None and kind != "otel":
        raise click.UsageError("--to goes with `otel`")
    if url is not None:
        found = post_otel(project, chosen, url, options=options)
    else:
        found = export_evals(
            project, kind, chosen, target, options=options, with_gates=with_gates, overwrite=force
        )
    if wants_json:
        click.echo(dumps(_report(found)))
    else:
        _say(found, url)
    return found.exit_code


def _report(found: ExportResult) -> ExportV1:
    return ExportV1(
        exit_code=found.exit_code,
        kind=found.kind,
        written=list(found.written),
        sent=dict(found.sent),
        remarks=list(found.remarks),
    )


def _say(found: ExportResult, url: str | None) -> None:
    """What was written or sent, and what was left out."""
    for path in found.written:
        click.echo(for_terminal(f"wrote {path}"))
    if url is not None:
        counts = " and ".join(f"{count:,} {what}" for what, count in found.sent.items())
        click.echo(for_terminal(f"sent {counts} to {url}"))
    for remark in found.remarks:
        say(remark)

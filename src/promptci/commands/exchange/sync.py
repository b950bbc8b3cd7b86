"""`promptci sync`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.display import say
from promptci.commands.options import OneOf, json_option
from promptci.commands.reading import complete_evals
from promptci.errors import RequestError
from promptci.project.exporting import Chosen
from promptci.project.project import Project
from promptci.project.receivers.mlflowregistry import MlflowRegistry
from promptci.project.receivers.mlflowsync import SyncResult, sync_mlflow
from promptci.render.json.exchange.synced import SyncedVersionV1, SyncV1
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import for_terminal


@click.command()
@click.argument("registry", type=OneOf(["mlflow"]), metavar="mlflow")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_evals)
@click.option(
    "--tracking-uri", metavar="URI", help="MLflow's server or store.  [env: MLFLOW_TRACKING_URI]"
)
@click.option(
    "--experiment", default="promptci", show_default=True, metavar="NAME", help="Where runs go."
)
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Only this model.  [repeatable]"
)
@click.option(
    "--at", "revisions", metavar="REV", multiple=True,
    help="What belongs to a commit, instead of HEAD.  [repeatable]",
)  # fmt: skip
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be registered, and stop.")
@json_option
@pass_project
def command(
    project: Project,
    *,
    registry: str,
    names: tuple[str, ...],
    tracking_uri: str | None,
    experiment: str,
    models: tuple[str, ...],
    revisions: tuple[str, ...],
    dry: bool,
    wants_json: bool,
) -> int:
    """Register prompts and score records with MLflow.

    Each prompt becomes a version with its commit and scores, each record a run with its metrics.
    What is there already is not registered again. Only what is committed is registered.
    """
    del registry
    uri = tracking_uri or project.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri:
        raise RequestError("where is MLflow? Give --tracking-uri, or set MLFLOW_TRACKING_URI")
    chosen = Chosen(names, models, revisions)
    found = sync_mlflow(project, chosen, MlflowRegistry(uri, experiment), dry=dry)
    click.echo(dumps(_report(found)) if wants_json else _text(found), nl=wants_json)
    if not wants_json:
        for remark in found.remarks:
            say(remark)
    return found.exit_code


def _report(found: SyncResult) -> SyncV1:
    return SyncV1(
        exit_code=found.exit_code,
        versions=[
            SyncedVersionV1(
                prompt=each.name, version=each.version, digest=each.digest, commit=each.commit,
                state=each.state,  # type: ignore[arg-type]
            )
            for each in found.versions
        ],
        runs=[run.name for run in found.runs],
        runs_there=found.runs_there,
        remarks=list(found.remarks),
        dry_run=found.is_dry,
    )  # fmt: skip


_SAYS = {
    ("new", False): "registered",
    ("new", True): "would register",
    ("tagged", False): "scores added to",
    ("tagged", True): "would add scores to",
    ("same", False): "there already:",
    ("same", True): "there already:",
}


def _text(found: SyncResult) -> str:
    lines = [
        f"{_SAYS[each.state, found.is_dry]} `{each.name}`"
        + (f" version {each.version}" if each.version else "")
        + (f" (commit {each.commit[:12]})" if each.commit else "")
        for each in found.versions
    ]
    verb = "would log" if found.is_dry else "logged"
    lines += [f"{verb} {run.name}: score {run.metrics['score']:.3f}" for run in found.runs]
    if found.runs_there:
        lines.append(f"{found.runs_there} of the score records were there already")
    return "".join(f"{for_terminal(line)}\n" for line in lines)

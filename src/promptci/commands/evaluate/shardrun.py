"""`promptci run --shard` and `--on`: what asks a part of a run, or asks it elsewhere."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from promptci.cluster.order import ClusterNews, Order
from promptci.cluster.supervisor import ask_on_cluster
from promptci.commands.estimates import say_estimates
from promptci.commands.options import ALLOW_CODE
from promptci.errors import RequestError
from promptci.project.project import Project
from promptci.project.sharding import estimate_shard, run_shard
from promptci.render.figures import counted
from promptci.render.json.evaluate.shard import ShardV1
from promptci.render.json.jsontext import dumps
from promptci.run.planning.selection import Selection
from promptci.secrets.safetext import for_terminal
from promptci.spending.limits import Limits


def refuse_beside_shard(options: Mapping[str, Any], *, beside: bool) -> None:
    """Refuse what does not go with a part: options that choose, repeat, watch or report."""
    if beside or options["fail_fast"] or options["sequential"] or options["repeat"] > 1:
        others = "--rev, --report, --watch, --fail-fast, --sequential and --repeat"
        raise RequestError(f"--shard goes with none of {others}")
    if options["tags"] or options["examples"] or options["sample"] is not None:
        raise RequestError("--shard is a part of all examples: leave out what chooses some")


def run_or_estimate_part(
    project: Project,
    options: Mapping[str, Any],
    selection: Selection,
    limits: Limits,
    *,
    beside: bool,
    wants_json: bool,
    dry: bool,
) -> int:
    """Ask one part of all examples; `beside` where options are given that do not go with it."""
    refuse_beside_shard(options, beside=beside)
    shard, bundle = options["shard"], options["bundle"]
    if dry:
        return estimate_part(project, selection, limits, shard, wants_json=wants_json)
    return run_part(project, selection, limits, shard, bundle, wants_json=wants_json)


def run_part(
    project: Project,
    selection: Selection,
    limits: Limits,
    shard: str,
    bundle: Path | None,
    *,
    wants_json: bool,
) -> int:
    """Ask one part of a run into a bundle and say what is in it."""
    part = _part(shard)
    target = bundle or Path(f"shard-{part[0]}-of-{part[1]}.bundle")
    found = run_shard(project, selection, limits, part, target)
    if wants_json:
        report = ShardV1(
            exit_code=found.exit_code,
            path=found.path,
            shard=part[0],
            of=part[1],
            examples=found.examples,
            answers=found.answers,
            unanswered=found.unanswered,
        )
        click.echo(dumps(report))
        return found.exit_code
    said = (
        f"{counted(found.examples, 'example')}, {counted(found.answers, 'answer')} in {found.path}"
    )
    if found.unanswered:
        said += f"; {counted(found.unanswered, 'example')} without an answer"
    click.echo(for_terminal(said))
    if found.stopped is not None:
        raise found.stopped
    return found.exit_code


def estimate_part(
    project: Project, selection: Selection, limits: Limits, shard: str, *, wants_json: bool
) -> int:
    """Say what one part of a run would ask, and what that would cost."""
    asked = estimate_shard(project, selection, limits, _part(shard))
    return say_estimates(asked, wants_json=wants_json, command="run")


def _part(written: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", written)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise RequestError(f"--shard {written}: write I/N, from 1/N to N/N, such as 2/4")
    return int(match[1]), int(match[2])


def refuse_beside_cluster(options: Mapping[str, Any], *, beside: bool) -> None:
    """Refuse what does not go with a cluster: options that ask again, in turn, or not at all."""
    refreshing = options["refresh"] or options["refresh_judges"] or options["offline"]
    if beside or refreshing or options["fail_fast"] or options["sequential"]:
        others = "--shard, --rev, --watch, --refresh, --refresh-judges, --offline, --fail-fast"
        raise RequestError(f"--on goes with none of {others} and --sequential")


def cluster_address(written: str) -> str:
    """The address of a cluster; empty for one on this machine, or the one of `RAY_ADDRESS`."""
    if written == "ray":
        return ""
    if written.startswith("ray://") and len(written) > len("ray://"):
        return written
    raise RequestError(f"--on {written}: write ray, or ray://HOST:PORT")


def run_on_cluster(
    project: Project, selection: Selection, limits: Limits, options: Mapping[str, Any]
) -> None:
    """Have a cluster ask; the run that comes after finds the answers stored."""
    where, workers = options["where"], options["workers"]
    allow_code = bool(click.get_current_context().meta.get(ALLOW_CODE))
    root = str(project.workspace.repo.root)
    order = Order(root, selection, limits, cluster_address(where), workers, allow_code)
    project.observer.remark(_said(ask_on_cluster(project, order)))


def _said(news: ClusterNews) -> str:
    asked = f"{counted(news.asked, 'answer')} in {counted(news.blocks, 'block')}"
    said = f"{counted(news.workers, 'worker')} asked for {asked}"
    if not news.has_unknown_cost and news.cost:
        said += f", ${news.cost:.4f}"
    if news.errors:
        said += f"; {counted(news.errors, 'example')} without one"
        said += f" ({news.whys[0]})" if news.whys else ""
    return said

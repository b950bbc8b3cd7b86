"""`promptci comment`."""

import os
from pathlib import Path

import click
from msgspec.structs import replace

from promptci.commands.display import say
from promptci.commands.options import OneOf, json_option
from promptci.errors import RequestError
from promptci.forges.artifact import read_artifact, read_report
from promptci.forges.forge import FORGES
from promptci.forges.posting import PostedComment, post_comment
from promptci.forges.surroundings import read_surroundings
from promptci.render.json.compare.comment import CommentV1
from promptci.render.json.jsontext import dumps
from promptci.render.markdown.marker import marker
from promptci.secrets.safetext import for_terminal


@click.command(
    epilog="The token comes from GITHUB_TOKEN, GITLAB_TOKEN, GITEA_TOKEN, FORGEJO_TOKEN or "
    "BITBUCKET_TOKEN, and what is not given from the variables of the CI system."
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--artifact",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Take comment.md and head from a job without permissions, as data.",
)
@click.option(
    "--project",
    default="",
    metavar="FOLDER",
    help="Of which project of the repository that artifact must be.  [default: its top]",
)
@click.option("--forge", "kind", type=OneOf(list(FORGES)), help="What the forge is.")
@click.option("--api", "url", metavar="URL", help="The address of its REST interface.")
@click.option("--repo", metavar="NAME", help="The repository, as OWNER/NAME or its number.")
@click.option("--pull", type=click.IntRange(1), metavar="N", help="The pull request.")
@click.option("--head", metavar="COMMIT", help="The commit that the report is about.")
@click.option("--author", metavar="NAME", help="Who writes, where the forge does not say.")
@click.option("--strict", is_flag=True, help="Exit 3 where the comment cannot be written.")
@json_option
def command(
    *,
    file: Path | None,
    artifact: Path | None,
    project: str,
    kind: str | None,
    url: str | None,
    repo: str | None,
    pull: int | None,
    head: str | None,
    author: str | None,
    strict: bool,
    wants_json: bool,
) -> int:
    """Insert or update the one comment of a pull request.

    FILE is what `promptci check --report markdown=FILE` wrote. The comment is found by its hidden
    marker and its author, shows when all is well again, and folds earlier verdicts. One that
    cannot be written is a sentence and exit 0, since it says nothing about the change.
    """
    given = {"forge": kind, "url": url, "repo": repo, "head": head, "pull": pull and str(pull)}
    known = read_surroundings(os.environ)
    known = replace(known, **{name: value for name, value in given.items() if value})
    if project and artifact is None:
        raise RequestError("--project is for --artifact: FILE says itself what it is about")
    report = _report(file, artifact, known.head, project.strip("/"))
    done = post_comment(report, known, os.environ, author=author or "", strict=strict)
    _tell(done, wants_json=wants_json)
    return done.exit_code


def _tell(done: PostedComment, *, wants_json: bool) -> None:
    if wants_json:
        report = CommentV1(exit_code=done.exit_code, written=done.written, why=done.why)
        click.echo(dumps(report))
    elif done.written == "not written":
        say(f"the comment was not written: {done.why}")
    else:
        click.echo(for_terminal(done.why))


def _report(file: Path | None, artifact: Path | None, head: str, project: str) -> str:
    if (file is None) == (artifact is None):
        raise RequestError("give either FILE or --artifact FOLDER")
    if file is not None:
        return read_report(file)
    return read_artifact(artifact or Path(), head, marker(project))

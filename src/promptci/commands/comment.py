"""`promptci comment`."""

import os
import time
from dataclasses import replace
from pathlib import Path

import click

from promptci.commands.options import json_option
from promptci.errors import RequestError
from promptci.forges.api import ForgeAPI, ForgeError
from promptci.forges.artifact import read_artifact, read_report
from promptci.forges.commentbody import CommentBody
from promptci.forges.forge import FORGES, Forge, is_same_commit
from promptci.forges.sticky import put_comment
from promptci.forges.surroundings import TOKENS, Surroundings, read_surroundings, token_of
from promptci.render.json.comment import CommentV1
from promptci.render.json.jsontext import dumps
from promptci.secrets.known import keep, redact_document
from promptci.secrets.safetext import for_terminal
from promptci.specs.keys import Secret


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
@click.option("--forge", "kind", type=click.Choice(list(FORGES)), help="What the forge is.")
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
    report = _report(file, artifact, known.head)
    body = CommentBody(redact_document(report), known.head)
    try:
        done = _write(_forge(known), known, body, author or "")
    except ForgeError as error:
        code = error.exit_code if strict else 0
        done = CommentV1(exit_code=code, written="not written", why=str(error))
    _tell(done, wants_json=wants_json)
    return done.exit_code


def _tell(done: CommentV1, *, wants_json: bool) -> None:
    if wants_json:
        click.echo(dumps(done))
    elif done.written == "not written":
        click.echo(for_terminal(f"the comment was not written: {done.why}"), err=True)
    else:
        click.echo(for_terminal(done.why))


def _report(file: Path | None, artifact: Path | None, head: str) -> str:
    if (file is None) == (artifact is None):
        raise RequestError("give either FILE or --artifact FOLDER")
    return read_report(file) if file is not None else read_artifact(artifact or Path(), head)


def _forge(known: Surroundings) -> Forge:
    """Raises `RequestError` where something is missing that nobody said."""
    if not known.forge:
        raise RequestError("no CI system says where this is: give --forge, --repo and --pull")
    form = FORGES[known.forge]
    url, token = known.url or form.url, known.token or token_of(known.forge, os.environ)
    if not url:
        raise RequestError("where is the forge? give --api, such as https://git.example/api/v1")
    if not known.repo:
        raise RequestError("which repository? give --repo OWNER/NAME")
    if not token:
        raise ForgeError(f"there is no token: set {TOKENS[known.forge][0]}")
    keep([Secret(token, "the forge's token")])
    name, value = form.token_header
    return Forge(ForgeAPI(url, {name: value.format(token=token)}), form, known.repo)


def _write(forge: Forge, known: Surroundings, body: CommentBody, author: str) -> CommentV1:
    """What was done. Raises `ForgeError` where nothing could be."""
    pull = known.pull
    if not pull:
        found = forge.pulls_at(known.head) if known.head else []
        if len(found) != 1:
            which = "no" if not found else "more than one"
            raise ForgeError(f"{which} open pull request offers this commit: give --pull")
        [pull] = found
    elif known.head and not is_same_commit(forge.head(pull), known.head):
        why = f"the pull request has moved on from {known.head[:12]}"
        return CommentV1(written="not written", why=why)
    done = put_comment(forge, pull, body, author=author, sleep=time.sleep)
    why = f"the comment on {pull} {'is up to date' if done == 'unchanged' else f'was {done}'}"
    return CommentV1(written=done, why=why)

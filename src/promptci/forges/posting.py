"""Post a report on a pull request: find the forge, the pull request and the comment."""

import time
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from promptci.errors import RequestError
from promptci.forges.api import ForgeAPI, ForgeError
from promptci.forges.commentbody import CommentBody
from promptci.forges.forge import FORGES, Forge, is_same_commit
from promptci.forges.sticky import put_comment, tried
from promptci.forges.surroundings import TOKENS, Surroundings, token_of
from promptci.secrets.known import keep, redact_document
from promptci.specs.credentials import Secret

_FORBIDDEN = 403


class PostedComment(Struct, frozen=True):
    """What became of the comment; `why` says why it was not written, else what was done."""

    written: Literal["created", "updated", "unchanged", "not written"]
    why: str
    exit_code: int = 0


def post_comment(
    report: str,
    known: Surroundings,
    environ: Mapping[str, str],
    *,
    author: str = "",
    strict: bool = False,
) -> PostedComment:
    """Insert or update the one comment of a pull request.

    A comment that cannot be written is a result, too, with exit code 0 unless `strict`. Raises
    `RequestError` where something is missing that was not given.
    """
    body = CommentBody(redact_document(report), known.head)
    try:
        forge = _forge(known, environ)
        return tried(lambda: _write(forge, known, body, author), time.sleep)
    except ForgeError as error:
        needs = f"; it takes {FORGES[known.forge].leave}" if error.status == _FORBIDDEN else ""
        return PostedComment("not written", f"{error}{needs}", error.exit_code if strict else 0)


def _forge(known: Surroundings, environ: Mapping[str, str]) -> Forge:
    """Raises `RequestError` where something is missing that was not given."""
    if not known.forge:
        raise RequestError("no CI system says where this is: give --forge, --repo and --pull")
    form = FORGES[known.forge]
    url, token = known.url or form.url, known.token or token_of(known.forge, environ)
    if not url:
        raise RequestError("where is the forge? give --api, such as https://git.example/api/v1")
    if not known.repo:
        raise RequestError("which repository? give --repo OWNER/NAME")
    if not token:
        raise ForgeError(f"there is no token: set {TOKENS[known.forge][0]}")
    keep([Secret(token, "the forge's token")])
    name, value = form.token_header
    return Forge(ForgeAPI(url, {name: value.format(token=token)}), form, known.repo)


def _write(forge: Forge, known: Surroundings, body: CommentBody, author: str) -> PostedComment:
    """What was done. Raises `ForgeError` where nothing could be."""
    pull = known.pull
    if not pull:
        if not known.head:
            raise ForgeError("nothing here names a pull request or a commit: give --pull")
        found = forge.pulls_at(known.head)
        if len(found) != 1:
            which = "no" if not found else "more than one"
            raise ForgeError(f"{which} open pull request offers this commit: give --pull")
        [pull] = found
    elif known.head and not is_same_commit(forge.head(pull), known.head):
        why = f"the pull request has moved on from {known.head[:12]}"
        return PostedComment("not written", why)
    done = put_comment(forge, pull, body, author or forge.me())
    why = f"the comment on {pull} {'is up to date' if done == 'unchanged' else f'was {done}'}"
    return PostedComment(done, why)

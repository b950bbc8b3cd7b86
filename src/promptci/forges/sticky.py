"""The one comment of a pull request: found by its marker and its author, written or kept up."""

from collections.abc import Callable
from typing import Literal, TypeAlias, TypeVar

from promptci.forges.api import ForgeError
from promptci.forges.commentbody import CommentBody
from promptci.forges.forge import Comment, Forge

TRIES = 4
MOST_WAIT = 60.0
"""Seconds before another try."""

T = TypeVar("T")

Written: TypeAlias = Literal["created", "updated", "unchanged"]


def tried(work: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """What work gives, tried again from its start where what failed may pass.

    Each try begins with looking: what failed half-way may be there after all. Raises `ForgeError`.
    """
    for attempt in range(TRIES):
        try:
            return work()
        except ForgeError as error:
            if not error.is_passing or attempt == TRIES - 1 or error.retry_after > MOST_WAIT:
                raise
            sleep(error.retry_after or float(2**attempt))
    raise AssertionError("unreachable")


def put_comment(forge: Forge, pull: str, body: CommentBody, author: str) -> Written:
    """Insert or update the comment, and what became of it. Raises `ForgeError` if it cannot be."""
    mine = _mine(forge, pull, author, body)
    if mine:
        done = _update(forge, pull, mine[0], body)
        for other in mine[1:]:  # left by jobs that failed while they settled
            forge.delete(pull, other.id)
        return done
    id_ = forge.create(pull, body.text(None, forge.form.most, has_html=forge.form.has_html))
    return _settle(forge, pull, body, author, id_)


def _mine(forge: Forge, pull: str, author: str, body: CommentBody) -> list[Comment]:
    """Comments with the report's marker that this author wrote, the oldest first."""
    every = forge.comments(pull)
    found = [each for each in every if each.author == author and body.is_of(each.text)]
    return sorted(found, key=lambda each: (len(each.id), each.id))  # ids count up


def _update(forge: Forge, pull: str, before: Comment, body: CommentBody) -> Written:
    text = body.text(before.text, forge.form.most, has_html=forge.form.has_html)
    if text.strip() == before.text.replace("\r\n", "\n").strip():
        return "unchanged"
    forge.update(pull, before.id, text)
    return "updated"


def _settle(forge: Forge, pull: str, body: CommentBody, author: str, id: str) -> Written:
    """Where another job wrote at the same time, the older comment stays, with the newer words.

    So it does where such a job has taken this one's comment away already.
    """
    mine = _mine(forge, pull, author, body)
    if not mine or mine[0].id == id:
        return "created"
    done = _update(forge, pull, mine[0], body)
    if any(each.id == id for each in mine):
        forge.delete(pull, id)
    return done

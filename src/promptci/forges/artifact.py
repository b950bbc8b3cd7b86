"""What a job without permissions left behind for one that may comment: data, whoever made it."""

import errno
import os
import re
import stat
from pathlib import Path

from promptci.errors import RequestError
from promptci.forges.commentbody import MARKER
from promptci.secrets.safetext import for_terminal

COMMENT = "comment.md"
HEAD = "head"
MOST_BYTES = 262_144
"""Of the report: 65,536 characters of four bytes."""

_NO_REPORT = "is no report: write one with `promptci check --report markdown=FILE`"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_OURS = re.compile(r"</?(?:details|summary|code)>|<!-- verdict: [\w-]+ -->")
_ACTIVE = re.compile(
    r"<(?=[A-Za-z/!?])|@(?=\w)|\](?=[(:\[])|:(?=//)|(?<=www)\.|&(?=[#\w])"
    r"|[#!$%](?=\d)|[~%^](?=[\w\"])|\[(?=\[|\w+:)|\*(?=iteration:)|\w(?=>)"
    r"|\bGH(?=-\d)|\b(?-i:[A-Z][A-Z0-9_]*)(?=-\d)|[0-9a-f]{6}(?=[0-9a-f])"
    r"|^[ \t]*/(?=\w)",
    re.IGNORECASE | re.MULTILINE,
)
"""Tags, mentions and links; references of GitHub and GitLab by number, name, tracker's key and
commit, of which seven digits are enough; at the start of a line commands to GitLab (`/merge`)."""
_STATE = re.compile(r"<!-- verdict: [\w-]+ -->\n")
_WHOSE = "_From the job of the change itself, which its author may have altered._"
"""Before what a job says that ran a stranger's workflow."""
_GAP = "\u200b"
"""A space without width, by which markup, mentions and links become words."""


def read_artifact(folder: Path, head: str, marker: str) -> str:
    """The report of a folder, made harmless. Raises `RequestError` where it is not what it must be.

    The commit that it names must be the one that its job ran for, as the forge says, and its first
    line the `marker` of the project: otherwise each new one would make one more comment.
    """
    if not _COMMIT.fullmatch(head):
        raise RequestError("--artifact needs the whole id of the commit: give it with --head")
    named = _read(folder / HEAD, 100).strip()
    if named != head:
        raise RequestError(f"{folder / HEAD}: is about another commit than {head[:12]}")
    report = _read(folder / COMMENT, MOST_BYTES)
    first, _, rest = report.partition("\n")
    if not MARKER.fullmatch(first.rstrip("\r")):
        raise RequestError(f"{folder / COMMENT} {_NO_REPORT}")
    if first.rstrip("\r") != marker:
        cure = "give its folder with --project"
        raise RequestError(
            f"{folder / COMMENT}: is about another project of the repository: {cure}"
        )
    state, _, body = rest.partition("\n") if _STATE.match(rest) else ("", "", rest)
    return "\n".join(filter(None, (marker, state, "", f"{_WHOSE}\n"))) + f"\n{harmless(body)}"


def read_report(path: Path) -> str:
    """A report of one's own. Raises `RequestError` where it is none."""
    report = _read(path, MOST_BYTES)
    if not MARKER.match(report):
        raise RequestError(f"{path} {_NO_REPORT}")
    return report


def harmless(text: str) -> str:
    """Markdown in which nothing that a stranger wrote is a tag, a link, an image or a mention.

    Nor does a hidden character of theirs turn what is read around.
    """
    text = for_terminal(text.replace("\r\n", "\n"))
    out, at = "", 0
    for tag in _OURS.finditer(text):
        out += _tamed(text[at : tag.start()]) + tag[0]
        at = tag.end()
    return out + _tamed(text[at:])


def _tamed(text: str) -> str:
    return _ACTIVE.sub(lambda found: found[0] + _GAP, text)


def _read(path: Path, most: int) -> str:
    """A small file of text: no link, no device, nothing that grows."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise RequestError(f"{path}: is no regular file")
            data = file.read(most + 1)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RequestError(f"{path}: is a link, which is not followed") from None
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > most:
        raise RequestError(f"{path}: is longer than {most:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise RequestError(f"{path}: is no text in UTF-8") from None

"""The report of `comment`."""

from typing import Annotated, Literal

from promptci.render.json.structure import ExitCode, Report, says


class CommentV1(Report, frozen=True, kw_only=True):
    """What became of the comment."""

    command: Literal["comment"] = "comment"
    exit_code: ExitCode = 0
    written: Annotated[
        Literal["created", "updated", "unchanged", "not written"], says("what was done")
    ]
    why: Annotated[str, says("why it was not written, else what was done, in a sentence")]

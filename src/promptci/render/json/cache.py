"""The reports of `cache`."""

from typing import Annotated, Literal

from promptci.render.json.structure import ExitCode, Report, says


class CacheSizeV1(Report, frozen=True, kw_only=True):
    """How many answers are stored: `cache` and `cache size`."""

    command: Literal["cache"] = "cache"
    exit_code: ExitCode = 0
    path: Annotated[str, says("where they are stored")]
    answers: Annotated[int, says("how many there are")]
    bytes: Annotated[int, says("the room they take")]


class CachePathV1(Report, frozen=True, kw_only=True):
    """Where answers are stored: `cache path`."""

    command: Literal["cache"] = "cache"
    exit_code: ExitCode = 0
    path: Annotated[str, says("where they are stored")]


class CacheDeletedV1(Report, frozen=True, kw_only=True):
    """What was deleted: `cache clear` and `cache prune`."""

    command: Literal["cache"] = "cache"
    exit_code: ExitCode = 0
    deleted: Annotated[int, says("how many answers")]

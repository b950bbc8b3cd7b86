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


class CacheVerifyV1(Report, frozen=True, kw_only=True):
    """What was found by looking all answers through: `cache verify`."""

    command: Literal["cache"] = "cache"
    exit_code: ExitCode
    good: Annotated[int, says("answers that are as they were written")]
    damaged: Annotated[int, says("answers that were not, and are deleted")]
    aside: Annotated[
        str,
        says("where the file was moved to, damaged as a whole, and a new one begun; else empty"),
    ] = ""


class CacheCarriedV1(Report, frozen=True, kw_only=True):
    """What was written or taken in: `cache export` and `cache import`."""

    command: Literal["cache"] = "cache"
    exit_code: ExitCode = 0
    path: Annotated[str, says("the file")]
    answers: Annotated[int, says("how many answers it holds")]
    new: Annotated[
        int | None,
        says("how many of them were not stored here before they were taken in; null of an export"),
    ] = None


class CachePushedV1(Report, frozen=True, kw_only=True):
    """What was sent to the shared store: `cache push`."""

    command: Literal["cache"] = "cache"
    exit_code: ExitCode
    store: Annotated[str, says("the shared store")]
    sent: Annotated[int, says("answers that were sent")]
    unsent: Annotated[int, says("answers that are stored here and could not be sent")]
    why: Annotated[str, says("why not; empty where all were sent")] = ""

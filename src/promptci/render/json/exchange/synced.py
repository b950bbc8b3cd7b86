"""The report of `sync`."""

from typing import Annotated, Literal

from msgspec import Struct

from promptci.render.json.structure import ExitCode, Report, says


class SyncedVersionV1(Struct, frozen=True, kw_only=True):
    """A version of a prompt."""

    prompt: Annotated[str, says("the prompt's name there")]
    version: Annotated[str, says("its number; empty where it would be new")]
    digest: Annotated[str, says("the digest of its content")]
    commit: Annotated[str, says("the commit that it came with")]
    state: Annotated[Literal["new", "tagged", "same"], says("what became of it")]


class SyncV1(Report, frozen=True, kw_only=True):
    """What was registered, or would be."""

    command: Literal["sync"] = "sync"
    exit_code: ExitCode
    versions: Annotated[list[SyncedVersionV1], says("versions of prompts")]
    runs: Annotated[list[str], says("the names of new runs, one for each score record")]
    runs_there: Annotated[int, says("records that were there already")]
    remarks: Annotated[list[str], says("what was left out, and why")]
    dry_run: Annotated[bool, says("whether nothing was written")]

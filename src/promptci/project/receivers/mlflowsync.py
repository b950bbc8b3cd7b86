"""Register prompts and score records with MLflow: each once, however often it is done."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from promptci.exporters.exported import Exporter
from promptci.exporters.mlflow import SyncedPrompt, SyncedRun, synced_prompts, synced_runs
from promptci.exporters.otel import OTEL
from promptci.project.exporting import Chosen, exported_evals
from promptci.project.project import Project

_AS_COMMITTED: Exporter = replace(OTEL, of_flows=True)
"""Any kind that holds commits, with flows: their records are runs, their prompts versions."""


class KnownVersion(Struct, frozen=True):
    """A version of a prompt that the registry has, with its tags."""

    version: str
    tags: Mapping[str, str]


class Registry(Protocol):
    """What a registry can do; MLflow's is `project.receivers.mlflowregistry`."""

    def versions(self, name: str) -> Mapping[str, KnownVersion]:
        """The versions of a prompt that came from here, by digest."""

    def register(self, prompt: SyncedPrompt) -> str:
        """Add a version, tags and all; gives its number."""

    def tag(self, name: str, version: str, tags: Mapping[str, str]) -> None:
        """Set tags of a version."""

    def runs(self) -> frozenset[str]:
        """The keys of the runs that are there and whole."""

    def log(self, run: SyncedRun) -> None:
        """Add a run, or make one whole that was begun."""


class SyncedVersion(Struct, frozen=True):
    """What became of a prompt: `new`, `tagged` with scores that were not there, or `same`.

    `version` is empty where it would be new.
    """

    name: str
    version: str
    digest: str
    commit: str
    state: str


class SyncResult(Struct, frozen=True):
    """What was registered, or with `is_dry` what would be."""

    versions: tuple[SyncedVersion, ...]
    runs: tuple[SyncedRun, ...]
    runs_there: int
    remarks: tuple[str, ...]
    is_dry: bool

    @property
    def exit_code(self) -> int:
        """0: a registry that refuses raises."""
        return 0


def sync_mlflow(
    project: Project, chosen: Chosen, registry: Registry, *, dry: bool = False
) -> SyncResult:
    """Register the prompts of evals as versions, and their score records as runs.

    Prompts and records are those of the commits that are chosen, of HEAD without one: what is
    not committed has no commit to be found by. Raises what `registry` raises.
    """
    revisions = chosen.revisions or ("HEAD",)
    evals = exported_evals(project, _AS_COMMITTED, Chosen(chosen.names, chosen.models, revisions))
    prompts = synced_prompts(evals)
    versions = tuple(_version(registry, prompt, dry=dry) for prompt in prompts)
    there = registry.runs()
    wanted = synced_runs(evals)
    new = tuple(run for run in wanted if run.key not in there)
    for run in () if dry else new:
        registry.log(run)
    remarks = tuple(remark for prompt in prompts for remark in prompt.remarks)
    return SyncResult(versions, new, len(wanted) - len(new), remarks, dry)


def _version(registry: Registry, prompt: SyncedPrompt, *, dry: bool) -> SyncedVersion:
    known = registry.versions(prompt.name).get(prompt.digest)
    if known is None:
        version = "" if dry else registry.register(prompt)
        return SyncedVersion(prompt.name, version, prompt.digest, prompt.commit, "new")
    kept = {"promptci.commit", "promptci.version"}  # those of the commit that it came with
    missing = {
        key: value
        for key, value in prompt.tags.items()
        if key not in kept and known.tags.get(key) != value
    }
    if missing and not dry:
        registry.tag(prompt.name, known.version, missing)
    state = "tagged" if missing else "same"
    commit = known.tags.get("promptci.commit", "")
    return SyncedVersion(prompt.name, known.version, prompt.digest, commit, state)

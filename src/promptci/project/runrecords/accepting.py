"""Accept that examples are lost, in the score record of their eval."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct

from promptci.errors import RequestError
from promptci.git.lineage import author_of_now
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.project.runrecords.recording import write_record
from promptci.records.acceptedlosses import accept_losses
from promptci.records.chunkfiles import score_path
from promptci.records.record import Accepted, Record
from promptci.suite.filenames import path_eval_name


class AcceptedLosses(Struct, frozen=True):
    """The records with the losses accepted, by model, and whether their file has changed."""

    path: str
    records: Mapping[str, Record]
    is_written: bool

    @property
    def exit_code(self) -> int:
        """0: what could not be accepted was refused."""
        return 0


def accept_lost(
    project: Project,
    name: str,
    examples: Sequence[str],
    why: str,
    *,
    models: Sequence[str] = (),
    until: str = "",
) -> AcceptedLosses:
    """Write into an eval's record that these examples may be lost, why, and who says so when.

    `until` is the last day on which that holds. It is written for every model on which they fail,
    or for `models` alone. Raises `RequestError` where there is no record, or no such example in it
    that failed.
    """
    name = named_eval(project, name)
    records = _records(project, name)
    by, today = author_of_now(project.workspace.repo)
    loss = Accepted("", why, by, today, until)
    after = accept_losses(records, examples, loss, models=models)
    path = score_path(name)
    is_written = write_record(project, path, after)
    return AcceptedLosses(path, {model: after[model] for model in models or after}, is_written)


def _records(project: Project, name: str) -> dict[str, Record]:
    """The records in the working tree. Raises `RequestError` if there are none."""
    tree = project.workspace.repo.worktree
    records = project.workspace.records(tree, name)
    if records:
        return records
    files = [p for p in tree.files("evals") if p.endswith((".yaml", ".yml"))]
    known = {path_eval_name(p) for p in files if p.endswith(".scores.yaml")}
    evals = {path_eval_name(p) for p in files if p.count("/") == 1} | known
    if evals and name not in evals and (known or get_close_matches(name, evals)):
        advice = did_you_mean(name, evals)
        raise RequestError(f"there is no record of `{excerpt(name)}`: {advice}")
    raise RequestError(
        f"there is no record of `{excerpt(name)}`: run `promptci run {excerpt(name)}`"
    )

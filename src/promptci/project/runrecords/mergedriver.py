"""Have git merge score records with promptci: what it needs in a repository and in a clone."""

from collections.abc import Mapping
from pathlib import Path

from promptci.atomic import write_text
from promptci.errors import RepoError
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.olderrecords import parts_in
from promptci.records.record import Parts
from promptci.suite.filenames import path_eval_name

ATTRIBUTES = ".gitattributes"
LINE = "evals/**/*.scores.yaml merge=promptci-record"
"""What `.gitattributes` says of score records, from the project's folder."""
CHUNKS_LINE = "evals/**/*.scores/*.chunk merge=promptci-record"
"""The same of the chunks of large ones."""
_DRIVER = "merge.promptci-record"


def install_driver(repo: Repo) -> None:
    """Name the driver in the clone's own configuration, which no commit can do."""
    repo.git("config", f"{_DRIVER}.name", "score records, example by example")
    repo.git("config", f"{_DRIVER}.driver", "promptci merge-record %O %A %B %P")


def is_heeded(repo: Repo) -> bool:
    """Whether the attributes of the project's records name the driver; else git never calls it."""
    found = repo.git("check-attr", "merge", "--", f"{repo.prefix}evals/a.scores.yaml")
    return found.rstrip().endswith(b": merge: promptci-record")


def with_record_line(before: str) -> str:
    """The text of `.gitattributes` with the line for score records."""
    return _with_line(before, LINE)


def merge_chunks_too(root: Path) -> bool:
    """Have git merge chunks as it does records, if `.gitattributes` says so; whether that is new.

    A file that is a link or no text is left as it is.
    """
    path = root / ATTRIBUTES
    if path.is_symlink() or not path.is_file():
        return False
    before = path.read_bytes().decode("utf-8", "replace")
    lines = [line.strip() for line in before.splitlines()]
    if LINE not in lines or CHUNKS_LINE in lines or "\ufffd" in before:
        return False
    return write_text(path, _with_line(before, CHUNKS_LINE))


def merged_parts(repo: Repo, path: str, environ: Mapping[str, str]) -> Mapping[str, Parts]:
    """The parts of an eval's fingerprint by the files that git is merging, by model.

    `path` is that of the record from the top. Nothing is known but in a merge of two commits, and
    where other files are in conflict or git is older than 2.38.
    """
    prefix = "GITHEAD_"
    merging = [name.removeprefix(prefix) for name in environ if name.startswith(prefix)]
    folder, place, name = path.rpartition("evals/")
    if len(merging) != 1 or not place:
        return {}
    try:
        ours_of_records = ("-c", f"{_DRIVER}.driver=true")  # which are not what is asked for here
        merge = ("merge-tree", "--write-tree", "HEAD", merging[0])
        tree = repo.git(*ours_of_records, *merge).decode().split()[0]
    except RepoError:
        return {}
    return parts_in(repo.tree(Revision(tree)).below(folder), path_eval_name(name))


def _with_line(before: str, wanted: str) -> str:
    if any(line.strip() == wanted for line in before.splitlines()):
        return before
    gap = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{gap}{wanted}\n"

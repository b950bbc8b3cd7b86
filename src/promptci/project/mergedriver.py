"""Have git merge score records with promptci: what it needs in a repository and in a clone."""

from promptci.git.repo import Repo

ATTRIBUTES = ".gitattributes"
LINE = "evals/**/*.scores.yaml merge=promptci-record"
"""What `.gitattributes` says of score records, from the project's folder."""
_DRIVER = "merge.promptci-record"


def install_driver(repo: Repo) -> None:
    """Name the driver in the clone's own configuration, which no commit can do."""
    repo.git("config", f"{_DRIVER}.name", "score records, example by example")
    repo.git("config", f"{_DRIVER}.driver", "promptci merge-record %O %A %B %P")


def with_record_line(before: str) -> str:
    """The text of `.gitattributes` with the line for score records."""
    if any(line.strip() == LINE for line in before.splitlines()):
        return before
    gap = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{gap}{LINE}\n"

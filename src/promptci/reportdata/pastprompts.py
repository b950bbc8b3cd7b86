"""The prompts that a past commit changed, as they were before and after it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from promptci.git.commits import file_at
from promptci.git.folderchanges import CommitChanges
from promptci.git.repo import Repo
from promptci.git.revision import Revision


class PromptChange(Struct, frozen=True):
    """A prompt's file before and after a commit; empty where it was not there."""

    path: str
    before: str
    after: str


def changed_prompts(
    repo: Repo, change: CommitChanges, names: Iterable[str]
) -> Iterator[PromptChange]:
    """The files of these prompts that differ, each once."""
    for name in names:
        yamls = (f"prompts/{name}.yaml", f"prompts/{name}.yml", f"flows/{name}.yaml")
        for path in (*yamls, f"{name}.prompt.yml"):
            after = file_at(repo, change.revision, path)
            before = file_at(repo, Revision(change.parent), path) if change.parent else None
            if before != after:
                yield PromptChange(path, *(_text(side) for side in (before, after)))
                break


def _text(data: bytes | None) -> str:
    return "" if data is None else data.decode("utf-8", "replace")

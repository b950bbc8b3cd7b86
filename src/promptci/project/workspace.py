"""What is in the repository: its files, its records, and the folder for stored answers."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from promptci.atomic import write_text
from promptci.cache.writable import is_closed
from promptci.errors import PromptCIError
from promptci.git.commits import main_worktree
from promptci.git.hookenv import without_git_variables
from promptci.git.repo import CommitTree, Repo, Tree
from promptci.history.recordsonce import TreeRecords
from promptci.records.record import Record
from promptci.suite.configuration import Configuration, read_configuration

if TYPE_CHECKING:
    from promptci.cache.cache import Cache
    from promptci.suite.suite import Suite

STATE = ".promptci"

# Suite and cache are imported late: commands that only read records need neither of these forty.


class Workspace:
    """A project's place in a git repository. Everything is opened when first needed.

    `names` are the evals and prompts asked for: faults in files that those do not need are only
    warnings. `runs_the_rest` says the same of `.prompt.yml` files that are not evals of this
    project yet, where no names are given, `leaves_faulty_out` of all evals: the suite names them.
    """

    def __init__(self, start: Path) -> None:
        self.names: tuple[str, ...] = ()
        self.runs_the_rest = False
        self.leaves_faulty_out = False
        self._start = start
        self._records = TreeRecords()

    @cached_property
    def repo(self) -> Repo:
        """The repository around. Raises `RepoError` if there is none."""
        return Repo.discover(self._start)

    @property
    def new_root(self) -> Path:
        """Where a new project goes: the current folder, unless that is inside of one."""
        return self.repo.root if self.repo.has_project else self._start.resolve()

    def is_at(self, folder: Path) -> bool:
        """Whether this is the current folder, rather than a parent of it."""
        return self._start.resolve() == folder.resolve()

    def path_of(self, written: str) -> str:
        """A file named relative to the current folder, relative to the project's folder.

        What is no file of it stays as it is written.
        """
        found = (self._start / written).resolve()
        is_ours = found.is_file() and found.is_relative_to(self.repo.root)
        return found.relative_to(self.repo.root).as_posix() if is_ours else written

    def learn_keys(self) -> None:
        """Have the keys that the working tree's configuration names kept out of what is shown.

        To be called first: what was written before may hold them, as may the command line.
        """
        with suppress(PromptCIError):
            self.configuration  # noqa: B018  # reading it is what counts

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration in the working tree, read once."""
        return read_configuration(self.repo.worktree)

    @property
    def known_configuration(self) -> Configuration | None:
        """The same where it was read before; None where it was not, or where that failed."""
        return self.__dict__.get("configuration")

    @cached_property
    def suite(self) -> "Suite":
        """The prompts and evals in the working tree. Raises `SpecError` with every fault."""
        from promptci.suite.loading import load_runnable, load_sound, load_suite

        known = self.configuration
        if self.leaves_faulty_out:
            return load_sound(self.repo.worktree, known=known)
        if self.runs_the_rest and not self.names:
            return load_runnable(self.repo.worktree, known=known)
        return load_suite(self.repo.worktree, self.names, known=known)

    def forget_suite(self) -> None:
        """Read the files again the next time: one of them was written."""
        self.__dict__.pop("suite", None)

    @cached_property
    def state(self) -> Path:
        """The folder that git ignores: completions cache and run logs.

        What a commit put there are not our answers: then it is a folder inside git's own.
        """
        if self.repo.is_bare:
            return self.repo.top / "promptci"
        if not self._has_foreign_state:
            return self.repo.root / STATE
        inner = self.repo.git("rev-parse", "--git-path", "promptci").decode().rstrip("\n")
        return self.repo.top / inner

    @property
    def state_remark(self) -> str:
        """What to say where the state folder is not used; else nothing."""
        if "state" not in self.__dict__ or self.repo.is_bare or not self._has_foreign_state:
            return ""
        cure = f"`git rm -r --cached {STATE}` takes it out"
        return f"{STATE}/ is in the repository, so the answers in it were not used: {cure}"

    @cached_property
    def _has_foreign_state(self) -> bool:
        """Whether git tracks files of the state folder, or a link in its place."""
        return any(p != f"{STATE}/.gitignore" for p in self.repo.worktree.tracked(STATE))

    @property
    def cache_path(self) -> Path:
        """Where the completions cache is, or will be: the worktrees of a repository share one."""
        return self._shared_state / "cache.sqlite"

    @property
    def batches_path(self) -> Path:
        """Where receipts of batches are, beside the cache that their answers go to."""
        return self._shared_state / "batches"

    @cached_property
    def _shared_state(self) -> Path:
        """The state folder of the main worktree, where this one is linked to it; else its own."""
        main = main_worktree(self.repo)
        if main is None or self._has_foreign_state:
            return self.state
        there = Workspace(main / self.repo.prefix)
        try:
            with without_git_variables():  # a hook's name the worktree that it works in
                return there.state if there.repo.root == main / self.repo.prefix else self.state
        except PromptCIError:
            return self.state
        finally:
            there.close()

    @cached_property
    def cache(self) -> "Cache":
        """The completions cache, kept out of git. Raises `StorageError` where it is of no use."""
        from promptci.cache.upkeep import open_cache

        self.keep_out_of_git()
        return open_cache(self.cache_path)

    def keep_out_of_git(self) -> None:
        """Make the state folders, which git ignores from their first moment, where that may be."""
        for folder in dict.fromkeys((self.state, self.cache_path.parent)):
            ignored = folder / ".gitignore"
            if not (ignored.exists() or folder.is_symlink() or is_closed(folder)):
                write_text(ignored, "*\n")

    @cached_property
    def committed(self) -> CommitTree | None:
        """The files of the commit checked out; None before the first one."""
        head = self.repo.head()
        return None if head is None else self.repo.tree(head)

    def records(self, tree: Tree | None, eval_name: str) -> dict[str, Record]:
        """The score records of an eval in a tree, by model; none if there is no file.

        Raises `SpecError` if the file is damaged.
        """
        return self._records.of(tree, eval_name)

    def has_records(self, path: str, records: Mapping[str, Record]) -> bool:
        """Whether a file of the working tree that was read says just this."""
        return self._records.says(self.repo.worktree, path, records)

    @property
    def remarks(self) -> list[str]:
        """What is odd about the state folder and the cache in it, as far as they were used."""
        found = [self.state_remark] if self.state_remark else []
        return found + (self.cache.remarks if "cache" in self.__dict__ else [])

    def close(self) -> None:
        """Let go of what was opened."""
        try:
            if "cache" in self.__dict__:
                self.cache.close()
        finally:
            if "repo" in self.__dict__:
                self.repo.close()


class ProjectFiles:
    """A project for what only reads its files and records; `Project` adds models and money."""

    def __init__(self, start: Path) -> None:
        self.workspace = Workspace(start)

    def close(self) -> None:
        """Let go of what was opened."""
        self.workspace.close()

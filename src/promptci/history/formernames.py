"""What an eval and its prompt were called at earlier commits."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from promptci.compare.pairing.renamedetection import (
    Traits,
    match_origins,
    match_renames,
    may_be_another,
    traits_of_examples,
)
from promptci.compare.pairing.renames import suite_traits
from promptci.errors import PromptCIError
from promptci.git.filechanges import steps
from promptci.git.repo import CommitTree, Repo, Tree
from promptci.git.revision import Revision
from promptci.specs.evalspec import EvalSpec
from promptci.suite.evalfiles import EvalFiles, in_commit, in_tree
from promptci.suite.filenames import SCORES, YAML, name_below
from promptci.suite.golden import Golden
from promptci.suite.loading import load_base, load_suite


class NamedFiles(Struct, frozen=True):
    """An eval's files at a commit, and what it and its prompt are called there."""

    files: EvalFiles
    name: str
    prompt: str


class FormerNames(Struct, dict=True):
    """Finds an eval at commits where it may have another name: it is known by its examples.

    The other evals of the `tree` that it is of have their own past: one of the same examples whose
    name stayed is no former one. Where the eval is not there at all, its prompt is followed alone,
    as git follows a file.
    """

    repo: Repo
    spec: EvalSpec
    traits: Traits
    tree: Tree
    _evals: list[str] = field(default_factory=list)
    _searched: dict[tuple[str, ...], str] = field(default_factory=dict)

    def files(self, revision: Revision) -> NamedFiles:
        """The eval's files at a commit. Raises `SpecError` for an eval that cannot be read."""
        for name in self._names:
            found = self._at(revision, name, None)
            if found.files.has_eval and not self._is_other(found):
                return found
        former = self._former(revision)
        if former:
            self._evals.append(former)
            return self._at(revision, former, None)
        found = self._at(revision, self.spec.name, None)
        if found.files.has_eval:
            return found
        if elsewhere := self._elsewhere(revision):
            return elsewhere
        for prompt in self._prompts:
            found = self._at(revision, self.spec.name, prompt)
            listed = (*found.files.files("prompts"), *found.files.files("flows"))
            if listed or found.files.prompt_ymls():
                return found
        return self._at(revision, self.spec.name, self.spec.prompt)

    def _at(self, revision: Revision, name: str, prompt: str | None) -> NamedFiles:
        find = in_commit(self.repo, revision)
        files = EvalFiles(
            find,
            name,
            prompt=prompt,
            name=revision.short,
            below=self.repo.tree(revision).files,
        )
        return NamedFiles(files, name, prompt or self.spec.prompt)

    def _elsewhere(self, revision: Revision) -> NamedFiles | None:
        """The eval in another project of the repository, from which it was moved; None without."""
        top = self.repo.tree(revision).below("")
        there = dict(_placed(top))
        named = [(folder, name) for folder, name in there.values() if name in self._names]
        for folder, name in (*named, *self._moved(top, there)):
            tree = top.below(folder)
            files = EvalFiles(in_tree(tree), name, name=revision.short, below=tree.files)
            found = NamedFiles(files, name, self.spec.prompt)
            if files.has_eval and not self._is_other(found):
                return found
        return None

    def _moved(
        self, top: CommitTree, there: Mapping[str, tuple[str, str]]
    ) -> Iterator[tuple[str, str]]:
        """The eval with these examples among those of other projects that are gone today."""
        head = self.repo.head()
        today = set() if head is None else set(self.repo.tree(head).below("").files(""))
        gone = {path: place for path, place in there.items() if path not in today}
        listed = tuple(f"{top.object_id(path)} {path}" for path in gone)
        if listed not in self._searched:
            folders = {folder for folder, _ in gone.values()}
            known = {
                f"{folder}evals/{name}": traits
                for folder in folders
                for name, traits in _traits_in(top.below(folder)).items()
                if (folder, name) in gone.values()
            }
            mine = {self.spec.name: self._now[self.spec.name]}
            self._searched[listed] = match_renames(known, mine).get(self.spec.name, "")
        folder, slash, name = f"/{self._searched[listed]}".rpartition("/evals/")
        if slash:
            yield f"{folder}/".removeprefix("/"), name

    @property
    def _names(self) -> tuple[str, ...]:
        """What the eval is called, and was as far as is known."""
        return (self.spec.name, *self._evals)

    def _is_other(self, found: NamedFiles) -> bool:
        """Whether an eval shares so few examples with this one that it may be another."""
        try:
            suite = load_suite(found.files)
            examples = Golden.of(suite.tree, suite.evals[found.name]).examples()
            return may_be_another(traits_of_examples(examples), self.traits)
        except (PromptCIError, KeyError):
            return False

    def _former(self, revision: Revision) -> str:
        """The name at a commit of the eval with these examples; empty if there is none."""
        tree = self.repo.tree(revision)
        paths = (*tree.files("evals"), *tree.prompt_ymls())
        listed = tuple(f"{tree.object_id(path)} {path}" for path in paths)
        if listed not in self._searched:
            self._searched[listed] = self._matched(revision) if listed else ""
        return self._searched[listed]

    def _matched(self, revision: Revision) -> str:
        known = _traits_in(self.repo.tree(revision))
        return match_origins(known, self._now).get(self.spec.name, "") if known else ""

    @cached_property
    def _now(self) -> dict[str, Traits]:
        """What the evals of today are known by."""
        found = _traits_in(self.tree)
        kin = found[self.spec.name].kin if self.spec.name in found else ()
        return found | {self.spec.name: Traits(self.traits.examples, frozenset(kin))}

    @cached_property
    def _prompts(self) -> tuple[str, ...]:
        """The names that the prompt had, the newest first."""
        return tuple(dict.fromkeys((self.spec.prompt, *self._followed())))

    def _followed(self) -> Iterator[str]:
        head = self.repo.head()
        folder = "flows/" if self.spec.is_flow else "prompts/"
        for ending in (".yaml", ".yml"):
            path = f"{folder}{self.spec.prompt}{ending}"
            for step in () if head is None else steps(self.repo, path, head):
                if step.path.startswith(folder):
                    yield name_below(step.path, folder)


def _placed(top: CommitTree) -> Iterator[tuple[str, tuple[str, str]]]:
    """The files of evals in all projects of a commit, each with its project's folder and name."""
    for path in top.files(""):
        folder, is_eval, file = f"/{path}".rpartition("/evals/")
        if is_eval and file.endswith(YAML) and not file.endswith(SCORES):
            yield path, (f"{folder}/".removeprefix("/"), name_below(file, ""))


def _traits_in(tree: Tree) -> dict[str, Traits]:
    """What the evals of a tree are known by; none of files that cannot be read."""
    try:
        suite = load_base(tree)
    except PromptCIError:
        return {}
    return suite_traits(suite, suite.evals)

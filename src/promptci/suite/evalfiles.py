"""One eval with only the files it is made of: what is broken elsewhere in a tree does no harm.

Every path follows from the names of the eval and its prompt, so no commit need be listed, which
in a large repository takes longer than all the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import BinaryIO, TypeAlias

from promptci.errors import RequestError
from promptci.git.commits import file_at
from promptci.git.repo import Repo, Tree, inside, read_file
from promptci.git.revision import Revision
from promptci.git.tree import EntryKind
from promptci.parsing.source import Node
from promptci.parsing.yamlfile import load_yaml
from promptci.projectpaths import CONFIG, PROMPT_YML
from promptci.specs.flows.shapes import file_names
from promptci.suite.corpus import corpus_files

FindFile: TypeAlias = Callable[[str], bytes | None]
"""A file by its path, None if it is not there."""

ListFiles: TypeAlias = Callable[[str], list[str]]
"""The paths of the files below a folder."""

_YAML = (".yaml", ".yml")


class EvalFiles:
    """A tree that lists only the configuration, one eval, its prompt or flow, and their documents.

    `contents` holds their bytes by path: equal contents, equal questions. Where the eval is not
    there, `has_eval` is false and the prompt is the one called `prompt`. Any other file can be
    opened, as the golden examples are, but is not listed.
    """

    def __init__(
        self,
        find: FindFile,
        eval_name: str,
        *,
        prompt: str | None = None,
        name: str,
        below: ListFiles = lambda _: [],
    ) -> None:
        """Read the files; `below` lists those of a folder, where a prompt looks documents up.

        Raises `SpecError` for an eval that cannot be read.
        """
        self.name = name
        self._find = find
        there = self._present((CONFIG, *_eval_paths(eval_name)))
        self.has_eval = bool(there.keys() - {CONFIG})
        prompt = _tested(there, eval_name) if self.has_eval else prompt
        files = self._present(_prompt_paths(prompt)) | self._flow_files(_flow_paths(prompt))
        corpus = self._present(tuple(_corpus_paths(files, below)))
        self.contents: Mapping[str, bytes] = there | files | corpus

    def files(self, folder: str) -> list[str]:
        """The listed paths below a folder."""
        return sorted(path for path in self.contents if path.startswith(f"{folder}/"))

    def prompt_ymls(self) -> list[str]:
        """The listed paths of `*.prompt.yml` files."""
        return sorted(path for path in self.contents if path.endswith(PROMPT_YML))

    def exists(self, path: str) -> bool:
        """Whether a file is there, listed or not."""
        return path in self.contents or self._find(path) is not None

    def strays(self, folder: str) -> list[str]:
        """None: what is no regular file is not there."""
        return []

    def kind(self, path: str) -> EntryKind | None:
        """A file, or nothing that is known."""
        return "file" if self.exists(path) else None

    def open(self, path: str) -> BinaryIO:
        """A file's bytes. Raises `RequestError` if there is none."""
        data = self.contents.get(path)
        data = self._find(path) if data is None else data
        if data is None:
            raise RequestError(f"{path}: there is no such file in {self.name}")
        return BytesIO(data)

    def _flow_files(self, paths: tuple[str, ...]) -> dict[str, bytes]:
        """Flows with the prompts and flows of their steps, and the files that queries run on."""
        found: dict[str, bytes] = {}
        left = self._present(paths)
        while left:
            path, data = left.popitem()
            found[path] = data
            for key, name in file_names(load_yaml(data, path).plain()):
                there = self._present(_NAMED_IN_FLOWS[key](path, name))
                new = {at: each for at, each in there.items() if at not in found}
                (left if key == "flow" else found).update(new)
        return found

    def _present(self, paths: tuple[str, ...]) -> dict[str, bytes]:
        found = ((path, self._find(path)) for path in paths if ".." not in path.split("/"))
        return {path: data for path, data in found if data is not None}


def in_commit(repo: Repo, revision: Revision) -> FindFile:
    """The files of a commit."""
    return partial(file_at, repo, revision)


def in_tree(tree: Tree) -> FindFile:
    """The files of a tree."""
    return lambda path: read_file(tree, path) if tree.exists(path) else None


def _eval_paths(name: str) -> tuple[str, ...]:
    return (*(f"evals/{name}{ending}" for ending in _YAML), *_prompt_ymls(name))


def _prompt_paths(name: str | None) -> tuple[str, ...]:
    if name is None:
        return ()
    return (*(f"prompts/{name}{ending}" for ending in _YAML), *_prompt_ymls(name))


def _flow_paths(name: str | None) -> tuple[str, ...]:
    return () if name is None else tuple(f"flows/{name}{ending}" for ending in _YAML)


def path_beside(path: str, written: str) -> tuple[str, ...]:
    """What a file at a path names by a path of its own; nothing where that leads outside."""
    try:
        return (inside(written, start=path.rpartition("/")[0]),)
    except RequestError:
        return ()


_NAMED_IN_FLOWS: Mapping[str, Callable[[str, str], tuple[str, ...]]] = {
    "prompt": lambda path, name: _prompt_paths(name),
    "flow": lambda path, name: _flow_paths(name),
    "data": path_beside,
}
"""Where that may be which the flow at a path names."""


def _prompt_ymls(name: str) -> tuple[str, ...]:
    """Files that are prompt and eval in one: they may be anywhere."""
    return tuple(f"{folder}{name}{ending}" for folder in ("prompts/", "") for ending in PROMPT_YML)


def _corpus_paths(files: Mapping[str, bytes], below: ListFiles) -> Iterator[str]:
    """The files of the documents that prompts among some files, and their variants, look up."""
    for path, data in files.items():
        if path.startswith(("prompts/", "flows/")) and b"retrieve" in data:
            for corpus in _corpora(load_yaml(data, path)):
                yield from corpus_files(below, path, corpus)


def _corpora(node: Node) -> Iterator[Node]:
    """What the file of a prompt or flow names as a corpus, in variants and steps as well."""
    if isinstance(node.value, list):
        for each in node.value:
            yield from _corpora(each)
    elif isinstance(node.value, dict):
        for key, each in node.value.items():
            if key == "retrieve" and isinstance(each.value, dict) and "corpus" in each.value:
                yield each.value["corpus"]
            yield from _corpora(each)


def _tested(there: Mapping[str, bytes], eval_name: str) -> str:
    """The prompt or flow that an eval's file names; without a word, that of the eval's own name."""
    path = next((path for path in there if path.startswith("evals/") and path.endswith(_YAML)), "")
    if not path or path.endswith(PROMPT_YML):
        return eval_name
    node = load_yaml(there[path], path)
    named = (node.get(key).value for key in ("flow", "prompt"))
    return next((name for name in named if isinstance(name, str)), eval_name)

"""The files of a commit that holds a found prompt: the prompt's own, and the records."""

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

from promptci.errors import Fault, RequestError, SpecError
from promptci.git.branching import NewCommit
from promptci.git.looknotes import LookNote
from promptci.git.repo import CommitTree, read_file
from promptci.git.tree import EntryKind
from promptci.parsing.source import decode
from promptci.parsing.yamledit import with_text
from promptci.project.project import Project
from promptci.project.promptsearch.textplace import TextPlace
from promptci.promptsearch.searchresult import GateLook
from promptci.records.chunkfiles import chunk_folder, is_record_file, score_path
from promptci.records.chunkwriter import dump_files
from promptci.records.record import Record
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.task import Task
from promptci.secrets.known import key_in
from promptci.specs.evalspec import EvalSpec
from promptci.suite.loading import load_base
from promptci.suite.suite import Suite


def need_committed(project: Project, spec: EvalSpec, model: str) -> CommitTree:
    """The last commit, which must have the eval as the files have it.

    Raises `RequestError` where it has not, since a branch begins there, and `SpecError` where the
    files have a fault.
    """
    tree, there = project.workspace.committed, None
    mine = _task(project, project.workspace.suite, spec, model)
    if tree is not None:
        with suppress(RequestError, SpecError):
            there = _task(project, load_base(tree, (spec.name,)), spec, model)
    if tree is None or there is None or mine is None or there.parts != mine.parts:
        wrong = f"`{spec.name}` is not in the last commit as the files have it"
        raise RequestError(f"{wrong}: commit it first, since the branch of a search begins there")
    return tree


def _task(project: Project, suite: Suite, spec: EvalSpec, model: str) -> Task | None:
    found = suite.evals.get(spec.name)
    if found is None or found.prompt not in suite.prompts:
        return None
    prompt, build = suite.prompts[found.prompt], project.models.build
    faults: list[Fault] = []
    ready = make_ready(suite, found, prompt, build, faults)
    if ready is None:
        raise SpecError([fault for fault in faults if not fault.warning])
    return make_task(ready, prompt, suite.config.model(model), build)


def prompt_file(tree: CommitTree, place: TextPlace, text: str) -> tuple[str, bytes]:
    """The prompt's file with another text, and its path.

    Raises `RequestError` where the file cannot be changed by a program.
    """
    path = place.prompt.mark.path
    source = decode(read_file(tree, path), path)
    steps = ("messages", place.index, "content")
    return path, with_text(source.replace("\r\n", "\n"), path, steps, text).encode()


def need_writable(project: Project, tree: CommitTree, spec: EvalSpec, place: TextPlace) -> None:
    """Find out before any work whether the prompt's file can be changed. Raises `RequestError`."""
    _checked(project, tree, spec, place, _sample(place))


def _sample(place: TextPlace) -> str:
    return " ".join(("Do it so.", *place.placeholders, "Then:\nstop."))


def commit_of(
    project: Project,
    tree: CommitTree,
    spec: EvalSpec,
    place: TextPlace,
    *,
    text: str,
    look: GateLook,
    note: LookNote,
    records: Mapping[str, Mapping[str, Record]],
) -> NewCommit:
    """A found prompt as a commit: one text changed, and what a run there would record.

    Raises `RequestError` where a key of ours would be committed with it.
    """
    path, data = _checked(project, tree, spec, place, text)
    files = {path: data}
    stale: list[str] = []
    for name, of_model in records.items():
        texts = dump_files(of_model).at(score_path(name))
        files |= {path: each.encode() for path, each in texts.items()}
        there = tree.files(chunk_folder(score_path(name)))
        stale += (path for path in there if is_record_file(path) and path not in texts)
    if found := key_in(each.decode() for each in files.values()):
        raise RequestError(f"nothing was committed, since {found} is in a text: take it out")
    return NewCommit(f"{_message(spec, look)}\n{note.trailers}", files, tuple(stale))


def _checked(
    project: Project, tree: CommitTree, spec: EvalSpec, place: TextPlace, text: str
) -> tuple[str, bytes]:
    """The prompt's file with another text, read again to be sure that it is that prompt."""
    path, data = prompt_file(tree, place, text)
    suite = load_base(_OneChanged(tree, path, data), (spec.name,))
    found = suite.prompts.get(place.prompt.name)
    if found is None or found.digest != place.with_text(text).digest:
        wrong = f"{path}: the text cannot be changed in place"
        raise RequestError(f"{wrong}: write it without anchors, once")
    return path, data


def _message(spec: EvalSpec, look: GateLook) -> str:
    base, head = look.base_score or 0.0, look.head_score or 0.0
    subject = f"{spec.name}: {base:.1%} to {head:.1%} by prompt search"
    body = (
        f"Text {look.trial} of the search, judged on {look.examples} examples not seen before:\n"
        f"{look.won} won, {look.lost} lost, p {look.p:.2g} at a level of {look.level:.2g} "
        f"(look {look.number})."
    )
    return f"{subject}\n\n{body}\n"


class _OneChanged:
    """A commit's files, one of them changed."""

    def __init__(self, tree: CommitTree, path: str, data: bytes) -> None:
        self.name = tree.name
        self._tree, self._path, self._data = tree, path, data

    def files(self, folder: str) -> list[str]:
        return self._tree.files(folder)

    def prompt_ymls(self) -> list[str]:
        return self._tree.prompt_ymls()

    def exists(self, path: str) -> bool:
        return self._tree.exists(path)

    def strays(self, folder: str) -> list[str]:
        return self._tree.strays(folder)

    def kind(self, path: str) -> EntryKind | None:
        return self._tree.kind(path)

    def open(self, path: str) -> BinaryIO:
        return BytesIO(self._data) if path == self._path else self._tree.open(path)

"""Bring prompts, evals and outputs of other tools into a project: all files or none."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from promptci.errors import (
    Fault,
    RequestError,
    SpecError,
    as_storage_error,
    told_by_reason,
    told_once,
)
from promptci.importers.aside import ask_own_prompts, step_aside
from promptci.importers.imported import Imported, Importer
from promptci.importers.kinds import IMPORTERS, TAKES_FOLDERS, guess_kind, read_elsewhere
from promptci.importers.result import ImportResult
from promptci.importers.sources import Sources
from promptci.importers.writing import all_files, settings_text
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt
from promptci.project.project import Project
from promptci.projectpaths import CONFIG
from promptci.specs.answerer import Answerer
from promptci.specs.wellknown import WELL_KNOWN

_MOST_LOOKED_AT = 1_000


_Ask = Callable[[list[str]], Mapping[str, str]]
"""Asks a person what the columns of a table mean."""


def import_source(
    project: Project,
    path: Path,
    kind: str | None = None,
    *,
    overwrite: bool = False,
    lossy: bool = False,
    mapping: Mapping[str, str] | None = None,
    ask: _Ask | None = None,
) -> ImportResult:
    """Read a file or folder of another tool and write its prompts and evals.

    `mapping` says for a table which column an id, `expected` or a variable comes from; without it
    `ask` is called with the columns where their names do not tell. Nothing of the source is run
    and nothing is fetched. Raises `RequestError` for a kind that is not known or cannot be
    guessed and for files that are there already, `SpecError` for a source of which nothing
    can be carried; then nothing is written.
    """
    source = path.absolute()
    if not source.exists():
        raise RequestError(f"{path}: there is no such file or folder: correct the path")
    sources, relative = sources_of(project, source)
    if source.is_file() and not _head(source).strip(b"\xef\xbb\xbf \t\r\n"):
        raise RequestError(f"{relative}: the file is empty: name one that holds something")
    name = kind or _guessed(source, relative, is_mapped=bool(mapping))
    if name not in IMPORTERS:
        raise RequestError(f"there is no kind `{excerpt(name)}`: {did_you_mean(name, IMPORTERS)}")
    imported = _read(IMPORTERS[name], sources, relative, mapping, ask)
    root = project.workspace.new_root
    step_aside(root, imported)
    if any(each.stands_in for each in imported.prompts):
        ask_own_prompts(imported, _own_prompts(project))
    written = _write(root, imported, relative, overwrite=overwrite)
    if not written:
        raise SpecError(told_by_reason(told_once(imported.losses)) or [_nothing(relative)])
    losses, notes = told_once(imported.losses), told_once(imported.notes)
    return ImportResult(name, tuple(written), tuple(losses), tuple(notes), lossy)


def _own_prompts(project: Project) -> Mapping[str, Answerer]:
    """The prompts of the project; none where its files have a fault."""
    workspace = project.workspace
    if not workspace.repo.has_project:
        return {}
    try:
        return workspace.suite.prompts
    except SpecError:
        return {}
    finally:
        workspace.forget_suite()


def _read(
    importer: Importer,
    sources: Sources,
    path: str,
    mapping: Mapping[str, str] | None,
    ask: _Ask | None,
) -> Imported:
    if importer.columns is None or importer.read_mapped is None:
        if mapping:
            raise RequestError(f"`{importer.name}` has no columns to map: leave --map out")
        return importer.read(sources, path)
    if mapping:
        return importer.read_mapped(sources, path, mapping)
    columns = importer.columns(sources, path)
    if ask is None or "expected" in {column.strip().lower() for column in columns}:
        return importer.read(sources, path)
    return importer.read_mapped(sources, path, ask(columns))


def _nothing(path: str) -> Fault:
    return Fault(path, 0, 0, "there is nothing in it that could be imported: name another file")


def sources_of(project: Project, source: Path) -> tuple[Sources, str]:
    """Where an import may read: the repository if the source is in it, else its folder."""
    top = project.workspace.repo.top
    inside = source.resolve().is_relative_to(top.resolve())
    root = top.resolve() if inside else (source if source.is_dir() else source.parent).resolve()
    if not source.resolve().is_relative_to(root):
        raise RequestError(f"{source}: is a link that leaves its folder: name the file itself")
    relative = source.resolve().relative_to(root).as_posix()
    has_project = project.workspace.repo.has_project
    endpoints = project.workspace.configuration.config.endpoints if has_project else WELL_KNOWN
    known = {each.base_url: name for name, each in endpoints.items() if each.base_url}
    written = project.workspace.new_root.resolve() if inside else None
    return Sources(root, known, relative, written), relative


def _guessed(source: Path, relative: str, *, is_mapped: bool) -> str:
    head = _head(source) if source.is_file() else b""
    if not is_mapped and (elsewhere := read_elsewhere(relative, head)):
        raise RequestError(f"{relative} {elsewhere}")
    kinds = guess_kind(relative, head, is_mapped=is_mapped)
    if not kinds and source.is_dir():
        kinds = sorted(_kinds_below(source))
    if len(kinds) == 1:
        return kinds[0]
    if not kinds and source.is_dir() and (held := _files_of_kinds(source, relative)):
        raise RequestError(f"{relative} holds {held}: name the file")
    listed = ", ".join(f"`{each}`" for each in kinds or IMPORTERS)
    wrong = "may be of several kinds" if kinds else "is of no known kind"
    raise RequestError(
        f"{relative} {wrong}: write `promptci import KIND {relative}` with one of {listed}"
    )


def _head(source: Path) -> bytes:
    with as_storage_error(source, "cannot be read"), source.open("rb") as file:
        return file.read(65_536)


def _kinds_below(folder: Path) -> set[str]:
    """The kinds of the files in a folder whose readers take folders."""
    found: set[str] = set()
    sources = Sources(folder)
    for path in islice(sources.below("."), _MOST_LOOKED_AT):
        found |= set(guess_kind(path, _head(folder / path)))
    return found & TAKES_FOLDERS


def _files_of_kinds(folder: Path, relative: str) -> str:
    """The files in a folder whose kind is known, in words; empty where there are none."""
    sources, prefix = Sources(folder), "" if relative == "." else f"{relative}/"
    found: list[str] = []
    for path in islice(sources.below("."), _MOST_LOOKED_AT):
        kinds = guess_kind(path, _head(folder / path))
        found += [f"{prefix}{path} (`{kinds[0]}`)"] if len(kinds) == 1 else []
    return ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")


def _write(root: Path, imported: Imported, origin: str, *, overwrite: bool) -> list[str]:
    """Write all files beside the project first, then put them in their places."""
    root.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".promptci-import-", dir=root))
    try:
        paths = [_stage(stage, path, text) for path, text in all_files(imported)]
        paths += _stage_settings(root, stage, imported, origin)
        there = [path for path in paths if (root / path).exists() or (root / path).is_symlink()]
        if there and not overwrite:
            few = ", ".join(there[:5]) + (f" and {len(there) - 5} more" if len(there) > 5 else "")
            raise RequestError(f"{few}: there already; nothing was written: --force replaces them")
        _place(root, stage, paths)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return paths


def _stage(stage: Path, path: str, text: Iterable[str]) -> str:
    target = stage / path
    with as_storage_error(stage.parent / path):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(text)
    return path


def _stage_settings(root: Path, stage: Path, imported: Imported, origin: str) -> Iterator[str]:
    if not imported.settings:
        return
    named = [each.origin for each in imported.evals] + [each.origin for each in imported.prompts]
    text = settings_text(imported.settings, ", ".join(dict.fromkeys(named)) or origin)
    if not (root / CONFIG).exists():
        yield _stage(stage, CONFIG, [text])
        return
    wanted = imported.settings.get("endpoints")
    names = ", ".join(f"`{name}`" for name in wanted) if isinstance(wanted, dict) else "settings"
    missing = " ".join(text.partition("\n")[2].split())
    imported.losses.append(
        Fault(
            CONFIG,
            0,
            0,
            f"is there already and is not changed: see that it has {names} ({missing})",
        )
    )


def _place(root: Path, stage: Path, paths: list[str]) -> None:
    """Move files to their places; if one cannot be, take back those that were moved."""
    kept = stage / "before"
    moved: list[str] = []
    try:
        for path in paths:
            target = root / path
            with as_storage_error(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.exists() or target.is_symlink():
                    (kept / path).parent.mkdir(parents=True, exist_ok=True)
                    target.replace(kept / path)
                moved.append(path)
                (stage / path).replace(target)
    except BaseException:
        for path in moved:
            (root / path).unlink(missing_ok=True)
            with suppress(OSError):
                (kept / path).replace(root / path)
        raise

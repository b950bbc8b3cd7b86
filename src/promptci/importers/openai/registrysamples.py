"""Where the samples and the shots of a registry of openai/evals are."""

from collections.abc import Mapping
from itertools import islice
from pathlib import PurePosixPath

from promptci.errors import SpecError
from promptci.importers.imported import Imported
from promptci.importers.rows import read_rows, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain, excerpt


def samples_path(written: str, registry: str, sources: Sources) -> str | None:
    """Where the samples are: beside the registry's file, or in the registry's folder of data."""
    folder = PurePosixPath(registry).parent
    options = [folder / written, folder.parent / "data" / written, PurePosixPath(written)]
    return next((str(each) for each in options if sources.exists(str(each))), None)


def holds_samples(sources: Sources, path: str, found: Imported) -> bool:
    """Whether a file has a sample that can be asked; a loss for all of it where it has none."""
    try:
        if any(isinstance(row.get("input"), str | list) for row, _ in read_rows(sources, path, [])):
            return True
    except SpecError as error:
        found.losses += error.faults
        return False
    wrong = "no sample in it has an `input` that is a text or a chat: name a file of samples"
    found.losses.append(Mark(path, 1).fault(wrong))
    return False


def read_shots(
    arguments: Mapping[str, Plain], registry: str, sources: Sources, found: Imported
) -> list[Plain]:
    """The turns before the last turn of every sample."""
    count, written = arguments.get("num_few_shot"), arguments.get("few_shot_jsonl")
    if not isinstance(count, int) or count < 1 or not isinstance(written, str):
        return []
    path = samples_path(written, registry, sources)
    if path is None:
        wrong = f"the shots `{excerpt(written)}` are not there: add the file"
        found.losses.append(Mark(registry).fault(wrong))
        return []
    turns: list[Plain] = []
    for row, mark in islice(read_rows(sources, path, found.losses), count):
        turns += turns_of(row.get("sample"), mark, found.losses) or []
    return turns

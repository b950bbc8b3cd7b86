"""Where samples of lm-eval are: in a file of a task, or by their tasks in its results."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath

from promptci.errors import Fault, SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.imported import Imported
from promptci.importers.rows import NO_ROW, Located, part_mark, read_rows
from promptci.importers.sources import Sources
from promptci.parsing.source import Node, excerpt

Rows = Callable[[], Iterator[Located]]
"""The samples of a task, as often as they are asked for."""


def samples_by_task(sources: Sources, path: str, found: Imported) -> Mapping[str, Rows]:
    """The samples of each task: those of a file, or of results that keep them by task.

    Raises `SpecError` for results without samples.
    """

    def lines() -> Iterator[Located]:
        return read_rows(sources, path, found.losses)

    if not path.endswith(".json") or not has_figures(data := sources.read(path)):
        return {PurePosixPath(path).stem: lines}
    root = load_foreign(data, path, found.losses)
    parts = root.value if isinstance(root.value, dict) else {}
    samples = parts["samples"].value if "samples" in parts else None
    if not isinstance(samples, dict) or not samples:
        cure = "name `samples_*.jsonl`, which lm-eval writes with `--log_samples`"
        raise SpecError([root.mark.fault(f"it holds figures and no samples: {cure}")])
    beside = ", ".join(f"`{excerpt(key)}`" for key in parts if key != "samples")
    found.notes.append(root.mark.warning(f"{beside} beside the samples are left out"))
    return {task: partial(_listed_rows, node, found.losses) for task, node in samples.items()}


def _listed_rows(node: Node, losses: list[Fault]) -> Iterator[Located]:
    for each in node.value if isinstance(node.value, list) else [node]:
        value = each.plain()
        if isinstance(value, dict):
            yield value, part_mark(each)
        else:
            losses.append(each.mark.fault(NO_ROW))


def has_figures(data: bytes) -> bool:
    """Whether these are results of lm-eval, which keep samples by their task or not at all."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"results"' not in data:
        return False
    return bool(re.search(rb'"(configs|n-shot|higher_is_better)"', data))

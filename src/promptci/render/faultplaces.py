"""Faults of files as other tools name them: by kind of file, place and a fingerprint."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from promptci.digest import digest
from promptci.errors import Fault
from promptci.secrets.safetext import for_terminal

MOST = 5_000
"""Faults that GitHub shows of one report."""
MOST_TEXT = 2_000
"""Characters of one message."""

RULES = {
    "configuration": "The configuration, promptci.yaml.",
    "score-record": "A committed score record.",
    "prompt-yml": "A prompt in the format of GitHub Models.",
    "prompt": "A prompt.",
    "flow": "A flow of several prompts.",
    "eval": "An eval: its scorers, gate and settings.",
    "examples": "Golden examples.",
    "file": "Any other file that the project reads.",
}
"""What a fault can be about."""


class LintedFiles(Struct, frozen=True):
    """The faults of a project's files.

    `folder` is where the project is in the repository, ending in `/`, or empty.
    """

    faults: Sequence[Fault]
    folder: str = ""


class FaultPlace(Struct, frozen=True):
    """One fault. `path` is from the top of the repository, `line` 0 where it is about the file.

    `fingerprint` stays when lines move, and no two faults of a report share one.
    """

    rule: str
    path: str
    line: int
    column: int
    message: str
    fingerprint: str
    is_warning: bool


def fault_places(faults: Iterable[Fault], folder: str) -> Iterator[FaultPlace]:
    """The faults in the order given."""
    seen: Counter[tuple[str, str]] = Counter()
    for fault in faults:
        same = fault.path, fault.message
        print_ = digest([*same, seen[same]])[:32]
        seen[same] += 1
        yield FaultPlace(
            rule=_rule(fault.path),
            path=for_terminal(f"{folder}{fault.path}"),
            line=fault.line,
            column=fault.column,
            message=for_terminal(fault.message)[:MOST_TEXT],
            fingerprint=print_,
            is_warning=fault.warning,
        )


_ENDS = {
    ".scores.yaml": "score-record",
    ".chunk": "score-record",
    ".prompt.yml": "prompt-yml",
    ".prompt.yaml": "prompt-yml",
    "promptci.yaml": "configuration",
}


def _rule(path: str) -> str:
    for end, rule in _ENDS.items():
        if path.endswith(end):
            return rule
    folder = path.partition("/")[0]
    if folder in ("prompts", "flows"):
        return folder.removesuffix("s")
    if folder == "evals":
        return "eval" if path.endswith((".yaml", ".yml")) else "examples"
    return "file"

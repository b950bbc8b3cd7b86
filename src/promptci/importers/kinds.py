"""The kinds of sources, a line each."""

from collections.abc import Mapping

from promptci.importers.deepeval.goldens import DEEPEVAL
from promptci.importers.harnesses.inspectlogs import INSPECT
from promptci.importers.harnesses.lmeval import LM_EVAL
from promptci.importers.imported import Importer
from promptci.importers.openai.openaievals import OPENAI_EVALS
from promptci.importers.openai.openaigraders import OPENAI_GRADERS
from promptci.importers.platforms.langfuse import LANGFUSE
from promptci.importers.platforms.langsmith import LANGSMITH
from promptci.importers.promptfiles.dotprompt import DOTPROMPT
from promptci.importers.promptfiles.prompty import PROMPTY
from promptci.importers.promptfoo.config import PROMPTFOO
from promptci.importers.skillevals import CLAUDE_EVALS
from promptci.importers.spreadsheets.tables import TABLES

IMPORTERS: Mapping[str, Importer] = {
    importer.name: importer
    for importer in (
        PROMPTFOO,
        OPENAI_EVALS,
        OPENAI_GRADERS,
        LANGFUSE,
        LANGSMITH,
        PROMPTY,
        DOTPROMPT,
        INSPECT,
        LM_EVAL,
        DEEPEVAL,
        CLAUDE_EVALS,
        *TABLES,
    )
}

TAKES_FOLDERS = frozenset((
    "openai-evals", "openai-graders", "prompty", "dotprompt", "claude-evals", "promptfoo",
))  # fmt: skip
"""Kinds that read all of a folder."""

_HEAD = 65_536


def guess_kind(path: str, head: bytes, *, is_mapped: bool = False) -> list[str]:
    """The kinds that a source may be, by its path and first bytes; a table only if nothing else.

    Where columns are mapped (`is_mapped`), a table comes first.
    """
    found = [each for each in IMPORTERS.values() if each.matches(path, head[:_HEAD])]
    tables = [each.name for each in found if each.columns is not None]
    if is_mapped and tables:
        return tables
    special = [each.name for each in found if each.columns is None]
    return special or [each.name for each in found]


def read_elsewhere(path: str, head: bytes) -> str:
    """What takes a file that no import does, said behind its path; empty where an import does."""
    if head.startswith(_PACKED):
        return "is compressed: unpack it first, as with `gunzip`, and name what is in it"
    if path.endswith((".prompt.yml", ".prompt.yaml")):
        if b"messages" not in head:
            return "has no `messages`, so that it is no prompt of GitHub Models: add them"
        return "needs no import: `promptci lint` reads it where it is, as docs/files.md says"
    if path.endswith((".json", ".jsonl")) and b'"observations"' in head and _GENERATION in head:
        return f"is a trace: `promptci collect {path} --eval NAME` drafts examples of its requests"
    return ""


_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
"""How files begin that gzip, bzip2, xz and zstd wrote."""

_GENERATION = b'"GENERATION"'
"""What Langfuse calls a request to a model among the steps of a trace."""

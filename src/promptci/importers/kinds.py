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


def guess_kind(path: str, head: bytes) -> list[str]:
    """The kinds that a source may be, by its path and first bytes; a table only if nothing else."""
    found = [each for each in IMPORTERS.values() if each.matches(path, head[:_HEAD])]
    special = [each.name for each in found if each.columns is None]
    return special or [each.name for each in found]

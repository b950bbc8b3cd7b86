"""One of OpenAI's graders while it is read."""

from collections.abc import Mapping

from msgspec import Struct

from promptci.importers.imported import Imported
from promptci.importers.names import Names
from promptci.importers.openai.graderterms import Terms
from promptci.parsing.source import Node, Plain

Made = tuple[str, dict[str, Plain]]
"""A scorer and its options."""


class Grader(Struct, frozen=True):
    """One grader with its place, what its templates name, and where it adds what is lost."""

    parts: Mapping[str, Node]
    node: Node
    terms: Terms
    found: Imported
    names: Names
    eval_name: str

    def text(self, key: str, default: str = "") -> str:
        """A field that is a text."""
        value = self.parts[key].value if key in self.parts else default
        return value if isinstance(value, str) else default

    def number(self, key: str) -> float | None:
        """A field that is a number."""
        value = self.parts[key].value if key in self.parts else None
        return (
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        )

    def judge_name(self, name: str) -> str:
        """A free name for a judge's file."""
        return self.names.take(f"{self.eval_name}-{name}")


def openai_model(name: str) -> str:
    """A model of OpenAI as a prompt names it."""
    return name if "/" in name else f"openai/{name}"

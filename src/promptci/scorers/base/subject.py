"""What is judged: an answer with what is known about it."""

from collections.abc import Mapping

from msgspec import Struct, field

from promptci.parsing.source import Plain
from promptci.specs.completion import Completion


class Subject(Struct, frozen=True):
    """An answer to be judged, and what is known about it.

    `expected` is None where `has_expected` is false. `scope` is what templates may use: the
    example's variables, and `expected`. `tools` are those that the prompt offered.
    """

    output: str
    expected: Plain = None
    has_expected: bool = False
    scope: Mapping[str, Plain] = field(default_factory=dict)
    completion: Completion | None = None
    tools: tuple[Mapping[str, Plain], ...] = ()

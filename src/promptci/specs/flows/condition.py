"""What a flow goes by: whether the output of a step, or a variable, passes a scorer."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from promptci.parsing.source import Mark, Plain
from promptci.specs.request import Asking
from promptci.templates.template import Template, as_text
from promptci.withasides import WithAsides

Vars: TypeAlias = Mapping[str, Plain]
"""What templates may use: an example's variables, and the outputs of steps by their names."""

Holds: TypeAlias = Callable[[str, Vars], Asking[bool]]
"""Whether a text passes a scorer; what runs in a child is asked for."""

NOWHERE = Mark("")
"""The place of what is in no file."""


class Condition(WithAsides, frozen=True):
    """Whether the output of the step `name`, or a variable or a field of one, passes a scorer.

    `scorer` is all that can change what it says, `variables` are those of its templates.
    """

    ASIDES = frozenset({"holds", "mark"})

    name: str
    scorer: Mapping[str, Plain]
    holds: Holds
    variables: frozenset[str] = frozenset()
    mark: Mark = NOWHERE

    @property
    def root(self) -> str:
        """The step or variable: of `customer.tier` the customer."""
        return self.name.partition(".")[0]

    def subject(self, scope: Vars) -> str:
        """What is looked at, as text. Raises `TemplateError` for a field that is not there."""
        if self.root == self.name:
            return as_text(scope.get(self.name))
        return as_text(Template.parse(f"{{{{ {self.name} }}}}").value(scope))

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return [self.name, dict(self.scorer)]

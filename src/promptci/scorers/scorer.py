"""What a scorer is, what it judges, and the bench on which it is made ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct
from msgspec import field as option

from promptci.completion import Asking, Completion, Settings
from promptci.errors import Fault, RequestError
from promptci.record import Score
from promptci.scorers.extract import Extract
from promptci.source import Node, Plain
from promptci.template import Template, TemplateError

Share = Annotated[float, Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Subject:
    """An answer to be judged, and what is known about it.

    `expected` is None where `has_expected` is false. `scope` is what templates may use: the
    example's variables, and `expected`.
    """

    output: str
    expected: Plain = None
    has_expected: bool = False
    scope: Mapping[str, Plain] = field(default_factory=dict)
    completion: Completion | None = None


Judge: TypeAlias = Callable[[Subject], Score | Asking[Score]]
"""Gives the score of a subject; a scorer that needs a model gives a generator of it instead."""

SettingsFor: TypeAlias = Callable[[str, Mapping[str, Plain]], Settings]
"""The settings of a model's name with parameters. Raises `RequestError` for an unknown name."""


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every scorer takes beside its own options.

    `weight` 0 makes a scorer informational. `threshold` is the least value that passes; `not`
    turns value and verdict round. `name` is what the metric is called.
    """

    negate: bool = option(default=False, name="not")
    weight: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    threshold: Share = 1.0
    extract: Extract | list[Extract] | None = None
    name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class Bench:
    """Where a scorer is made ready: notes what it needs and what is wrong with its options."""

    def __init__(self, node: Node, faults: list[Fault], settings_for: SettingsFor) -> None:
        self.node = node
        self.faults = faults
        self.needs_expected = False
        self.variables: set[str] = set()
        self.canonical: dict[str, Plain] = {}
        self._settings_for = settings_for

    def fault(self, message: str, *path: str | int) -> None:
        """Note what is wrong with the option at a path."""
        self.faults.append(self.node.get(*path).mark.fault(message))

    def template(self, text: str, *path: str | int, own: tuple[str, ...] = ()) -> Template:
        """The template at a path; `own` are the variables that the scorer itself gives."""
        try:
            template = Template.parse(text)
        except TemplateError as error:
            self.fault(str(error), *path)
            return Template(("",), ())
        self.variables |= template.variables.difference(own)
        return template

    def settings(self, model: str, parameters: Mapping[str, Plain]) -> Settings | None:
        """How a judge is asked; None after a fault if there is no such model."""
        try:
            settings = self._settings_for(model, parameters)
        except RequestError as error:
            self.fault(str(error), "model")
            return None
        self.canonical["model"] = settings.model.identity
        return settings


@dataclass(frozen=True, slots=True)
class Scorer:
    """A way to judge: its options, and the function that makes a judge of them.

    `make` gets the options and the bench, on which it notes faults. A bare scalar or list in the
    file sets the option `shorthand`. Raise `version` when the same options judge differently: it
    is in the fingerprint. `asks` says that a model judges.
    """

    make: Callable[[Any, Bench], Judge | None]
    options: type[Options]
    summary: str
    shorthand: str = ""
    version: int = 1
    asks: bool = False

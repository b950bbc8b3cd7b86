"""Where a scorer is made ready: what it needs, and what is wrong with its options."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

from msgspec.structs import replace

from promptci.digest import ContentDigest, content_digest
from promptci.errors import Fault, RequestError
from promptci.parsing.source import Node, Plain
from promptci.records.record import Score
from promptci.scorers.base.reach import Code, CodeReach, Reach
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged, UnusableGolden, failed
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Settings
from promptci.templates.template import Template, TemplateError

T = TypeVar("T")


ReadGolden: TypeAlias = Callable[[Subject], object]
"""Reads what an example expects. Raises `UnusableGolden` for what a scorer cannot use."""


def _unread(subject: Subject, why: str) -> Score:
    return failed(why)


class ScorerContext:
    """Where a scorer is made ready: notes what it needs and what is wrong with its options.

    A scorer that sorts answers into classes sets `classes`, their names, and `unread`, the score
    of an answer that could not be judged for a reason. `tools` are those that a scorer of calls
    names, and whether it wants them called.
    """

    def __init__(self, node: Node, faults: list[Fault], reach: Reach) -> None:
        self.node = node
        self.faults = faults
        self.reach = reach
        self.needs_expected = False
        self.asks = False
        self.models: tuple[ModelSpec, ...] = ()
        self.parts: tuple[Any, ...] = ()
        self.steps = 1
        self.varies = False
        self.words = ""
        self.is_format: bool | None = None
        self.grades: Mapping[str, float] = {}
        self.variables: set[str] = set()
        self.canonical: dict[str, Plain] = {}
        self.classes: tuple[str, ...] = ()
        self.goldens: list[ReadGolden] = []
        self.tools: dict[str, bool] = {}
        self.unread: Callable[[Subject, str], Score] = _unread

    def fault(self, message: str, *path: str | int) -> None:
        """Note what is wrong with the option at a path."""
        self.faults.append(self.node.get(*path).mark.fault(message))

    def golden(self, read: Callable[[Subject], T]) -> Callable[[Subject], T]:
        """Declare how the golden value of an example is read, by a function that raises `Unjudged`.

        What is given back does the same, but raises `UnusableGolden` where that does.
        """

        def checked(subject: Subject) -> T:
            try:
                return read(subject)
            except Unjudged as error:
                raise UnusableGolden(str(error)) from None

        self.goldens.append(checked)
        return checked

    def warn(self, message: str, *path: str | int) -> None:
        """Note what is doubtful about the option at a path; the scorer is made nevertheless."""
        self.faults.append(self.node.get(*path).mark.warning(message))

    @property
    def errors(self) -> int:
        """How many faults there are so far that are no mere warnings."""
        return errors(self.faults)

    def template(self, text: str, *path: str | int, own: tuple[str, ...] = ()) -> Template:
        """The template at a path; `own` are the variables that the scorer itself gives."""
        try:
            template = Template.parse(text)
        except TemplateError as error:
            self.fault(str(error), *path)
            return Template(("",), ())
        self.variables |= template.variables.difference(own)
        return template

    def settings(
        self,
        model: str,
        parameters: Mapping[str, Plain],
        *,
        task: Literal["chat", "embeddings"] = "chat",
    ) -> Settings | None:
        """How a judge is asked; None after a fault if there is no such model for the task."""
        self.asks = True
        try:
            settings = replace(self.reach.settings(model, parameters), task=task)
            fields = settings.model.endpoint.embedding_fields
            if task == "embeddings" and fields:
                self.canonical["embeddings"] = dict(fields)
                settings = replace(settings, parameters={**fields, **settings.parameters})
        except RequestError as error:
            self.fault(str(error), "model")
            return None
        wrong = settings.mismatch
        if wrong:
            self.fault(wrong, "model")
            return None
        self.models += (settings.model,)
        self.varies |= task == "chat" and not settings.is_deterministic
        self.canonical["model"] = settings.model.identity
        return settings

    def file(self, path: str, *option: str | int) -> bytes | None:
        """The file that the option at a path names; None after a fault if it cannot be read.

        Its content, not its path, is in the fingerprint.
        """
        try:
            data = self.reach.read(path)
        except RequestError as error:
            self.fault(str(error), *option)
            return None
        self.canonical[".".join(map(str, option))] = file_digest(data)
        return data

    def code(
        self, find: Callable[[CodeReach], tuple[T, Code]], *option: str
    ) -> tuple[T, Code] | None:
        """The own code that the option at a path names; None after a fault if it is not there.

        Its files, not their places, are in the fingerprint.
        """
        try:
            if self.reach.code is None:
                raise RequestError("own code cannot be run here: there are no files")
            found, code = find(self.reach.code)
        except RequestError as error:
            self.fault(str(error), *option)
            return None
        self.canonical["code"] = [file_digest(data) for _, data in sorted(code.own.items())]
        return found, code


def errors(faults: Sequence[Fault]) -> int:
    """How many faults are no mere warnings."""
    return sum(not fault.warning for fault in faults)


def file_digest(data: bytes) -> ContentDigest:
    """A file's content in a fingerprint; line ends are those that git stores."""
    try:
        return content_digest(data.decode("utf-8").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        return content_digest(["bytes", hashlib.sha256(data).hexdigest()])

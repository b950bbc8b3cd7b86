"""What a scorer is, what it judges, and the binding on which it is made ready."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Meta, Struct
from msgspec import field as option

from promptci.digest import ContentDigest, content_digest
from promptci.errors import Fault, RequestError
from promptci.parsing.source import Node, Plain
from promptci.parsing.template import Template, TemplateError
from promptci.records.record import Score
from promptci.scorers.base.extract import Extract
from promptci.scorers.base.preference import Preference
from promptci.scorers.base.verdict import Unjudged, UnusableGolden, failed
from promptci.specs.completion import Asking, Completion, ModelSpec, Settings

T = TypeVar("T")

Share = Annotated[float, Meta(ge=0, le=1)]
Tag: TypeAlias = Annotated[str, Meta(min_length=1)]
Tags: TypeAlias = Tag | Annotated[list[Tag], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Subject:
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


Judge: TypeAlias = Callable[[Subject], Score | Asking[Score]]
"""Gives the score of a subject; a scorer that needs a model gives a generator of it instead."""


Golden: TypeAlias = Callable[[Subject], object]
"""Reads what an example expects. Raises `UnusableGolden` for what a scorer cannot use."""


@dataclass(frozen=True, slots=True)
class Code:
    """Files of the user's own code, by path relative to the project.

    `own` are those beside the eval, `run` those that may be run in their stead: in a change under
    review, its base's.
    """

    own: Mapping[str, bytes]
    run: Mapping[str, bytes]


class CodeReach(Protocol):
    """Where own code is found; it remembers whether any was, and which files of it differ.

    `differing` are those that are not run as they stand beside the eval.
    """

    is_used: bool
    differing: set[str]

    def module(self, target: str, more: Sequence[str]) -> tuple[str, Code]:
        """The path of a `module:function` with the files around it, and `more` beside the eval.

        Raises `RequestError` for a module or file that is not there.
        """
        ...

    def program(self, argv: Sequence[str], more: Sequence[str]) -> tuple[tuple[str, ...], Code]:
        """A command with the paths of those arguments that are files, and these; as above."""
        ...


Prefer: TypeAlias = Callable[[Subject, Subject], Asking[Preference]]
"""Which of two answers to one example is better: the base's and the head's."""

SettingsFor: TypeAlias = Callable[[str, Mapping[str, Plain]], Settings]
"""The settings of a model's name with parameters; an empty name is the default judge's.

Raises `RequestError` for a name that is not known, and for none where there is no default.
"""


def no_files(path: str) -> bytes:
    """Where there are no files to read."""
    raise RequestError(f"`{path}` cannot be read here: write it into the eval")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a scorer may reach beside the answer.

    `settings` finds a model by its name. `read` gives the bytes of a file by its path relative to
    the eval, at the same revision; it raises `RequestError` for a path that leads out or nowhere.
    `sets` are the scorer sets that evals share, each a list; `opened` are those of them that one
    is in, and `uses` all that were opened on the way.
    `code` finds the user's own code, and is None where there are no files.
    """

    settings: SettingsFor
    read: Callable[[str], bytes] = no_files
    sets: Mapping[str, Node] = field(default_factory=dict)
    opened: tuple[str, ...] = ()
    uses: list[str] = field(default_factory=list)
    code: CodeReach | None = None


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every scorer takes beside its own options."""

    negate: Annotated[bool, Meta(description="turn value and verdict round")] = option(
        default=False, name="not"
    )
    weight: Annotated[
        float, Meta(ge=0, le=1000, description="the share in the example's score; 0 only informs")
    ] = 1.0
    threshold: Annotated[Share, Meta(description="the least value that passes")] = 1.0
    extract: Annotated[
        Extract | list[Extract] | None, Meta(description="what to take out of the output first")
    ] = None
    name: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(description="what the metric is called"),
    ] = None
    only: Annotated[
        Tags | None, Meta(description="judge only examples that have one of these tags")
    ] = None
    excluded: Annotated[
        Tags | None, Meta(description="leave out examples that have one of these tags")
    ] = option(default=None, name="except")


def _unread(subject: Subject, why: str) -> Score:
    return failed(why)


class ScorerContext:
    """Where a scorer is made ready: notes what it needs and what is wrong with its options.

    A scorer that sorts answers into classes sets `classes`, their names, and `unread`, the score
    of an answer that could not be judged for a reason.
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
        self.goldens: list[Golden] = []
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
    """What stands for a file's content in a fingerprint; line ends are those that git stores."""
    try:
        return content_digest(data.decode("utf-8").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        return content_digest(["bytes", hashlib.sha256(data).hexdigest()])


@dataclass(frozen=True, slots=True)
class Scorer:
    """A way to judge: its options, and the function that makes a judge of them.

    `make` gets the options and the binding, on which it notes faults. A bare scalar or list in the
    file sets the option `shorthand`. Raise `version` when the same options judge differently: it
    is in the fingerprint. `example` is an item of an eval's `scorers`, as YAML. `is_format` says
    that it judges the form of an answer and not what it says, `nests` that its main option is a
    list of scorers, of which one alone may stand without brackets. `decides` says that the
    scorer's own verdict counts beside the threshold, which only makes it stricter, `is_pairwise`
    that it judges two answers against each other and none alone: it makes a `Prefer`.
    """

    make: Callable[[Any, ScorerContext], Judge | Prefer | None]
    options: type[Options]
    summary: str
    shorthand: str = ""
    version: int = 1
    example: str = ""
    is_format: bool = False
    nests: bool = False
    decides: bool = False
    is_pairwise: bool = False

"""What a scorer may reach beside the answer: models, files, the user's own code."""

import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct, field

from promptci.errors import RequestError
from promptci.parsing.source import Mark, Node, Plain
from promptci.specs.request import Settings


class Code(Struct, frozen=True):
    """Files of the user's own code, by path relative to the project.

    `own` are those beside the eval, `run` those that may be run in their stead: in a change under
    review, its base's.
    """

    own: Mapping[str, bytes]
    run: Mapping[str, bytes]


class CodeReach(Protocol):
    """Where own code is found; it remembers whether any was, and which files of it differ.

    `differing` are those that are not run as they are beside the eval.
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


SettingsFor: TypeAlias = Callable[[str, Mapping[str, Plain]], Settings]
"""The settings of a model's name with parameters; an empty name is the default judge's.

Raises `RequestError` for a name that is not known, and for none where there is no default.
"""


def no_files(path: str) -> bytes:
    """Where there are no files to read."""
    raise RequestError(f"`{path}` cannot be read here: write it into the eval")


class Reach(Struct, frozen=True):
    """What a scorer may reach beside the answer.

    `settings` finds a model by its name. `read` gives the bytes of a file by its path relative to
    the eval, at the same revision; it raises `RequestError` for a path that leads out or nowhere.
    `sets` are the scorer sets that evals share, each a list; `opened` are those of them that one
    is in, and `uses` all that were opened on the way; `files` are those that were read.
    `code` finds the user's own code, and is None where there are no files. `judges` is
    the folder of judges' prompts that are named alone; empty where they are beside the eval.
    """

    settings: SettingsFor
    read: Callable[[str], bytes] = no_files
    sets: Mapping[str, Node] = field(default_factory=dict)
    opened: tuple[str, ...] = ()
    uses: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    code: CodeReach | None = None
    judges: str = ""

    def file_path(self, written: str, mark: Mark) -> str:
        """What a file of a judge is called in messages, that is named at a place."""
        if self.judges and is_bare(written):
            return f"{self.judges}{written}.yaml"
        return posixpath.join(mark.path.rpartition("/")[0], written)


def is_bare(written: str) -> bool:
    """Whether a file is called by a name alone, without folder and ending."""
    return not {"/", "."} & set(written)

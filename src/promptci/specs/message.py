"""Messages: the turns of a conversation, with the files that go along."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.digest import canonical_json, canonical_text
from promptci.withasides import WithAsides

Role: TypeAlias = Literal["system", "developer", "user", "assistant", "tool"]


class Attachment(WithAsides, frozen=True):
    """A file that goes along with a message: what it is, and how its bytes are read.

    `digest` has 64 hex digits; `read` raises `ModelError` where the file is another by now.
    """

    ASIDES = frozenset({"read"})

    digest: str
    media_type: str
    name: str
    size: int
    read: Callable[[], bytes]


class Part(Struct, frozen=True):
    """A part of a message's content: a text, or a picture or file."""

    kind: Literal["text", "image", "file"]
    text: str = ""
    attached: Attachment | None = None

    @property
    def identity(self) -> list[str]:
        """The part in a request key."""
        if self.attached is None:
            return [self.kind, self.text]
        return [self.kind, self.attached.media_type, self.attached.digest]


class Message(Struct, frozen=True):
    """One turn of a conversation.

    `more` is the JSON text of what else the turn has, such as tool calls, or empty. Where the
    content has `parts`, `content` is their text.
    """

    role: Role
    content: str
    more: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the turn is a role and a text, and nothing else."""
        return not (self.more or self.parts)

    @property
    def shown(self) -> str:
        """The content for people to read, with tool calls and the names of files."""
        texts = [
            part.text if part.attached is None else f"[{part.kind} {part.attached.name}]"
            for part in self.parts
        ] or [self.content]
        return "\n".join(filter(None, [*texts, self.more]))

    @property
    def canonical(self) -> str:
        """The canonical JSON of its identity."""
        if self.is_plain:
            return f"[{canonical_text(self.role)},{canonical_text(self.content)}]"
        return canonical_json(self.identity)

    @property
    def identity(self) -> list[object]:
        """The turn in a request key."""
        if self.is_plain:
            return [self.role, self.content]
        return [self.role, self.content, self.more, [part.identity for part in self.parts]]

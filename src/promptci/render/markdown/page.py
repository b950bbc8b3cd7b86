"""Markdown pages with a ceiling on their size: what does not fit is counted, not lost."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from promptci.render.figures import counted

MOST_COMMENT = 65_000
"""Bytes of a comment; GitHub takes 65,536 characters."""
ROOM_FOR_ONE = 1_500
"""Bytes that something worth reading takes."""
_ROOM_FOR_MORE = 120
"""Bytes kept for the line that says how much more there is."""


class Page(Struct):
    """A page under way, in blocks that blank lines part. Sizes are in bytes of UTF-8.

    Whoever writes first gets the room.
    """

    limit: int
    blocks: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, block: str) -> None:
        """One block, however long."""
        self.blocks.append(block)
        self.size += _size(block) + 2

    def add_lines(
        self, head: Sequence[str], lines: Iterable[str], noun: str, *, total: int, share: float
    ) -> None:
        """Lines below each other, as many as fit into a share of the page, then how many more."""
        self._add(head, lines, noun, total=total, room=int(self.limit * share), between="\n")

    def add_blocks(
        self, blocks: Iterable[str], noun: str, *, total: int, share: float = 1.0
    ) -> None:
        """Blocks, as many as fit, then how many more of a total there are."""
        room = int(self.limit * share)
        self._add((), blocks, noun, total=total, room=room, between="\n\n")

    @property
    def is_full(self) -> bool:
        """Whether there is no room for one more thing worth reading."""
        return self.limit - self.size < ROOM_FOR_ONE

    def text(self) -> str:
        """The page."""
        return "\n\n".join(self.blocks) + "\n"

    def _add(
        self,
        head: Sequence[str],
        items: Iterable[str],
        noun: str,
        *,
        total: int,
        room: int,
        between: str,
    ) -> None:
        room = min(room, self.limit - self.size) - _ROOM_FOR_MORE - _size(between.join(head))
        shown: list[str] = []
        for item in items:
            room -= _size(item) + len(between)
            if room < 0:
                break
            shown.append(item)
        if shown:
            self.add(between.join((*head, *shown)))
        if len(shown) < total:
            self.add(f"… {counted(total - len(shown), f'more {noun}')}")


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))

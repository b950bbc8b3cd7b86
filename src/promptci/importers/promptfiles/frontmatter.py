"""YAML between lines of dashes before a text."""

import re
from collections.abc import Iterable

from promptci.errors import Fault, SpecError
from promptci.importers.chatprompts import says_nothing
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.names import slug
from promptci.parsing.source import Mark, Node

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def front_matter(text: str, path: str, losses: list[Fault]) -> tuple[Node, str, int]:
    """The YAML between the first two lines of dashes, what follows, and its first line."""
    match = _FRONT.match(text)
    if match is None:
        return Node({}, Mark(path, 1, 1)), text, 1
    try:
        node = (
            load_foreign(b"\n" + match[1].encode(), path, losses)
            if match[1].strip()
            else Node({}, Mark(path, 1, 1))
        )
    except SpecError as error:
        losses.extend(error.faults)
        node = Node({}, Mark(path, 1, 1))
    return node, text[match.end() :], text.count("\n", 0, match.end()) + 1


def tell_about(front: Node, keys: Iterable[str], name: str, notes: list[Fault]) -> None:
    """One warning for the keys that say nothing to a model.

    A `name` is one of them where the file, and with it the prompt, is called otherwise (`name`).
    """
    given = front.value.get("name") if isinstance(front.value, dict) else None
    is_other = given is not None and slug(str(given.value)) not in ("", name)
    left = [*(["name"] if is_other else []), *keys]
    if left:
        notes.append(front.key_mark(left[0]).warning(says_nothing(left)))

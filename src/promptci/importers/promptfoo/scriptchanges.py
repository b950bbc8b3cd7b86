"""Where a script changes its data after it has written it down: reported, since no code is run."""

import re
from collections.abc import Iterable, Iterator

from promptci.importers.promptfoo.scripttext import without_texts

_PATH = r"(?:\s*\.\s*[A-Za-z_$][\w$]*|\s*\[[^\]\n]*\])"
_SET = r"\s*(?:\+|\?\?|\|\||&&)?=(?![=>])"
_METHOD = r"\s*\.\s*(?:push|unshift|pop|shift|splice|sort|reverse|fill)\s*\("


def later_changes(text: str, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each place at which one of `names`, or what is exported, is changed, with the statement."""
    bare = without_texts(text)
    wanted = "|".join(sorted(map(re.escape, names), key=len, reverse=True)) or r"(?!)"
    patterns = (
        rf"(?<![\w$.])(?:{wanted})(?:{_PATH}*{_METHOD}|{_PATH}+{_SET}|{_SET})",
        rf"(?<![\w$.])Object\.assign\(\s*(?:{wanted})\b",
        rf"(?<![\w$.])module\.exports(?:{_PATH}*{_METHOD}|{_PATH}+{_SET})",
    )
    for found in sorted(
        (found for pattern in patterns for found in re.finditer(pattern, bare)),
        key=lambda each: each.start(),
    ):
        if not _DECLARES.search(bare, max(0, found.start() - 40), found.start()):
            line = text[found.start() :].split("\n", 1)[0]
            yield found.start(), line.rstrip("; ")


_DECLARES = re.compile(r"\b(?:const|let|var)\s+$")

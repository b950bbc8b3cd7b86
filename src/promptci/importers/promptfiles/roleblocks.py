"""Blocks of templates that go around roles, which a message of its own cannot hold."""

import re

from promptci.errors import Fault
from promptci.parsing.source import Mark

_LOOP = re.compile(
    r"\{%-?\s*for\s+\w+\s+in\s+(?:inputs\.)?(?P<name>\w+)\s*-?%\}(?P<inner>(?:(?!\{%).){0,20000}?)"
    r"\{%-?\s*endfor\s*-?%\}",
    re.DOTALL,
)
_JINJA = re.compile(
    r"\{%-?\s*(?:(?P<open>if|for)\b|(?P<close>end(?:if|for))\b|(?:elif|else)\b)[^%]{0,2000}%\}"
)
HANDLEBARS = re.compile(
    r"\{\{~?(?:#(?P<open>ifEquals|unlessEquals|if|each|unless|with)\b[^{}]{0,2000}"
    r"|(?P<close>/(?:ifEquals|unlessEquals|if|each|unless|with))\s*"
    r"|else\b[^{}]{0,2000})~?\}\}"
)
_EACH = re.compile(
    r"\{\{~?#each\s+(?P<name>\w+)[^{}]{0,200}\}\}(?P<inner>(?:(?!\{\{~?[#/]).){0,20000}?)\{\{~?/ea"
    r"ch\s*~?\}\}",
    re.DOTALL,
)


def stripped(text: str, start: int, end: int) -> tuple[str, int]:
    """A part of a text without the white space around it, and how many lines are before it."""
    part = text[start:end]
    return part.strip(), text.count("\n", 0, start + len(part) - len(part.lstrip()))


def each_as_turns(
    text: str, role: re.Pattern[str], mark: Mark, notes: list[Fault], place: str
) -> str:
    """The text with loops of Handlebars that write roles as places for turns, in as many lines.

    `place` is what a place looks like, with `NAME` for its name.
    """

    def turned(found: re.Match[str]) -> str:
        if role.search(found["inner"]) is None:
            return found[0]
        notes.append(_told(found, text, mark))
        return place.replace("NAME", found["name"]) + "\n" * found[0].count("\n")

    return _EACH.sub(turned, text)


def _told(found: re.Match[str], text: str, mark: Mark) -> Fault:
    line = mark.line + text.count("\n", 0, found.start())
    told = f"items of `{found['name']}` are turns here: give each as `role` and `content`"
    return Mark(mark.path, line, 1).warning(told)


def loops_as_turns(text: str, role: re.Pattern[str], mark: Mark, notes: list[Fault]) -> str:
    """The text with loops that write roles as loops over turns, in as many lines."""

    def turned(found: re.Match[str]) -> str:
        if role.search(found["inner"]) is None:
            return found[0]
        name = found["name"]
        notes.append(_told(found, text, mark))
        loop = (
            f"{{% for turn in {name} %}}\n{{{{turn.role}}}}:\n{{{{turn.content}}}}\n{{% endfor %}}"
        )
        return loop + "\n" * (found[0].count("\n") - loop.count("\n"))

    return _LOOP.sub(turned, text)


def within_role(
    content: str, mark: Mark, losses: list[Fault], tags: re.Pattern[str] = _JINJA
) -> str:
    """A message without the ends of blocks that begin or end in another."""
    open_, stray = list[re.Match[str]](), list[re.Match[str]]()
    for tag in tags.finditer(content):
        closed = (tag["close"] or "").removeprefix("end").removeprefix("/")
        if tag["open"]:
            open_.append(tag)
        elif not open_ or (closed and open_[-1]["open"] != closed):
            stray.append(tag)
        elif closed:
            open_.pop()
    for tag in sorted((*open_, *stray), key=lambda each: -each.start()):
        line = mark.line + content.count("\n", 0, tag.start())
        wrong = f"`{tag[0]}` goes around several roles and is not carried: write a prompt for each"
        losses.append(Mark(mark.path, line, 1).fault(f"{wrong} case"))
        content = content[: tag.start()] + content[tag.end() :]
    return content.strip()

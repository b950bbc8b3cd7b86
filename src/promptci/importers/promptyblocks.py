"""Blocks of a Prompty template that go around roles, which a message of its own cannot hold."""

import re

from promptci.errors import Fault
from promptci.parsing.source import Mark

_LOOP = re.compile(
    r"\{%-?\s*for\s+\w+\s+in\s+(?:inputs\.)?(?P<name>\w+)\s*-?%\}(?P<inner>(?:(?!\{%).){0,20000}?)"
    r"\{%-?\s*endfor\s*-?%\}",
    re.DOTALL,
)
_TAG = re.compile(r"\{%-?\s*(?P<word>if|for|elif|else|endif|endfor)\b[^%]{0,2000}%\}")


def loops_as_turns(text: str, role: re.Pattern[str], mark: Mark, notes: list[Fault]) -> str:
    """The text with loops that write roles as loops over turns, in as many lines."""

    def turned(found: re.Match[str]) -> str:
        if role.search(found["inner"]) is None:
            return found[0]
        name, line = found["name"], mark.line + text.count("\n", 0, found.start())
        told = f"items of `{name}` are turns here: give each as `role` and `content`"
        notes.append(Mark(mark.path, line, 1).warning(told))
        loop = (
            f"{{% for turn in {name} %}}\n{{{{turn.role}}}}:\n{{{{turn.content}}}}\n{{% endfor %}}"
        )
        return loop + "\n" * (found[0].count("\n") - loop.count("\n"))

    return _LOOP.sub(turned, text)


def within_role(content: str, mark: Mark, losses: list[Fault]) -> str:
    """A message without the ends of blocks that begin or end in another."""
    open_, stray = list[re.Match[str]](), list[re.Match[str]]()
    for tag in _TAG.finditer(content):
        word = tag["word"]
        if word in ("if", "for"):
            open_.append(tag)
        elif not open_ or (word.startswith("end") and open_[-1]["word"] != word[3:]):
            stray.append(tag)
        elif word.startswith("end"):
            open_.pop()
    for tag in sorted((*open_, *stray), key=lambda each: -each.start()):
        line = mark.line + content.count("\n", 0, tag.start())
        wrong = f"`{tag[0]}` goes around several roles and is not carried: write a prompt for each"
        losses.append(Mark(mark.path, line, 1).fault(f"{wrong} case"))
        content = content[: tag.start()] + content[tag.end() :]
    return content.strip()

"""The channels of gpt-oss, where a server lets its marks through (the format is called harmony)."""

import re

from promptci.latepattern import late

_MARK = late(
    r"(?P<call>(?:<\|start\|>\s*assistant\s+(?P<to>to=)[^<]{1,200})?<\|channel\|>\s*\w{1,20}"
    r"(?(to)[^<]*|[^<]*\bto=[^<]*)(?:<\|constrain\|>[^<]*)?<\|message\|>"
    r".*?(?:<\|call\|>|(?=<\|(?:start|end|return)\|>)|\Z))"
    r"|<\|channel\|>\s*(?P<channel>analysis|commentary|final)[^<]*(?:<\|constrain\|>[^<]*)?"
    r"<\|message\|>|<\|start\|>\s*assistant|<\|(?:end|return|call)\|>",
    re.DOTALL,
)


def by_channel(text: str) -> tuple[list[str], list[str]]:
    """The pieces of a text that are thoughts, and those that are the answer.

    The final channel is the answer, and so are calls of tools, which keep their marks; what the
    other channels say is thoughts.
    """
    thoughts: list[str] = []
    answer: list[str] = []
    where, start = answer, 0
    for match in _MARK.finditer(text):
        where.append(text[start : match.start()])
        start = match.end()
        if match["call"]:
            answer.append(match["call"])
        where = thoughts if match["channel"] in ("analysis", "commentary") else answer
    where.append(text[start:])
    return thoughts, answer

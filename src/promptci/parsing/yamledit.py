"""A text changed inside a YAML file, all else left as it is: comments, order and layout."""

import json
import re
from collections.abc import Sequence

import yaml

from promptci.errors import RequestError

_PLAIN = re.compile(r"[A-Za-z](?:[\w ,.()'/-]*[\w.)])?", re.ASCII)
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_BLOCK = re.compile(r"[^\s\x00-\x08\x0b-\x1f\x7f-\x9f][^\x00-\x08\x0b-\x1f\x7f-\x9f]*")
"""What a literal block holds as it is: no space at its begin, no control characters."""


def with_text(source: str, path: str, steps: Sequence[str | int], text: str) -> str:
    """A YAML file's text with another one at a place, named by keys and indexes from the top.

    It is written plain where every reader takes it for a text, over several lines as a literal
    block where that is allowed, else quoted. Whoever calls reads the file again to be sure. Raises
    `RequestError` where the place holds no text.
    """
    try:
        node, is_flow = _found(yaml.compose(source, Loader=yaml.SafeLoader), steps)
    except yaml.YAMLError:
        node, is_flow = None, False
    if not isinstance(node, yaml.ScalarNode):
        raise RequestError(f"{path}: the text cannot be changed in place: write it plainly")
    begin, end = node.start_mark.index, node.end_mark.index
    while end > begin and source[end - 1] in " \n":
        end -= 1
    at = source.rfind("\n", 0, begin) + 1
    indent = len(source[at:begin]) - len(source[at:begin].lstrip(" -"))
    is_in_line = is_flow or source[end : end + 1] not in ("", "\n")
    return source[:begin] + _written(text, indent, is_in_line=is_in_line) + source[end:]


def _found(root: yaml.Node | None, steps: Sequence[str | int]) -> tuple[yaml.Node | None, bool]:
    """The node at a place, and whether it is inside brackets or braces."""
    node, is_flow = root, False
    for step in steps:
        is_flow |= bool(getattr(node, "flow_style", False))
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step] if step < len(node.value) else None
        else:
            return None, False
    return node, is_flow


def _written(text: str, indent: int, *, is_in_line: bool) -> str:
    if "\n" in text and not is_in_line and _BLOCK.fullmatch(text) and not text.endswith("\n"):
        margin = " " * (indent + 2)
        return "|-\n" + "\n".join(f"{margin}{line}" if line else "" for line in text.split("\n"))
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    if is_plain and not (is_in_line and "," in text):
        return text
    return json.dumps(text, ensure_ascii=False)

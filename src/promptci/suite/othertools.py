"""Files in the folders of a project that are no prompts and evals: of judges, of other tools."""

import os
from collections.abc import Mapping, Sequence

from promptci.errors import Fault
from promptci.latepattern import late
from promptci.parsing.source import Mark, Node
from promptci.suite.filenames import JUDGES

_OURS = frozenset(("prompt", "flow", "examples", "scorers", "messages", "conversation"))
_ASKED = frozenset(("providers", "targets", "tests", "scenarios"))
_EACH_NAMED = 3
_REGISTRY = late(r"/registry/(?:evals|modelgraded|solvers|completion_fns|eval_sets)/")


def tool_of_eval(node: Node) -> str:
    """Whose file below `evals/` it is, where it is another tool's; "" for ours, and in doubt."""
    if isinstance(node.value, list):
        return "promptfoo" if node.value and all(map(_is_promptfoo, node.value)) else ""
    keys = set(node.value) if isinstance(node.value, dict) else set()
    if keys & _OURS or not keys or not isinstance(node.value, dict):
        return ""
    if "prompts" in keys and keys & _ASKED:
        return "promptfoo"
    return "openai/evals" if _is_registry(list(node.value.values())) else ""


def _is_registry(entries: list[Node]) -> bool:
    """Whether entries are evals, judges' prompts or sets of evals of a registry of openai/evals."""
    classes = [each.get("class").value for each in entries if "class" in _keys(each)]
    if any(isinstance(name, str) and ":" in name for name in classes):
        return all({"class", "id"} & _keys(each) for each in entries)
    return all(
        {"prompt", "choice_strings"} <= _keys(each) or _keys(each) == {"evals"} for each in entries
    )


def _is_promptfoo(item: Node) -> bool:
    """Whether an item of a list is an assertion of promptfoo, or a test with some."""
    keys = _keys(item)
    return ("type" in keys and bool(keys & {"value", "threshold"})) or {"vars", "assert"} <= keys


def tool_of_prompt(node: Node) -> str:
    """Whose file below `prompts/` it is: a mere list of messages is a chat of promptfoo's."""
    turns = node.value if isinstance(node.value, list) else []
    return (
        "promptfoo" if turns and all({"role", "content"} <= _keys(each) for each in turns) else ""
    )


def _keys(node: Node) -> set[str]:
    return set(node.value) if isinstance(node.value, dict) else set()


def of_other_tools(theirs: Mapping[str, Sequence[str]], faults: Sequence[Fault]) -> list[Fault]:
    """Faults with a warning that files of each tool are not read; one for many of them.

    What is wrong in other files of such a registry is not told: they are that tool's, too.
    """
    kept = [
        fault
        for fault in faults
        if "openai/evals" not in theirs or not _REGISTRY.search(fault.path)
    ]
    for tool, paths in theirs.items():
        if len(paths) > _EACH_NAMED:
            below = os.path.commonpath([path.rpartition("/")[0] for path in paths])
            said = f"{len(paths):,} files below {below} are {tool}'s and are not read"
            kept.append(Mark(paths[0]).warning(f"{said}: `promptci import` those you want to run"))
            continue
        said = f"the file is {tool}'s and is not read: `promptci import` it, or move it away"
        kept += [Mark(path).warning(said) for path in paths]
    return kept


def is_blank(data: bytes) -> bool:
    """Whether a file holds nothing but comments."""
    lines = (line.strip() for line in data.splitlines())
    return all(not line or line.startswith(b"#") for line in lines)


def is_of_judges(path: str, node: Node) -> bool:
    """Whether a file below `evals/` is no eval but a judge's: its prompt, or labels to test it."""
    is_eval = isinstance(node.value, dict) and "scorers" in node.value
    return JUDGES in path.split("/")[1:-1] and not is_eval

"""Files in the folders of a project that are no prompts and evals: of judges, of other tools."""

from promptci.parsing.source import Node
from promptci.suite.filenames import JUDGES

_OURS = frozenset(("prompt", "flow", "examples", "scorers", "messages", "conversation"))
_ASKED = frozenset(("providers", "targets", "tests", "scenarios"))


def tool_of_eval(node: Node) -> str:
    """Whose file below `evals/` it is, where it is another tool's; "" for ours, and in doubt."""
    if isinstance(node.value, list):
        return "promptfoo" if node.value and all(map(_is_promptfoo, node.value)) else ""
    keys = set(node.value) if isinstance(node.value, dict) else set()
    if keys & _OURS or not keys or not isinstance(node.value, dict):
        return ""
    if "prompts" in keys and keys & _ASKED:
        return "promptfoo"
    entries = list(node.value.values())
    classes = [each.get("class").value for each in entries if "class" in _keys(each)]
    is_registry = all({"class", "id"} & _keys(each) for each in entries)
    is_named = any(isinstance(name, str) and ":" in name for name in classes)
    return "openai/evals" if is_registry and is_named else ""


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


def is_blank(data: bytes) -> bool:
    """Whether a file holds nothing but comments."""
    lines = (line.strip() for line in data.splitlines())
    return all(not line or line.startswith(b"#") for line in lines)


def is_of_judges(path: str, node: Node) -> bool:
    """Whether a file below `evals/` is no eval but a judge's: its prompt, or labels to test it."""
    is_eval = isinstance(node.value, dict) and "scorers" in node.value
    return JUDGES in path.split("/")[1:-1] and not is_eval

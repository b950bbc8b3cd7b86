"""The keys and options of promptfoo's tests: which are carried, and why others are not."""

from collections.abc import Mapping

from promptci.errors import Fault
from promptci.importers.imported import Row, tags_and_meta
from promptci.importers.promptfoo.files import Reader
from promptci.parsing.source import Node, Plain, excerpt

_CARRIED = frozenset((
    "description", "vars", "assert", "options", "threshold", "metadata", "prompts", "providers",
))  # fmt: skip
_OPTIONS = frozenset(
    ("transform", "provider", "disableVarExpansion", "disableDefaultAsserts", "rubricPrompt")
)
_AROUND = frozenset(("prefix", "suffix"))
_OPTIONS_ASIDE = frozenset(("timeout", "runSerially", "repeat"))
"""Options that say how promptfoo runs a test and change no verdict."""
_OPTIONS_LOST = {
    "transformVars": "it is code, which is not run: write the variables as it makes them",
    "storeOutputAs": "it hands the answer to later tests: write that text as their variable",
    "postprocess": "it is code, which is not run: use `extract`",
}
_UNCARRIED = {
    "providerOutput": "is not carried: save outputs for `promptci score --outputs`",
    "assertScoringFunction": "is code, which is not run: use weights and `threshold`",
    "prompt": "is read by promptfoo in no test: `prompts` picks those that a test is for",
    "provider": "is not carried: make an eval of its own for that model",
}


def inner(node: Node, key: str) -> Mapping[str, Node]:
    """The parts of a mapping inside a mapping; none where there is none."""
    parts = node.value if isinstance(node.value, dict) else {}
    inner = parts.get(key)
    return inner.value if inner is not None and isinstance(inner.value, dict) else {}


def about(test: Node, spare: Mapping[str, Plain]) -> Row:
    """What a test says of itself, by its metadata.

    `spare` are variables that the prompt does not use.
    """
    meta = {key: node.plain() for key, node in inner(test, "metadata").items()}
    return tags_and_meta({**meta, **spare})


def tell_uncarried(
    test: Node, reader: Reader, notes: list[Fault], *, is_default: bool = False
) -> None:
    """Say what of a test, or of the default that all build on, is not carried."""
    for key in test.value if isinstance(test.value, dict) else ():
        if key not in _CARRIED:
            why = _UNCARRIED.get(key, "is not carried: delete it")
            reader.losses.append(test.key_mark(key).fault(f"`{excerpt(key)}` of a test {why}"))
    if _is_assertions(inner(test, "vars").get("assert")):
        wrong = "`assert` in `vars` is a variable and asserts nothing, in promptfoo, too"
        place = test.get("vars").key_mark("assert")
        reader.losses.append(place.fault(f"{wrong}: write it beside `vars`"))
    read = _OPTIONS | (_AROUND if is_default else frozenset())
    for key in inner(test, "options"):
        place = test.get("options").key_mark(key)
        if key in _OPTIONS_ASIDE:
            notes.append(place.warning(f"`{key}` is about promptfoo itself and left out"))
        elif key not in read:
            why = _OPTIONS_LOST.get(key, "see docs/files.md")
            wrong = f"the option `{excerpt(key)}` of a test is not carried: {why}"
            reader.losses.append(place.fault(wrong))


def _is_assertions(node: Node | None) -> bool:
    """Whether a variable is a list of what could be below `assert`."""
    items = node.value if node is not None and isinstance(node.value, list) else []
    return any(isinstance(each.value, dict) and "type" in each.value for each in items)

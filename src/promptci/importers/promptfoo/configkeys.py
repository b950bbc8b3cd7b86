"""Keys of a configuration that are not carried, each with what to do."""

from promptci.importers.imported import Imported
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Node, excerpt

_READ = frozenset((
    "description", "prompts", "providers", "targets", "tests", "defaultTest", "scenarios",
    "assertionTemplates", "$schema",
))  # fmt: skip
_SETTINGS = frozenset((
    "outputPath", "sharing", "writeLatestResults", "commandLineOptions", "env",
    "evaluateOptions", "tags", "metadata",
))  # fmt: skip
"""Keys that say how promptfoo itself runs and change no verdict."""
_LOST = {
    "nunjucksFilters": "are code, which is not run: compute them in variables",
    "extensions": "are code, which is not run",
    "redteam": "is red teaming, which is not done here",
    "derivedMetrics": "are formulas of promptfoo's: write them below `metrics` of the eval",
    "tracing": "is not carried: traces are not read",
    "assert": "is read by promptfoo in no such place: move it below `defaultTest`",
}


def tell_keys(root: Node, found: Imported) -> None:
    """A loss or a warning for each key at the top that is not read."""
    assert isinstance(root.value, dict)
    for key in root.value:
        mark = root.key_mark(key)
        if key in _LOST:
            found.losses.append(mark.fault(f"`{key}` {_LOST[key]}"))
        elif key in _SETTINGS:
            found.notes.append(mark.warning(f"`{key}` is about promptfoo itself and left out"))
        elif key.startswith("x-"):
            said = f"`{excerpt(key)}` is left out: what other keys take from it is carried"
            found.notes.append(mark.warning(said))
        elif key not in _READ:
            wrong = f"`{excerpt(key)}` is not known: {did_you_mean(key, _READ)}"
            found.losses.append(mark.fault(wrong))

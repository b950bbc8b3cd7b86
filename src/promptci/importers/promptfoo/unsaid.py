"""What promptfoo sends to a model though a configuration does not say it.

Seen in the requests of promptfoo 0.123.1: OpenAI's chat completions and what is built on them, and
Anthropic's messages, get `temperature: 0` and `max_tokens: 1024`; models that reason get neither.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from promptci.errors import Fault
from promptci.importers.promptfoo.files import Lost, Reader
from promptci.importers.promptfoo.groups import listed_providers
from promptci.parsing.source import Node, excerpt

_SENT = frozenset(
    ("openai", "azure", "azureopenai", "anthropic", "openrouter", "groq", "togetherai")
)
_REASONS = re.compile(
    r"(?:^|[/:])(?:ft:)?(?:gpt-[5-9]|o[134])|deep-research|claude-\w+-(?:4-[6-9]|[5-9])"
)
_AGENTS = re.compile(r":(?:claude-agent-sdk|claude-code|codex-sdk|agents)\b")
"""Programs that ask on their own."""
_LIMITS = frozenset(("max_tokens", "max_completion_tokens", "max_output_tokens"))


def told_unsaid(node: Node | None, reader: Reader) -> Iterator[Fault]:
    """A warning for providers that promptfoo asks otherwise than their configuration says."""
    quiet = replace(reader, losses=[])  # what cannot be read was reported before
    without: dict[str, list[tuple[str, Node]]] = {}
    for provider in () if node is None else listed_providers(node, quiet):
        parts = provider.value if isinstance(provider.value, dict) else {"id": provider}
        name = str(parts["id"].value) if "id" in parts else ""
        kind = name.partition(":")[0]
        if kind not in _SENT or _REASONS.search(name) or _AGENTS.search(name):
            continue
        missing = _missing(parts.get("config"), quiet)
        if missing:
            without.setdefault(missing, []).append((name, provider))
    for missing, found in without.items():
        names = ", ".join(dict.fromkeys(f"`{excerpt(name)}`" for name, _ in found))
        cure = "write `parameters` to ask the same"
        said = f"promptfoo sends {missing} to {names} unasked, here the model's own hold: {cure}"
        yield found[0][1].mark.warning(said)


def _missing(options: Node | None, reader: Reader) -> str:
    """What is sent there and not here, in words; empty where nothing is.

    A temperature of 0 is sent here, too, but where `top_p` is given.
    """
    read = None if options is None else reader.text_or_data(options)
    said = read if isinstance(read, dict) and not isinstance(read, Lost) else {}
    if said.get("omitDefaults"):
        return ""
    sent = ["`temperature: 0`"] if "top_p" in said and "temperature" not in said else []
    return " and ".join(sent if _LIMITS & set(said) else [*sent, "`max_tokens: 1024`"])

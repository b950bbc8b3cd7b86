"""Names of models as other tools write them, with the endpoint that has them here."""

import re

_MAKERS = (
    (re.compile(r"gpt-|o\d|chatgpt|text-embedding|ft:"), "openai"),
    (re.compile(r"claude"), "anthropic"),
    (re.compile(r"gemini|gemma"), "google"),
    (re.compile(r"mistral|ministral|codestral|magistral|open-mi"), "mistral"),
)
_PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "googleai": "google",
    "vertexai": "google",
    "mistral": "mistral",
    "mistralai": "mistral",
    "groq": "groq",
    "ollama": "ollama",
    "openrouter": "openrouter",
}


def model_name(name: str, provider: str = "") -> str | None:
    """A model as a prompt names it, or None where no endpoint is known to have it.

    `provider` is who the other tool says has it; otherwise the name tells.
    """
    known = _PROVIDERS.get(provider.lower())
    first, slash, rest = name.partition("/")
    if slash and first.lower() in _PROVIDERS:
        return f"{_PROVIDERS[first.lower()]}/{rest}"
    if known:
        return f"{known}/{name}"
    if provider or slash:
        return None
    return next((f"{maker}/{name}" for pattern, maker in _MAKERS if pattern.match(name)), None)

"""promptfoo's providers as models and parameters."""

import re
from collections.abc import Mapping

from msgspec import Struct, field

from promptci.importers.promptfoo.environment import is_unset, variable_of
from promptci.parsing.didyoumean import did_you_mean, nearest_name
from promptci.parsing.source import Node, Plain, excerpt
from promptci.specs.wellknown import WELL_KNOWN


class ProviderModel(Struct, frozen=True):
    """A model by the name that a prompt gives it, with the endpoint that it needs, if any."""

    name: str
    endpoint: dict[str, Plain] = field(default_factory=dict)


_PREFIXES = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "mistral": "mistral",
    "groq": "groq",
    "openrouter": "openrouter",
    "ollama": "ollama",
    "vllm": "vllm",
}
"""Providers that are endpoints here without any configuration."""

_ENDPOINTS: dict[str, dict[str, Plain]] = {
    "xai": {"base_url": "https://api.x.ai/v1", "key_env": "XAI_API_KEY"},
    "deepseek": {"base_url": "https://api.deepseek.com/v1", "key_env": "DEEPSEEK_API_KEY"},
    "togetherai": {"base_url": "https://api.together.xyz/v1", "key_env": "TOGETHER_API_KEY"},
    "fireworks": {
        "base_url": "https://api.fireworks.ai/inference/v1",
        "key_env": "FIREWORKS_API_KEY",
    },
    "cerebras": {"base_url": "https://api.cerebras.ai/v1", "key_env": "CEREBRAS_API_KEY"},
    "perplexity": {"base_url": "https://api.perplexity.ai", "key_env": "PERPLEXITY_API_KEY"},
    "cohere": {
        "base_url": "https://api.cohere.ai/compatibility/v1",
        "key_env": "COHERE_API_KEY",
    },
    "localai": {"base_url": "http://localhost:8080/v1"},
    "llama": {"base_url": "http://localhost:8080/v1"},
    "github": {"base_url": "https://models.github.ai/inference", "key_env": "GITHUB_TOKEN"},
}
"""Others that speak OpenAI's chat completions, and where."""

_KINDS = frozenset(("chat", "messages", "responses"))
_NOT_CHAT = frozenset(
    (
        "agents",
        "assistant",
        "chatkit",
        "claude-agent-sdk",
        "claude-code",
        "codex",
        "codex-app-server",
        "codex-desktop",
        "codex-sdk",
        "completion",
        "embedding",
        "embeddings",
        "image",
        "moderation",
        "realtime",
        "speech",
        "transcription",
        "tts",
        "video",
    )
)
_MISTYPED = 0.74
"""How alike a misspelt kind is to the one that is meant: `codellama:7b` is no misspelt `codex`."""

_CODE = (
    "exec",
    "python",
    "file",
    "package",
    "golang",
    "ruby",
    "http",
    "https",
    "webhook",
    "ws",
    "wss",
)

_SCRIPT = r"^file://|\.(?:[cm]?[jt]s|py|rb|go|sh)(?::\w+)?$"
"""A file with code, of which a function may be named."""

PARAMETERS = {
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_completion_tokens",
    "max_output_tokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "num_predict": "max_tokens",
    "top_p": "top_p",
    "topP": "top_p",
    "stop": "stop",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "reasoning_effort": "reasoning_effort",
    "verbosity": "verbosity",
}
"""Fields of a provider's `config` that are parameters of a prompt here."""

PROMPT_FIELDS = ("response_format", "tools", "tool_choice")
"""Fields that are fields of a prompt here."""

CONNECTION = ("apiHost", "apiBaseUrl", "apiKeyEnvar", "apiKey", "organization", "apiVersion")
"""Fields that say how to get in."""


def model_of(provider: str, config: Node, endpoints: Mapping[str, str]) -> ProviderModel | str:
    """The model that a provider's id names, or the sentence that says why there is none."""
    parts = provider.split(":")
    kind, rest = parts[0], parts[1:]
    if kind in _CODE or re.search(_SCRIPT, provider):
        return (
            f"`{excerpt(provider)}` is code or a service of your own: give "
            "its address as an endpoint"
        )
    if kind == "echo":
        return "`echo` asks no model, it gives the prompt back: name the model that will be asked"
    address = _text(config, "apiBaseUrl") or _host(_text(config, "apiHost"))
    if re.search(r"[@?#]", address) and not is_unset(address):
        return "an address holds a user, password or query: write it alone, with `apiKeyEnvar`"
    if kind == "azureopenai" or kind == "azure":
        return _azure(rest, config)
    if rest and rest[0] in _NOT_CHAT:
        return f"`{excerpt(provider)}` is no chat model: only chat completions are asked"
    if rest and rest[0] in _KINDS:
        rest = rest[1:]
    elif len(rest) > 1 and (meant := nearest_name(rest[0], _KINDS | _NOT_CHAT, _MISTYPED)):
        return f"`{excerpt(provider)}` says `{excerpt(rest[0])}`: did you mean `{meant}`?"
    if not rest:
        return f"`{excerpt(provider)}` names no model: write `{kind}:MODEL`"
    model = ":".join(rest)
    key_env = _text(config, "apiKeyEnvar") or variable_of(_text(config, "apiKey"))
    if is_unset(address):
        return f"`{excerpt(address)}` takes a variable of the environment: write the address"
    if address.rstrip("/") in endpoints:
        return ProviderModel(f"{endpoints[address.rstrip('/')]}/{model}")
    if address:
        return _elsewhere(kind, model, address, key_env)
    if kind in _PREFIXES:
        return ProviderModel(f"{_PREFIXES[kind]}/{model}", _own_key(_PREFIXES[kind], key_env))
    if kind in _ENDPOINTS:
        named: dict[str, Plain] = {"key_env": key_env} if key_env else {}
        return ProviderModel(f"{kind}/{model}", {kind: _ENDPOINTS[kind] | named})
    meant = did_you_mean(kind, (*_PREFIXES, *_ENDPOINTS, "azure"))
    advice = meant if meant.startswith("did") else "add an endpoint for it"
    return f"`{excerpt(provider)}` is no provider that is known to chat as OpenAI's do: {advice}"


def _own_key(name: str, key_env: str) -> dict[str, Plain]:
    """The endpoint of a known name, where its key is in another variable than usual."""
    known = WELL_KNOWN[name]
    if key_env in ("", known.key_env):
        return {}
    return {name: {"base_url": known.base_url, "key_env": key_env}}


def _azure(rest: list[str], config: Node) -> ProviderModel | str:
    names = [part for part in rest if part not in _KINDS]
    host = _host(_text(config, "apiHost")) or _text(config, "apiBaseUrl")
    if not names or not host:
        return "an Azure deployment needs `apiHost`: add an endpoint of kind `azure` for it"
    endpoint: dict[str, Plain] = {
        "kind": "azure",
        "base_url": host.removesuffix("/v1"),
        "key_env": _text(config, "apiKeyEnvar")
        or variable_of(_text(config, "apiKey"))
        or "AZURE_OPENAI_API_KEY",
        "api_version": _text(config, "apiVersion") or "2024-10-21",
    }
    return ProviderModel(f"azure/{names[-1]}", {"azure": endpoint})


def _elsewhere(kind: str, model: str, address: str, key_env: str) -> ProviderModel:
    name = re.sub(r"\W+", "-", re.sub(r"^https?://", "", address)).strip("-").lower() or kind
    endpoint: dict[str, Plain] = {"base_url": address.rstrip("/")}
    if key_env or kind == "openai":
        endpoint["key_env"] = key_env or "OPENAI_API_KEY"
    return ProviderModel(f"{name}/{model}", {name: endpoint})


def _host(host: str) -> str:
    return host if not host or host.startswith("http") else f"https://{host}/v1"


def _text(config: Node, key: str) -> str:
    value = config.value.get(key) if isinstance(config.value, dict) else None
    return value.value if value is not None and isinstance(value.value, str) else ""

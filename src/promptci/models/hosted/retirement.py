"""When hosted models end: dates that providers have published, and what to say of them.

Sources, read in November 2026: https://developers.openai.com/api/docs/deprecations,
https://platform.claude.com/docs/en/about-claude/model-deprecations,
https://ai.google.dev/gemini-api/docs/deprecations, https://console.groq.com/docs/deprecations and
the model cards of https://github.com/mistralai/platform-docs-public. Where a provider names a
successor that has ended itself, the one that is named there is kept. Mistral says more when asked.
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from promptci.latepattern import late
from promptci.specs.modelspec import ModelSpec
from promptci.specs.wellknown import WELL_KNOWN

_OPENAI = """
2025-06-06 - gpt-4-32k gpt-4-32k-0613 gpt-4-32k-0314
2025-07-14 - gpt-4.5-preview
2025-07-28 - o1-preview
2025-10-27 - o1-mini
2026-02-12 - codex-mini-latest
2026-02-17 - chatgpt-4o-latest
2026-07-23 - gpt-5-chat-latest gpt-5.1-chat-latest gpt-4o-search-preview gpt-4o-mini-search-preview
2026-07-23 - gpt-5-codex gpt-5.1-codex gpt-5.1-codex-max gpt-5.2-codex gpt-5.1-codex-mini
2026-07-23 - o3-deep-research o4-mini-deep-research computer-use-preview
2026-08-10 - gpt-5.2-chat-latest gpt-5.3-chat-latest
2026-10-23 gpt-5.6-sol gpt-4 gpt-4-0613 gpt-4-1106-preview gpt-4-turbo gpt-4o-2024-05-13
2026-10-23 gpt-5.6-sol o1 o1-pro o3-mini
2026-10-23 gpt-5.6-terra gpt-3.5-turbo gpt-3.5-turbo-0125 o4-mini
2026-10-23 gpt-5.6-luna gpt-4.1-nano
2026-12-11 gpt-6.1-sol gpt-5 gpt-5-pro o3 o3-pro
2026-12-11 gpt-6.1-terra gpt-5-mini
2026-12-11 gpt-6-luna gpt-5-nano
2027-01-14 gpt-6-luna gpt-4o gpt-4o-mini gpt-4.1 gpt-4.1-mini
2027-04-01 - gpt-5.1 gpt-5.3-codex gpt-5.4-nano
"""

_ANTHROPIC = """
2025-10-28 claude-sonnet-5-5 claude-3-5-sonnet-20240620 claude-3-5-sonnet-20241022
2026-01-05 claude-opus-5-5 claude-3-opus-20240229 claude-3-opus-latest
2026-02-19 claude-sonnet-5-5 claude-3-7-sonnet-20250219 claude-3-7-sonnet-latest
2026-02-19 claude-haiku-4-5 claude-3-5-haiku-20241022 claude-3-5-haiku-latest
2026-04-20 claude-haiku-4-5 claude-3-haiku-20240307
2026-06-15 claude-sonnet-5-5 claude-sonnet-4-20250514 claude-sonnet-4-0
2026-06-15 claude-opus-5-5 claude-opus-4-20250514 claude-opus-4-0
2026-08-05 claude-opus-5-5 claude-opus-4-1-20250805 claude-opus-4-1
2026-11-30 claude-sonnet-5-5 claude-sonnet-4-5-20250929 claude-sonnet-4-5
"""

_GOOGLE = """
2026-03-09 - gemini-3-pro-preview
2026-06-01 gemini-3.5-flash-lite gemini-2.0-flash gemini-2.0-flash-001
2026-06-01 gemini-3.5-flash-lite gemini-2.0-flash-lite gemini-2.0-flash-lite-001
2026-12-01 gemini-3.8-flash gemini-2.5-pro
2026-12-01 gemini-3.5-flash-lite gemini-2.5-flash
"""

_MISTRAL = """
2025-03-30 mistral-medium-3-5 mistral-large-2407
2025-03-30 - open-mistral-7b open-mixtral-8x7b open-mixtral-8x22b
2025-06-16 mistral-medium-3-5 mistral-large-2402 mistral-medium-2312
2025-06-16 mistral-small-2603 mistral-small-2402
2025-09-30 mistral-small-2603 mistral-saba-2502 mistral-saba-latest
2025-11-30 codestral-2508 codestral-2501
2025-11-30 mistral-small-2603 mistral-small-2409 mistral-small-2501 mistral-small-2503
2025-11-30 mistral-small-2603 magistral-small-2506 magistral-small-2507 devstral-small-2505
2025-11-30 mistral-medium-3-5 magistral-medium-2506 magistral-medium-2507
2025-12-31 ministral-14b-2512 pixtral-12b-2409
2025-12-31 ministral-8b-2512 ministral-8b-2410
2025-12-31 ministral-3b-2512 ministral-3b-2410
2026-05-31 mistral-medium-3-5 mistral-large-2411 pixtral-large-2411 pixtral-large-latest
2026-05-31 mistral-medium-3-5 devstral-medium-2507
2026-05-31 mistral-small-2603 devstral-small-2507
2026-07-31 mistral-small-2603 magistral-small-2509 magistral-small-latest
2026-07-31 mistral-medium-3-5 magistral-medium-2509 magistral-medium-latest
2026-07-31 mistral-medium-3-5 devstral-2512 devstral-latest
2026-07-31 ministral-8b-2512 open-mistral-nemo open-mistral-nemo-2407
2026-08-31 mistral-medium-3-5 mistral-medium-2505 mistral-medium-2508
"""

_GROQ = """
2025-03-20 openai/gpt-oss-120b mixtral-8x7b-32768
2025-06-06 openai/gpt-oss-safeguard-20b llama-guard-3-8b
2025-10-02 openai/gpt-oss-120b deepseek-r1-distill-llama-70b
2025-10-10 - moonshotai/kimi-k2-instruct
2026-03-09 openai/gpt-oss-120b meta-llama/llama-4-maverick-17b-128e-instruct
2026-07-17 openai/gpt-oss-120b meta-llama/llama-4-scout-17b-16e-instruct qwen/qwen3-32b
2026-08-16 openai/gpt-oss-120b llama-3.3-70b-versatile
2026-08-16 openai/gpt-oss-20b llama-3.1-8b-instant
"""

_SNAPSHOT = late(r"-\d{4}-\d{2}-\d{2}$")
_TUNED = late(r"^ft:([^:]+):")


class Retirement(Struct, frozen=True):
    """The day from which a model answers no more, and its successor's id, where one is named.

    `at` is the provider where it ends, if that is not the endpoint asked.
    """

    ends: date
    successor: str = ""
    at: str = ""


Announced = Mapping[str, Retirement]
"""What an endpoint says of its models, by their ids."""


def _read(table: str) -> dict[str, Retirement]:
    found: dict[str, Retirement] = {}
    for line in table.split("\n"):
        if words := line.split():
            ends, successor, *models = words
            retirement = Retirement(date.fromisoformat(ends), successor.strip("-"))
            found |= dict.fromkeys(models, retirement)
    return found


PUBLISHED: Mapping[str, Announced] = {
    WELL_KNOWN[name].address: _read(table)
    for name, table in (
        *(("openai", _OPENAI), ("anthropic", _ANTHROPIC), ("google", _GOOGLE)),
        *(("mistral", _MISTRAL), ("groq", _GROQ)),
    )
}
"""What providers have published, by the addresses of their endpoints."""

_ROUTER = WELL_KNOWN["openrouter"].address
_MAKERS = {"openai": "openai", "anthropic": "anthropic", "google": "google", "mistralai": "mistral"}
"""How OpenRouter calls the providers that it passes requests on to."""


def retirement_of(model: ModelSpec, announced: Announced) -> Retirement | None:
    """When a model ends: as its endpoint says, else as its provider has published it.

    A dated snapshot ends with its alias unless it has a day of its own, a fine-tuned model with
    the one that it was made from, one that OpenRouter passes on with its maker's.
    """
    maker, _, routed = model.model_id.partition("/")
    if model.endpoint.address == _ROUTER and maker in _MAKERS:
        address = WELL_KNOWN[_MAKERS[maker]].address
        own = announced.get(model.model_id) or PUBLISHED[address].get(_SNAPSHOT.sub("", routed))
        return own and _as_routed(own, maker)
    published = PUBLISHED.get(model.endpoint.address, {})
    tuned = _TUNED.match(model.model_id)
    model_id = tuned[1] if tuned else model.model_id.removeprefix("models/")
    for known in (announced, published):
        for name in (model.model_id, model_id, _SNAPSHOT.sub("", model_id)):
            if name in known:
                return known[name]
    return None


def _as_routed(own: Retirement, maker: str) -> Retirement:
    """A model's end with its maker, as OpenRouter calls both."""
    return Retirement(own.ends, own.successor and f"{maker}/{own.successor}", maker)


def retirement_remark(model: ModelSpec, retirement: Retirement, today: date) -> str:
    """What to say of a model that ends, and what to do about it."""
    successor = f"{model.endpoint.name}/{retirement.successor}" if retirement.successor else "OTHER"
    days = (retirement.ends - today).days
    at = f" at {retirement.at}" if retirement.at else ""
    if days <= 0:
        said = f"`{model.name}` was shut down{at} on {retirement.ends}"
        other = f", such as `{successor}`" if retirement.successor else ""
        return f"{said}: name another model{other}"
    when = "1 day" if days == 1 else f"{days:,} days"
    said = f"`{model.name}` ends{at} in {when}, on {retirement.ends}"
    return f"{said}: `promptci compare {model.name} {successor}` shows what that changes"

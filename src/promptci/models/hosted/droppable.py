"""What a model may refuse of a request that a run can do without, and what is sent in its stead."""

from collections.abc import Mapping

from promptci.digest import canonical_json
from promptci.specs.request import Settings

FALLBACKS: Mapping[str, str | None] = {
    "temperature": None,
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
    "stop": None,
}
"""Parameters that models refuse and a run can do without, and what is sent in their stead."""

_LENGTHS = ("max_tokens", "max_completion_tokens")

FORMS = frozenset({"json_schema", "json_object"})
"""Kinds of response formats that models refuse: the last by name first, then the other."""

LISTED = "input as text"
"""What servers refuse that embed only lists of texts."""

SEVERAL = "n"
"""The field of a body that asks for several answers at once."""

TIER = "service_tier"
"""The field of a body that names a service tier."""


def demanded(settings: Settings) -> frozenset[str]:
    """What may be refused and cannot be done without: an answer's length and form, tools, fields.

    Of other fields the names count, since a seed may differ from one attempt to the next.
    """
    asked: dict[str, object] = {name: settings.parameters.get(name) for name in _LENGTHS}
    asked |= dict.fromkeys(_sent(settings) - FALLBACKS.keys(), True)
    if not settings.is_form_told:
        asked["response_format"] = settings.response_format
    asked["tools"] = list(settings.tools)
    return frozenset(canonical_json({name: value}) for name, value in asked.items() if value)


def droppable(settings: Settings) -> frozenset[str]:
    """What may be refused of a request with these settings: each at most once."""
    found = _sent(settings) & FALLBACKS.keys()
    if settings.is_form_told:
        found |= FORMS
    if settings.task == "embeddings" and not settings.model.endpoint.embeds_lists:
        found |= {LISTED}
    return frozenset(found)


def _sent(settings: Settings) -> frozenset[str]:
    """The names of all fields that go out beside the messages."""
    extra = settings.parameters.get("extra_body")
    return frozenset(settings.parameters) | frozenset(extra if isinstance(extra, dict) else ())

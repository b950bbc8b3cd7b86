"""What a model may refuse of a request that a run can do without, and what is sent in its stead."""

from collections.abc import Mapping

from promptci.specs.request import Settings

FALLBACKS: Mapping[str, str | None] = {
    "temperature": None,
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
    "stop": None,
}
"""Parameters that models refuse and a run can do without, and what is sent in their stead."""

FORMS = frozenset({"json_schema", "json_object"})
"""Kinds of response formats that models refuse: the last by name first, then the other."""

LISTED = "input as text"
"""What servers refuse that embed only lists of texts."""

TIER = "service_tier"
"""The field of a body that names a service tier."""


def droppable(settings: Settings) -> frozenset[str]:
    """What may be refused of a request with these settings: each at most once."""
    extra = settings.parameters.get("extra_body")
    sent = settings.parameters.keys() | (extra.keys() if isinstance(extra, dict) else set())
    found = sent & FALLBACKS.keys()
    if settings.is_form_told:
        found |= FORMS
    if settings.task == "embeddings" and not settings.model.endpoint.embeds_lists:
        found |= {LISTED}
    return frozenset(found)

"""An error response of a model endpoint: what it says and what kind it is."""

from collections.abc import Callable
from http import HTTPStatus

from msgspec import Struct
from msgspec.structs import replace

from promptci.latepattern import late
from promptci.models.hosted.droppable import FALLBACKS
from promptci.models.hosted.errorbodies import error_codes, error_fields, holds_error, unfit_answer
from promptci.models.hosted.errorwords import (
    TIER_FULL,
    means_denied_model,
    means_form,
    means_full,
    means_list,
    means_never,
    means_one,
    means_settings,
    means_spent,
    means_unknown_model,
    means_wrong_key,
    status_of_words,
)

LONGEST_QUOTE = 500
"""Characters of a server's own words in an error."""

_QUOTA = {
    "insufficient_quota",
    "exceeded_current_quota_error",
    "insufficient_credits",
    "insufficient_balance",
    "billing_hard_limit_reached",
    "billing_not_active",
    "quota_exceeded",
}

_THIS_ONE = late(r"flagged|moderation|safety|content policy|guardrail")
"""What a 403 says that refuses one request, and not whoever asks."""

_UNSUPPORTED = {"unsupported_value", "unsupported_parameter", "extra_forbidden"}
_UNSUPPORTED_WORDS = late(
    r"unsupported|(not|n.t) support|only [\w. ]+ is (allowed|supported)|deprecated|unrecognized"
    r"|unknown|extra inputs|not permitted"
)
_NOT_BOTH = late(r"\bboth\b|only one|not be (specified|used|given) together")

_FILTERED = {"content_filter", "responsibleaipolicyviolation", "content_policy_violation"}
"""Codes of a 400 that say that the prompt was stopped by a filter."""

_FORM_STATUSES = (400, 404, 405, 415, 422, 500, 501)
"""With which servers refuse a response format; some run into trouble while they read the schema."""

_FINAL_STATUSES = (400, 403, 404, 410, 412, 422, 500, 501)

_NAMES = {name: late(rf"\b{name}\b") for name in FALLBACKS}


class Refusal(Struct, frozen=True):
    """What an error response says, whatever shape its server gives it.

    `codes` are its machine-readable words (code, type, status) in small letters, `parameter` what
    it names as the culprit, `unfit` an answer that it kept back for not being in the form asked
    for. `has_answered`: the model has let us in before. `quote` may be shown of the message.
    """

    status: int
    message: str = ""
    codes: frozenset[str] = frozenset()
    parameter: str = ""
    unfit: str | None = None
    has_answered: bool = False
    quote: str = ""

    @property
    def kind(self) -> str:
        """The `kind` of the `ModelError` that it means."""
        is_spent = self.status < 500 and means_spent(self.message)
        if self.status == 402 or self.codes & _QUOTA or is_spent:
            return "quota"
        if not self.has_answered and self._is_final:
            return "unusable"
        if self.status == 403 and (self.has_answered or _THIS_ONE.search(self.message.lower())):
            return "bad_request"
        if self.status in (401, 403):
            return "auth"
        if self.status == 400 and not self.has_answered:
            if means_wrong_key(self.codes, self.message):
                return "auth"
            if means_unknown_model(self.codes, self.message):
                return "unusable"
        if self.status in (404, 405, 501) or self.status < 400:
            return "bad_request" if self.has_answered else "unusable"
        if self.status in (429, TIER_FULL):
            return "rate_limit"
        if self.status in (408, 409) or self.status >= 500:
            return "transient"
        return "bad_request"

    @property
    def _is_final(self) -> bool:
        """Whether it is about the model as such and says what to do in its own words."""
        if self.status in (403, 404) and means_denied_model(self.message):
            return True
        is_final = means_never(self.message) and not self.is_of_settings
        return is_final and self.status in _FINAL_STATUSES

    @property
    def advises(self) -> bool:
        """Whether the server's own words are the cure."""
        return self.kind == "unusable" and self._is_final

    @property
    def refused_parameter(self) -> str | None:
        """The parameter that the model does not take at all, if that is the trouble.

        A value out of range is not: that is the prompt's fault and stays an error.
        """
        said = self.message.lower()
        if self.status not in (400, 422):
            return None
        if "temperature" in said and "top_p" in said and _NOT_BOTH.search(said):
            return "temperature"
        if not (self.codes & _UNSUPPORTED or _UNSUPPORTED_WORDS.search(said)):
            return None
        found = ((name, pattern.search(said)) for name, pattern in _NAMES.items())
        named = sorted((place.start(), name) for name, place in found if place)
        return self.parameter or (named[0][1] if named else None)

    @property
    def is_of_size(self) -> bool:
        """Whether the body has too many bytes. A limit of tokens may be met at any length."""
        return self.status == 413 and "token" not in self.message.lower()

    @property
    def is_of_content(self) -> bool:
        """Whether a filter in front of the model stopped the prompt, as Azure's does."""
        return self.status == 400 and bool(self.codes & _FILTERED)

    @property
    def is_of_form(self) -> bool:
        """Whether the trouble is the response format, which server or model does not take."""
        is_named = self.parameter.startswith("response_format") or self.unfit is not None
        return self.status in _FORM_STATUSES and (is_named or means_form(self.message))

    @property
    def is_of_settings(self) -> bool:
        """Whether whatever goes out with the same settings and kinds of parts is refused.

        An answer that was kept back is one example's, as is a message without the word `json`.
        """
        is_one = self.unfit is not None or means_one(self.message)
        is_said = means_settings(f"{self.parameter} {self.message}") or self.is_of_form
        return self.status in (400, 422) and is_said and not is_one

    @property
    def is_full(self) -> bool:
        """Whether a service tier has no room at the moment; at another there may be."""
        return means_full(self.status, self.codes, self.message)

    @property
    def wants_list(self) -> bool:
        """Whether the text to be embedded should have been in a list."""
        about = f"{self.parameter} {self.message.lower()}"
        return self.status in (400, 422) and "input" in about and means_list(about)

    def __str__(self) -> str:
        return f"HTTP {self.status}: {self.quote or self.message or _phrase(self.status)}"


def read_refusal(
    status: int, body: bytes, redact: Callable[[str], str], *, has_answered: bool = False
) -> Refusal:
    """An error response; its message on one line, its quote redacted and then shortened.

    Knows the shapes of OpenAI, Azure, Anthropic, Google, Mistral, Ollama, vLLM and FastAPI; of
    anything else only the status counts.
    """
    try:
        said = error_fields(body, takes_text=status >= 400)
    except ValueError:
        return Refusal(status, has_answered=has_answered)
    codes = {code.lower() for code in error_codes(said)}
    message = " ".join(str(said.get("message") or "").split())
    quote = redact(message)
    if len(quote) > LONGEST_QUOTE:
        quote = f"{quote[:LONGEST_QUOTE]}…"
    parameter = str(said.get("param") or "")
    said_at_first = message[:LONGEST_QUOTE]
    unfit = unfit_answer(said)
    return Refusal(status, said_at_first, frozenset(codes), parameter, unfit, has_answered, quote)


def refusal_in(body: bytes, redact: Callable[[str], str]) -> Refusal | None:
    """An error that came with status 200, by the HTTP status or the word that is its code."""
    said = read_refusal(200, body, redact)
    statuses = [int(code) for code in said.codes if code.isdecimal() and len(code) == 3]
    status = next((status for status in statuses if 400 <= status < 600), None)
    if status is not None:
        return replace(said, status=status)
    meant = status_of_words(said.codes, said.message) if holds_error(body) else None
    if meant is None:
        return None
    status, word = meant
    quote = f"{said.quote or word} (`{word}`, sent with status 200)"
    return replace(said, status=status, message=said.message or word, quote=quote)


def _phrase(status: int) -> str:
    return {each.value: each.phrase for each in HTTPStatus}.get(status, "no reason given")

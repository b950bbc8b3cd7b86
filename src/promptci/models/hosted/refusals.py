"""An error response of a model endpoint: what it says, what kind it is, what may help."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from promptci.errors import ModelError
from promptci.specs.completion import EndpointSpec

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
_QUOTA_IN_TEXT = re.compile("insufficient_quota")

_THIS_ONE = re.compile(r"flagged|moderation|safety|content policy|guardrail|access to model")
"""What a 403 says that refuses one request or one model, and not whoever asks."""

_UNSUPPORTED = {"unsupported_value", "unsupported_parameter", "extra_forbidden"}
_UNSUPPORTED_WORDS = re.compile(
    r"unsupported|not support|deprecated|unrecognized|unknown|extra inputs|not permitted"
)

FALLBACKS: Mapping[str, str | None] = {
    "temperature": None,
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
"""Parameters that models refuse and a run can do without, and what is sent in their stead."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error response says, whatever shape its server gives it.

    `codes` are its machine-readable words (code, type, status) in small letters, `parameter` the
    parameter that it names as the culprit. `has_answered` says that the model has let us in before.
    """

    status: int
    message: str = ""
    codes: frozenset[str] = frozenset()
    parameter: str = ""
    has_answered: bool = False

    @property
    def kind(self) -> str:
        """The `kind` of the `ModelError` that it means."""
        said = self.message.lower()
        is_spent = "credit balance" in said or _QUOTA_IN_TEXT.search(said)
        if self.status == 402 or self.codes & _QUOTA or is_spent:
            return "quota"
        if self.status == 403 and (self.has_answered or _THIS_ONE.search(said)):
            return "bad_request"
        if self.status in (401, 403):
            return "auth"
        if self.status == 429:
            return "rate_limit"
        if self.status in (408, 409) or self.status >= 500:
            return "transient"
        return "bad_request"

    @property
    def refused_parameter(self) -> str | None:
        """The parameter that the model does not take at all, if that is the trouble.

        A value out of range is not: that is the prompt's fault and stays an error.
        """
        said = self.message.lower()
        if self.status not in (400, 422):
            return None
        if not (self.codes & _UNSUPPORTED or _UNSUPPORTED_WORDS.search(said)):
            return None
        named = sorted((said.find(name), name) for name in FALLBACKS if name in said)
        return self.parameter or (named[0][1] if named else None)

    def __str__(self) -> str:
        return f"HTTP {self.status}: {self.message or _phrase(self.status)}"


def read_refusal(
    status: int, body: bytes, redact: Callable[[str], str], *, has_answered: bool = False
) -> Refusal:
    """An error response; its message on one line, redacted and then shortened.

    Knows the shapes of OpenAI, Azure, Anthropic, Google, Mistral, Ollama, vLLM and FastAPI; of
    anything else only the status counts.
    """
    try:
        said = _unwrap(json.loads(body))
    except (ValueError, RecursionError):
        found = frozenset(_QUOTA_IN_TEXT.findall(body[:2000].decode(errors="replace")))
        return Refusal(status, codes=found, has_answered=has_answered)
    codes = {code.lower() for code in _codes(said)}
    message = redact(" ".join(str(said.get("message") or "").split()))
    if len(message) > LONGEST_QUOTE:
        message = f"{message[:LONGEST_QUOTE]}…"
    parameter = str(said.get("param") or "")
    return Refusal(status, message, frozenset(codes), parameter, has_answered)


def refusal_in(body: bytes, redact: Callable[[str], str]) -> Refusal | None:
    """An error that came with status 200, by the HTTP status that it gives as its code."""
    said = read_refusal(200, body, redact)
    statuses = [int(code) for code in said.codes if code.isdecimal() and len(code) == 3]
    status = next((status for status in statuses if 400 <= status < 600), None)
    return None if status is None else replace(said, status=status)


def refusal_error(
    refusal: Refusal, spec: EndpointSpec, *, model_id: str, retry_after: float | None
) -> ModelError:
    """The error to raise; its text continues a sentence that begins with the endpoint."""
    match refusal.kind:
        case "auth" if spec.key_env is None:
            text = f"wants a key ({refusal}): name the variable that holds one in promptci.yaml"
        case "auth":
            text = f"does not let us in ({refusal}): check the key in {spec.key_env}"
        case "quota":
            text = f"says that the account's quota is used up ({refusal})"
        case "rate_limit":
            text = f"limits the rate of requests ({refusal})"
        case "transient":
            text = f"is in trouble ({refusal})"
        case _ if refusal.status == 404:
            text = f"does not know `{model_id}` ({refusal}): check the model's id and base_url"
        case _ if refusal.status < 400:
            text = f"redirects to elsewhere ({refusal}), where no key must go: check base_url"
        case _:
            text = f"refused the request to `{model_id}` ({refusal})"
    return ModelError(text, refusal.kind, retry_after=retry_after)


def _codes(said: Mapping[str, object]) -> Iterator[str]:
    """Machine-readable words, also of errors inside the error."""
    yield from (str(said[name]) for name in ("code", "type", "status") if said.get(name))
    for name in ("innererror", "inner_error", "errors"):
        inner = said.get(name)
        for each in inner if isinstance(inner, list) else [inner]:
            if isinstance(each, dict):
                yield from (str(each[key]) for key in ("code", "type") if each.get(key))


def _unwrap(document: object) -> Mapping[str, object]:
    """The innermost part that holds the message."""
    match document:
        case [first, *_]:
            return _unwrap(first)
        case {"error": str(text)} | {"detail": str(text)}:
            return {"message": text}
        case {"error": (dict() | list()) as inner}:
            return _unwrap(inner)
        case {"detail": (dict() | list()) as inner}:
            return _unwrap(inner)
        case {"message": dict() as inner}:
            return _unwrap(inner)
        case {"loc": [*_, place], "msg": text, "type": code}:
            return {"message": f"{place}: {text}", "code": code, "param": place}
        case dict():
            return {str(name): value for name, value in document.items()}
    return {}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"

"""An error response of a model endpoint: what it says, what kind it is, what may help."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from promptci.completion import EndpointSpec
from promptci.errors import ModelError

LONGEST_QUOTE = 500
"""Characters of a server's own words in an error."""

_QUOTA = {
    "insufficient_quota",
    "insufficient_balance",
    "billing_hard_limit_reached",
    "billing_not_active",
    "quota_exceeded",
}
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

    `codes` are its machine-readable words (code, type, status), `parameter` the parameter that
    it names as the culprit.
    """

    status: int
    message: str = ""
    codes: frozenset[str] = frozenset()
    parameter: str = ""

    @property
    def kind(self) -> str:
        """The `kind` of the `ModelError` that it means."""
        if self.status == 402 or self.codes & _QUOTA or "credit balance" in self.message:
            return "quota"
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


def read_refusal(status: int, body: bytes, redact: Callable[[str], str]) -> Refusal:
    """An error response; its message on one line, redacted and then shortened.

    Knows the shapes of OpenAI, Azure, Anthropic, Google, Mistral, Ollama, vLLM and FastAPI; of
    anything else only the status counts.
    """
    try:
        said = _unwrap(json.loads(body))
    except (ValueError, RecursionError):
        return Refusal(status)
    codes = {str(said[name]) for name in ("code", "type", "status") if said.get(name)}
    message = redact(" ".join(str(said.get("message") or "").split()))
    if len(message) > LONGEST_QUOTE:
        message = f"{message[:LONGEST_QUOTE]}…"
    return Refusal(status, message, frozenset(codes), str(said.get("param") or ""))


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

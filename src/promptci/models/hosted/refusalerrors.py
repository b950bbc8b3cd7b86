"""The error that an error response of a model endpoint becomes, with what may help."""

from yarl import URL

from promptci.errors import ModelError
from promptci.models.hosted.addresscure import FROM_BETWEEN, cure_of_address, shown_address
from promptci.models.hosted.errorwords import cure_of_words, means_never, means_unknown_model
from promptci.models.hosted.refusals import Refusal
from promptci.specs.modelspec import EndpointSpec

_TOO_LARGE = ": send less, or let the server take more; nothing of that size is sent again"
_HEED = "do what it says, or name another model"


def refusal_error(
    refusal: Refusal, spec: EndpointSpec, *, model_id: str, url: URL, retry_after: float | None
) -> ModelError:
    """The error to raise; its text continues a sentence that begins with the endpoint."""
    is_never = means_never(refusal.message)
    is_unknown = not is_never and means_unknown_model(refusal.codes, refusal.message)
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
        case _ if refusal.status < 400 and refusal.has_answered:
            text = f"redirects to elsewhere ({refusal}), where no key must go: {FROM_BETWEEN}"
        case _ if refusal.status < 400:
            text = f"redirects to elsewhere ({refusal}), where no key must go: check base_url"
        case _ if is_unknown and (refusal.kind == "unusable" or refusal.status == 404):
            text = f"does not know `{model_id}` ({refusal}), {_asked(url)}: check the model's id"
        case "unusable" if refusal.advises:
            cure = cure_of_words(refusal.message) or f": {_HEED}"
            text = f"cannot answer for `{model_id}` ({refusal}), {_asked(url)}{cure}"
        case "unusable":
            cure = cure_of_address(url, is_azure=spec.kind == "azure")
            text = f"has nothing there for `{model_id}` ({refusal}), {_asked(url)}: {cure}"
        case _:
            cure = _TOO_LARGE if refusal.is_of_size else cure_of_words(refusal.message)
            text = f"refused the request to `{model_id}` ({refusal}){cure}"
    kind, settled = refusal.kind, refusal.is_of_settings
    return ModelError(text, kind, retry_after=retry_after, is_of_settings=settled)


def _asked(url: URL) -> str:
    return f"asked at {shown_address(url)}"

"""Kinds of endpoints: who opens one, and what is known of it without asking."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.specs.modelspec import EndpointSpec
from promptci.specs.request import Model

if TYPE_CHECKING:
    from promptci.models.pacing.rategate import RateGate


class Opening(Struct, frozen=True):
    """What a model is opened with.

    `concurrency` is calls under way at a time, `environ` the variables that may hold its key;
    `gate_of` gives the rate gate of an endpoint, and `need_code` raises `RequestError` where the
    user's own code must not be run. `refused` are the parameters that models of the endpoint do
    not take, as far as that is known, by the model's id.
    """

    endpoint: EndpointSpec
    concurrency: int
    environ: Mapping[str, str]
    gate_of: "Callable[[EndpointSpec, int], RateGate]"
    need_code: Callable[[], None]
    refused: dict[str, frozenset[str]] = field(default_factory=dict)


class Kind(Struct, frozen=True):
    """One kind of endpoint. `build` names what would answer for a model id, where that is known.

    `prepare` makes sure that it is there, and may fetch it once.
    """

    open: Callable[[Opening], Model]
    build: Callable[[str], str] = lambda model_id: ""
    prepare: Callable[[], None] = lambda: None
    is_in_process: bool = False
    """It runs on this machine: no key, no price, as many calls at a time as processors."""
    ahead: int = 1
    """How many calls per processor it wants to know of, to choose which comes next."""


KINDS: Mapping[str, str] = {
    "openai": "promptci.models.hosted.kind",
    "azure": "promptci.models.hosted.kind",
    "local": "promptci.models.embedded.local",
    "minilm": "promptci.models.embedded.minilm",
    "words": "promptci.models.embedded.words",
    "sandbox": "promptci.models.sandboxed",
    "vllm-offline": "promptci.models.batchapis.vllmoffline",
}
"""The module whose `KIND` it is, imported when a model of that kind is first needed: the
embedded runtimes and the HTTP client take a good part of a second each."""


def kind_of(name: str) -> Kind:
    """The kind of an endpoint by its name."""
    kind: Kind = import_module(KINDS[name]).KIND
    return kind

"""What took effect of a request where a model refused a part, and what that makes of answers."""

from collections.abc import Sequence

from msgspec.structs import replace

from promptci.specs.completion import Completion, Outcome, SamplingMode
from promptci.specs.request import Settings


def effective_sampling(settings: Settings, refused: frozenset[str]) -> SamplingMode:
    """How a model samples that refused these parameters."""
    if refused and refused & settings.parameters.keys() & {"temperature", "stop"}:
        return "provider-default"
    return settings.sampling


def stops_to_cut_at(settings: Settings, refused: frozenset[str]) -> tuple[str, ...]:
    """Where answers are to end that a model does not end there by itself."""
    if "stop" not in refused:
        return ()
    given = settings.parameters.get("stop")
    ends = given if isinstance(given, list) else [given]
    return tuple(end for end in ends if isinstance(end, str) and end)


def stopped_by_filter(latency: float, sampling: SamplingMode) -> Completion:
    """What a model says whose prompt a filter kept from it: nothing, and that is a refusal."""
    return Completion(
        "",
        outcome="refused",
        finish_reason="content_filter",
        latency=latency,
        sampling=sampling,
    )


def kept_back(text: str, latency: float, sampling: SamplingMode) -> Completion:
    """An answer that a server kept back since it is not in the form that was asked for.

    https://console.groq.com/docs/structured-outputs: what it took is not known.
    """
    outcome: Outcome = "ok" if text.strip() else "empty"
    return Completion(
        text, outcome=outcome, finish_reason="malformed", latency=latency, sampling=sampling
    )


def cut_at(completion: Completion, stops: Sequence[str]) -> Completion:
    """An answer cut where it should have stopped, had the model taken `stop`."""
    places = [completion.text.find(end) for end in stops]
    found = [place for place in places if place >= 0]
    if not found:
        return completion
    text = completion.text[: min(found)]
    outcome: Outcome = "ok" if text or completion.tool_calls else "empty"
    return replace(completion, text=text, outcome=outcome, finish_reason="stop")

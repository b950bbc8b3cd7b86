"""Which model an Inspect log's answers are of, how it was asked, and which solvers asked it."""

from collections.abc import Iterator

from promptci.errors import Fault
from promptci.importers.chatprompts import parameters_of
from promptci.importers.harnesses.evalarchive import LogOfInspect
from promptci.importers.imported import Imported
from promptci.importers.modelnames import model_name
from promptci.importers.rows import object_of
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.templates.template import as_text

_OF_THE_RUN = frozenset((
    "adaptive_connections", "attempt_timeout", "batch", "cache", "cache_prompt", "fail_on_refusal",
    "internal_tools", "max_connections", "max_retries", "max_tool_output", "stream_idle_timeout",
    "timeout",
))  # fmt: skip
"""What says how requests were sent, and changes no answer."""
_TOLD_ELSEWHERE = frozenset((
    "assistant_message", "chain_of_thought", "generate", "multiple_choice", "prompt_template",
    "self_critique", "system_message", "user_message",
))  # fmt: skip
"""Solvers of which the messages tell what they sent."""


def asked_as(log: LogOfInspect, mark: Mark, found: Imported) -> dict[str, Plain]:
    """The model and the parameters of the prompt; what of them cannot be imported is reported."""
    found.notes.extend(_solvers(log, mark))
    body: dict[str, Plain] = {}
    named = as_text(log.about.get("model") or "")
    ours = model_name(named) if "/" in named else None
    if ours is not None:
        body["model"] = ours
    elif named and not named.startswith("none/"):
        told = f"the answers are of `{excerpt(named)}`, and no endpoint is known that has it"
        found.notes.append(mark.warning(f"{told}: add one, and `model` to the prompt"))
    if log.about.get("model_base_url"):
        wrong = f"the address `{excerpt(as_text(log.about['model_base_url']))}` is not carried"
        found.losses.append(mark.fault(f"{wrong}: write it as `base_url` of an endpoint"))
    options = {
        **object_of(log.about.get("model_generate_config")),
        **object_of(_plan(log, "config")),
    }
    if "stop_seqs" in options:
        options["stop"] = options.pop("stop_seqs")
    parameters = parameters_of(options, mark, found.losses, known=_OF_THE_RUN)
    return body | ({"parameters": parameters} if parameters else {})


def _solvers(log: LogOfInspect, mark: Mark) -> Iterator[Fault]:
    """A warning that names the solvers that are code, of which only the answers are here."""
    steps = _plan(log, "steps")
    listed = [object_of(step).get("solver") for step in steps] if isinstance(steps, list) else []
    names = [each for each in listed if isinstance(each, str)]
    own = [each for each in names if each.rpartition("/")[2] not in {*_TOLD_ELSEWHERE, ""}]
    if own:
        named = " and ".join(f"`{excerpt(each)}`" for each in dict.fromkeys(own))
        told = f"{named} made the answers there and is code, which is not carried"
        yield mark.warning(f"{told}: `promptci run` sends the prompt alone")


def _plan(log: LogOfInspect, key: str) -> Plain:
    return object_of(log.about.get("plan")).get(key)

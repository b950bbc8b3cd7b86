"""When the models in use end: from what is published, and once a day from their endpoints."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from promptci.atomic import write_text
from promptci.errors import PromptCIError, RequestError
from promptci.latepattern import late
from promptci.models.hosted.retirement import Retirement, retirement_of, retirement_remark
from promptci.project.project import Project
from promptci.specs.credentials import set_key
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.suite.suite import Suite

_FILE = "models.json"
_MOST_KEPT = 1 << 22
_END_FIELDS = (
    *("shutdown_date", "retirement_date", "deprecation_date", "expiration_date"),
    *("deprecation", "deprecated_at"),
)
_SUCCESSOR_FIELDS = ("replacement_model", "deprecation_replacement_model", "replacement")
"""Under which names endpoints tell when a model ends, and what comes after it."""


_NAME = late(r"[A-Za-z0-9][\w.:/@-]{0,99}", re.ASCII)
"""An id that a message may quote: it comes from the endpoint."""


class _KnownDates(msgspec.Struct, frozen=True):
    """What an endpoint said on a day: by model, when it ends and its successor."""

    day: str
    ends: dict[str, tuple[str, str]] = {}


def remarks_on_models(
    project: Project,
    models: Iterable[ModelSpec],
    *,
    may_ask: Mapping[str, EndpointSpec],
    today: date | None = None,
) -> list[str]:
    """What to say of models that end, each once.

    Endpoints among `may_ask` whose key is there are asked for their list of models, at most once a
    day; what they said before counts for all.
    """
    environ, today = project.environ, today or datetime.now(UTC).date()
    hosted = {each.name: each for each in models if each.endpoint.base_url is not None}
    if not hosted:
        return []
    known = _kept(project)
    for spec in {each.endpoint.name: each.endpoint for each in hosted.values()}.values():
        before = known.get(spec.address)
        is_due = before is None or before.day != today.isoformat()
        if is_due and may_ask.get(spec.name) == spec and set_key(spec, environ):
            known[spec.address] = _KnownDates(today.isoformat(), _asked(spec, environ))
            _keep(project, known)
    found = []
    for model in hosted.values():
        announced = _announced(known.get(model.endpoint.address))
        if retirement := retirement_of(model, announced):
            found.append(retirement_remark(model, retirement, today))
    return found


def models_in_use(suite: Suite) -> Iterator[ModelSpec]:
    """The models of all evals, and the default judge."""
    names = [name for spec in suite.evals.values() for name in suite.model_names(spec)]
    return named_models(suite, [*names, *filter(None, [suite.config.default_judge])])


def named_models(suite: Suite, names: Iterable[str]) -> Iterator[ModelSpec]:
    """The models of some names; those that are none are passed over."""
    for name in dict.fromkeys(names):
        with suppress(RequestError):
            yield suite.config.model(name)


def _asked(spec: EndpointSpec, environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What an endpoint says of its models that end; nothing where it cannot be asked."""
    # Late: the two take half a second, and embedded models need neither.
    from promptci.models.hosted.access import checked_address, checked_key
    from promptci.models.hosted.sdk import listed_models

    try:
        address, key = checked_address(spec), checked_key(spec, environ)
    except PromptCIError:
        return {}
    found = {}
    for model_id, more in listed_models(spec, address, key=key or "", environ=environ):
        ends = next(filter(None, (_day(more.get(name)) for name in _END_FIELDS)), None)
        if ends is not None:
            said = (more.get(name) for name in _SUCCESSOR_FIELDS)
            successor = next((each for each in said if isinstance(each, str)), "")
            found[model_id] = (ends.isoformat(), successor)
    return found


def _day(said: Any) -> date | None:
    """A day as endpoints write it: ISO, seconds since 1970, or inside an object (Azure)."""
    if isinstance(said, dict):
        return _day(said.get("inference"))
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(said, str):
            return date.fromisoformat(said[:10])
        if isinstance(said, int | float) and not isinstance(said, bool) and said > 0:
            return datetime.fromtimestamp(said, UTC).date()
    return None


def _announced(known: _KnownDates | None) -> dict[str, Retirement]:
    ends = {} if known is None else known.ends
    found = {name: (_day(day), successor) for name, (day, successor) in ends.items()}
    return {
        name: Retirement(day, successor if _NAME.fullmatch(successor) else "")
        for name, (day, successor) in found.items()
        if day
    }


def _kept(project: Project) -> dict[str, _KnownDates]:
    """What endpoints said before; a file that cannot be read is as good as none."""
    with (
        suppress(OSError, ValueError, RecursionError),
        (project.workspace.state / _FILE).open("rb") as file,
    ):
        return msgspec.json.decode(file.read(_MOST_KEPT), type=dict[str, _KnownDates])
    return {}


def _keep(project: Project, known: Mapping[str, _KnownDates]) -> None:
    with suppress(PromptCIError, OSError):
        project.workspace.keep_out_of_git()
        write_text(project.workspace.state / _FILE, msgspec.json.encode(known).decode())

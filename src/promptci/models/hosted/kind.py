"""Hosted models as a kind of endpoint: asked over HTTP, through the endpoint's rate gate."""

from promptci.models.hosted.endpoint import Endpoint
from promptci.models.kinds import Kind, Opening
from promptci.models.pacing.openfiles import room_for_files
from promptci.models.pacing.retry import DEADLINE, Retrying
from promptci.secrets.withheld import Withholding
from promptci.specs.request import Model


def _open(opening: Opening) -> Model:
    """Raises `RequestError` without the endpoint's key."""
    spec = opening.endpoint
    concurrency = min(opening.concurrency, room_for_files())
    gate = opening.gate_of(spec, concurrency)
    hosted = Endpoint(
        spec,
        concurrency=concurrency,
        environ=opening.environ,
        on_headers=gate.read_headers,
        refused=opening.refused,
    )
    deadline = spec.deadline or max(DEADLINE, 2 * spec.timeout)
    return Retrying(Withholding(hosted), gate=gate, deadline=deadline, longest=spec.timeout)


KIND = Kind(open=_open)

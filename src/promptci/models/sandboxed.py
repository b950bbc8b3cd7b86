"""Children with limits as a kind of endpoint: queries and own code run in them."""

import os

from promptci.models.kinds import Kind, Opening
from promptci.sandbox.sandbox import Sandbox
from promptci.specs.request import Model


def _open(opening: Opening) -> Model:
    concurrency = min(opening.concurrency, os.cpu_count() or 1)
    return Sandbox(concurrency, opening.environ, need_code=opening.need_code)


KIND = Kind(open=_open, is_in_process=True)

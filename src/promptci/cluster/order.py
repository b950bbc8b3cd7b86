"""What the driver of a cluster receives, and what it sends: one line of JSON after the other.

The driver is a process of its own. What an engine prints, on whatever stream, does not reach a
report on stdout so, and an engine that dies takes no run with it.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from promptci.run.planning.selection import Selection
from promptci.spending.limits import Limits


class Order(Struct, frozen=True):
    """What to ask, and where: `address` is that of a cluster, empty for one on this machine.

    `workers` is how many blocks are asked at a time, as many as the cluster has processors if None.
    """

    folder: str
    selection: Selection
    limits: Limits
    address: str = ""
    workers: int | None = None
    allow_code: bool = False
    block_size: int = 1000


class ClusterNews(msgspec.Struct, omit_defaults=True):
    """How far it is; the last one has `is_last`, and the `failure` that ended it, if one did.

    `is_models` says that it was a model or a ceiling that ended it, and not the cluster.
    """

    done: int = 0
    blocks: int = 0
    asked: int = 0
    errors: int = 0
    cost: Decimal = Decimal(0)
    has_unknown_cost: bool = False
    workers: int = 0
    whys: list[str] = []
    is_last: bool = False
    failure: str = ""
    exit_code: int = 0
    is_models: bool = False


encode_news = msgspec.json.Encoder().encode
decode_news = msgspec.json.Decoder(ClusterNews).decode

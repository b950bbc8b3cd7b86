"""What workers and their coordinator say to each other: plain values, batched."""

import socket
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct, field

from promptci.cluster.failure import Failure
from promptci.specs.request import Settings
from promptci.specs.tokenprice import Usage
from promptci.spending.limits import Limits
from promptci.spending.spent import Spending


class Setup(Struct, frozen=True):
    """What a coordinator is made with.

    `folder` is where it keeps answers and what was spent, below the state folder of its machine;
    `earlier` is what other commands have spent on the same work, `workers` how many ask at a time.
    On the `machine` of the driver answers go straight into the project's `cache`.
    """

    folder: str
    run: str
    limits: Limits
    concurrency: int
    workers: int
    earlier: Spending = field(default_factory=Spending)
    machine: str = ""
    cache: str = ""


class AnswerPlace(Struct, frozen=True):
    """Where the coordinator keeps answers: on which machine and in which file.

    The driver has to be brought them unless that is the project's own cache.
    """

    machine: str
    path: str
    is_projects: bool


class CallTurn(Struct, frozen=True):
    """A worker wants to make a call: `number` is its own for leave by the ceilings, `gate` for
    leave by the gate, 0 for a model that runs on the worker itself.

    `dollars` and `tokens` are what the call may take at most, `wrong` why that cannot be said, and
    `usage` what it probably takes. `again` is the failure of the call before, if there was one:
    then both leaves are one.
    """

    number: int
    gate: int
    key: str
    settings: Settings
    dollars: Decimal
    tokens: int
    usage: Usage
    again: Failure | None = None
    is_claimed: bool = False
    wrong: Failure | None = None


class Leave(Struct, frozen=True):
    """The answer to a `CallTurn`: leave by the ceilings, by the gate with a ticket, or none."""

    number: int
    ticket: int = 0
    failure: Failure | None = None


def this_machine() -> str:
    """What tells machines apart, since their last start."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{socket.gethostname()} {boot.read_text().strip() if boot.exists() else ''}"


Told: TypeAlias = Literal["settle", "release", "answered", "failed", "left", "headers", "claim"]


class Event(Struct, frozen=True):
    """What became of a call, sent without waiting for a reply.

    The place of a call that was `answered` may have gone to the one with the key `follower`, which
    was admitted before; it has the same ticket then.
    """

    what: Told
    key: str = ""
    ticket: int = 0
    follower: str = ""
    settings: Settings | None = None
    cost: Decimal | None = None
    tokens: int | None = None
    failure: Failure | None = None
    was_sent: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    at: float = 0.0
    chance: float = 0.0


class Reply(Struct, frozen=True):
    """What has been decided since the last time.

    `life` is another number after the coordinator was lost and made again, or had given the worker
    up: it knows no turns then. Where a worker has no more than `keeps` calls under way, the place
    of one that is answered may go to another one of its own at once.
    """

    life: str
    leaves: tuple[Leave, ...]
    has_extra: bool = True
    is_answering: bool = True
    keeps: int = 0

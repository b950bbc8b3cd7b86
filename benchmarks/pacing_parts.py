"""What each part of the pacing is worth: the gate without it against simulated servers.

    python benchmarks/pacing_parts.py

Virtual time, as in `pacing.py`; each figure is the mean of three seeds. The table is in README.md.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from promptci.models.pacing import congestion, suspicion
from promptci.models.pacing.congestion import Congestion
from promptci.models.pacing.rategate import RateGate
from promptci.models.pacing.suspicion import Suspicion
from simulatedservers import SERVERS, Gated, Server, ask, at_once, refusal

MOST, COUNT, SEEDS = 100, 1000, (1, 2, 3)


def outage(server: Server) -> Any:
    """Down for twenty seconds, and again, without a word on how long."""
    return refusal() if server.at < 20 or 40 < server.at < 60 else None


ASKED: Mapping[str, Callable[[], Server]] = {
    "isolated 429": SERVERS["isolated 429"],
    "all faults": SERVERS["all faults"],
    "saturating": SERVERS["saturating"],
    "three slots": lambda: Server(at_once(lambda _: 3)),
    "one slot": SERVERS["one slot"],
    "per-minute bucket": SERVERS["per-minute bucket"],
    "slow start": SERVERS["slow start"],
    "flapping": SERVERS["flapping"],
    "outage": lambda: Server(outage),
}


_begin = Congestion.__init__


def _without_probe(self: Congestion, most: int) -> None:
    _begin(self, most)
    self.is_probing, self._width = False, min(most, congestion.FIRST_WIDTH)


def _one_is_enough(self: Suspicion, width: int, *, is_usual: bool) -> bool:
    self._refusals += 1
    return True


def _one_more(self: Congestion) -> None:
    self._width, self._credit = min(self.most, self._width + 1), 0


def _remember(self: RateGate, ticket: Any, error: Any, chance: float) -> None:
    self._since_answer += 1
    self.congestion.refused(ticket.number, sent=ticket.at, now=self.clock())


PARTS: Mapping[str, Callable[[], AbstractContextManager[object]]] = {
    "nothing": nullcontext,
    "the first call alone": lambda: patch.object(Congestion, "__init__", _without_probe),
    "a first width": lambda: patch.object(Congestion.opened, "__defaults__", (MOST,)),
    "a window": lambda: patch.object(Congestion, "_cut", lambda self: False),
    "a test on the rate": lambda: patch.object(Suspicion, "refused", _one_is_enough),
    "a usual rate that is learned": lambda: patch.object(suspicion, "_MEMORY", 1e12),
    "less proof where more is tried": lambda: patch.object(suspicion, "_MANY", 1e-9),
    "longer steps up": lambda: patch.object(Congestion, "_try_more", _one_more),
    "patience after the same cut": lambda: patch.object(congestion, "_MOST_PATIENCE", 1),
    "a floor under what was borne": lambda: patch.object(congestion, "ceil", lambda _: 1),
    "a stop where most are refused": lambda: patch.object(congestion, "_FEWEST", 10**9),
    "a pause for all": lambda: patch.object(RateGate, "_pushed_back", _remember),
    "longer pauses without an answer": lambda: patch.object(
        RateGate, "_episode_wait", lambda self, chance: 0.0
    ),
    "a share of calls made again": lambda: patch.object(RateGate, "has_extra", True),
}
"""Each part with what takes it out."""


def cell(make: Callable[[], Server]) -> str:
    """Answers a second, share of refused calls, and requests without an answer."""
    found = []
    for seed in SEEDS:
        server = make()
        server.seed = seed
        server.__post_init__()
        found.append(ask(server, Gated(MOST), count=COUNT))
    rate = sum(seen.rate for seen in found) / len(found)
    refused = sum(seen.share_refused for seen in found) / len(found)
    errors = sum(seen.errors for seen in found)
    return f"{rate:.0f}/s {refused:.1%}" + (f" {errors} lost" if errors else "")


if __name__ == "__main__":
    print(f"| without | {' | '.join(ASKED)} |")  # noqa: T201
    print(f"| --- |{' --: |' * len(ASKED)}")  # noqa: T201
    for name, without in PARTS.items():
        with without():
            print(f"| {name} | {' | '.join(map(cell, ASKED.values()))} |", flush=True)  # noqa: T201

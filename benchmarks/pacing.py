"""The gate against simulated servers, in virtual time: the table in README.md.

    python benchmarks/pacing.py

Beside promptci are measured the usual client (100 side by side, each waits as it was told or ever
longer) and the best number side by side, found by trying. A day of a server passes in a second.
"""

import sys
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from simulatedservers import SERVERS, Alone, Gated, Seen, ask

MOST = 100
COUNT = 1000
WIDTHS = (1, 5, 10, 20, 40, 80, MOST)
HEAD = (
    "| server | promptci | refused | errors | the usual client | refused | errors | best number |",
    "| --- | --: | --: | --: | --: | --: | --: | --: |",
)


def row(name: str) -> str:
    """One line: answers a second, share of refused calls, requests without an answer."""
    ours = ask(SERVERS[name](), Gated(MOST), count=COUNT)
    usual = ask(SERVERS[name](), Alone(MOST), count=COUNT)
    found = ((most, ask(SERVERS[name](), Alone(most), count=COUNT)) for most in WIDTHS)
    whole = [(seen.rate, most) for most, seen in found if not seen.errors]
    best = "{:.1f}/s at {}".format(*max(whole)) if whole else "none answers all"
    return f"| {name} | {_cells(ours)} | {_cells(usual)} | {best} |"


def _cells(seen: Seen) -> str:
    return f"{seen.rate:.1f}/s | {seen.share_refused:.1%} | {seen.errors}"


if __name__ == "__main__":
    for line in chain(HEAD, map(row, SERVERS)):
        print(line, flush=True)  # noqa: T201

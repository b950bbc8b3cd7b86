#!/usr/bin/env bash
# ranx 0.3.21: `compare(stat_test="fisher", random_seed=42)` gives another p value at each call.
#
# The seed is set in the thread that calls, while numba draws the permutations in threads that have
# generators of their own: the same two runs, tested with the same seed in one process, have p values
# from about 0.035 to above 0.06, and are different at 0.05 or not by the call, with `threads=1` as
# well. Where twenty queries all got worse, p is 0.0, which no permutation test can find. promptci's
# permutation test counts all signs where it can, and where it draws some the same differences have the
# same p, which is never 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install ranx==0.3.21 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/seed.py" <<'PYTHON'
"""The same two rankings compared forty times, with one seed."""
import sys
import warnings
from importlib.metadata import version
from math import comb

warnings.simplefilter("ignore")

from ranx import Qrels, Run, compare

CALLS = 40


def run(name, firsts):
    """Rankings of two documents; the relevant one is first where `firsts` says so."""
    order = {True: {"right": 2.0, "wrong": 1.0}, False: {"right": 1.0, "wrong": 2.0}}
    return Run({f"q{number}": order[first] for number, first in enumerate(firsts)}, name=name)


def p_values(one, other, threads, calls=CALLS):
    qrels = Qrels({f"q{number}": {"right": 1} for number in range(len(one))})
    runs = [run("one", one), run("other", other)]
    found = []
    for _ in range(calls):
        report = compare(
            qrels, runs, ["mrr"], stat_test="fisher", max_p=0.05, random_seed=42, threads=threads
        )
        found.append(report.to_dict()["one"]["comparisons"]["other"]["mrr"])
    return found


print(f"ranx {version('ranx')}")
one, other = [True] * 13 + [False] * 4, [False] * 13 + [True] * 4
exact = 2 * sum(comb(17, losses) for losses in range(5)) / 2**17
print(f"13 queries better, 4 worse; over all signs p is {exact:.3f}")
flips = True
for threads in (0, 1):
    found = p_values(one, other, threads=threads)
    flips &= min(found) <= 0.05 < max(found)
    print(f"threads={threads}, random_seed=42, {CALLS} calls: p from {min(found)} to {max(found)},"
          f" {len(set(found))} values; {sum(p <= 0.05 for p in found)} times significant at 0.05")
worse = p_values([True] * 20, [False] * 20, threads=1, calls=1)[0]
print(f"20 queries, all worse: p {worse}, over all signs {2 / 2**20:.6f}")
sys.exit(0 if flips and worse == 0 else 1)
PYTHON
"$folder/venv/bin/python" "$folder/seed.py"

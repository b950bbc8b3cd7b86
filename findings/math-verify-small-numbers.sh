#!/usr/bin/env bash
# math-verify 0.9.0: small numbers that differ are equal, unless they are written as a power alone.
#
# `verify` rounds to six places behind the point, not to six digits, before it compares what is no plain
# integer. So the electron's mass is the proton's, Planck's constant may be any number of that size, and
# 1/2004! is 1/2006!; 10^{-12} and 10^{-13} are told apart, because a power is compared as it stands. An
# answer in SI units that is wrong by half is right. promptci's `math_equal` compares exactly, and takes a
# decimal number of ten digits or more for what it rounds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install "math-verify[antlr4_13_2]==0.9.0" sympy==1.14.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/small.py" <<'PYTHON'
"""Pairs of different numbers, and whether `verify` says that they are equal."""
import sys
from importlib.metadata import version

from math_verify import parse, verify

PAIRS = [
    (r"$9.109 \times 10^{-31}$", r"$1.673 \times 10^{-27}$", True),
    (r"$6.63 \times 10^{-34}$", r"$3.31 \times 10^{-34}$", True),
    ("$0.0000001$", "$0.0000002$", True),
    (r"$\frac{1}{2004!}$", r"$\frac{1}{2006!}$", True),
    ("$10^{-12}$", "$10^{-13}$", False),
    ("$0.001$", "$0.002$", False),
]
print(f"math-verify {version('math-verify')}")
found = []
for gold, answer, expected in PAIRS:
    said = verify(parse(gold), parse(answer))
    print(f"gold {gold}, answer {answer}: {said}")
    found.append(said is expected)
sys.exit(0 if all(found) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/small.py"

"""A short, seeded run of the fuzzer over every reader; `make fuzz` is the long one."""

import sys
from pathlib import Path

import pytest

from fuzz import TARGETS
from processes import run_forked
from tables import every_row

FUZZ = Path(__file__).parent / "fuzz.py"


def fuzzed(target, *, runs, seed=0):
    """A run of the fuzzer in a child, which must end well: not by an exception, not by a signal."""
    options = ["--runs", str(runs), "--seed", str(seed)]
    script = f"import runpy, sys; sys.path.insert(0, {str(FUZZ.parent)!r}); "
    script += f"runpy.run_path({str(FUZZ)!r}, run_name='__main__')"
    command = [sys.executable, "-c", script, target, *options]
    done = run_forked(command, capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr[-3000:])
    assert done.stdout == f"{target}: {runs} inputs\n"


@every_row("target", TARGETS)
def test_no_input_makes_a_reader_raise_hang_or_die(target):
    fuzzed(target, runs=400)


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS)
def test_thirty_thousand_inputs_do_no_harm(target, record_property):
    fuzzed(target, runs=30_000, seed=1)
    record_property("inputs", 30_000)

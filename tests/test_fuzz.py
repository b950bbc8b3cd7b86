"""A short, seeded run of the fuzzer over every reader; `make fuzz` is the long one."""

import subprocess
import sys
from pathlib import Path

import pytest

from fuzz import TARGETS

FUZZ = Path(__file__).parent / "fuzz.py"


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_makes_a_reader_raise_hang_or_die(target):
    done = subprocess.run(
        [sys.executable, str(FUZZ), target, "--runs", "400"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-3000:])
    assert done.stdout == f"{target}: 400 inputs\n"

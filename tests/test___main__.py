"""`python -m promptci`."""

import subprocess
import sys


def test_python_can_be_told_to_run_it():
    """The same command where no script is on the path."""
    found = subprocess.run(
        [sys.executable, "-m", "promptci", "rnu"], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    assert "Usage: promptci [OPTIONS]" in found.stderr

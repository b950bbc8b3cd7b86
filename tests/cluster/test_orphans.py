"""Processes whose parent is gone: they end, since nobody would end them."""

import os
import subprocess
import sys

from processes import adopting, is_running, wait_until

CHILD = """
import sys, time
from promptci.cluster import orphans
orphans.LOOK = 0.01
orphans.end_with_parent()
orphans.end_with_parent()
print("watches", flush=True)
time.sleep(3600)
"""

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_process_ends_with_its_parent():
    command = [sys.executable, "-c", PARENT, CHILD]
    with adopting():
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, **pipes) as parent:
            pid = int(parent.stdout.readline())
            assert is_running(pid)
            parent.kill()
        wait_until(lambda: not is_running(pid))
        os.waitpid(pid, 0)

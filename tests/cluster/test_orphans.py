"""Processes whose parent is gone: they end, since nobody would end them."""

import os
import subprocess
import sys

from processes import adopting, is_running, wait_until
from promptci.cluster.orphans import end_session

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


SLEEPER = "import time; print('sleeps', flush=True); time.sleep(3600)"


def test_a_session_ends_with_what_its_lost_leader_has_begun():
    """Also what looks for nobody: it is told, rather than left to find out."""
    command = [sys.executable, "-c", PARENT, SLEEPER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with adopting(), subprocess.Popen(command, **pipes, start_new_session=True) as leader:
        pid = int(leader.stdout.readline())
        leader.kill()
        wait_until(lambda: not is_running(leader.pid))
        assert is_running(pid)
        end_session(leader.pid)
        wait_until(lambda: not is_running(pid))
        os.waitpid(pid, 0)

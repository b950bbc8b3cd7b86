"""Parts of one piece of work that several processes do, with processes that are really forked."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="helpers are forked on Linux alone")

BEGIN = """
import os
from contextlib import closing
from promptci.spread import HelperLostError, helpers_to_spare, spread

def work(number):
    return f"{number} by {os.getpid()}".encode()
"""


def alone(code):
    """What a program of one thread says."""
    code = BEGIN + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60
    )


def test_helpers_do_their_parts_and_results_come_in_order():
    ran = alone("""
        found = [*spread(10, work, 2)]
        mine = [number for number, each in enumerate(found) if each is None]
        said = [each.decode().split(" by ") for each in found if each is not None]
        print(mine, [int(number) for number, _ in said])
        helpers = {by for _, by in said}
        print(len(helpers), str(os.getpid()) in helpers)
    """)
    assert ran.stdout == "[0, 3, 6, 9] [1, 2, 4, 5, 7, 8]\n2 False\n", ran.stderr


def test_helpers_are_announced_before_they_are_forked():
    ran = alone("""
        import sys
        sys.addaudithook(lambda event, _: event in ("promptci.helps", "os.fork") and print(event))
        for each in spread(2, work, 2):
            pass
    """)
    assert ran.stdout.split() == 2 * ["promptci.helps", "os.fork"], ran.stderr


def test_large_results_come_whole():
    ran = alone("""
        found = [*spread(4, lambda number: bytes([number]) * 3_000_000, 1)]
        print([each and (each[0], len(each)) for each in found])
    """)
    assert ran.stdout == "[None, (1, 3000000), None, (3, 3000000)]\n", ran.stderr


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "1 / 0", "os._exit(0)"])
def test_a_helper_that_ends_early_is_told_and_says_nothing(end):
    ran = alone(f"""
        def ends(number):
            if number == 3:
                {end}
            return b"x"
        try:
            for number, each in enumerate(spread(6, ends, 1)):
                print(number, each)
        except HelperLostError:
            print("lost")
    """)
    assert ran.stdout == "0 None\n1 b'x'\n2 None\nlost\n", ran.stderr
    assert ran.stderr == ""


def test_helpers_end_with_whoever_wants_no_more():
    ran = alone("""
        import time

        def forever(number):
            time.sleep(60)

        with closing(spread(4, forever, 2)) as found:
            print(next(found))
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("none is left")
    """)
    assert ran.stdout == "None\nnone is left\n", ran.stderr


def test_an_interrupt_is_the_callers_and_ends_its_helpers():
    code = BEGIN + textwrap.dedent("""
        import signal, time

        signal.signal(signal.SIGINT, signal.default_int_handler)

        def forever(number):
            os.write(1, b"helping\\n")
            time.sleep(60)

        try:
            with closing(spread(4, forever, 1)) as found:
                next(found)
                next(found)
        except KeyboardInterrupt:
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                print("interrupted", flush=True)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=-1, stderr=-1, start_new_session=True, text=True
    ) as child:
        assert child.stdout.readline() == "helping\n"
        os.killpg(child.pid, signal.SIGINT)
        said, wrong = child.communicate(timeout=60)
    assert (said, wrong) == ("interrupted\n", "")


def test_where_there_are_other_threads_there_are_no_helpers():
    ran = alone("""
        import threading
        before = helpers_to_spare()
        free = threading.Event()
        thread = threading.Thread(target=free.wait)
        thread.start()
        during = helpers_to_spare()
        free.set()
        thread.join()
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(before == min(3, (os.cpu_count() or 1) - 1) or before, during, helpers_to_spare())
    """)
    assert ran.stdout == "True 0 0\n", ran.stderr

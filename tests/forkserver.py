"""A process that has imported promptci once and forks for each that is wanted; see `processes`.

Started with the number of a socket, and for a child of the sandbox its program and the folder to
import it from, on which a message is a process to be: its script, arguments,
folder and environment, with its three standard streams. The answer is its number. It is the child
of whoever asked, which is a subreaper as long as it waits for the answer.
"""

import gc
import json
import os
import signal
import socket
import sys
import time
import traceback
from importlib import import_module

_NEEDED = (
    *("aiohttp", "asyncio", "sqlite3", "yaml", "rich._emoji_codes", "promptci.scorers.text.text"),
    *("promptci.models.hosted.endpoint", "promptci.models.hosted.wire"),
    *("pytest", "_pytest.junitxml", "promptci.testing.collecting"),
)
"""What nearly every run imports late."""

_NEEDED_BY_CHILDREN = {"algebra": ("sympy",)}


def serve(asked: socket.socket) -> None:
    """Fork until no test asks any more."""
    while True:
        size, streams, _, _ = socket.recv_fds(asked, 4, 3)
        if not size:
            return
        message = asked.recv(int.from_bytes(size), socket.MSG_WAITALL)
        begin = json.loads(message)
        helper = os.fork()
        if not helper:
            number = os.fork()
            if not number:
                asked.close()
                _become(begin, streams)
            asked.sendall(number.to_bytes(4))
            os._exit(0)
        for stream in streams:
            os.close(stream)
        os.waitpid(helper, 0)
        asked.sendall(b".")


def _become(begin: dict, streams: list[int]) -> None:
    """Be what was asked for, to its end."""
    code = 1
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` made the tests deaf to it, not this one
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _open_streams()
        os.chdir(begin["folder"])
        os.environ.clear()
        os.environ.update(begin["environ"])
        time.tzset()
        sys.argv = ["-c", *begin["arguments"]]
        if begin["session"]:
            os.setsid()
        exec(compile(begin["script"], "<string>", "exec"), {"__name__": "__main__"})
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (as the interpreter does)
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _open_streams() -> None:
    """Standard streams as the interpreter opens them."""
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115
    for number, name in ((1, "stdout"), (2, "stderr")):
        buffering = 1 if number == 2 or os.isatty(number) else -1
        stream = open(  # noqa: SIM115
            number, "w", buffering, errors="backslashreplace", closefd=False
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _prepare_child(program: str, root: str) -> None:
    """Import what a child of the sandbox starts with, found as it finds it."""
    sys.path.insert(0, root)
    import_module(f"promptci.sandbox.child.{program}")
    sys.path.remove(root)
    for name in _NEEDED_BY_CHILDREN.get(program, ()):
        import_module(name)


def _prepare_command() -> None:
    """Import what a command may need."""
    sys.path[0] = ""
    import_module("promptci.commands.main")
    catalogue = import_module("promptci.commands.catalogue")
    for name in catalogue.COMMANDS:
        import_module(catalogue.module_of(name))
    for name in _NEEDED:
        import_module(name)


if __name__ == "__main__":
    number, *child = sys.argv[1:]
    if child:
        _prepare_child(*child)
    else:
        _prepare_command()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(number)) as given:
        serve(given)

"""promptci as a process of its own, and waiting for what it does."""

import atexit
import ctypes
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

PROMPTCI = [sys.executable, "-c", "from promptci.commands.main import run; run()"]

_SERVER = Path(__file__).with_name("forkserver.py")
_SET_CHILD_SUBREAPER, _GET_CHILD_SUBREAPER = 36, 37


class Forked(subprocess.Popen):
    """A process as `python -c SCRIPT ARGUMENTS` makes it, forked from one that has imported it all.

    That takes a tenth of the time of a start. What a start itself does is tried with
    `subprocess`: streams that are closed, imports that are interrupted, settings of Python.
    Where a test fails meanwhile, the process is killed and not waited for.
    """

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self.kill()
        super().__exit__(kind, error, trace)

    @staticmethod
    def _server(*begin):
        """The server of such processes; they begin with no option but `-c`."""
        assert begin[0] == "-c"
        return _server()

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest):
        sys.audit("subprocess.Popen", executable, args, cwd, env)
        assert args[0] == PROMPTCI[0]
        assert preexec_fn is None
        at = args.index("-c")
        _, _, _, *pipes = rest[:9]
        given = zip((pipes[0], pipes[3], pipes[5]), range(3), strict=True)
        begin = {
            "script": args[at + 1],
            "arguments": [str(each) for each in args[at + 2 :]],
            "folder": str(Path.cwd() if cwd is None else cwd),
            "environ": dict(os.environ if env is None else env),
            "session": rest[14],
        }
        streams = [own if pipe == -1 else pipe for pipe, own in given]
        self.pid = _fork(self._server(*args[1 : at + 2]), begin, streams)
        self._child_created = True
        self._close_pipe_fds(*pipes)


class ForkedChild(Forked):
    """A child of the sandbox, forked from a process with the same options of the interpreter.

    `tests/sandbox` starts real ones.
    """

    @staticmethod
    def _server(*begin):
        *options, _, script = begin
        root, program = _BEGINS_CHILD.match(script).groups()
        return _server(*options, child=(program, root))


_BEGINS_CHILD = re.compile(
    r"import sys; sys\.path\.insert\(0, '([^']+)'\); "
    r"from promptci\.sandbox\.child\.(\w+) import main; "
)


def run_forked(command, *, capture_output=False, check=False, **options):
    """Like `subprocess.run`, with a process that is `Forked`."""
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Forked(command, **options) as child:
        out, err = child.communicate()
    done = subprocess.CompletedProcess(command, child.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def _fork(server, begin, streams):
    """The number of a new process, which is a child of this one."""
    message = json.dumps(begin).encode()
    with _lock, adopting():
        socket.send_fds(server, [len(message).to_bytes(4)], streams)
        server.sendall(message)
        answer = server.recv(5, socket.MSG_WAITALL)
    return int.from_bytes(answer[:4])


@contextmanager
def adopting():
    """Descendants whose parent ends are children of this process from then on."""
    libc, before = ctypes.CDLL(None), ctypes.c_int()
    libc.prctl(_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


def descendants():
    """The numbers of all processes below this one, also below those that are `adopting`."""
    children = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            children.setdefault(int(_stat(entry.name)[1]), []).append(int(entry.name))
    found = [os.getpid()]
    for pid in found:
        found += children.get(pid, ())
    return found[1:]


_lock = threading.RLock()
"""Held while somebody forks: what asks for it is no process's own but all threads'."""


def _server(*options, child=()):
    with _lock:
        return _started(options, child)


@cache
def _started(options, child):
    """The socket of a server of this process, which ends with it."""
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    server = subprocess.Popen(
        [sys.executable, *options, _SERVER, str(number), *child],
        cwd="/",
        pass_fds=[number],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    theirs.close()
    atexit.register(server.wait)
    atexit.register(ours.close)
    return ours


def wait_until(holds, seconds=120):
    """Look again and again until something is so. The limit is for what hangs."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def processor_seconds(pid):
    """What a process has spent so far, of its own and for the system."""
    user, system = _stat(pid)[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def is_running(pid):
    """Whether a process is there, and not only what is left of it until somebody asks."""
    try:
        return _stat(pid)[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _stat(pid):
    """What `/proc` says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

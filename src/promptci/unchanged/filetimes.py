"""Whether the times of files on a file system tell of every change.

Some keep no time of change, or one that can be set back (FAT, many of those in user space); others
go by the clock of another machine, whose changes are seen late (NFS, SMB, folders of a host).
"""

import os
import time
from collections.abc import Callable, Set

NEAR = 10**9
"""Nanoseconds by which a file system's clock may differ from ours, and its times be rounded."""

_OF_THIS_MACHINE = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "tmpfs", "xfs", "zfs")
)
"""Kinds of file systems; others are of another machine, or of a program that answers for it."""

_MOUNTS = "/proc/self/mountinfo"


def tell_of_changes(
    folder: str, devices: Set[int], *, clock: Callable[[], int] = time.time_ns
) -> bool:
    """Whether a change of any file on these devices shows in its time: tried in a folder of ours.

    Raises `OSError` where nothing can be written there.
    """
    at = os.path.join(folder, f"{os.getpid()}.times")
    handle = os.open(at, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        before = clock()
        os.utime(handle, ns=(0, 0))
        found = os.fstat(handle)
    finally:
        os.close(handle)
        os.unlink(at)
    is_now = before - NEAR < found.st_ctime_ns < clock() + NEAR
    return is_now and devices <= {found.st_dev} and _is_of_this_machine(found.st_dev)


def _is_of_this_machine(device: int) -> bool:
    """Whether a file system is of a kind that no other machine changes, as far as is known.

    Linux has a table of them (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html);
    files of btrfs are on devices that are not in it.
    """
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as file:
            mounts = [line.partition(" - ") for line in file]
    except OSError:
        return True
    kinds = {what.split()[0] for where, _, what in mounts if where.split()[2] == number}
    return kinds <= _OF_THIS_MACHINE

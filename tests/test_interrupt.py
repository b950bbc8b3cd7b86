"""Signals that come while something must not be left in the middle."""

import gc
import signal
import sqlite3
import sys
from contextlib import closing

import pytest

from promptci import interrupt
from promptci.cache.cachefile import open_database
from promptci.git.repo import Repo


@pytest.fixture(autouse=True)
def ignored(monkeypatch):
    """Signals go where the command line sends them, as if none had come yet; gives what the
    interpreter had to ignore."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    monkeypatch.setattr(interrupt, "_first", None)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    for number in numbers:  # however the tests were started, as under `nohup`
        signal.signal(number, signal.SIG_DFL)
    interrupt.listen()
    found = []
    sys.unraisablehook = lambda unraisable: found.append(repr(unraisable.exc_value))
    yield found
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_deferred_signal_ends_what_is_short_when_that_is_done():
    done = []

    def work():
        with interrupt.deferred():
            signal.raise_signal(signal.SIGTERM)
            done.append("work")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["work"]


def test_a_deferred_signal_calls_the_ending_around_it_once():
    done = []
    with interrupt.ended_by(lambda: done.append("ending")):
        with interrupt.deferred():
            signal.raise_signal(signal.SIGINT)
            done.append("work")
        with interrupt.deferred():
            done.append("more")
    assert done == ["work", "ending", "more"]


def test_a_deferred_signal_counts_more_than_what_failed_meanwhile():
    @interrupt.deferred()
    def work():
        signal.raise_signal(signal.SIGINT)
        raise ValueError

    with pytest.raises(KeyboardInterrupt):
        work()


@pytest.mark.parametrize("name", ["__init__", "read", "_config_reader", "close"])
def test_an_interrupt_while_a_repository_is_opened_leaves_nothing_half_made(repo, ignored, name):
    """GitPython's readers complain on stderr where their making was broken off."""
    repo.git("config", "include.path", "more")  # which only it can follow
    seen = set()

    def profile(frame, event, argument):
        if event == "call" and frame.f_code.co_name == name and "/git/" in frame.f_code.co_filename:
            seen.add(name)
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    sys.setprofile(profile)
    try:
        with pytest.raises(KeyboardInterrupt):
            Repo.discover(repo.path)
    finally:
        sys.setprofile(None)
    assert seen == {name}
    gc.collect()
    assert ignored == []


def test_an_interrupt_that_a_finalizer_swallows_ends_the_wait_for_a_locked_cache(
    ignored, tmp_path, monkeypatch
):
    class Swallowing(sqlite3.Connection):
        def __del__(self):
            if interrupt._first is None:
                signal.raise_signal(signal.SIGHUP)

    path = tmp_path / "cache.sqlite"
    open_database(path)[0].close()
    connect, made = sqlite3.connect, []

    def connect_swallowing(*given, **options):
        made.append(given)
        assert len(made) < 5, "it waits on, though the signal came"
        return connect(*given, **options, factory=Swallowing)

    with closing(connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(sqlite3, "connect", connect_swallowing)
        with pytest.raises(KeyboardInterrupt):
            open_database(path)
    assert ignored == ["KeyboardInterrupt()"]

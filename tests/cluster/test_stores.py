"""A worker's store: which answers outlive the worker, and when."""

import asyncio
from contextlib import closing

import pytest

from promptci.cache.cache import Cache
from promptci.cache.cacherow import row
from promptci.cluster.messages import AnswerPlace, this_machine
from promptci.cluster.stores import RemoteCache
from promptci.specs.completion import Completion

KEY = "0c" * 32
ROW = row(KEY, Completion("yes"))


class Link:
    """A coordinator whose cache is in a file of some machine."""

    def __init__(self, place):
        self.place, self.kept = place, []

    def ask(self, method, *arguments, **options):
        if method == "begin":
            return self.place
        self.kept += arguments[0]
        return True


@pytest.fixture
def path(tmp_path):
    Cache(tmp_path / "cache.sqlite").close()
    return tmp_path / "cache.sqlite"


def begun(path, machine):
    link = Link(AnswerPlace(machine, str(path), is_projects=True))
    cache = RemoteCache(link, "block:attempt")
    cache.begin()
    return cache, link


def is_safe_at_once(cache, link):
    """Whether an answer is safe before it is kept; it is when it is."""

    async def story():
        safe = []
        cache.when_safe(KEY, lambda: safe.append(True))
        before = bool(safe)
        await asyncio.to_thread(cache.keep, [ROW], replaces=False)
        await asyncio.sleep(0)
        return before, bool(safe), link.kept

    return asyncio.run(story())


def test_beside_the_coordinator_answers_are_noted_and_outlive_the_worker(path):
    cache, link = begun(path, this_machine())
    cache.note([(ROW, False)])
    assert is_safe_at_once(cache, link) == (True, True, [ROW])
    cache.close()  # as when it is killed before it learns that they are kept
    with closing(Cache(path)) as found:
        assert set(found.get([KEY])) == {KEY}


def test_what_is_kept_leaves_no_file(path):
    cache, _ = begun(path, this_machine())
    cache.note([(ROW, False)])
    cache.all_kept()
    cache.close()
    assert list(path.parent.glob("*.answers-*")) == []


@pytest.mark.parametrize("elsewhere", ["another machine", "no such file"])
def test_on_another_machine_answers_are_safe_once_the_coordinator_has_them(path, elsewhere):
    machine = this_machine() if elsewhere == "no such file" else elsewhere
    cache, link = begun(path if machine == elsewhere else path / "no", machine)
    assert not cache.is_noting
    assert is_safe_at_once(cache, link) == (False, True, [ROW])
    cache.close()


OTHER = row("0d" * 32, Completion("no"))


def test_a_block_ends_once_what_had_come_by_then_is_kept(path):
    cache, _ = begun(path, this_machine())
    ended = []
    cache.when_kept(lambda: ended.append("nothing had come"))
    cache.note([(ROW, True)])
    cache.when_kept(lambda: ended.append("one had come"))
    cache.note([(OTHER, False)])
    cache.keep([OTHER], replaces=False)
    assert ended == ["nothing had come"]
    cache.keep([ROW], replaces=True)
    assert ended == ["nothing had come", "one had come"]


def test_what_was_seen_is_taken_once(path):
    cache, _ = begun(path, this_machine())
    cache.keep([ROW], replaces=False)
    assert cache.take_seen() == {KEY: Completion("yes")}
    assert cache.take_seen() == {}

"""A run beside a shared store that is slow, refuses or dies: no answer is lost by it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from promptci.cache.cache import Cache
from promptci.cache.unsent import count_unsent, note_unsent
from promptci.run.driving import sharing as module
from promptci.run.driving.sharing import Sharing
from promptci.specs.completion import Completion
from promptci.stores.folder import Folder
from promptci.stores.objects import StoreError
from promptci.stores.shared import SharedStore, place_of

HERE, THERE = place_of("a prompt", "settings"), place_of("another", "settings")
ANSWERS = {f"{number:064x}": Completion(f"answer {number}") for number in range(5)}


class Objects(Folder):
    """A folder that waits or refuses, as told."""

    refuses = ""
    waits: threading.Event | None = None

    def _ask(self, what):
        if self.waits is not None:
            assert self.waits.wait(60)
        if what == self.refuses:
            raise StoreError("denied")

    def listed(self, folder):
        self._ask("listed")
        return super().listed(folder)

    def write(self, folder, name, data):
        self._ask("write")
        super().write(folder, name, data)


@pytest.fixture
def cache(tmp_path):
    made = Cache(tmp_path / "cache.sqlite")
    yield made
    made.close()


@pytest.fixture
def objects(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    return Objects(folder)


@pytest.fixture
def noted(cache):
    """Answers that were stored by a run which was killed before it sent them."""
    note_unsent(cache, dict.fromkeys(ANSWERS, HERE))
    cache.put(ANSWERS.items())
    return cache


def send(sharing):
    asyncio.run(sharing.send(None))


def take_in(sharing):
    with ThreadPoolExecutor(1) as disk:
        return asyncio.run(sharing.take_in([HERE], disk))


def test_what_a_killed_run_stored_is_sent_by_the_next(noted, objects):
    sharing = Sharing(SharedStore(objects), noted)
    send(sharing)
    assert (sharing.sent, count_unsent(noted)) == (5, 0)
    assert len(SharedStore(objects).url) > 0
    assert dict(a for some in SharedStore(objects).fetch([HERE]) for a in some) == ANSWERS


def test_answers_are_sent_in_objects_of_a_bounded_size(noted, objects, monkeypatch, tmp_path):
    note_unsent(noted, {"f" * 64: THERE})
    noted.put([("f" * 64, Completion("elsewhere"))])
    monkeypatch.setattr(module, "MOST_ANSWERS", 2)
    monkeypatch.setattr(module, "MOST_LETTERS", 12)
    send(Sharing(SharedStore(objects), noted))
    assert sorted(len(list(p.iterdir())) for p in (tmp_path / "store/promptci-1").iterdir()) == [
        1,
        5,
    ]


def test_a_store_that_refuses_is_left_alone_and_all_stays_noted(noted, objects):
    objects.refuses = "write"
    sharing = Sharing(SharedStore(objects), noted)
    send(sharing)
    assert (sharing.trouble, sharing.sent, count_unsent(noted)) == ("denied", 0, 5)
    objects.refuses = ""
    assert not take_in(sharing)
    send(Sharing(SharedStore(objects), noted))
    assert count_unsent(noted) == 0


@pytest.mark.parametrize("do", [send, take_in])
def test_a_store_that_hangs_delays_and_no_more(noted, objects, monkeypatch, do):
    monkeypatch.setattr(module, "_MOST_WAIT", 0.01)
    objects.waits = threading.Event()
    sharing = Sharing(SharedStore(objects), noted)
    do(sharing)
    assert sharing.trouble.startswith("no answer within")
    objects.waits.set()
    sharing.close()
    assert count_unsent(noted) == 5


def test_what_is_taken_in_is_stored_once(cache, objects):
    SharedStore(objects).send(HERE, list(ANSWERS.items()))
    sharing = Sharing(SharedStore(objects), cache)
    assert take_in(sharing)
    assert not take_in(sharing)
    assert cache.get(list(ANSWERS)) == ANSWERS
    assert (sharing.taken, count_unsent(cache)) == (5, 0)


def test_what_a_machine_has_stays_whatever_the_store_says(cache, objects):
    key = next(iter(ANSWERS))
    cache.put([(key, Completion("mine"))])
    SharedStore(objects).send(HERE, list(ANSWERS.items()))
    assert take_in(Sharing(SharedStore(objects), cache))
    assert cache.get([key])[key].text == "mine"


def test_a_reader_notes_nothing_to_send(cache, objects):
    assert not Sharing(SharedStore(objects, is_read_only=True), cache).is_sending

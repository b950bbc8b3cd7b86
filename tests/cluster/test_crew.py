"""Workers as an engine shows them: who is given which block, and what a loss changes."""

from types import SimpleNamespace

import pytest

from promptci.cluster.blocks import ExampleBlock
from promptci.cluster.crew import AHEAD, ClusterError, Crew


class RayError(Exception):
    """Whatever goes wrong."""


class RayActorError(RayError):
    """An actor is gone."""


class ActorUnavailableError(RayError):
    """Nothing is heard of an actor."""


class Ray:
    """References are done in the order in which they were made; what `dies` says is lost."""

    exceptions = SimpleNamespace(
        RayError=RayError,
        RayActorError=RayActorError,
        ActorUnavailableError=ActorUnavailableError,
    )

    def __init__(self, dies=lambda actor, what: False):
        self.dies, self.killed, self.lost, self.hired, self.done = dies, [], [], [], []
        self.beside = []

    def hire(self, name):
        self.hired.append(name)
        return Actor(self, f"{name}#{len(self.hired)}")

    def crew(self, count):
        return Crew(self, count, hire=self.hire, lost=self.lost.append)

    def wait(self, references, timeout):
        self.beside.append(sum(what != "begin" for _, what in references))
        ready = [each for each in references if not self.dies(each[0], "never")]
        first = min(ready, key=lambda each: (each[1] != "begin", references.index(each)))
        return [first], [each for each in references if each != first]

    def get(self, reference):
        actor, what = reference
        if self.dies(actor, what):
            raise RayActorError(f"{actor} died")
        if what == "begin":
            return None
        self.done.append((actor, what))
        return what

    def kill(self, actor):
        self.killed.append(actor.name)


class Actor:
    def __init__(self, ray, name):
        self.name = name
        self.begin = SimpleNamespace(remote=lambda: (name, "begin"))
        self.evaluate = SimpleNamespace(options=lambda name: self.evaluate, remote=self._evaluated)

    def _evaluated(self, block):
        return self.name, block.eval


BLOCKS = [ExampleBlock(f"b{number}", "m", ()) for number in range(8)]
NAMES = [each.eval for each in BLOCKS]


def results(crew):
    return sorted(filter(None, crew.results(iter(BLOCKS))))


def test_every_worker_has_its_next_block_before_it_needs_it():
    ray = Ray()
    assert results(ray.crew(2)) == NAMES
    assert max(ray.beside) == 2 * AHEAD
    assert {actor for actor, _ in ray.done} == {"worker0#1", "worker1#2"}
    assert (ray.lost, ray.killed) == ([], [])


def test_blocks_of_a_lost_worker_are_done_by_others_and_its_loss_is_told_at_once():
    ray = Ray(lambda actor, what: (actor, what) == ("worker0#1", "b0"))
    assert results(ray.crew(2)) == NAMES
    assert ray.lost == ["worker0"]
    assert ray.killed == ["worker0#1"], "so that one that is not heard of does nothing beside"
    assert ray.hired == ["worker0", "worker1", "worker0"]
    assert "worker0#3" in {actor for actor, _ in ray.done}


def test_a_worker_that_finds_no_room_is_not_waited_for():
    def dies(actor, what):
        return (actor, what) == ("worker0#1", "b0") or (actor, what) == ("worker0#3", "never")

    ray = Ray(dies)
    assert results(ray.crew(2)) == NAMES
    assert {actor for actor, what in ray.done} == {"worker1#2"}


def test_workers_that_are_lost_time_and_again_end_the_run():
    ray = Ray(lambda actor, what: what == "begin")
    with pytest.raises(ClusterError, match="worker0#21 died"):
        results(ray.crew(1))

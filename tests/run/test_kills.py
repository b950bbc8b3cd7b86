"""After a SIGKILL at any point nothing that was kept is lost, asked again or reported twice."""

import random

import pytest

from kills import Kill, Victim, any_kill

IN_A_ROW = 8
"""Kills of one run after the other before the next may end by itself."""


@pytest.fixture
def victim(repo, api):
    return Victim(repo, api)


@pytest.mark.parametrize("seed", [1])
def test_killed_at_random_points_a_run_loses_nothing(victim, seed):
    kill_often(victim, random.Random(seed), 4)


def test_killed_at_a_step_of_its_own_a_run_loses_nothing(victim):
    """While it opens its files, writes answers, and renames the record."""
    for at in (3, 40, 90, 200):
        victim.kills = 0
        victim.kill(Kill("step", at))
        victim.finish()
        victim.begin_again()


@pytest.mark.long
def test_two_hundred_kills_lose_nothing(victim, record_property):
    kill_often(victim, random.Random(20), 200)
    record_property("kills", victim.kills)
    record_property("questions asked twice in one row of kills, at most", victim.twice)


@pytest.mark.long
def test_a_kill_at_every_seventh_step_of_a_run_loses_nothing(victim, record_property):
    """The first step, the eighth, and so on, until a run ends before that."""
    step = 1
    while victim.kill(Kill("step", step)):
        victim.finish()
        victim.kills = 0
        victim.begin_again()
        step += 7
    assert step > 100
    record_property("steps", step)


def kill_often(victim, chance, kills):
    """So many kills, and after every few of them a run that ends by itself."""
    done = 0
    while done < kills:
        for _ in range(min(IN_A_ROW, kills)):
            done += victim.kill(any_kill(chance, victim.seconds))
        victim.finish()
        victim.begin_again()
        victim.kills = 0
    victim.kills = done

"""Texts that are almost equal are found by sketches, with work that grows with the texts."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from promptci.suite.nearduplicates import NEAR, SHORTEST, NearDuplicates
from tables import every_row

LETTERS = "abcdefghijklmnopqrstuvwxyz "


def text(rng, size):
    return "".join(rng.choice(LETTERS) for _ in range(size))


def edited(rng, before, edits):
    letters = list(before)
    for _ in range(edits):
        letters[rng.randrange(len(letters))] = rng.choice("0123456789")
    return "".join(letters)


@pytest.mark.slow
@every_row("size", [40, 80, 300, 2000])
def test_a_text_with_two_letters_in_a_hundred_changed_is_found_among_others(size):
    rng = random.Random(size)
    found = 0
    for _ in range(50):
        near = NearDuplicates()
        others = [text(rng, size) for _ in range(10)]
        assert [near.find(each) for each in others] == [None] * 10
        found += near.find(edited(rng, others[4], max(1, size // 50))) == 4
    assert found >= 48


@given(st.lists(st.text(alphabet="abc d", min_size=SHORTEST, max_size=60), max_size=12))
def test_whatever_is_found_is_near(texts):
    near = NearDuplicates()
    for place, each in enumerate(texts):
        found = near.find(each)
        if found is not None:
            assert found < place
            assert fuzz.ratio(texts[found], each) >= NEAR


@given(st.text(min_size=SHORTEST, max_size=80))
def test_equal_texts_are_near(each):
    near = NearDuplicates()
    assert near.find(each) is None
    assert near.find(each) == 0


def test_a_short_text_is_like_no_other():
    near = NearDuplicates()
    assert (near.find("Hello"), near.find("Hello")) == (None, None)


@pytest.mark.slow
def test_few_texts_are_compared_letter_by_letter(monkeypatch):
    compared = []
    ratio = fuzz.ratio

    def counting(*args, **options):
        compared.append(args)
        return ratio(*args, **options)

    monkeypatch.setattr(fuzz, "ratio", counting)
    rng = random.Random(1)
    start = text(rng, 8000)
    near = NearDuplicates()
    for _ in range(60):
        near.find(start + text(rng, 2000))
    assert len(compared) <= 60 * 4


def test_past_the_ceiling_nothing_is_sketched():
    near = NearDuplicates(left=100)
    assert near.find("x" * 60) is None
    assert near.find("x" * 60) is None
    assert near.is_cut

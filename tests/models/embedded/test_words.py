"""Counts of words as vectors: worked out by hand, alike where words are, the same everywhere."""

import asyncio
from math import log, sqrt
from zlib import crc32

import pytest

from promptci.errors import ModelError
from promptci.models.embedded.words import BUILD, KIND, SIZE, WordCounts
from promptci.models.vector import cosine, unpack
from promptci.specs.message import Message
from promptci.specs.request import Request, Settings
from promptci.specs.wellknown import WORDS


def embed(text, **settings):
    wanted = Settings(WORDS, {}, task="embeddings", build=BUILD, **settings)
    asked = Request(wanted, (Message("user", text),))
    return unpack(asyncio.run(WordCounts().complete(asked)).text)


def test_a_vector_is_what_its_words_and_their_parts_come_to():
    """Two letters: edges and all are one part of four signs; said twice it counts 1 + ln 2."""
    expected = [0.0] * SIZE
    for part, weight in (("ox", 1.0), ("<ox>", 0)):
        number = crc32(part.encode())
        expected[number % SIZE] += weight * (1 if number >> 31 else -1) * (1 + log(2))
    assert list(embed("The ox, the OX!")) == pytest.approx(expected)


def test_texts_with_words_in_common_are_alike_and_forms_of_a_word_somewhat():
    base = embed("Send the parcel back")
    same = cosine(base, embed("send parcel, back"))
    form = cosine(base, embed("Parcels were sent back"))
    other = cosine(base, embed("Forgotten passwords"))
    assert same == pytest.approx(1)
    assert 0.4 < form < same
    assert abs(other) < 0.2


def test_a_text_without_words_has_no_direction():
    assert sqrt(sum(x * x for x in embed("the … of"))) == 0


def test_it_answers_no_prompt():
    asked = Request(Settings(WORDS, {}), (Message("user", "Hello"),))
    with pytest.raises(ModelError, match="embeds texts and answers no prompt"):
        asyncio.run(WordCounts().complete(asked))
    assert KIND.build("word-counts") == BUILD

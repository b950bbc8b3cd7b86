"""What batch APIs with a form of their own have in common: their lines, and what turns say."""

import json

import pytest

from promptci.models.batchapis.convertedchats import (
    converting_writer,
    is_system_turn,
    joined_text,
    not_carried,
)
from simulatedservers import question


def test_a_line_has_the_key_and_the_converted_body():
    asked = question(1)
    write = converting_writer(lambda body: {"said": body["messages"]}, key="id", body="params")
    line = json.loads(write(asked, frozenset()))
    [turn] = line["params"]["said"]
    assert (line["id"], turn["role"]) == (asked.key, "user")
    assert turn["content"] == asked.messages[0].content


@pytest.mark.parametrize(
    ("content", "text"),
    [("a", "a"), (None, ""), ([{"text": "a"}, {"type": "image_url"}, {"text": "b"}], "ab")],
)
def test_a_turn_is_one_text_whatever_parts_it_is_in(content, text):
    assert joined_text(content) == text


def test_who_says_what_the_model_is_to_do():
    roles = ("system", "developer", "user", "assistant", "tool")
    assert [role for role in roles if is_system_turn({"role": role})] == ["system", "developer"]


def test_what_is_not_carried_is_told_with_the_cure():
    said = str(not_carried("Gemini's", "a picture by its address"))
    assert said == "a batch of Gemini's cannot carry a picture by its address: run without --batch"

"""A value of the wrong shape is told everything that is wrong with it, each fault at its place."""

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypedDict

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct

from promptci.parsing.shape import read_shape, shape_schema
from promptci.parsing.source import Mark, as_node
from promptci.parsing.yamlfile import load_yaml
from tables import every_row


class Parameters(Struct, frozen=True, forbid_unknown_fields=True):
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.0
    max_tokens: Annotated[int, Meta(gt=0)] | None = None
    stop: str | list[str] | None = None
    seed: int | None = None


class Turn(Struct, frozen=True, forbid_unknown_fields=True):
    role: Literal["system", "user", "assistant"]
    content: str


class Prompt(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of many kinds."""

    messages: Annotated[list[Turn], Meta(min_length=1)]
    model: Annotated[str, Meta(pattern="^[a-z]", max_length=20)] = ""
    parameters: Parameters = Parameters()
    version: str | int | float | None = None
    strict: bool = True
    weights: dict[str, Annotated[float, Meta(ge=0)]] = {}
    pair: tuple[int, str] | None = None
    tags: tuple[str, ...] = ()
    labels: set[str] = set()
    extra: Any = None


def wrong(text, shape=Prompt):
    faults = []
    assert read_shape(load_yaml(text.encode(), "p.yaml"), shape, faults) is None
    assert all(fault.line and fault.column for fault in faults)
    return [str(fault) for fault in faults]


def test_a_good_file_becomes_its_shape():
    text = """\
messages: [{role: user, content: Hi}]
model: gpt
parameters: {temperature: 1, stop: [a, b]}
version: 1.10
pair: [1, x]
tags: [a]
labels: [b]
extra: {any: [thing]}
"""
    faults = []
    prompt = read_shape(load_yaml(text.encode(), "p.yaml"), Prompt, faults)
    assert faults == []
    assert prompt == Prompt(
        messages=[Turn("user", "Hi")],
        model="gpt",
        parameters=Parameters(temperature=1.0, stop=["a", "b"]),
        version=1.1,
        pair=(1, "x"),
        tags=("a",),
        labels={"b"},
        extra={"any": ["thing"]},
    )
    assert type(prompt.parameters.temperature) is float


def test_every_fault_of_a_file_is_reported_at_its_own_place():
    text = """\
messages:
  - {role: usr, content: Hi}
  - {role: user}
  - just text
modle: x
model: 4
parameters:
  temperature: 3
  max_tokens: 1.0
  stop: {a: b}
  seed: no
strict: yes
weights: {a: 1, b: -1, c: heavy}
pair: [x]
tags: one
version:
  - 1
"""
    known = "did you mean `model`?"
    assert sorted(wrong(text), key=lambda fault: int(fault.split(":")[1])) == [
        'p.yaml:2:12: `messages[0].role` cannot be the text "usr": did you mean `user`?',
        "p.yaml:3:5: `messages[1].content` is missing: add it",
        'p.yaml:4:5: `messages[2]` must be a mapping, here is the text "just text": '
        "write `name: value` pairs, such as `role: …`",
        f"p.yaml:5:1: unknown key `modle`: {known}",
        "p.yaml:6:8: `model` must be text, here is the number 4: put quotes around it",
        "p.yaml:8:16: `parameters.temperature` must be at most 2, here is the number 3: change it",
        "p.yaml:9:15: `parameters.max_tokens` must be a whole number, here is the number 1.0: "
        "write 1",
        "p.yaml:10:9: `parameters.stop` must be text or a list, here is a mapping: replace it",
        'p.yaml:11:9: `parameters.seed` must be a whole number, here is the text "no": replace it',
        'p.yaml:12:9: `strict` must be true or false, here is the text "yes": write true',
        "p.yaml:13:20: `weights.b` must be at least 0, here is the number -1: change it",
        'p.yaml:13:27: `weights.c` must be a number, here is the text "heavy": replace it',
        "p.yaml:14:7: `pair` must hold 2 items, here are 1: fix the list",
        'p.yaml:14:8: `pair[0]` must be a whole number, here is the text "x": replace it',
        'p.yaml:15:7: `tags` must be a list, here is the text "one": put it in `[` and `]`',
        "p.yaml:17:3: `version` must be text or a number, here is a list: replace it",
    ]


@every_row(
    ("text", "fault"),
    [
        ("[1]", "p.yaml:1:1: this must be a mapping, here is a list: write `name: value` pairs"),
        (
            "x",
            'p.yaml:1:1: this must be a mapping, here is the text "x": write `name: value` pairs',
        ),
        (
            "messages: {role: user}",
            "p.yaml:1:11: `messages` must be a list, here is a mapping: put",
        ),
        ("messages: []", "p.yaml:1:11: `messages` must not be empty: fill it in"),
        ("messages:", "p.yaml:1:10: `messages` must be a list, here is nothing: write a value, or"),
        ("{}", "p.yaml:1:1: `messages` is missing: add it"),
    ],
)
def test_a_wrong_whole(text, fault):
    assert wrong(text)[0].startswith(fault)


@every_row(
    ("shape", "text", "fault"),
    [
        (bool, "off", ':5: `a` must be true or false, here is the text "off": write false'),
        (bool, "1", ":5: `a` must be true or false, here is the number 1: replace it"),
        (
            int,
            "'12'",
            ':5: `a` must be a whole number, here is the text "12": write it without quotes',
        ),
        (int, "true", ":5: `a` must be a whole number, here is true: replace it"),
        (int, "1.5", ":5: `a` must be a whole number, here is the number 1.5: replace it"),
        (
            float,
            "'0.5'",
            ':5: `a` must be a number, here is the text "0.5": write it without quotes',
        ),
        (Decimal, "[1]", ":5: `a` must be a number, here is a list: replace it"),
        (str, "true", ":5: `a` must be text, here is true: put quotes around it"),
        (str, "[x]", ":5: `a` must be text, here is a list: replace it"),
        (Literal["x", 1, None], "y", ':5: `a` cannot be the text "y": known are `1`, `null`, `x`'),
        (Literal["x", 1], "2", ":5: `a` cannot be the number 2: known are `1`, `x`"),
        (Literal[1], "true", ":5: `a` cannot be true: known are `1`"),
        (
            Literal["x"] | list[int],
            "{}",
            ":5: `a` must be one of `x` or a list, here is a mapping: replace it",
        ),
        (
            Literal["x"] | list[int],
            "[y]",
            ':6: `a[0]` must be a whole number, here is the text "y"',
        ),
        (Literal["xyz"] | int, "xy", ':5: `a` cannot be the text "xy": did you mean `xyz`?'),
        (
            enum.Enum("Colour", {"RED": "red"}),
            "rad",
            ':5: `a` cannot be the text "rad": did you mean',
        ),
        (
            Annotated[int, Meta(ge=1, lt=9)],
            "9",
            ":5: `a` must be less than 9, here is the number 9",
        ),
        (Annotated[int, Meta(multiple_of=2)], "3", ":5: `a` must be a multiple of 2, here is the"),
        (
            Annotated[str, Meta(min_length=3)],
            "ab",
            ":5: `a` must have 3 characters or more: fill it in",
        ),
        (Annotated[str, Meta(min_length=1)], "''", ":5: `a` must not be empty: fill it in"),
        (
            Annotated[str, Meta(max_length=3)],
            "abcd",
            ":5: `a` must have at most 3 characters, here",
        ),
        (
            Annotated[str, Meta(pattern="^x")],
            "abc",
            ':5: `a` must match `^x`, here is the text "abc"',
        ),
        (
            Annotated[str, Meta(title="T")],
            "1",
            ":5: `a` must be text, here is the number 1: put quotes",
        ),
        (
            Annotated[dict[str, int], Meta(max_length=1)],
            "{b: 1, c: 2}",
            ":5: `a` must have at most 1",
        ),
        (
            dict[Annotated[str, Meta(min_length=2)], int],
            "{b: 1}",
            ":6: `a.b` must have 2 characters",
        ),
        (
            dict[Literal["left"], int],
            "{lft: 1}",
            ':6: `a.lft` cannot be the text "lft": did you mean',
        ),
        (
            Turn | list[Turn],
            "yes",
            ':5: `a` must be a mapping or a list, here is the text "yes": write `name: value`',
        ),
        (
            int | tuple[str | int, ...],
            "b",
            ':5: `a` must be a whole number or a list, here is the text "b": put it in `[` and `]`',
        ),
        (
            frozenset[str],
            "[1]",
            ":6: `a[0]` must be text, here is the number 1: put quotes around it",
        ),
    ],
)
def test_each_kind_has_its_sentence(shape, text, fault):
    (found,) = wrong(f"a:  {text}", msgspec.defstruct("File", [("a", shape)]))
    assert f"p.yaml:1{fault}" in found


@dataclass
class Point:
    x: int


class Size(TypedDict):
    width: int


def test_dataclasses_and_typed_dicts_are_walked_too():
    assert wrong("x: a", Point)[0].startswith("p.yaml:1:4: `x` must be a whole number")
    assert wrong("{}", Size) == ["p.yaml:1:1: `width` is missing: add it"]


class Tree(Struct, forbid_unknown_fields=True):
    kids: list["Tree"] = []


def test_a_shape_may_hold_itself():
    assert wrong("kids: [{kids: [{kid: []}]}]", Tree) == [
        "p.yaml:1:17: unknown key `kids[0].kids[0].kid`: did you mean `kids`?"
    ]


class Range(Struct):
    low: int
    high: int

    def __post_init__(self):
        if self.low > self.high:
            raise ValueError("`low` is above `high`: swap them")


def test_a_check_of_the_shape_itself_keeps_its_words_and_place():
    shape = msgspec.defstruct("File", [("a", dict[str, list[Range]])])
    assert wrong("a:\n  b:\n    - {low: 1, high: 2}\n    - {low: 3, high: 2}\n", list) == [
        "p.yaml:1:1: this must be a list, here is a mapping: put it in `[` and `]`"
    ]
    assert wrong("- {low: 1, high: 2}\n- {low: 3, high: 2}\n", list[Range]) == [
        "p.yaml:2:3: `low` is above `high`: swap them"
    ]
    (found,) = wrong("a: {b: [{low: 3, high: 2}]}", shape)
    assert found.endswith("`low` is above `high`: swap them")


class Cat(Struct, tag="cat", tag_field="kind", forbid_unknown_fields=True):
    lives: int = 9


class Dog(Struct, tag="dog", tag_field="kind", forbid_unknown_fields=True):
    name: str = ""


def test_a_wrong_tag_is_never_lost():
    (found,) = wrong("kind: cow", Cat | Dog)
    assert found.startswith("p.yaml:1:")
    assert "cow" in found


def test_names_from_the_file_are_cut_short_and_kept_on_one_line():
    (found,) = wrong(f'{{? "x\\n{"y" * 5000}" : 1, messages: [{{role: user, content: a}}]}}')
    assert len(found) < 300
    assert "\n" not in found


@pytest.mark.slow
def test_a_file_of_nothing_but_faults_stays_bounded():
    text = "messages: [{role: user, content: a}]\n" + "".join(
        f"mesages{n}: 1\n" for n in range(9000)
    )
    assert len(wrong(text)) == 100
    assert len(wrong(f"tags: [{'1,' * 9000}]\nmessages: [{{role: user, content: a}}]")) == 100


def test_faults_add_up_over_several_nodes():
    faults = []
    for line in (3, 4):
        read_shape(as_node({"role": "user"}, Mark("e.jsonl", line, 1)), Turn, faults)
    assert [str(fault) for fault in faults] == [
        f"e.jsonl:{line}:1: `content` is missing: add it" for line in (3, 4)
    ]


TEXTS = st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*Prompt.__struct_fields__, "role", "content", "x"]), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(VALUES)
def test_any_value_is_read_or_has_a_fault_and_msgspec_agrees(value):
    try:
        expected = msgspec.convert(value, Prompt)
    except msgspec.ValidationError:
        expected = None
    faults = []
    assert read_shape(as_node(value, Mark("p.yaml", 1, 1)), Prompt, faults) == expected
    assert bool(faults) == (expected is None)


def test_the_schema_for_editors_says_what_the_shape_says():
    schema = shape_schema(Prompt, title="A prompt", description="One file in `prompts/`.")
    assert schema["title"] == "A prompt"
    assert schema["description"] == "One file in `prompts/`."
    assert schema["$schema"].startswith("https://json-schema.org/")
    turn = schema["$defs"]["Turn"]
    assert turn["additionalProperties"] is False
    assert turn["properties"]["role"]["enum"] == ["assistant", "system", "user"]
    msgspec.json.encode(schema)


class Sorted(msgspec.Struct):
    CURES: ClassVar = {"by": "write names, such as `size: up`"}

    by: dict[str, str] | None = None


@every_row(
    "text, cure",
    [
        ("{by: yes}", 'here is the text "yes": write names, such as `size: up`'),
        ("{by: [size]}", "here is a list: write names, such as `size: up`"),
        ("{by: {size: 3}}", "`by.size` must be text, here is the number 3: put quotes around it"),
    ],
)
def test_a_shape_may_say_how_a_value_is_repaired(text, cure):
    (found,) = wrong(text, Sorted)
    assert cure in found

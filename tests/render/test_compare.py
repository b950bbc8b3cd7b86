"""What `compare` prints, as a person reads it, and that nothing untrusted acts on the terminal."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from promptci.compare.gate.gate import Block
from promptci.compare.results import CompareResult
from promptci.render.terminal.compare.compare import MOST_EVALS, report
from promptci.render.terminal.look import Look
from properties import usually
from render import stories
from render.values import compared, files, pair
from tables import every_row

ESCAPE = re.compile("\x1b(?:\\[[0-9;]*m)?")
OWN = re.compile("\x1b\\[[0-9;]*m")


def shown(found, obstacles, base, head, look, *, prompts=False):
    return report(CompareResult(tuple(found), base, head, obstacles), look, prompts=prompts)


@every_row("width", [80, 120])
def test_a_prompt_change_reads_well(golden, width):
    text = shown(stories.prompt_change(), {}, *stories.SIDES, Look(width), prompts=True)
    golden(f"compare-prompt-{width}.txt", text)
    assert max(map(len, text.splitlines())) <= width


@every_row("width", [80, 120])
def test_a_model_swap_reads_well(golden, width):
    obstacles = {"summary": "its prompt is not in small"}
    text = shown(stories.model_swap(), obstacles, *stories.MODEL_SIDES, Look(width))
    golden(f"compare-models-{width}.txt", text)
    assert "! hidden by the total" in text


def test_marks_are_beside_colours():
    found = stories.prompt_change()
    plain = shown(found, {}, *stories.SIDES, Look(100))
    coloured = shown(found, {}, *stories.SIDES, Look(100, colour=True))
    assert "[-billing-] {+other+}" in plain
    assert "\x1b[31m[-billing-]\x1b[0m \x1b[32m{+other+}\x1b[0m" in coloured


def test_the_same_comparison_gives_the_same_bytes():
    once, again = (
        shown(stories.prompt_change(), {}, *stories.SIDES, Look(100), prompts=True)
        for _ in range(2)
    )
    assert once == again


def test_of_many_evals_the_worst_are_shown_whole_and_the_others_in_a_line():
    [one] = stories.prompt_change()
    spec = one.pair.head.spec
    many = [
        replace(
            one, pair=replace(one.pair, head=replace(one.pair.head, spec=replace(spec, name=n)))
        )
        for n in map("router-{}".format, range(27))
    ]
    worst = replace(many[-1], blocks=(Block("must_pass", "`t-01` must pass and is lost"),))
    text = shown([*many[:-1], worst], {}, *stories.SIDES, Look(80))
    assert text.count("lost: router-26 / ") > 0
    assert text.count("[-billing-] {+other+}") == MOST_EVALS
    assert re.findall(r"(?m)^✗ (router-\d+) on", text) == [f"router-{n}" for n in range(4, 26)]
    assert len(text.splitlines()) < 400


@every_row(
    ("lost", "said"),
    [
        (3, ""),
        (4, "… 1 more lost example that fails alike: `promptci report main v2` shows them"),
        (5, "… 2 more lost examples that fail alike: `promptci report main v2` shows them"),
    ],
)
def test_of_lost_examples_that_fail_alike_three_are_shown(lost, said):
    found = compared({}, {f"t-{i:02}": "other" for i in range(lost)})
    text = shown([found], {}, *stories.SIDES, Look(140))
    assert text.count("lost: router / ") == min(3, lost)
    assert said in text
    assert ("more lost" in text) is bool(said)


@pytest.mark.slow
def test_a_thousand_lost_examples_are_counted_not_listed():
    found = compared({}, {f"t-{i:02}": "other" for i in range(1000)}, of=pair(files(1000)))
    text = shown([found], {}, *stories.SIDES, Look(80))
    assert "… 997 more lost examples that fail alike" in text
    assert "and 980 more" in text
    assert len(text.splitlines()) < 150


def test_prompts_that_do_not_differ_say_so():
    text = shown([compared()], {}, *stories.SIDES, Look(80), prompts=True)
    assert "the prompts are the same" in text
    assert "Both sides ask exactly the same." in text


def test_a_side_without_answers_says_why():
    found = compared({}, {f"t-{i:02}": None for i in range(20)})
    text = shown([found], {}, *stories.SIDES, Look(80))
    assert text.startswith(
        "router on fake/small: no verdict\n"
        "No verdict: the head has no answer to 20 of 20 examples.\n"
        "router on fake/small: 20 examples: the endpoint gave no answer in 120 s\n"
    )


def test_sides_of_one_name_are_told_apart():
    sides = (stories.SIDES[0],) * 2
    assert re.search(r"^ +base +head +change$", shown([compared()], {}, *sides, Look(80)), re.M)


@usually(25)
@given(st.text(min_size=1), st.booleans())
def test_nothing_an_answer_says_reaches_the_terminal_raw(answer, colour):
    found = compared({"t-01": f"billing {answer}"}, {"t-00": answer, "t-02": "\x1b]0;x\x07[red]"})
    text = shown([found], {"\x1b[2J": answer}, *stories.SIDES, Look(80, colour=colour))
    assert set(ESCAPE.findall(text)) == set(OWN.findall(text))
    assert colour or "\x1b" not in text
    assert "[red]" in text

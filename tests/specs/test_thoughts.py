"""What a model thought, and what it answered."""

import pytest

from effort import done_in_passes
from promptci.specs.completion import Completion
from promptci.specs.noanswer import is_all_thoughts
from promptci.specs.thoughts import Split, separate_thoughts, split_thoughts, without_thoughts
from tables import every_row

CASES = [
    ("<think>a</think>Yes", "Yes"),
    ("<think>\nx\n</think>\n\nA", "A"),
    ("x\n</think>\nA", "A"),
    ("<think>hm", ""),
    ("<thinking>a</thinking> B", "B"),
    ("<reasoning>a</reasoning>B", "B"),
    ("[THINK]a[/THINK]B", "B"),
    ("a[/THINK]B", "B"),
    ("<think></think>\n\nYes", "Yes"),
    ("Yes", "Yes"),
    ("<b>x</b>", "<b>x</b>"),
    ("Use the `</think>` tag", "Use the `</think>` tag"),
    ('Use "</think>" to end', 'Use "</think>" to end'),
    ('the answer is "C"</think>C', "C"),
    ('{"a":"<think>x</think>"}', '{"a":"<think>x</think>"}'),
    ('{"a":"ends </think>"}', '{"a":"ends </think>"}'),
    (
        "<r>\n<thinking>x</thinking>\n<answer>y</answer></r>",
        "<r>\n<thinking>x</thinking>\n<answer>y</answer></r>",
    ),
    ("Sure.\n<think>x</think>\nYes", "Sure.\n\nYes"),
    ("<think>a<think>b</think>c</think>Yes", "Yes"),
    ("<think>the <think> tag</think>Yes", "Yes"),
    ("<thinking>hmm</think>Yes", "Yes"),
    ("<think>a</think><think>b</think>Yes", "Yes"),
    ("<think>a</think>\nYes\n<think>b</think>\nNo", "Yes\n\nNo"),
    ("◁think▷a◁/think▷B", "B"),
    ("<|begin_of_thought|>a<|end_of_thought|>B", "B"),
    (
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes",
        "Yes",
    ),
    ("<think>use ```py\nx\n``` ok</think>Yes", "Yes"),
    ("```xml\n<think>x</think>\n```", "```xml\n<think>x</think>\n```"),
    ("<Think>a</Think>B", "B"),
    ("<think time=3>a</think>B", "B"),
    ("  <think>a</think>  B  ", "B"),
    ("<seed:think>a</seed:think>B", "B"),
    ("<thought>a</thought>B", "B"),
    (
        "Here:\n<reasoning>x</reasoning>\n<answer>y</answer>",
        "Here:\n<reasoning>x</reasoning>\n<answer>y</answer>",
    ),
    ("<think>a</think>", ""),
    ("<think>the tag `</think>` ends it</think>Yes", "Yes"),
    ("<think>```py\nx</think>Yes", "Yes"),
    ("<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>\nB\n<|end_of_solution|>", "B"),
    ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>B<|END_RESPONSE|>", "B"),
    ("<think>a</think><response>B</response>", "B"),
    ("<unused94>thought\na<unused95>B", "B"),
    ("<|channel>thought\na<channel|>B", "B"),
    ("<|thinking|>a<|/thinking|>B", "B"),
    ("<scratchpad>a</scratchpad>B", "B"),
    ("<antThinking>a</antThinking>\nB", "B"),
    ("<inner_monologue>a</inner_monologue>B", "B"),
    ("Use <scratchpad>a</scratchpad>", "Use <scratchpad>a</scratchpad>"),
    ("<response>B</response>", "<response>B</response>"),
    ("<think>a</think>B<think>c</think>", "B"),
    ("<think>a</think>The <think> tag", "The <think> tag"),
    ("<think>it ends with </think> then C</think>B", "B"),
    ("a</think>c</think>B", "B"),
    ("<think>a</think>B</think>", "B"),
    ("&lt;think&gt;a&lt;/think&gt;B", "B"),
    (
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary "
        'to=functions.f <|constrain|>json<|message|>{"x":1}<|call|>',
        '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"x":1}<|call|>',
    ),
    (
        "<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{}<|call|>",
        "<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{}<|call|>",
    ),
    ("<|channel|>commentary<|message|>I look<|end|><|channel|>final<|message|>B", "B"),
]


@every_row(("text", "answer"), CASES)
def test_the_answer_is_what_is_left(text, answer):
    assert split_thoughts(text).answer == answer


def test_the_thoughts_are_kept():
    assert split_thoughts("<think>one</think>Yes\n<think>two</think>") == Split("one\n\ntwo", "Yes")
    assert split_thoughts("one\n</think>\n\nYes") == Split("one", "Yes")
    said = Completion("<think>two</think>Yes", thoughts="one")
    assert without_thoughts(said) == Completion("Yes", thoughts="one\n\ntwo")
    assert without_thoughts(Completion("Yes", thoughts="one")) == Completion("Yes", thoughts="one")
    assert separate_thoughts(said, "keep") is said


def test_nothing_but_thoughts_is_no_answer():
    assert without_thoughts(Completion("<think>could be A")).outcome == "empty"
    assert without_thoughts(Completion("", thoughts="hm")).outcome == "empty"
    assert without_thoughts(Completion("<think>call it</think>", tool_calls="[{}]")).outcome == "ok"
    cut = without_thoughts(Completion("<think>could be", outcome="truncated"))
    assert (cut.outcome, is_all_thoughts(cut)) == ("truncated", True)


PIECES = [
    "<think>",
    "</think>",
    "<think>a</think>\n",
    "`<think>`",
    "```\n",
    "<think><think></think>\n",
    "<think>a</think>b<think>",
    "<think>a</think></think>b",
    "<|start|>assistant to=f<|channel|>a to=b<|message|>",
]


@pytest.mark.slow
@every_row("piece", [*PIECES, "x<think>\n", "[", "<|channel|>final<|message|>"])
def test_no_answer_takes_long(piece):
    output = piece * (100_000 // len(piece))
    done_in_passes(150, output, lambda: split_thoughts(output))

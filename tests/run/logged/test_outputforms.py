"""Files of outputs in the forms of APIs and of tables, read as one completion for each example."""

import csv
import json
from io import BytesIO, StringIO

import pytest

from promptci.errors import SpecError
from promptci.run.logged.outputreading import read_outputs, read_trials
from tables import every_row

ASKED = {"role": "user", "content": "go"}
MADE = [("find", {"name": "Åsa"}), ("refund", {"order": "W1", "amount": 1.5})]
FUNCTIONS = [{"name": name, "arguments": json.dumps(given)} for name, given in MADE]
BLOCKS = [{"type": "tool_use", "id": name, "name": name, "input": given} for name, given in MADE]
PARTS = [{"functionCall": {"name": name, "args": given}} for name, given in MADE]
ITEMS = [{"type": "function_call", "call_id": "c", **each} for each in FUNCTIONS]
CALLS = [{"type": "function", "function": each} for each in FUNCTIONS]
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "find"}]}
DONE = {"type": "text", "text": "done"}


def read(*lines, dump=lambda rows: "\n".join(map(json.dumps, rows))):
    return read_outputs(BytesIO(dump([{"id": "a", **line} for line in lines]).encode()), "o.jsonl")


def made_in(completion):
    calls = [each.get("function", each) for each in json.loads(completion.tool_calls or "[]")]
    given = [(each["name"], each["arguments"]) for each in calls]
    return [(name, json.loads(a) if isinstance(a, str) else a) for name, a in given]


@every_row(
    "line",
    [
        {"messages": [ASKED, {"role": "assistant", "tool_calls": CALLS, "content": "done"}]},
        {"messages": [ASKED, {"role": "assistant", "content": [*BLOCKS, DONE]}]},
        {
            "messages": [
                ASKED,
                *(
                    turn
                    for block in BLOCKS
                    for turn in ({"role": "assistant", "content": [block]}, RESULT)
                ),
                {"role": "assistant", "content": [DONE]},
            ]
        },
        {"contents": [{"role": "model", "parts": [*PARTS, {"text": "done"}]}]},
        {"messages": [{"role": "model", "parts": [*PARTS, {"text": "done"}]}]},
        {
            "messages": [
                *({"role": "assistant", "function_call": each} for each in FUNCTIONS),
                {"role": "assistant", "content": "done"},
            ]
        },
        {"output": {"role": "assistant", "content": [DONE, *BLOCKS], "stop_reason": "tool_use"}},
        {"output": {"choices": [{"message": {**CALLS[0], "role": "assistant", "content": "done",
                                             "tool_calls": CALLS}}]}},
        {"output": {"candidates": [{"content": {"role": "model",
                                                "parts": [{"text": "done"}, *PARTS]}}]}},
        {"output": [*ITEMS, {"type": "message", "role": "assistant", "content": [DONE]}]},
        {"output": "done", "tool_calls": BLOCKS},
        {"output": "done", "tool_calls": PARTS},
        {"output": "done", "tool_calls": FUNCTIONS},
    ],
)  # fmt: skip
def test_text_and_calls_are_the_same_in_the_form_of_each_api(line):
    said = read(line)["a"]
    assert (said.text, made_in(said), said.outcome) == ("done", MADE, "ok")


@every_row(
    "output",
    [
        {"role": "admin", "content": "x"},
        {"message": "x", "response": "y"},
        {"choices": ["a", "b"]},
        [{"type": "text", "text": "x"}],
        [{"type": "function_call", "name": "f"}, {"type": "else"}],
        [],
    ],
)
def test_an_output_that_is_data_stays_as_it_is(output):
    said = read({"output": output})["a"]
    assert (json.loads(said.text), said.tool_calls) == (output, "")


def test_a_response_that_was_cut_off_is_told():
    cut = {
        "choices": [{"message": {"role": "assistant", "content": "x"}, "finish_reason": "length"}]
    }
    assert read({"output": cut})["a"].outcome == "truncated"


def test_an_array_is_read_over_many_lines():
    found = read({"output": "x\ny"}, dump=lambda rows: json.dumps(rows, indent=2))
    assert (found["a"].text, found.mark("a").line) == ("x\ny", 2)


def table(*rows, sign=","):
    text = StringIO()
    csv.writer(text, delimiter=sign).writerows(rows)
    return BytesIO(text.getvalue().encode())


LONG = [("ID", "Trial", "Output"), *(("a", n, f"{n}, x\ny") for n in (1, 2))]
WIDE = [("id", "sample_2", "sample_1"), ("a", "2, x\ny", "1, x\ny")]


@every_row("rows, sign", [(LONG, ","), (LONG, ";"), (WIDE, ","), (WIDE, "\t")])
def test_a_table_holds_a_row_or_a_column_for_each_trial(rows, sign):
    runs = read_trials(table(*rows, sign=sign), "o.csv")
    assert [run["a"].text for run in runs] == ["1, x\ny", "2, x\ny"]


def test_a_cell_may_hold_calls_and_figures():
    rows = [("id", "output", "tool_calls", "latency"), ("1", "", json.dumps(CALLS), "0.5")]
    said = read_outputs(table(*rows), "o.csv")["1"]
    assert (said.text, made_in(said), said.latency) == ("", MADE, 0.5)


@every_row(
    "line,said",
    [
        ({"output": ["7", "12", "7"]}, ["7", "12", "7"]),
        ({"output": ["7", None, 7]}, ["7", "", "7"]),
        ({"output": [{"role": "assistant", "content": each} for each in "78"]}, ["7", "8"]),
        ({"samples": ["7", "12"], "answers": ["7"]}, ["7", "12"]),
        ({"samples": [{"text": "7", "n": 1}, {"output": "8"}]}, ["7", "8"]),
        ({"votes": ["7", "8"]}, ["7", "8"]),
        ({"generations": [{"text": "7"}, {"text": "8"}]}, ["7", "8"]),
        ({"output": [["a"], ["b"]]}, ['[["a"],["b"]]']),
        ({"output": {"a": 1}, "trial": 2}, ['{"a":1}']),
    ],
)
def test_a_list_of_texts_is_the_samples_of_a_prompt_that_picks_one(line, said):
    file = BytesIO(json.dumps({"id": "a", **line}).encode())
    found = [each["a"].text for each in read_trials(file, "o.jsonl", is_sampled=True)]
    assert [each.replace(" ", "") for each in found] == said
    whole = read_trials(file, "o.jsonl")
    assert len(whole) == (1 if "output" in line else 2)


@every_row(
    "line,wrong",
    [
        ({"output": "7", "samples": ["7"]}, "in `output` and `samples`: keep the one"),
        ({"output": ["7"], "samples": ["7"]}, "in `output` and `samples`: keep the one"),
        ({"outputs": ["7"], "samples": ["7"]}, "in `outputs` and `samples`: keep the one"),
        ({"messages": [], "samples": ["7"]}, "in `messages` and `samples`: keep the one"),
        ({"output": ["7"], "trial": 1}, "lists several samples, and `trial` says"),
        ({"answers": ["7", "8"]}, "if `answers` lists several, call it so"),
        ({"output": []}, "`output` is missing"),
    ],
)
def test_a_line_of_which_the_samples_are_not_clear_is_refused(line, wrong):
    file = BytesIO(json.dumps({"id": "a", **line}).encode())
    with pytest.raises(SpecError) as refused:
        read_trials(file, "o.jsonl", is_sampled=True)
    assert wrong in str(refused.value)


NAMED = [{"name": name, "arguments": given} for name, given in MADE]


CHAIN = [
    {"type": "human", "content": "go"},
    {
        "type": "ai",
        "content": "",
        "tool_calls": [{"name": name, "args": given, "id": name} for name, given in MADE],
    },
    {"type": "tool", "content": "1", "tool_call_id": "find"},
    {"type": "ai", "content": "done"},
]
"""Messages as LangChain and LangGraph have them."""


@every_row(
    ("line", "calls"),
    [
        *(({key: CALLS}, MADE) for key in ("trajectory", "traj", "calls", "actions")),
        ({"calls": NAMED}, MADE),
        ({"actions": [{"name": name, "kwargs": given} for name, given in MADE]}, MADE),
        ({"trajectory": [{name: given} for name, given in MADE]}, MADE),
        ({"calls": PARTS}, MADE),
        ({"traj": [ASKED, {"role": "assistant", "tool_calls": CALLS}]}, MADE),
        ({"tool_calls": CALLS[:1], "calls": CALLS}, MADE[:1]),
        ({"messages": [{"role": "assistant", "content": "no"}], "actions": CALLS}, []),
        ({"traj": ["a", {"role": "assistant", "tool_calls": CALLS}]}, []),
        ({"actions": [{"tool": name, "input": given} for name, given in MADE]}, MADE),
        ({"actions": [{"tool_name": name, "parameters": given} for name, given in MADE]}, MADE),
        ({"actions": [{"function": name, "args": given} for name, given in MADE]}, MADE),
        ({"calls": [{"function_name": name, "arguments": given} for name, given in MADE]}, MADE),
        (
            {
                "trajectory": [
                    {"step": 1, "thought": "so", "action": name, "action_input": given}
                    for name, given in MADE
                ]
            },
            MADE,
        ),
        ({"calls": [[each] for each in NAMED]}, MADE),
        ({"calls": json.dumps(NAMED)}, MADE),
        ({"calls": ["find(name='Åsa')", "refund(order='W1', amount=1.5)"]}, MADE),
        ({"calls": [*NAMED, {"name": "wait"}]}, [*MADE, ("wait", {})]),
        ({"function_call": FUNCTIONS[0]}, MADE[:1]),
        ({"trajectory": [*ITEMS, {"type": "function_call_output", "output": "1"}]}, MADE),
        ({"messages": CHAIN}, MADE),
        ({"trajectory": CHAIN}, MADE),
        ({"actions": [{"action": "It is (really) over.", "input": {}}]}, []),
        ({"calls": []}, []),
        ({"calls": 3}, []),
        ({"actions": ["look", "wait"]}, []),
        ({"actions": [{"name": "look"}]}, []),
        ({"calls": [*NAMED, "wait"]}, []),
    ],
)
def test_calls_under_other_names_are_the_trajectory_where_they_are_calls(line, calls):
    completion = read({"output": "done", **line})["a"]
    assert made_in(completion) == calls
    assert completion.text == "done"


@every_row(
    ("line", "told"),
    [
        ({"calls": ["wait"]}, ["`calls` is not read, since it is neither turns nor calls"]),
        ({"trajectory": [["find", {}]]}, ["`trajectory` is not read"]),
        ({"predicted": NAMED}, ["`predicted` lists calls of tools and is not read: call it"]),
        ({"steps": [{"tool": "find", "input": {}}]}, ["`steps` lists calls of tools"]),
        ({"calls": NAMED, "steps": NAMED}, []),
        ({"messages": [ASKED], "calls": ["wait"]}, []),
        ({"calls": []}, []),
        ({"notes": ["a", {"name": "b"}]}, []),
    ],
)
def test_fields_that_may_be_calls_and_are_not_read_are_told_once(line, told):
    outputs = read({"output": "done", **line}, {"output": "done", **line, "id": "b"})
    found = [str(each) for each in outputs.warnings]
    assert len(found) == len(told)
    for warning, part in zip(found, told, strict=True):
        assert warning.startswith(f"o.jsonl:1:1: warning: {part}")
        assert warning.endswith("(and 1 more for the same reason)")


def test_an_output_under_another_name_is_named():
    with pytest.raises(SpecError, match="if `prediction` is what was said, call it `output`"):
        read({"prediction": "so"})

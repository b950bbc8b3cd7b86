"""Ids of golden examples that come twice, however far apart, and what must pass."""

import pytest

from projects import PROMPT, MemoryTree, example, jsonl
from promptci.suite import packedlines
from promptci.suite.golden import Golden
from promptci.suite.goldenids import GoldenIds
from promptci.suite.loading import load_suite

ROWS = [example(f"e{n}", f"Text {n}", "billing") for n in range(8)]


def faults(rows, gate="{}"):
    """What is wrong with the ids of some rows."""
    spec = f"examples: r.jsonl\nscorers: [equals]\ngate: {gate}\n"
    tree = MemoryTree(
        {"prompts/r.yaml": PROMPT, "evals/r.yaml": spec, "evals/r.jsonl": jsonl(rows)}
    )
    eval_ = load_suite(tree).evals["r"]
    ids = GoldenIds(eval_)
    soon = [
        f"{each.mark.line}: {ids.add(each.id, each.mark.line)}"
        for each in Golden.of(tree, eval_).examples()
    ]
    far = [f"{f.line}: {f.message.split('` ')[1]}" for f, _ in ids.repeated("r", 20)]
    strays = [fault.message for fault in ids.strays()]
    return [each for each in soon if not each.endswith(": ")] + far + strays


@pytest.mark.parametrize("at_once", [2, 1000])
def test_an_id_that_comes_twice_is_a_fault_of_the_later_line(monkeypatch, at_once):
    monkeypatch.setattr(packedlines, "AT_ONCE", at_once)
    found = faults([*ROWS, example("e1", "Another", "billing")])
    assert found == ["9: has the id, or else the inputs, of line 2: change one"]


def test_what_must_pass_is_an_example():
    [found] = faults(ROWS, gate="{must_pass: [e7, e88]}")
    assert found.startswith("`must_pass` names no example `e88`: ")

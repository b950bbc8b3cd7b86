"""Passes over golden examples are made once for the same contents, and again for any others."""

import json

import pytest
from msgspec.structs import replace

from projects import JUDGE, PROMPT, MemoryTree, example, jsonl
from promptci.remembered import REMEMBERED
from promptci.scorers.registry.registry import Reach
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Settings
from promptci.suite import scan, scanned
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite

MODEL = ModelSpec("m", "m", EndpointSpec("e", "openai", "http://127.0.0.1:9"))
ROWS = [example("a", "My card was charged", "x", tags=["t"]), example("b", "Where is it?", "y")]
SPEC = {"scorers": "[equals]", "gate": "{}", "prompt": PROMPT, "rows": ROWS}


@pytest.fixture(autouse=True)
def passes(tmp_path, monkeypatch):
    """The kinds of passes made, with a state folder to remember them in."""
    made = []

    def counted(kind, work):
        def run(*arguments):
            made.append(kind)
            return work(*arguments)

        return run

    REMEMBERED.keep_in(lambda: tmp_path)
    monkeypatch.setattr(scan, "scan", counted("scan", scan.scan))
    return made


FLOW = "steps: [{a: {prompt: r}}, {b: {prompt: r, vars: {ticket: '{{ a }}'}}}]\n"


def look(**changes):
    """What a pass finds in an eval, with its faults."""
    told = SPEC | changes
    spec = f"examples: r.jsonl\nscorers: {told['scorers']}\ngate: {told['gate']}\n"
    rows = told["rows"]
    text = rows if isinstance(rows, str) else jsonl(rows)
    if told.get("is_inline"):
        spec = spec.replace("r.jsonl", json.dumps(rows))
    files = {"prompts/r.yaml": told["prompt"], "evals/r.yaml": spec, "evals/r.jsonl": text}
    if flow := told.get("flow"):
        files |= {"flows/f.yaml": flow, "evals/r.yaml": f"flow: f\n{spec}"}
    tree = MemoryTree(files)
    suite, faults = load_suite(tree), []
    eval_ = replace(suite.evals["r"], strict_variables=told.get("is_strict", True))
    judges = Judges(eval_, Reach(lambda name, parameters: Settings(MODEL, parameters)), faults)
    golden, prompt = Golden.of(tree, eval_), suite.prompts[eval_.prompt]
    found = scanned.scan_once(golden, eval_, prompt, judges, faults)
    doubts = [] if faults else scanned.lint_once(found, golden, prompt)
    return found, list(map(str, faults)), list(map(str, doubts))


def test_the_same_contents_are_looked_at_once(passes):
    assert look() == look()
    assert passes == ["scan"]


def test_so_are_examples_in_the_eval_itself(passes):
    assert look(is_inline=True) == look(is_inline=True)
    assert passes == ["scan"]
    large = [{**ROWS[0], "expected": 2**70}, ROWS[1]]
    for rows in (ROWS[:1], [ROWS[1], ROWS[0]], [{**ROWS[0], "expected": None}, ROWS[1]], large):
        look(is_inline=True, rows=rows)
    assert passes == ["scan"] * 5
    look(is_inline=True, rows=large)
    assert passes == ["scan"] * 6


def test_a_pass_that_allows_no_unused_variables_serves_one_that_does(passes):
    unused = [example("a", "My card was charged", "x") | {"vars": {"ticket": "x", "more": "y"}}]
    assert look() == look(is_strict=False)
    assert passes == ["scan"]
    assert look(rows=unused, is_strict=False)[1] == []
    assert "gives `more`" in " ".join(look(rows=unused)[1])
    assert passes == ["scan"] * 3


def test_another_process_need_not_look_again(passes, tmp_path):
    before = look()
    REMEMBERED.write()
    REMEMBERED.keep_in(lambda: tmp_path)
    assert look() == before
    assert passes == ["scan"]
    assert before[0].groups.tags == {"a": ("t",)}


@pytest.mark.parametrize(
    "change",
    [
        {"rows": ROWS[:1]},
        {"rows": jsonl(ROWS) + "\n"},
        {"rows": [{**ROWS[0], "tags": []}, ROWS[1]]},
        {"scorers": "[equals, contains]"},
        {"scorers": "[{equals: {only: t}}, contains]"},
        {"scorers": "[{equals: {ignore_case: true}}]"},
        {"gate": "{must_pass: [a]}"},
    ],
)
def test_whatever_decides_a_pass_has_it_made_again(passes, change):
    look()
    look(**change)
    assert passes == ["scan", "scan"]


def test_examples_of_a_flow_are_looked_at_once_as_long_as_it_says_the_same(passes):
    assert look(flow=FLOW) == look(flow=FLOW)
    assert look(flow=FLOW)[1:] == ([], [])
    assert passes == ["scan"]
    look(flow=FLOW.replace("b:", "c:"))
    look(flow=FLOW, prompt=PROMPT.replace("route", "send"))
    look()
    assert passes == ["scan"] * 4


@pytest.mark.parametrize(
    "change",
    [
        {"gate": "{must_pass: [c]}"},
        {"scorers": "[{equals: {only: u}}, contains]"},
        {"rows": jsonl(ROWS) + "{\n"},
        {"rows": [*ROWS, ROWS[0]]},
        {"prompt": PROMPT.replace("ticket }}", "tocket }}")},
    ],
)
def test_a_fault_is_told_each_time(passes, change):
    first, second = look(**change), look(**change)
    assert first[1]
    assert first[1] == second[1]
    assert passes == ["scan", "scan"]


def test_scorers_of_single_examples_are_bound_each_time(passes):
    """What they ask and run is decided by other files, too."""
    rows = [{**ROWS[0], "scorers": [JUDGE]}, ROWS[1]]
    look(rows=rows)
    look(rows=rows)
    assert passes == ["scan", "scan"]


def test_doubts_are_told_as_they_were(passes):
    rows = [*ROWS, example("c", "My card was charged", "x")]
    first, second = look(rows=rows), look(rows=rows)
    assert (
        first[2]
        == second[2]
        == ["evals/r.jsonl:3:1: warning: example `c` repeats `a` (line 1): delete one"]
    )
    assert passes == ["scan"]


def test_a_damaged_finding_is_made_again(passes, tmp_path):
    before = look()
    REMEMBERED.write()
    for path in (tmp_path / "known").iterdir():
        path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    REMEMBERED.keep_in(lambda: tmp_path)
    assert look() == before
    assert passes == ["scan", "scan"]


def test_another_wording_of_the_prompt_makes_no_other_faults(passes):
    told = PROMPT.replace("You route", "Please route")
    assert told != PROMPT
    assert look(prompt=told) == look()
    assert passes == ["scan"]


@pytest.mark.parametrize(
    "prompt",
    [
        PROMPT.replace("{{ ticket }}", "{{ ticket }} {{ other }}"),
        PROMPT.replace("{{ ticket }}", "{{ ticket }} {{ ticket }}"),
        PROMPT.replace("role: system", "role: user"),
        pytest.param(f"{PROMPT}\ntemplate: jinja\n", marks=pytest.mark.slow),
    ],
)
def test_another_use_of_variables_or_roles_is_looked_at(passes, prompt):
    look()
    look(prompt=prompt)
    assert passes == ["scan", "scan"]


def test_a_wording_with_which_an_example_is_too_long_is_looked_at(passes, monkeypatch):
    monkeypatch.setattr(scanned, "MOST_RENDERED", 200)
    look()
    look(prompt=PROMPT.replace("You route", "You route " * 20))
    assert passes == ["scan", "scan"]

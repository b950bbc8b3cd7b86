"""A golden file beside another state of it says what it says by itself, whatever was edited."""

import json
import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from projects import PROMPT, MemoryTree, example, jsonl
from promptci.errors import PromptCIError, RequestError
from promptci.remembered import REMEMBERED
from promptci.scorers.registry.registry import Reach
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Settings
from promptci.suite import examplenames, samelines, scanned
from promptci.suite import outlines as packed_outlines
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.suite.outlines import input_marks, outlines
from tables import every_row

MODEL = ModelSpec("m", "m", EndpointSpec("e", "openai", "http://127.0.0.1:9"))
ROWS = [
    example(
        f"e{n}",
        f"Ticket number {n}",
        f"queue {n % 5}",
        **({"tags": ["urgent"]} if n % 3 == 0 else {}),
        **({"cluster": f"c{n % 2}"} if n % 7 == 0 else {}),
    )
    for n in range(60)
]
TREES = []
"""The trees of a test, which is done with none of them before its end."""
SPEC = "examples: r.jsonl\nscorers: [equals, {levenshtein: {only: [urgent]}}]\n"


@pytest.fixture(autouse=True)
def parsed(monkeypatch):
    """The examples that are parsed, while nothing is known yet."""
    forget()
    found, make = [], Golden.from_row

    def noted(golden, values, mark):
        found.append(mark.line)
        return make(golden, values, mark)

    monkeypatch.setattr(Golden, "from_row", noted)
    return found


def opened(text, spec=SPEC, more=()):
    """A suite in memory with its golden examples."""
    files = {"prompts/r.yaml": PROMPT, "evals/r.yaml": spec, "evals/r.jsonl": text}
    suite = load_suite(MemoryTree(files | dict(more)))
    TREES.append(suite.tree)
    return suite, Golden.of(suite.tree, suite.evals["r"])


def outlined(golden):
    """The outlines of examples, or what is wrong with them."""
    try:
        return list(outlines(golden))
    except PromptCIError as error:
        return [str(error)]


def looked(suite, golden, **how):
    """What a pass finds, but for a longest example that is no more."""
    faults, spec = [], suite.evals["r"]
    judges = Judges(spec, Reach(lambda name, parameters: Settings(MODEL, parameters)), faults)
    found = scanned.scan_once(golden, spec, suite.prompts["r"], judges, faults, **how)
    groups = found.groups and replace(found.groups, values=len(found.groups.values))
    return replace(found, longest=0, groups=groups), [str(fault) for fault in faults]


def forget():
    """Have the next one read by itself."""
    REMEMBERED.keep_in(lambda: Path("/no such folder"))
    TREES.clear()
    scanned._SOUND.clear()
    packed_outlines._HELD.clear()


def altered(rng, lines):
    """Lines edited in one way of many."""
    n, at = len(lines), rng.randrange(len(lines))
    row = json.loads(rng.choice(lines))
    new = rng.choice(
        [
            example(f"new{at}", "Another ticket", "queue 1"),
            row | {"expected": "queue 9"},
            row | {"vars": {"ticket": f"Edited {at}"}},
            row | {"tags": ["calm"]},
            row | {"cluster": "other"},
            row | {"scorers": ["starts_with"]},
            row | {"vars": {"wrong": "x"}},
            row | {"id": "e1"},
            row | {"vars": {"ticket": "x" * 300}},
            {name: value for name, value in row.items() if name != "expected"},
            {name: value for name, value in row.items() if name != "id"},
            row | {"vars": {"ticket": [{"role": "user", "content": [{"image": "a.png"}]}]}},
        ]
    )
    odd = ["", "  ", "{", "[]", "[1]", "<<<<<<< HEAD", "\ufeff{}", "null", lines[at] + "\r"]
    return rng.choice(
        [
            [*lines[:at], json.dumps(new), *lines[at + 1 :]],
            [*lines[:at], json.dumps(new), *lines[at:]],
            [*lines[:at], rng.choice(odd), *lines[at:]],
            lines[:at] + lines[min(n, at + rng.randrange(5)) :] or lines,
            rng.sample(lines, n),
            [*lines[at:], *lines[:at]],
            [*lines, lines[at]],
            [json.dumps(json.loads(line)) if line.startswith('{"') else line for line in lines],
        ]
    )


def edited(seed):
    """The golden file, and what it is after some edits."""
    rng = random.Random(seed)
    before = jsonl(ROWS).splitlines()
    after = before
    for _ in range(rng.randrange(1, 4)):
        after = altered(rng, [line for line in after if line.startswith('{"')] or before)
    end = rng.choice(["\n", "\n", ""])
    return "\n".join(before) + "\n", "\n".join(after) + end


@every_row("seed", range(150))
def test_beside_another_state_it_is_what_it_is_by_itself(seed):
    before, after = edited(seed)
    forget()
    alone = outlined(opened(after)[1])
    forget()
    said = looked(*opened(after))
    forget()
    outlined(opened(before)[1])
    looked(*opened(before))
    assert outlined(opened(after)[1]) == alone, seed
    assert looked(*opened(after)) == said, seed


def test_the_lines_that_the_other_state_has_not_are_parsed_alone(parsed):
    rows = [dict(row) for row in ROWS]
    rows[7]["expected"], rows[50]["vars"] = "queue 4", {"ticket": "What else?"}
    first, second = opened(jsonl(ROWS)), opened(jsonl(rows))
    list(outlines(first[1]))
    parsed.clear()
    list(outlines(second[1]))
    assert parsed == [8, 51]
    looked(*first)
    parsed.clear()
    looked(*second)
    assert parsed == [8, 51]


def test_what_is_known_of_another_state_is_asked_for_before_a_pass(parsed):
    first, second = opened(jsonl(ROWS)), opened(jsonl([*ROWS, example("new", "x", "queue 1")]))
    looked(*first)
    scanned._SOUND.clear()
    parsed.clear()
    looked(*second, look_before=lambda: looked(*first))
    assert parsed == [len(ROWS) + 1]
    looked(*second, look_before=lambda: pytest.fail("it is known"))


def test_what_few_values_are_expected_is_known_of_lines_that_stayed(parsed):
    rows = [row | {"expected": f"queue {n % 2}"} for n, row in enumerate(ROWS)]
    first = opened(jsonl(rows))
    rows[3] = rows[3] | {"expected": "queue 0"}
    second = opened(jsonl(rows))
    looked(*first)
    parsed.clear()
    groups = looked(*second)[0].groups
    assert (parsed, groups.expected["e3"], len(groups.expected)) == ([4], "queue 0", 60)


def test_where_many_values_are_expected_a_few_lines_tell(parsed):
    rows = [row | {"expected": f"case {n}"} for n, row in enumerate(ROWS)]
    first = opened(jsonl(rows))
    second = opened(jsonl([*rows[:-1], rows[-1] | {"expected": "none"}]))
    looked(*first)
    parsed.clear()
    assert looked(*second)[0].groups.expected == {}
    assert len(parsed) == 13 + 1


def test_an_example_that_names_a_file_is_read_in_each_state():
    shown = {"ticket": [{"role": "user", "content": [{"image": "a.png"}]}]}
    rows = [*ROWS, {"id": "shown", "vars": shown, "expected": "queue 1"}]
    first, second = opened(jsonl(rows)), opened(jsonl(rows), more={"evals/a.png": b"a"}.items())
    before, after = ({e.id: e.digest for e in outlines(golden)} for _, golden in (first, second))
    assert before.keys() == after.keys()
    assert [id_ for id_ in before if before[id_] != after[id_]] == ["shown"]


def test_a_state_that_was_written_to_since_tells_nothing():
    suite, golden = opened(jsonl(ROWS))
    wanted = looked(suite, golden)
    list(outlines(golden))
    suite.tree.content["evals/r.jsonl"] = jsonl(reversed(ROWS))
    other = opened(jsonl(ROWS) + "\n")
    assert [each.id for each in outlines(other[1])] == [row["id"] for row in ROWS]
    assert looked(*other)[0].digest == wanted[0].digest


def test_a_state_that_is_gone_tells_nothing(monkeypatch):
    read = MemoryTree.open

    def there(tree, path):
        if path not in tree.content:
            raise RequestError(f"{path}: there is no such file")
        return read(tree, path)

    monkeypatch.setattr(MemoryTree, "open", there)
    first, second = opened(jsonl(ROWS)), opened(jsonl(ROWS[1:]))
    list(outlines(first[1]))
    looked(*first)
    del first[0].tree.content["evals/r.jsonl"]
    assert len(list(outlines(second[1]))) == len(ROWS) - 1
    assert looked(*second)[0].count == len(ROWS) - 1


def test_where_little_is_alike_the_file_is_read_by_itself(parsed, monkeypatch):
    monkeypatch.setattr(samelines, "_MOST_EDITED", 5)
    list(outlines(opened(jsonl(ROWS))[1]))
    parsed.clear()
    rows = [row | {"expected": "new"} for row in ROWS[:-1]]
    assert len(list(outlines(opened(jsonl([*rows, ROWS[-1]]))[1]))) == len(ROWS)
    assert len(parsed) == 5 + len(ROWS)


def test_more_edited_lines_than_are_looked_ahead_do_not_part_the_states(parsed, monkeypatch):
    monkeypatch.setattr(samelines, "_WINDOW", 3)
    list(outlines(opened(jsonl(ROWS))[1]))
    parsed.clear()
    edits = {n: {"expected": "new"} for n in range(10, 30)}
    list(outlines(opened(jsonl(row | edits.get(n, {}) for n, row in enumerate(ROWS)))[1]))
    assert parsed == [n + 1 for n in edits]


def test_how_inputs_begin_is_known_of_both(tmp_path):
    REMEMBERED.keep_in(lambda: tmp_path)
    rows = [example(f"e{n}", f"Ticket number {n}", "x") for n in range(1_200)]
    first = opened(jsonl(rows))[1]
    list(outlines(first))
    second = opened(jsonl([*rows[1:], example("new", "Quite another beginning", "x")]))[1]
    list(outlines(second))
    both = {input_marks(golden) for golden in (first, second)}
    assert None not in both
    assert set(input_marks(second)) >= set(input_marks(first))


def test_a_longer_wording_is_compared_with_the_longest_that_was(monkeypatch):
    for module in (examplenames, scanned):
        monkeypatch.setattr(module, "MOST_RENDERED", 400)
    rows = [*ROWS, example("long", "x" * 350, "queue 1")]
    assert not looked(*opened(jsonl(rows)))[1]
    suite, golden = opened(jsonl([*ROWS, example("new", "x", "queue 1")]))
    prompt = suite.prompts["r"]
    words = prompt.mark.path, suite.tree.content[prompt.mark.path].replace("{{", "y" * 60 + "{{")
    assert not looked(*opened(golden.tree.content["evals/r.jsonl"], more=[words]))[1]


def test_where_the_other_state_is_gone_all_is_read(monkeypatch):
    """As where a folder was moved between two looks at the working tree."""
    read = MemoryTree.open

    def opened_or_refused(tree, path):
        if not tree.exists(path):
            raise RequestError(f"{path}: there is no such file")
        return read(tree, path)

    monkeypatch.setattr(MemoryTree, "open", opened_or_refused)
    edited = jsonl([{**ROWS[0], "expected": "another"}, *ROWS[1:]])
    forget()
    alone = looked(*opened(edited))
    forget()
    suite, golden = opened(jsonl(ROWS))
    looked(suite, golden)
    del suite.tree.content["evals/r.jsonl"]
    assert looked(*opened(edited)) == alone

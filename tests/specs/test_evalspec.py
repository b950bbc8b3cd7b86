"""Evals are read as people write them; what is wrong is said with its place."""

from textwrap import dedent

from promptci.parsing.shape import read_shape
from promptci.parsing.source import Mark, as_node
from promptci.parsing.yamlfile import load_yaml
from promptci.specs.evalfile import ExampleFile
from promptci.specs.evalparsing import parse_evalspec, parse_example
from promptci.specs.evalspec import EvalSpec, Gate
from tables import every_row

PATH = "evals/router.yaml"


def parse(text):
    """The eval in a text and what is wrong with it, as people see it."""
    faults = []
    spec = parse_evalspec(load_yaml(dedent(text).encode(), PATH), "router", faults)
    return spec, [str(fault).removeprefix(f"{PATH}:") for fault in faults]


def good(text):
    spec, faults = parse(text)
    assert faults == []
    assert isinstance(spec, EvalSpec)
    return spec


def bad(text):
    spec, faults = parse(text)
    assert spec is None
    return faults


def example(**fields):
    file = read_shape(as_node(fields, Mark(PATH)), ExampleFile, [])
    return parse_example(file, Mark(PATH, 3, 5))


def test_a_whole_eval():
    spec = good(
        """\
        # yaml-language-server: $schema=eval.json
        description: Tickets to queues
        prompt: ticket-router
        models: [smollm2, openai/gpt-4.1-mini, smollm2]
        examples:
          - id: refund-2
            vars: {ticket: My card was charged twice, count: 2}
            expected: billing
            tags: [money, urgent, money]
            cluster: 7
            scorers: [equals]
            meta: {author: ada}
          - vars: {ticket: Hello}
            expected: null
          - vars: {ticket: Hi}
        scorers:
          - equals
          - contains: {value: x}
        gate: {tolerance: 0.05, min_score: 1, must_pass: [refund-2, 7], max_errors: 3}
        truncated: error
        refused: score
        """
    )
    assert (spec.name, spec.prompt, spec.description) == (
        "router",
        "ticket-router",
        "Tickets to queues",
    )
    assert spec.models == ("smollm2", "openai/gpt-4.1-mini")
    assert spec.gate == Gate(0.05, 1.0, ("refund-2", "7"), 3)
    assert (spec.truncated, spec.refused) == ("error", "score")
    assert spec.scored == {"ok", "refused"}
    assert spec.strict_variables
    assert [node.plain() for node in spec.scorers] == ["equals", {"contains": {"value": "x"}}]
    assert [node.mark.line for node in spec.scorers] == [17, 18]

    first, second, third = spec.examples
    assert (first.id, first.expected, first.tags) == ("refund-2", "billing", ("money", "urgent"))
    assert first.vars == {"ticket": "My card was charged twice", "count": 2}
    assert (first.cluster, first.scorers, first.mark.line) == ("7", ("equals",), 6)
    assert (second.expected, second.has_expected, second.mark.line) == (None, True, 13)
    assert (third.expected, third.has_expected, third.cluster) == (None, False, "")


def test_what_is_left_out_has_a_default():
    spec = good("examples: [{vars: {x: 1}}]\nscorers: [is_json]\n")
    assert (spec.prompt, spec.models, spec.gate) == ("router", (), Gate(0.02, None, (), 0))
    assert (spec.description, spec.truncated, spec.refused) == ("", "score", "error")
    assert spec.scored == {"ok", "truncated"}


def test_marks_lead_to_what_is_checked_later():
    spec = good("prompt: a\nexamples: data.jsonl\nscorers: [x]\ngate:\n  must_pass: [b]\n")
    absent = ("columns", "flow", "steps", "curve", "sensitivity")
    lines = {name: mark.line for name, mark in spec.marks.items() if name not in absent}
    assert lines == {"prompt": 1, "examples": 2, "models": 1, "gate": 5, "must_pass": 5}
    assert spec.examples == "data.jsonl"


def test_examples_in_a_data_file_may_bring_their_own_scorers():
    assert good("examples: data.jsonl\n").scorers == ()
    assert good("examples: [{vars: {}, scorers: [equals]}]\n").scorers == ()


@every_row(
    ("text", "faults"),
    [
        (
            "[]",
            [
                "1:1: this must be a mapping, here is a list: write `name: value` pairs, such as "
                "`examples: …`"
            ],
        ),
        ("scorers: [equals]\n", ["1:1: `examples` is missing: add it"]),
        (
            "examples: [{id: a}]\nscorers:\n  equals: {ignore_case: true}\n",
            [
                "3:3: unknown key `scorers.equals`: scorers are a list, with a `-` before each, "
                "such as `- equals`; known are `use`"
            ],
        ),
        (
            "tests: [{t: x, output: y}]\n",
            ["1:1: unknown key `tests`: write `examples` for it"],
        ),
        (
            "examples: [{t: x, output: y}, q.jsonl]\nscorers: [equals]\ngate: {tolerance: 5}\n",
            [
                "1:13: unknown key `examples[0].t`: a variable of the prompt belongs below `vars`; "
                "known are `cluster`, `expected`, `history`, `id`, `messages`, `meta`, `never`, "
                "`runs`, `scorers`, `steps`, `tags`, `vars`",
                "1:19: unknown key `examples[0].output`: write what is wanted as `expected`",
                '1:31: `examples[1]` must be a mapping, here is the text "q.jsonl": name a file '
                "alone, without a list",
                "3:19: `gate.tolerance` must be at most 1, here is the number 5: write the share, "
                "0.05",
            ],
        ),
        (
            "Examples: a.jsonl\nscorers: [equals]\ngate: {max_errors: 0.2, tolerance: 2%}\n",
            [
                "1:1: unknown key `Examples`: did you mean `examples`?",
                "3:20: `gate.max_errors` counts examples without an answer: write a whole number "
                "from 0 on, such as 2",
                '3:36: `gate.tolerance` must be a number, here is the text "2%": write the share, '
                "0.02",
            ],
        ),
        (
            "examples: [{vars: {}}]\n",
            ["1:1: there are no `scorers`: add a list of them, such as `- equals`"],
        ),
        (
            "examples: []\n",
            ["1:1: there are no `scorers`: add a list of them, such as `- equals`"],
        ),
        (
            "exampels: a.jsonl\nscorer: [equals]\n",
            [
                "1:1: unknown key `exampels`: did you mean `examples`?",
                "2:1: unknown key `scorer`: did you mean `scorers`?",
            ],
        ),
        (
            "examples: a.jsonl\nmodels: []\n",
            ["2:9: `models` must not be empty: fill it in"],
        ),
        (
            "examples: a.jsonl\nmodels: smollm2\n",
            ['2:9: `models` must be a list, here is the text "smollm2": put it in `[` and `]`'],
        ),
        (
            "examples: a.jsonl\ngate:\n  tolerance: 2\n  min_score: -1\n  max_errors: 0.5\n",
            [
                "3:14: `gate.tolerance` must be at most 1, here is the number 2: change it",
                "4:14: `gate.min_score` must be at least 0, here is the number -1: change it",
                "5:15: `gate.max_errors` counts examples without an answer: write a whole number"
                " from 0 on, such as 2",
            ],
        ),
        (
            "examples: a.jsonl\ntruncated: ignore\n",
            ['2:12: `truncated` cannot be the text "ignore": known are `error`, `score`'],
        ),
        (
            "examples:\n  - {id: 1.5, vars: {}}\n  - {id: '', vars: {}}\n  - {vars: []}\n",
            [
                "2:10: `examples[0].id` must be text or a whole number, here is the number 1.5:"
                " put quotes around it",
                "3:10: `examples[1].id` must not be empty: fill it in",
                "4:12: `examples[2].vars` must be a mapping, here is a list:"
                " write `name: value` pairs",
            ],
        ),
    ],
)
def test_every_fault_is_said_at_its_place(text, faults):
    assert sorted(bad(text)) == faults


def test_an_example_without_an_id_is_called_by_its_inputs():
    one, same = example(vars={"a": 1, "b": 2}, expected="x"), example(vars={"b": 2, "a": 1})
    assert one.id == same.id == "43258cff783f"
    assert example(vars={"a": 2}).id != one.id
    assert example(id=7).id == "7"
    assert one.mark == Mark(PATH, 3, 5)


@every_row(
    "changed",
    [
        {"vars": {"a": 2}},
        {"vars": {"a": "1"}},
        {"expected": "y"},
        {"expected": None},
        {"expected": ["x"]},
        {"scorers": ["equals"]},
    ],
)
def test_an_edited_example_has_another_digest(changed):
    base = {"id": "one", "vars": {"a": 1}, "expected": "x"}
    assert example(**{**base, **changed}).digest != example(**base).digest


def test_no_expectation_is_not_an_empty_one():
    assert example(vars={}).digest != example(vars={}, expected=None).digest


@every_row("changed", [{"tags": ["t"]}, {"cluster": "c"}, {"meta": {"m": 1}}, {"id": "two"}])
def test_what_is_said_about_an_example_does_not_edit_it(changed):
    base = {"id": "one", "vars": {"a": 1}, "expected": "x"}
    digest = example(**base).digest
    assert example(**{**base, **changed}).digest == digest == "022024d35db02e9d41c846e81e97f012"


def test_scorers_see_variables_and_expectation():
    assert example(vars={"a": 1}, expected="x").scope == {"a": 1, "expected": "x"}
    assert example(vars={"a": 1}).scope == {"a": 1}
    assert example(vars={"expected": "mine"}, expected="x").scope == {"expected": "mine"}

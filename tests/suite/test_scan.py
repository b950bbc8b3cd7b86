"""One pass over golden examples: their digest, and what it must not depend on."""

import pytest

from projects import JUDGE, PROMPT, MemoryTree, example, jsonl
from promptci.scorers.registry.registry import Reach
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Settings
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.suite.scan import MOST_FAULTS, scan
from tables import every_row

MODEL = ModelSpec("m", "m", EndpointSpec("e", "openai", "http://127.0.0.1:9"))


def look(rows, scorers="[equals]", gate="{}", prompt=PROMPT):
    """The scan of some rows, with its faults."""
    spec = f"examples: r.jsonl\nscorers: {scorers}\ngate: {gate}\n"
    tree = MemoryTree(
        {"prompts/r.yaml": prompt, "evals/r.yaml": spec, "evals/r.jsonl": jsonl(rows)}
    )
    suite = load_suite(tree)
    faults = []
    eval_ = suite.evals["r"]
    judges = Judges(eval_, Reach(lambda name, parameters: Settings(MODEL, parameters)), faults)
    found = scan(Golden.of(tree, eval_), eval_, suite.prompts["r"], judges, faults)
    return found, [str(fault) for fault in faults]


ROWS = [example("a", "Hi", "x", tags=["t"]), example("b", "Ho", "y")]


def test_examples_are_counted_and_digested():
    found, faults = look(ROWS)
    assert (found.count, len(found.digest), faults) == (2, 32, [])


def test_the_order_of_the_file_does_not_matter():
    assert look(ROWS)[0] == look(ROWS[::-1])[0]


@pytest.mark.parametrize(
    "row",
    [
        example("c", "Hi", "x", tags=["t"]),
        example("a", "Hi!", "x", tags=["t"]),
        example("a", "Hi", "y", tags=["t"]),
        example("a", "Hi", "x"),
        example("a", "Hi", "x", tags=["t"], scorers=["contains"]),
    ],
    ids=["id", "inputs", "expectation", "tags", "scorers"],
)
def test_everything_in_an_example_matters(row):
    found, faults = look([row, ROWS[1]])
    assert faults == []
    assert found.digest != look(ROWS)[0].digest


def test_what_is_only_for_people_does_not_matter():
    rows = [{**ROWS[0], "meta": {"by": "Ada"}}, ROWS[1]]
    assert look(rows)[0] == look(ROWS)[0]


def test_own_scorers_come_after_the_evals(monkeypatch):
    rows = [example("a", "Hi", "x", scorers=["contains", "equals"])]
    tree = MemoryTree(
        {
            "prompts/r.yaml": PROMPT,
            "evals/r.yaml": "examples: r.jsonl\nscorers: [equals]\n",
            "evals/r.jsonl": jsonl(rows),
        }
    )
    spec = load_suite(tree).evals["r"]
    judges = Judges(spec, Reach(lambda name, parameters: Settings(MODEL)), [])
    [found] = Golden.of(tree, spec).examples()
    assert [scorer.label for scorer in judges.of(found)] == ["equals", "contains", "equals-2"]
    assert judges.of(found) is judges.of(found)


def test_many_sets_of_own_scorers_are_not_all_kept(monkeypatch):
    monkeypatch.setattr("promptci.suite.evaljudges._MOST_KEPT", 3)
    rows = [example(f"n{n}", f"Hi {n}", "x", scorers=[{"contains": str(n)}]) for n in range(10)]
    found, faults = look(rows)
    assert (found.count, faults) == (10, [])


def test_faults_are_bounded_and_the_scan_ends_there():
    rows = [example(f"n{number}", f"Hi {number}", f"about {number}?") for number in range(1000)]
    found, faults = look(rows, scorers="[{numeric: {}}, date]")
    assert len(faults) == MOST_FAULTS + 1
    assert found.count == 0


RENAMED = PROMPT.replace("{{ ticket }}", "{{ tikcet }}")


def test_a_variable_misspelt_in_the_prompt_is_told_at_the_prompt():
    rows = [example(f"n{number}", f"Hi {number}", "x") for number in range(300)]
    found, faults = look(rows, prompt=RENAMED)
    assert found.count == 300
    assert faults == [
        "prompts/r.yaml:6:27: no example gives `tikcet`, which the prompt `r` uses: "
        "did you mean `ticket`? (and 600 more for the same reason)"
    ]


def test_a_variable_misspelt_in_one_example_is_told_there():
    rows = [*ROWS, {"id": "c", "vars": {"tikcet": "Hi"}, "expected": "x"}]
    assert look(rows)[1] == [
        "evals/r.jsonl:3:1: example `c` has no variable `ticket`, which the prompt `r` uses: "
        "rename its `tikcet`"
    ]


@every_row(
    ("row", "said"),
    [
        (example("c", "Hi", "x", vars={"ticket": "Hi", "w": "x"}), "gives `w`, which neither"),
        (example("c", "Hi", "x", tags=["t"]), "gives no `q`, which `contains` uses"),
        (example("c", "Hi", "x", scorers=[{"contains": "{{ z }}"}]), "gives no `z`, which"),
        ({"id": "c", "vars": {"ticket": "Hi"}}, "has no `expected`"),
    ],
)
def test_an_example_among_many_sound_ones_is_held_to_its_own_names(row, said):
    scorers = '[equals, {contains: {value: "{{ q }}", only: [t]}}]'
    one = example("t", "Hi", "x", tags=["t"], vars={"ticket": "Hi", "q": "x"})
    sound = [example(f"n{number}", f"Ha {number}", "x") for number in range(3)]
    assert look([one, *sound], scorers)[1] == []
    [fault] = look([one, *sound, row, example("d", "He", "x")], scorers)[1]
    assert fault.startswith("evals/r.jsonl:5:1: example `c` ")
    assert said in fault


def test_what_some_examples_lack_is_told_at_the_first_of_them():
    rows = [*ROWS, *(example(f"n{number}", f"Ha {number}") for number in range(5))]
    assert look(rows)[1] == [
        "evals/r.jsonl:3:1: example `n0` has no `expected`, which `equals` compares with: "
        "add one, or give the scorer a `value` (and 4 more for the same reason)"
    ]


def test_what_no_example_has_is_told_at_the_scorer_that_needs_it():
    rows = [example(f"n{number}", f"Ha {number}") for number in range(5)]
    assert look(rows)[1] == [
        "evals/r.yaml:2:11: no example has `expected`, which `equals` compares with: "
        "add one, or give the scorer a `value` (and 5 more for the same reason)"
    ]


def test_a_misspelt_scorer_may_use_what_no_other_does():
    rows = [example(f"n{n}", f"Hi {n}", "x", vars={"ticket": "Hi", "q": "x"}) for n in range(9)]
    [said] = look(rows, scorers='[{contians: "{{ q }}"}]')[1]
    assert "there is no scorer `contians`" in said


def test_rows_that_are_wrong_alike_are_one_fault():
    rows = [{"id": f"n{n}", "vars": {"ticket": f"Hi {n}"}, "expcted": "x"} for n in range(30)]
    assert look(rows)[1] == [
        "evals/r.jsonl:1:1: unknown key `expcted`: did you mean `expected`? "
        "(and 29 more for the same reason)"
    ]


def test_a_text_that_would_be_too_long_is_refused_before_it_is_built():
    rows = [example("a", "x" * 90_000, "x"), example("b", "x", "y")]
    prompt = PROMPT.replace("{{ ticket }}", "{{ ticket }}" * 150)
    [said] = look(rows, prompt=prompt)[1]
    assert said.startswith(
        "evals/r.jsonl:1:1: example `a` cannot be sent: the text would have 13,500,0"
    )


def test_must_pass_is_only_looked_at_where_all_examples_could_be_read():
    assert look(ROWS, gate="{must_pass: [a, b]}")[1] == []
    assert "no example `c`" in look(ROWS, gate="{must_pass: [c]}")[1][0]
    bad = look([*ROWS, {"vars": 3}], gate="{must_pass: [c]}")[1]
    assert all("must_pass" not in fault for fault in bad)


def test_a_judges_variables_must_be_given():
    _, faults = look(ROWS, scorers=f"[{JUDGE}]")
    assert faults == [
        "evals/r.yaml:2:11: no example gives `tone`, which `choice_judge` uses: add it to them "
        "(and 2 more for the same reason)"
    ]


def test_two_examples_on_one_line_may_not_share_an_id():
    inline = "[{id: a, vars: {ticket: Hi}, expected: x}, {id: a, vars: {ticket: Ho}, expected: x}]"
    tree = MemoryTree(
        {"prompts/r.yaml": PROMPT, "evals/r.yaml": f"{{examples: {inline}, scorers: [equals]}}"}
    )
    suite = load_suite(tree)
    faults = []
    spec = suite.evals["r"]
    judges = Judges(spec, Reach(lambda name, parameters: Settings(MODEL)), faults)
    scan(Golden.of(tree, spec), spec, suite.prompts["r"], judges, faults)
    assert "has the id, or else the inputs, of line 1" in faults[0].message


@every_row(
    ("row", "told"),
    [
        ('{"question": "Q%d"}', ["unknown key `question`"]),
        ('{"vars": {"ticket": "Hi"}, "expected": "%d"}', ["the id, or else the inputs, of line 1"]),
        ('{"id": "a", "vars": {"ticket": "%d"}, "expected": "x"}', ["example `a` has the id"]),
    ],
)
def test_rows_that_are_all_wrong_in_one_way_are_one_fault(row, told):
    rows = "".join(f"{row % n}\n" for n in range(60))
    spec = "examples: r.jsonl\nscorers: [equals]\n"
    tree = MemoryTree({"prompts/r.yaml": PROMPT, "evals/r.yaml": spec, "evals/r.jsonl": rows})
    suite, faults = load_suite(tree), []
    spec = suite.evals["r"]
    judges = Judges(spec, Reach(lambda name, parameters: Settings(MODEL)), faults)
    scan(Golden.of(tree, spec), spec, suite.prompts["r"], judges, faults)
    assert len(faults) == len(told)
    assert all(said in fault.message for said, fault in zip(told, faults, strict=True))
    assert faults[0].more >= 58


def test_a_table_is_told_once_of_what_its_columns_lack():
    text = "Tickets,__expected\n" + "".join(f"Hi {n},x\n" for n in range(300))
    tree = MemoryTree(
        {
            "prompts/r.yaml": PROMPT,
            "evals/r.yaml": "examples: r.csv\nscorers: [equals]\n",
            "evals/r.csv": text,
        }
    )
    suite = load_suite(tree)
    faults, spec = [], suite.evals["r"]
    judges = Judges(spec, Reach(lambda name, parameters: Settings(MODEL, parameters)), faults)
    scan(Golden.of(tree, spec), spec, suite.prompts["r"], judges, faults)
    said = [str(fault) for fault in faults]
    assert said == [
        "evals/r.csv:1:1: there is no column `ticket`, which the prompt `r` uses: did you mean "
        "`Tickets`?",
        "evals/r.csv:1:1: there is no column `expected`, which `equals` compares with: did you "
        "mean `__expected`?",
    ]


def test_a_golden_that_no_scorer_can_use_is_a_fault_of_its_line():
    rows = [example("a", "Hi", "5"), example("b", "Ho", "about five"), example("c", "Hu", " ")]
    _, faults = look(rows, scorers="[numeric, {not: contains}]")
    assert faults == [
        "evals/r.jsonl:2:1: example `b` cannot be judged by `numeric`: "
        '"about five" is not one number: give one to compare with',
        "evals/r.jsonl:3:1: example `c` cannot be judged by `numeric`: "
        "`expected` is empty: write what is expected",
        "evals/r.jsonl:3:1: example `c` cannot be judged by `not`: "
        "`expected` is empty: write what is expected",
    ]


def test_a_golden_is_read_only_by_the_scorers_that_judge_it():
    rows = [example("a", "Hi", "5", tags=["n"]), example("b", "Ho", "soon", tags=["d"])]
    scorers = "[{numeric: {only: n}}, {contains: {only: d}}]"
    assert look(rows, scorers=scorers)[1] == []


def test_a_prompt_without_a_variable_is_told_as_such():
    _, faults = look(ROWS, prompt="messages: [{role: user, content: hi}]\n")
    assert any("has no variable, so write `{{ ticket }}` where it belongs" in f for f in faults)


def test_must_pass_in_an_example_is_sent_to_the_gate():
    _, faults = look([example("a", "Hi", "x", must_pass=True)])
    assert any("name the example in the eval, `gate: {must_pass: [ID]}`" in f for f in faults)

"""What examples must give by name: told once for a table, and once for many rows."""

from projects import PROMPT, MemoryTree, example, jsonl
from promptci.scorers.registry.registry import Reach
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Settings
from promptci.suite.evaljudges import Judges
from promptci.suite.examplefaults import ExampleFaults
from promptci.suite.examplenames import NameCheck
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite

MODEL = ModelSpec("m", "m", EndpointSpec("e", "openai", "http://127.0.0.1:9"))
CSV = "id,tickt,expected\na,Hi,x\n"


def told(examples, name="r.jsonl", scorers="[equals]"):
    """The faults of examples looked at one after the other, and the longest prompt."""
    spec = f"examples: {name}\nscorers: {scorers}\n"
    tree = MemoryTree({"prompts/r.yaml": PROMPT, "evals/r.yaml": spec, f"evals/{name}": examples})
    suite = load_suite(tree)
    eval_, prompt = suite.evals["r"], suite.prompts["r"]
    judges = Judges(eval_, Reach(lambda name, parameters: Settings(MODEL, parameters)), [])
    golden = Golden.of(tree, eval_)
    check = NameCheck(eval_, prompt, judges, ExampleFaults(is_table=golden.is_table))
    check.table = golden if golden.is_table else None
    for each in golden:
        check.faulty.seen += 1
        check.check_variables(each)
        check.check_scorers(each, judges.of(each, []))
    return [fault.message for fault in check.faulty.told(strays=True)], check.longest


def test_examples_that_give_all_that_is_used_are_sound():
    rows = jsonl([example("a", "Hi", "x"), example("b", "Hello there", "y")])
    faults, longest = told(rows)
    shorter = told(jsonl([example("a", "Hi", "x")]))[1]
    assert (faults, longest) == ([], shorter + len("Hello there") - len("Hi"))


def test_an_example_that_lacks_what_a_scorer_compares_with_is_told():
    rows = jsonl([{"id": "a", "vars": {"ticket": "Hi"}}, example("b", "Hi", "y")])
    [said] = told(rows)[0]
    assert said.startswith("example `a` has no `expected`, which `equals` compares with")


def test_a_column_of_another_name_is_told_once_with_the_near_one():
    faults, _ = told(CSV, name="r.csv")
    assert any(said.startswith("there is no column `ticket`") for said in faults)
    assert any("did you mean `tickt`" in said for said in faults)

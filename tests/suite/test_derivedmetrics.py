"""DerivedMetrics metrics: formulas over an eval's scorers, and what is wrong with them."""

from promptci.parsing.source import Mark, as_node
from promptci.suite.derivedmetrics import parse_derived_metrics
from tables import every_row

MARK = Mark("evals/x.yaml", 4, 7)


def derive(formulas, scorers=("precision", "recall", "contains-2")):
    faults = []
    nodes = {name: as_node(text, MARK) for name, text in formulas.items()}
    return parse_derived_metrics(nodes, scorers, faults), [str(fault) for fault in faults]


def test_a_formula_may_use_those_before_it():
    derived, faults = derive({"f1": "2*precision*recall/(precision+recall)", "half": "f1 / 2"})
    assert faults == []
    assert derived.values({"precision": 0.5, "recall": 1}) == (
        {"f1": 0.666667, "half": 0.333334},
        {},
    )


def test_what_has_no_value_is_named_with_its_reason():
    derived, _ = derive({"f1": "2*precision*recall/(precision+recall)", "half": "f1 / 2"})
    found, obstacles = derived.values({"precision": 0, "recall": 0})
    assert found == {}
    assert obstacles["f1"].startswith("division by zero")
    assert obstacles["half"] == "`f1` has no value"


def test_values_are_those_that_a_record_of_rounded_means_gives():
    derived, _ = derive({"ratio": "precision / recall"})
    means = {"precision": 1 / 3, "recall": 2 / 3e6}
    rounded = {name: round(mean, 6) for name, mean in means.items()}
    assert derived.values(means) == derived.values(rounded)


@every_row(
    ("formulas", "said"),
    [
        ({"f1": "precison"}, "metric `f1` uses `precison`, which is no scorer here: did you mean"),
        ({"f1": "contains-2"}, "uses `contains`, which is no scorer here: write `contains-2` in"),
        ({"f1": "f1 + recall"}, "metric `f1` uses `f1`, which is no scorer here"),
        ({"a": "b", "b": "recall"}, "metric `a` uses `b`, which is no scorer here"),
        ({"recall": "precision"}, "metric `recall` has the name of a scorer: choose another"),
        ({"f1": "1 + 1"}, "metric `f1` uses no metric, so it would always be the same"),
        ({"f1": "2 **"}, "metric `f1`: not a formula"),
        ({"f\x1b1": "recall"}, "has characters in its name that cannot be shown"),
    ],
)
def test_faults_have_place_and_cure(formulas, said):
    _, faults = derive(formulas)
    assert said in faults[0]
    assert faults[0].startswith("evals/x.yaml:4:7: ")


def test_a_broken_formula_is_one_fault():
    assert len(derive({"f1": "2 **", "half": "f1 / 2"})[1]) == 1

"""Scorer sets: where their scorers go, and what is wrong with them, at its place."""

from msgspec.structs import replace

from promptci.parsing.yamlfile import load_yaml
from promptci.scorers.registry.registry import Reach, bind_all
from promptci.specs.configfile import parse_config
from scorers.conftest import settings_for
from tables import every_row


def bind_with(config, scorers):
    faults = []
    sets = parse_config(load_yaml(config.encode(), "promptci.yaml"), faults).scorer_sets
    node = load_yaml(f"scorers: {scorers}".encode(), "evals/x.yaml").get("scorers")
    nodes = node.value if isinstance(node.value, list) else [node]
    bound = bind_all(nodes, faults, replace(Reach(settings_for), sets=sets))
    return bound, [str(fault) for fault in faults]


HOUSE = """\
scorers:
  house: [{length: {max: 9}}, {not: {contains: sorry}}]
  all: [{use: house}, equals]
  strict: [all_of: [{use: house}, is_json]]
"""


@every_row(
    ("scorers", "labels"),
    [
        ("[{use: house}, equals]", ["length", "not", "equals"]),
        ("[equals, {use: house}, length: 3]", ["equals", "length", "not", "length-2"]),
        ("{use: house}", ["length", "not"]),
        ("{use: [house, all]}", ["length", "not", "length-2", "not-2", "equals"]),
        ("[{use: all}]", ["length", "not", "equals"]),
        ("[{use: strict}]", ["all_of"]),
        ("[any_of: {use: house}]", ["any_of"]),
        ("[not: {use: house}]", ["not"]),
    ],
)
def test_the_scorers_of_a_set_are_used_where_it_is_used(scorers, labels):
    bound, faults = bind_with(HOUSE, scorers)
    assert faults == []
    assert [scorer.label for scorer in bound] == labels


def test_a_set_changes_nothing_but_the_place_where_scorers_are_written():
    used, _ = bind_with(HOUSE, "[{use: house}, equals]")
    written, _ = bind_with(HOUSE, "[length: {max: 9}, not: {contains: sorry}, equals: ]")
    assert [s.canonical for s in used] == [s.canonical for s in written]


@every_row(
    ("config", "scorers", "said"),
    [
        (
            HOUSE,
            "[{use: hose}]",
            "evals/x.yaml:1:17: there is no scorer set `hose`: did you mean `house`?",
        ),
        (
            "defaults: {}",
            "[{use: a}]",
            "there is no scorer set `a`: write it below `scorers:` in promptci",
        ),
        (HOUSE, "[{use: house, weight: 2}]", "evals/x.yaml:1:24: `weight` does not go with `use`"),
        (HOUSE, "[{use: 3}]", "`use` takes the name of a scorer set"),
        (HOUSE, "[{use: }]", "`use` takes the name of a scorer set"),
        (HOUSE, "[{use: []}]", "`use` names no set"),
        (HOUSE, "[{uses: house}]", "there is no scorer `uses`: did you mean `use`?"),
        (
            "scorers: {a: [use: a]}",
            "[use: a]",
            "promptci.yaml:1:20: a scorer set must not use itself, here `a` uses `a`: take one",
        ),
        (
            "scorers: {a: [use: b], b: [any_of: [{use: a}]]}",
            "[use: a]",
            "promptci.yaml:1:43: a scorer set must not use itself, here `a` uses `b` uses `a`",
        ),
        ("scorers: {a: []}", "[use: a]", "promptci.yaml:1:14: the scorer set `a` is empty"),
        ("scorers: {a: equals}", "[use: a]", "`scorers.a` must be a list, here is the text"),
        ("scorers: {a: [equal]}", "[use: a]", "promptci.yaml:1:15: there is no scorer `equal`"),
    ],
)
def test_faults_have_place_and_cure(config, scorers, said):
    _, faults = bind_with(config, scorers)
    assert any(said in fault for fault in faults), faults


def test_sets_that_double_each_time_end_soon():
    sets = [f"  s{n}: [{{use: s{n + 1}}}, {{use: s{n + 1}}}]\n" for n in range(9)]
    wide = "".join([*sets, "  s9: [equals]\n"]).replace("{use: s1}", "{use: [s1, s1, s1, s1]}")
    _, faults = bind_with(f"scorers:\n{wide}", "[{use: s0}]")
    assert "scorer sets are used more than 1,000 times here" in faults[0]
    assert len(faults) < 1_100


def test_a_long_chain_of_sets_is_refused():
    sets = "".join(f"  s{n}: [any_of: [{{use: s{n + 1}}}]]\n" for n in range(500))
    _, [fault] = bind_with(f"scorers:\n{sets}  s500: [equals]\n", "[{use: s0}]")
    assert "scorer sets are more than 10 deep in each other" in fault


def test_a_label_of_two_sets_gets_a_number():
    bound, _ = bind_with(HOUSE, "[{use: house}, {use: house}]")
    assert [scorer.label for scorer in bound] == ["length", "not", "length-2", "not-2"]

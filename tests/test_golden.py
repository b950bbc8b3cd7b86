"""Golden examples from every format, read anew each time."""

import pytest

from projects import EVAL, MemoryTree, example, jsonl
from promptci.errors import Fault, SpecError
from promptci.git.repo import Repo
from promptci.suite.golden import Golden
from promptci.suite.suite import load_suite

ROWS = [
    example("a", "Hi", "other", tags=["x", "y"], cluster=7, meta={"by": "Ada"}),
    example("b", "Ho", {"queue": "other"}),
]
FORMATS = {
    "rows.jsonl": jsonl(ROWS),
    "rows.yaml": """\
- {id: a, vars: {ticket: Hi}, expected: other, tags: [x, y], cluster: 7, meta: {by: Ada}}
- {id: b, vars: {ticket: Ho}, expected: {queue: other}}
""",
    "inline": "",
}


def golden_of(examples, **files):
    prompt = "messages: [{role: user, content: '{{ ticket }}'}]\n"
    spec = f"examples: {examples}\nscorers: [equals]\n"
    content = {"prompts/router.yaml": prompt, "evals/router.yaml": spec}
    tree = MemoryTree(content | {f"evals/{name}": text for name, text in files.items()})
    return Golden.of(tree, load_suite(tree).evals["router"])


def facts(found):
    return (found.id, found.vars, found.expected, found.tags, found.cluster)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_examples_come_from_every_format(name):
    if name == "inline":
        found = golden_of("\n" + FORMATS["rows.yaml"])
    else:
        found = golden_of(name, **{name: FORMATS[name]})
    first, second = found.examples()
    assert facts(first) == ("a", {"ticket": "Hi"}, "other", ("x", "y"), "7")
    assert facts(second) == ("b", {"ticket": "Ho"}, {"queue": "other"}, (), "")


def test_csv_has_columns_of_its_own_and_variables():
    text = "id,ticket,expected,tags,cluster,meta.by,lang\na,Hi,other,x; y,7,Ada,\n,Ho,,,,,de\n"
    found = golden_of("r.csv", **{"r.csv": text})
    first, second = found.examples()
    assert facts(first) == ("a", {"ticket": "Hi", "lang": ""}, "other", ("x", "y"), "7")
    assert not second.has_expected  # an empty cell is not given
    assert (second.vars, len(second.id)) == ({"ticket": "Ho", "lang": "de"}, 12)


def test_an_example_without_an_id_is_called_by_its_inputs():
    rows = jsonl([{"vars": {"ticket": "Hi"}, "expected": 1}, {"vars": {"ticket": "Hi"}}])
    first, second = golden_of("r.jsonl", **{"r.jsonl": rows}).examples()
    assert first.id == second.id
    assert first.digest != second.digest


def test_every_example_knows_its_line():
    found = golden_of("r.jsonl", **{"r.jsonl": f"\n{jsonl(ROWS)}"})
    assert [(each.mark.path, each.mark.line) for each in found.examples()] == [
        ("evals/r.jsonl", 2),
        ("evals/r.jsonl", 3),
    ]


def test_faulty_rows_stand_among_the_examples():
    text = '{"vars": 3, "tag": []}\nnot json\n' + jsonl(ROWS[:1])
    found = list(golden_of("r.jsonl", **{"r.jsonl": text}))
    assert [isinstance(each, Fault) for each in found] == [True, True, True, False]
    assert str(found[0]) == ("evals/r.jsonl:1:1: unknown key `tag`: did you mean `tags`?")
    with pytest.raises(SpecError):
        list(golden_of("r.jsonl", **{"r.jsonl": text}).examples())


@pytest.mark.parametrize(
    ("files", "examples", "said"),
    [
        ({}, "gone.jsonl", "there is no file evals/gone.jsonl"),
        ({}, "../../etc/passwd", "leads out of the project"),
        ({}, "/etc/passwd.csv", "is no path inside the project"),
        ({"r.toml": ""}, "r.toml", "examples are read from .jsonl, .csv and .yaml files"),
        ({"r.yaml": "a: 1\n"}, "../evals/r.yaml", "holds a list"),
        ({"r.yaml": "- {vars: 3}\n- {idd: 1}\n"}, "r.yaml", "`vars` must be"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(files, examples, said):
    tree = MemoryTree({f"evals/{name}": text for name, text in files.items()})
    spec = load_suite(
        MemoryTree(
            {
                "prompts/router.yaml": "messages: [{role: user, content: Hi}]\n",
                "evals/router.yaml": EVAL.replace("router.jsonl", examples),
            }
        )
    ).evals["router"]
    with pytest.raises(SpecError, match=said):
        Golden.of(tree, spec)


def test_a_stamp_tells_that_somebody_wrote_to_the_file(repo):
    repo.write(
        {
            "prompts/router.yaml": "messages: [{role: user, content: '{{ ticket }}'}]\n",
            "evals/router.yaml": EVAL,
            "evals/router.jsonl": jsonl(ROWS),
        }
    )
    opened = Repo.discover(repo.path)
    golden = Golden.of(opened.worktree, load_suite(opened.worktree).evals["router"])
    before = golden.stamp()
    assert before == golden.stamp()
    repo.write({"evals/router.jsonl": jsonl(ROWS[:1])})
    assert golden.stamp() != before
    repo.commit("Add the router")
    committed = opened.tree(opened.resolve("HEAD"))
    assert Golden.of(committed, load_suite(committed).evals["router"]).stamp() is None
    opened.close()


def test_examples_are_read_anew_each_time():
    found = golden_of("r.jsonl", **{"r.jsonl": jsonl(ROWS)})
    assert len(list(found)) == len(list(found)) == 2
    assert found.inline == ()

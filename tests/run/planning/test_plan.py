"""What is to be asked: selection, fingerprints, and the parts that say what changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from projects import (
    EVAL,
    JUDGE,
    PROMPT,
    TICKETS,
    MemoryTree,
    config,
    example,
    jsonl,
    planned,
    router,
)
from promptci.errors import NothingToRunError, RequestError, SpecError
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.suite.loading import load_suite
from tables import every_row

URL = "http://127.0.0.1:9/v1"
FILES = router(URL)


def task(**files):
    [found] = planned(FILES | {name.replace("__", "."): text for name, text in files.items()}).tasks
    return found


def changed(name, old, new):
    """The parts of the fingerprint that an edit changes."""
    assert old in FILES[name]
    before, after = task(), planned(FILES | {name: FILES[name].replace(old, new)}).tasks[0]
    parts = {
        part for part, value in asdict(after.parts).items() if value != asdict(before.parts)[part]
    }
    assert bool(parts) == (after.fingerprint != before.fingerprint)
    return parts


@every_row(
    ("name", "old", "new", "parts"),
    [
        ("prompts/router.yaml", "support", "all", {"prompt"}),
        ("prompts/router.yaml", "max_tokens: 8", "max_tokens: 9", {"prompt"}),
        ("prompts/router.yaml", "version: v1", "version: v2", set()),
        ("prompts/router.yaml", "Route a", "Send a", set()),
        ("evals/router.jsonl", "Hello", "Hi", {"examples"}),
        ("evals/router.yaml", "equals", "contains", {"scorers"}),
        ("evals/router.yaml", "- equals", "- equals: {weight: 2}", {"scorers"}),
        ("evals/router.yaml", "scorers:", "truncated: error\nscorers:", {"scorers"}),
        ("evals/router.yaml", "scorers:", "truncated: score\nscorers:", set()),
        ("evals/router.yaml", "scorers:", "refused: score\nscorers:", {"scorers"}),
        ("evals/router.yaml", "scorers:", "refused: error\nscorers:", set()),
        ("evals/router.yaml", "scorers:", "gate: {min_score: 1}\nscorers:", set()),
        ("evals/router.yaml", "scorers:", "description: hm\nscorers:", set()),
        ("promptci.yaml", "model: small-1", "model: small-2", {"model"}),
        ("promptci.yaml", "input: 1,", "input: 9,", set()),
        ("promptci.yaml", "{model: small}", "{model: small, concurrency: 3}", set()),
    ],
)
def test_a_fingerprint_says_which_part_changed(name, old, new, parts):
    assert changed(name, old, new) == parts


def test_a_fingerprint_does_not_know_where_files_are():
    moved = {
        "promptci.yaml": FILES["promptci.yaml"],
        "prompts/deep/other.yaml": FILES["prompts/router.yaml"],
        "evals/far/away.yaml": "prompt: deep/other\nexamples: ../data.jsonl\nscorers: [equals]\n",
        "evals/data.jsonl": FILES["evals/router.jsonl"],
    }
    [found] = planned(moved).tasks
    assert found.fingerprint == task().fingerprint


def test_the_judge_is_part_of_the_scorers():
    spec = f"examples: router.jsonl\nscorers: [{JUDGE.replace('{{ tone }} ', '')}]\n"
    one = task(**{"evals/router.yaml": spec})
    two = planned(
        FILES
        | {
            "evals/router.yaml": spec,
            "promptci.yaml": config(URL).replace("model: large-1", "model: large-2"),
        }
    ).tasks[0]
    assert one.parts.scorers != two.parts.scorers
    assert one.parts.model == two.parts.model


def test_the_build_of_a_model_is_in_requests_and_not_in_the_fingerprint():
    suite = load_suite(MemoryTree(FILES))
    one, two = (make_plan(suite, Selection(), lambda model, b=b: b).tasks[0] for b in ("x", "y"))
    assert one.fingerprint == two.fingerprint
    assert one.settings.canonical != two.settings.canonical


def test_evals_come_in_order_with_a_task_per_model():
    files = FILES | {
        "evals/a.yaml": f"{EVAL}prompt: router\nmodels: [large, small, large]\n",
        "evals/z.yaml": f"{EVAL}prompt: router\n",
    }
    found = [(each.spec.name, each.model.name) for each in planned(files).tasks]
    assert found == [("a", "large"), ("a", "small"), ("router", "small"), ("z", "small")]
    assert planned(files, models=("large",)).count == 18
    assert planned(files, names=("z", "a"), repeat=2).count == 2 * 18


NAMES = FILES | {
    "evals/deep/one.yaml": "prompt: router\nexamples: ../router.jsonl\nscorers: [equals]\n",
    "prompts/deep/two.yaml": PROMPT,
    "evals/other.yaml": f"{EVAL}prompt: deep/two\n",
}


@every_row(
    ("name", "evals"),
    [
        ("router", ["router"]),
        ("evals/router", ["router"]),
        ("evals/router.scores.yaml", ["router"]),
        ("prompts/router", ["deep/one", "router"]),
        ("evals/router.yaml", ["router"]),
        ("./evals/router.yaml", ["router"]),
        ("deep", ["deep/one"]),
        ("evals/deep/", ["deep/one"]),
        ("prompts/deep", ["other"]),
        ("prompts/router.yaml", ["deep/one", "router"]),
        ("deep/two", ["other"]),
        ("evals", ["deep/one", "other", "router"]),
        ("prompts/", ["deep/one", "other", "router"]),
    ],
)
def test_a_name_may_be_an_eval_a_folder_a_prompt_or_a_path(name, evals):
    assert [each.spec.name for each in planned(NAMES, names=(name,)).tasks] == evals


@every_row("name", ["", "rout", "evals/one", "/", "../evals", "evals/rou"])
def test_any_other_name_is_refused(name):
    with pytest.raises(RequestError, match="there is no eval and no prompt"):
        planned(NAMES, names=(name,))


def test_the_id_of_an_example_is_no_name_of_an_eval():
    id_ = next(planned(NAMES).tasks[0].examples()).id
    with pytest.raises(RequestError, match=f"`{id_}` is an example of the eval `deep/one`"):
        planned(NAMES, names=(id_,))


def test_nothing_to_run():
    with pytest.raises(NothingToRunError, match="no evals"):
        planned({"prompts/a.yaml": PROMPT})
    with pytest.raises(NothingToRunError, match=r"write evals/b\.yaml"):
        planned(FILES | {"prompts/b.yaml": PROMPT}, names=("prompts/b.yaml",))


@given(order=st.permutations(range(40)), seed=st.integers(0, 5), size=st.integers(1, 45))
def test_a_sample_depends_on_ids_and_seed_alone(order, seed, size):
    def drawn(numbers):
        rows = jsonl(example(f"n{n}", f"Hi {n}", "x") for n in numbers)
        plan = planned(FILES | {"evals/router.jsonl": rows}, sample=size, seed=seed)
        return {each.id for each in plan.tasks[0].examples()}

    assert drawn(order) == drawn(range(40))
    assert len(drawn(order)) == min(size, 40)


def test_a_larger_sample_holds_the_smaller():
    def drawn(size):
        return {each.id for each in planned(FILES, sample=size).tasks[0].examples()}

    assert drawn(1) < drawn(3) < drawn(6)


@every_row(
    ("selection", "is_partial"),
    [
        (Selection(), False),
        (Selection(names=("a",), models=("b",), seed=3), False),
        (Selection(tags=("a",)), True),
        (Selection(examples=("a",)), True),
        (Selection(sample=1), True),
        (Selection(repeat=2), True),
    ],
)
def test_what_makes_a_run_partial(selection, is_partial):
    assert selection.is_partial == is_partial


def test_faults_of_several_evals_come_together():
    files = FILES | {
        "evals/a.yaml": "prompt: router\nexamples: []\nscorers: [equals]\n",
        "evals/router.yaml": "examples: router.jsonl\nscorers: [equal]\n",
    }
    with pytest.raises(SpecError) as caught:
        planned(files)
    assert [fault.path for fault in caught.value.faults] == ["evals/a.yaml", "evals/router.yaml"]


def test_a_filter_must_match_in_some_eval_but_not_in_all():
    files = FILES | {
        "evals/second.yaml": "prompt: router\nexamples: second.jsonl\nscorers: [equals]\n",
        "evals/second.jsonl": jsonl([example("only", "Hi", "x", tags=["rare"])]),
    }
    assert [each.spec.name for each in planned(files, tags=("rare",)).tasks] == ["second"]
    assert [each.spec.name for each in planned(files, examples=("card",)).tasks] == ["router"]
    with pytest.raises(NothingToRunError, match="--tag `rar`: did you mean `rare`"):
        planned(files, tags=("rar", "rare"))


def test_all_tickets_are_there():
    assert [each.id for each in task().examples()] == [id_ for id_, _, _ in TICKETS]

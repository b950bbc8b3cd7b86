"""By what a change judges otherwise than its base, of projects in memory."""

from projects import EVAL, TICKETS, MemoryTree, example, jsonl, planned, router
from promptci.check.baserevision import Base
from promptci.check.basestate import BaseState
from promptci.check.changedgates import changed_gates
from promptci.git.revision import Revision
from promptci.suite.loading import load_suite
from tables import every_row

URL = "http://127.0.0.1:9/v1"
ROWS = [example(*ticket) for ticket in TICKETS]
GATED = EVAL + "gate: {must_pass: [card], tolerance: 0.1}\n"


def changes(base: dict[str, str], head: dict[str, str], **more):
    """What differs, with no record at the base, so that all is found out from files."""
    before, after = load_suite(MemoryTree(base)), load_suite(MemoryTree(head))
    state = BaseState(Base(Revision("0" * 40), "x"), before, lambda name: {}, head=after, **more)
    return {each.eval: each for each in changed_gates(state, after, planned(head).tasks)}


def project(**files: str) -> dict[str, str]:
    return router(URL, **{"eval": GATED, "examples": jsonl(ROWS), **files})


def test_nothing_changed_is_nothing():
    assert changes(project(), project()) == {}


def test_another_prompt_is_no_other_gate():
    assert changes(project(), project(prompt=project()["prompts/router.yaml"] + "# x\n")) == {}


@every_row(
    ("eval_", "told"),
    [
        (GATED.replace("0.1", "0.5"), ("tolerance 0.1 → 0.5",)),
        (GATED.replace("[card]", "[]"), ("must_pass no `card`",)),
        (GATED.replace("[card]", "[card, hello]"), ("must_pass also `hello`",)),
        (
            GATED.replace("[card]", "[hello, parcel]"),
            ("must_pass no `card`; also `hello`, `parcel`",),
        ),
    ],
)
def test_a_rule_that_moved_is_named_with_both_values(eval_, told):
    assert changes(project(), project(eval=eval_))["router"].gate == told


def test_examples_that_are_gone_edited_or_new_are_told_apart():
    rows = [
        *(row for row in ROWS if row["id"] not in ("card", "hello")),
        {**next(row for row in ROWS if row["id"] == "hello"), "expected": "billing"},
        example("new", "Where is it?", "returns"),
    ]
    head = project(examples=jsonl(rows), eval=GATED.replace("[card]", "[]"))
    found = changes(project(), head)["router"]
    assert (found.removed, found.edited, found.added) == (("card",), ("hello",), ("new",))
    assert found.missing == ("card",), "the base's gate says it must pass"


def test_another_id_alone_is_no_removal():
    rows = [{**row, "id": "credit-card"} if row["id"] == "card" else row for row in ROWS]
    head = project(examples=jsonl(rows), eval=GATED.replace("[card]", "[credit-card]"))
    found = changes(project(), head)["router"]
    assert found.renamed == (("card", "credit-card"),)
    assert (found.removed, found.added, found.missing) == ((), (), ())


def test_other_scorers_are_said():
    head = project(eval=GATED.replace("equals", "contains"))
    assert changes(project(), head)["router"].is_scored_otherwise


def test_an_eval_that_is_gone_lacks_what_must_pass_and_a_new_one_changed_nothing():
    base, head = project(), project()
    head["evals/desk.yaml"] = EVAL + "prompt: router\n"
    head["evals/desk.jsonl"] = head["evals/router.jsonl"]
    del head["evals/router.yaml"]
    found = changes(base, head)
    assert set(found) == {"router"}
    assert found["router"].missing == ("card",)


def test_under_another_name_it_is_the_same_eval():
    base, head = project(), project()
    head["evals/desk.yaml"] = head.pop("evals/router.yaml") + "prompt: router\n"
    assert changes(base, head, renames={"desk": "router"}) == {}


def test_tags_that_are_taken_away_are_told_and_others_are_not():
    tagged = jsonl([{**row, "tags": ["vip", "eu"]} for row in ROWS])
    less = jsonl([{**row, "tags": ["eu"]} for row in ROWS])
    found = changes(project(examples=tagged), project(examples=less))
    assert found["router"].gate == (f"tags of {len(ROWS)} examples",)
    assert changes(project(examples=less), project(examples=tagged)) == {}


def test_examples_that_belong_to_another_cluster_are_told():
    apart = jsonl([{**row, "cluster": row["id"]} for row in ROWS])
    together = jsonl([{**row, "cluster": "all"} for row in ROWS])
    for head in (together, jsonl(ROWS)):
        found = changes(project(examples=apart), project(examples=head))
        assert found["router"].gate == (f"the cluster of {len(ROWS)} examples",)
    assert changes(project(examples=together), project(examples=together)) == {}

"""Which scorers judge a flow's steps: the eval's own, else those of the prompt's eval."""

import pytest

from projects import MemoryTree
from promptci.run.planning.stepjudges import step_judges, used_by_steps
from promptci.run.planning.task import no_build
from promptci.suite.loading import load_suite

PROMPT = "messages: [{role: user, content: '{{ ticket }}'}]\n"
ROW = "{id: a, vars: {ticket: Hi}, expected: x}"
FILES = {
    "promptci.yaml": "endpoints: {e: {base_url: http://127.0.0.1:9}}\ndefaults: {model: e/m}\n",
    "prompts/kind.yaml": PROMPT,
    "prompts/say.yaml": PROMPT,
    "flows/desk.yaml": "steps:\n  - kind: {prompt: kind}\n  - say: {prompt: say}\n",
    "evals/kind.yaml": f"examples: [{ROW}]\nscorers: [contains]\n",
    "evals/desk.yaml": f"flow: desk\nexamples: [{ROW}]\nscorers: [equals]\n",
}


def judged(names=("kind", "say"), **evals):
    """The scorers of each step by name, the faults, and what variables the scorers use."""
    tree = MemoryTree(FILES | {f"evals/{name}.yaml": text for name, text in evals.items()})
    suite, faults = load_suite(tree), []
    asked = suite, suite.evals["desk"], suite.prompts["desk"]
    found = step_judges(*asked, names, no_build, faults)
    used = used_by_steps(*asked, no_build)
    labels = {name: [each.label for each in one.shared] for name, one in found.items()}
    return labels, [fault.message for fault in faults], used


def test_a_step_is_judged_as_its_prompts_eval_does_and_else_by_equality():
    assert judged() == ({"kind": ["contains"], "say": ["equals"]}, [], frozenset())


def test_what_the_eval_says_goes_before():
    own = FILES["evals/desk.yaml"] + "steps: {kind: [{equals: {value: '{{ ticket }}'}}]}\n"
    labels, faults, used = judged(desk=own)
    assert (labels["kind"], faults, used) == (["equals"], [], {"ticket"})


@pytest.mark.parametrize(
    ("below", "said"),
    [
        ("{knid: [equals]}", "the flow `desk` has no step `knid`: did you mean `kind`?"),
        (
            "{kind: [{equals: {value: '{{ tikcet }}'}}]}",
            "`equals` judges step `kind`, which has no `tikcet`: did you mean `ticket`?",
        ),
    ],
)
def test_what_no_step_has_is_told(below, said):
    _, [fault], _ = judged(desk=FILES["evals/desk.yaml"] + f"steps: {below}\n")
    assert fault.startswith(said)


def test_a_prompt_has_no_steps():
    suite = load_suite(MemoryTree(FILES))
    eval_, prompt = suite.evals["kind"], suite.prompts["kind"]
    assert step_judges(suite, eval_, prompt, ["kind"], no_build, []) == {}

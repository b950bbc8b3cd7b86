"""What a change tests otherwise than its base, told from the files of both."""

from projects import MemoryTree
from promptci.check.basestate import BaseState
from promptci.check.changedtests import moved_subjects
from promptci.suite.loading import load_suite
from render.values import BASE
from tables import every_row

FILES = {
    "promptci.yaml": "endpoints: {fake: {base_url: 'http://127.0.0.1:9/v1'},"
    " other: {base_url: 'http://127.0.0.1:9/v2'}}\n"
    "models: {small: {endpoint: fake, model: s}, big: {endpoint: fake, model: b}}\n"
    "defaults: {model: small}\n",
    "prompts/s.yaml": 'messages: [{role: user, content: "Say {{ t }}"}]\n',
    "prompts/copy.yaml": 'messages: [{role: user, content: "Say {{ t }}."}]\n',
    "flows/f.yaml": "steps:\n  - a: {prompt: s}\n",
    "evals/s.yaml": "scorers: [equals]\nexamples: [{id: e1, vars: {t: my long item}, expected: 1}]",
    "evals/f.yaml": "flow: f\nscorers: [equals]\nexamples: [{id: e1, vars: {t: x}, expected: x}]\n",
}
STEP = "steps:\n  - a: {prompt: s%s}\n"


def told(before=FILES, **files):
    """What is said of a change of some files; None takes one away."""
    after = before | {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
    base, head = load_suite(MemoryTree(before)), load_suite(MemoryTree(after))
    return list(moved_subjects(BaseState(BASE, base, lambda name: {}), head))


@every_row(
    ("files", "said"),
    [
        ({}, []),
        ({"prompts__s": 'messages: [{role: user, content: "Tell {{ t }}"}]\n'}, []),
        (
            {"evals__s": "prompt: copy\n" + FILES["evals/s.yaml"]},
            ["`s` tests the prompt `copy` here and `s` at the base"],
        ),
        (
            {"promptci": FILES["promptci.yaml"].replace("model: s}", "model: s2}")},
            [f"`{name}` runs on `small`, which is `s2` here and `s` at the base" for name in "fs"],
        ),
        (
            {"promptci": FILES["promptci.yaml"].replace("fake, model: s}", "other, model: s}")},
            [
                f"`{name}` runs on `small`, which is at the endpoint `other` here and at `fake` "
                "at the base"
                for name in "fs"
            ],
        ),
        (
            {"flows__f": STEP % ", model: big"},
            ["the step `a` of `f` runs on `big` here and the eval's model at the base"],
        ),
        (
            {
                "flows__f": "steps:\n  - if: {t: {contains: x}}\n    then: [a: {prompt: s}]\n"
                "output: '{{ a }}'\n"
            },
            ["the step `a` of `f` is asked only under a condition now"],
        ),
        (
            {"flows__f": STEP % ", vars: {t: the one that is good}"},
            ["the step `a` of `f` is asked the same for every example"],
        ),
        (
            {"prompts__s": 'messages: [{role: user, content: "My long item? {{ t }}"}]\n'},
            [
                "1 golden example of `s` is shown to the model by its prompt now (`e1`)",
            ],
        ),
    ],
)
def test_a_subject_that_is_tested_otherwise_is_told(files, said):
    assert told(**files) == said


def test_a_form_that_answers_are_not_held_to_any_more_is_told_once():
    plain = FILES["prompts/s.yaml"]
    tool = "tools: [{type: function, function: {name: find, parameters: {type: object}}}]\n"
    before = FILES | {"prompts/s.yaml": f"{plain}response_format: {{type: json_object}}\n{tool}"}
    assert told(before, prompts__s=plain) == [
        "the prompt `s` has no `response_format` any more",
        "the prompt `s` has no `tools` any more",
    ]
    assert told(before, prompts__s=before["prompts/s.yaml"].replace("Say", "Tell")) == []


def test_a_prompt_that_only_a_flow_tested_is_told_when_the_flow_asks_another():
    flow = {"flows__f": "steps:\n  - a: {prompt: copy}\n"}
    assert told(**flow) == []
    alone = {"evals__s": "prompt: copy\n" + FILES["evals/s.yaml"]}
    assert "the prompt `s` is not tested any more" in told(**flow, **alone)


def test_what_could_hide_a_must_pass_loss_is_told_before_what_could_not():
    guarded = FILES | {"evals/s.yaml": FILES["evals/s.yaml"] + "\ngate: {must_pass: [e1]}"}
    shows = {"prompts__s": 'messages: [{role: user, content: "My long item? {{ t }}"}]\n'}
    other = {"evals__f": FILES["evals/f.yaml"].replace("flow: f", "prompt: copy")}
    assert told(guarded, **shows, **other) == [
        "1 golden example of `s` is shown to the model by its prompt now (`e1` (must pass))",
        "the flow `f` is not tested any more",
        "`f` tests the prompt `copy` here and the flow `f` at the base",
        "`f` takes a single answer here and the answer of a flow at the base",
    ]

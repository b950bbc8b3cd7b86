"""Files of other tools below `prompts/` and `evals/` are named and left, ours are read."""

from promptci.parsing.source import Mark
from promptci.parsing.yamlfile import load_yaml
from promptci.suite.othertools import of_other_tools, tool_of_eval, tool_of_prompt
from tables import every_row


@every_row(
    ("text", "tool"),
    [
        ("prompts: [a]\nproviders: [openai:m]\ntests: []\n", "promptfoo"),
        ("prompts: [a]\ntargets: [x]\n", "promptfoo"),
        ("q: {id: q.dev.v0, metrics: [accuracy]}\nq.dev.v0: {class: 'a.b:Match', args: {}}\n",
         "openai/evals"),
        ("f: {prompt: 'Is {completion} right?', choice_strings: YN, input_outputs: {}}\n",
         "openai/evals"),
        ("small: {evals: [a.dev.v0, b.dev.v0]}\n", "openai/evals"),
        ("small: {evals: [a], scorers: []}\n", ""),
        ("prompts: [a]\n", ""),
        ("prompts: [a]\ntests: []\nscorers: [equals]\n", ""),
        ("prompt: a\nexamples: []\n", ""),
        ("q: {id: x}\n", ""),
        ("q: {class: Match}\n", ""),
        ("a: 1\n", ""),
        ("[a]\n", ""),
        ("- {type: latency, value: 1}\n- {type: cost, threshold: 1}", "promptfoo"),
        ("- {vars: {q: a}, assert: [{type: equals, value: b}]}", "promptfoo"),
        ("- {id: a, vars: {q: a}, expected: b}", ""),
        ("[]", ""),
    ],
)  # fmt: skip
def test_a_configuration_of_another_tool_is_told_from_an_eval(text, tool) -> None:
    assert tool_of_eval(load_yaml(text.encode(), "evals/x.yaml")) == tool


@every_row(
    ("text", "tool"),
    [
        ("- {role: user, content: hi}\n", "promptfoo"),
        ("- {role: user}\n", ""),
        ("- hi\n", ""),
        ("messages: [{role: user, content: hi}]\n", ""),
        ("[]\n", ""),
    ],
)
def test_a_chat_of_another_tool_is_told_from_a_prompt(text, tool) -> None:
    assert tool_of_prompt(load_yaml(text.encode(), "prompts/x.yaml")) == tool


def test_many_files_of_another_tool_are_one_warning() -> None:
    broken = Mark("evals/registry/modelgraded/k.yaml").fault("stands twice")
    ours = Mark("evals/mine.yaml").fault("no `scorers`")
    few = of_other_tools({"promptfoo": ["evals/a.yaml"]}, [broken, ours])
    assert [each.path for each in few] == [broken.path, ours.path, "evals/a.yaml"]
    paths = [f"evals/registry/{kind}/x.yaml" for kind in ("evals", "modelgraded", "a", "b")]
    [kept, many] = of_other_tools({"openai/evals": paths}, [broken, ours])
    assert kept is ours
    assert "4 files below evals/registry are openai/evals's" in many.message

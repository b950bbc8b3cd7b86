"""`promptci compare --variants`: forms of one prompt on the same examples, with what each costs."""

import re

import pytest

from fakes import Reply, response_to
from projects import PROMPT, TICKETS, route
from promptci.commands.main import main

VARIANTS = """\
variants:
  cot: {append: "Think step by step.", parameters: {max_tokens: 300}}
  short: {messages: [{role: user, content: "{{ ticket }}"}]}
"""


@pytest.fixture
def forms(project, api):
    """The router's prompt with two variants: thinking first is right, a short prompt is not."""

    def rule(asked):
        said = asked.body["messages"][-1]["content"]
        if "step by step" in said:
            body = response_to(asked.body, route(said))
            body["usage"]["completion_tokens"] = 50
            body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 40}
            return Reply(body=body)
        is_short = len(asked.body["messages"]) == 1
        return "other" if is_short or "parcel" in said else route(said)

    api.answers(rule)
    project.write({"prompts/router.yaml": PROMPT + VARIANTS})
    return project


def test_every_variant_has_a_line_with_what_it_costs(forms, ask):
    document = ask("compare", "--variants", "router").document
    itself, cot, short = document["variants"]
    assert [each["variant"] for each in document["variants"]] == ["as it is", "cot", "short"]
    assert [each["passed"] for each in document["variants"]] == [5, 6, 1]
    assert (itself["change"], itself["p"]) == (None, None)
    assert cot["change"] == pytest.approx(1 / 6)
    assert cot["thought_tokens"] == 40 * len(TICKETS)
    assert cot["output_tokens"] == 50 * len(TICKETS)
    assert float(cot["cost"]) > float(itself["cost"])
    assert short["p"] == pytest.approx(2 * 0.125)
    pairs = {(each["first"], each["second"]): each for each in document["pairs"]}
    assert list(pairs) == [("as it is", "cot"), ("as it is", "short"), ("cot", "short")]
    assert pairs["cot", "short"]["change"] == pytest.approx(-5 / 6)
    assert pairs["cot", "short"]["p"] == pytest.approx(3 * 0.0625)  # the smallest of three
    assert [each["efficient"] for each in document["variants"]] == [True, True, True]


def test_variants_of_a_prompt_with_logic_have_it_too(forms, api, ask):
    system = "{% if ticket %}Answer in a word.{% endif %}"
    prompt = PROMPT.replace(
        "messages:\n", f"messages:\n  - {{role: system, content: '{system}'}}\n"
    )
    polite = 'variants: {polite: {append: "{% if ticket %}Please.{% endif %}"}}\n'
    forms.write({"prompts/router.yaml": f"template: jinja\n{prompt}{polite}"})
    found = ask("compare", "--variants", "router")
    assert found.code == 0, found.document
    assert [each["variant"] for each in found.document["variants"]] == ["as it is", "polite"]
    ends = [body["messages"][-1]["content"].endswith("\nPlease.") for body in api.requests]
    assert (len(ends), sum(ends)) == (2 * len(TICKETS), len(TICKETS))
    assert not any("{%" in str(body) for body in api.requests)


def test_stored_answers_are_not_asked_again_and_nothing_is_recorded(forms, api):
    assert main(["compare", "--variants", "router"]) == 0
    asked = api.count
    assert asked == 3 * len(TICKETS)
    assert main(["compare", "--variants", "router", "--offline"]) == 0
    assert api.count == asked
    assert not (forms.path / "evals/router.scores.yaml").exists()


def test_a_dry_run_names_each_form(forms, ask, api):
    evals = ask("compare", "--variants", "router", "--dry-run").document["evals"]
    assert [each["form"] for each in evals] == ["as it is", "cot", "short"]
    assert [each["requests"] for each in evals] == 3 * [len(TICKETS)]
    assert api.count == 0


def test_variants_are_no_part_of_the_prompt(forms, ask):
    first = ask("run").only["fingerprint"]
    forms.write({"prompts/router.yaml": PROMPT})
    assert ask("run").only["fingerprint"] == first


def test_the_table_fits_and_says_how_to_read_it(forms, capsys):
    assert main(["compare", "--variants", "router"]) == 0
    out = capsys.readouterr().out
    assert "cot" in out
    assert "* no other variant is as right for at most the cost; p of 3 pairs" in out
    assert re.search(r"cot +short +-83\.3 +0\.188", out)


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ("variants: {a b: {}}", "cannot be a variant's name"),
        ("variants: {a: {shots: 2}}", "the prompt has 0 shots"),
        ("variants: {a: {apend: x}}", "did you mean `append`"),
        ("variants: {a: {messages: [{role: user, content: '{{ tickt }}'}]}}", "tickt"),
    ],
)
def test_a_variant_that_cannot_be_is_told(project, capsys, variants, said):
    project.write({"prompts/router.yaml": f"{PROMPT}{variants}\n"})
    assert main(["compare", "--variants", "router"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--variants", "router"], ["--variants", "router", "v1", "v2"], ["v1"], []],
)
def test_wrong_moves_are_told(project, arguments):
    assert main(["compare", *arguments]) == 2

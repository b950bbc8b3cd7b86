"""Prompts, evals and configuration of a tree, with every fault of every file."""

import pytest

from projects import EVAL, PROMPT, MemoryTree, router
from promptci.errors import SpecError
from promptci.suite import load_suite

PROMPT_YML = "messages: [{role: user, content: '{{input}}'}]\n"


def faults_of(files):
    with pytest.raises(SpecError) as caught:
        load_suite(MemoryTree(files))
    return [str(fault) for fault in caught.value.faults]


def test_a_name_is_the_path_below_its_folder():
    suite = load_suite(
        MemoryTree(
            {
                "prompts/a.yaml": PROMPT,
                "prompts/deep/er/b.yml": PROMPT,
                "evals/deep/c.yaml": f"{EVAL}prompt: deep/er/b\n",
                "prompts/d.prompt.yml": PROMPT_YML,
                "src/e.prompt.yaml": PROMPT_YML,
            }
        )
    )
    assert set(suite.prompts) == {"a", "deep/er/b", "d", "src/e"}
    assert set(suite.evals) == {"deep/c"}


def test_records_notes_and_lists_of_examples_are_no_evals():
    files = router("http://127.0.0.1:9") | {
        "evals/router.scores.yaml": "format: 1\n",
        "evals/notes.md": "# Notes\n",
        "evals/more.yaml": "- {vars: {ticket: Hi}, expected: other}\n",
        "evals/second.yaml": "prompt: router\nexamples: more.yaml\nscorers: [equals]\n",
    }
    assert set(load_suite(MemoryTree(files)).evals) == {"router", "second"}


def test_without_a_configuration_everybody_knows_some_models():
    suite = load_suite(MemoryTree({"prompts/a.yaml": f"model: openai/gpt-4.1-mini\n{PROMPT}"}))
    assert suite.prompts["a"].model == "openai/gpt-4.1-mini"


@pytest.mark.parametrize(
    ("spec", "prompt", "default", "models"),
    [
        ("", "", "", ("smollm2",)),
        ("", "", "large", ("large",)),
        ("", "model: small\n", "large", ("small",)),
        ("models: [large, smollm2]\n", "model: small\n", "", ("large", "smollm2")),
    ],
)
def test_an_eval_runs_on_its_own_models_else_its_prompts_else_the_default(
    spec, prompt, default, models
):
    files = router("http://127.0.0.1:9", eval=f"{EVAL}{spec}", prompt=f"{prompt}{PROMPT}")
    files["promptci.yaml"] = files["promptci.yaml"].replace(
        "{model: small}", f"{{model: {default}}}" if default else "{}"
    )
    suite = load_suite(MemoryTree(files))
    assert suite.models(suite.evals["router"]) == models


def test_every_fault_of_every_file_comes_at_once_in_order():
    found = faults_of(
        {
            "promptci.yaml": "default: {}\n",
            "prompts/a.yaml": "messages: 3\n",
            "prompts/b.yaml": f"model: nobody/x\n{PROMPT}",
            "evals/c.yaml": f"{EVAL}prompt: z\nmodels: [nobody]\n",
            "evals/d.yaml": "a: [\n",
            "evals/e.yaml": "- a\n",
        }
    )
    assert [fault.partition(":")[0] for fault in found] == [
        "evals/c.yaml",
        "evals/c.yaml",
        "evals/d.yaml",
        "evals/e.yaml",
        "promptci.yaml",
        "prompts/a.yaml",
        "prompts/b.yaml",
    ]


def test_the_eval_of_a_broken_prompt_is_not_blamed():
    found = faults_of({"prompts/a.yaml": "messages: 3\n", "evals/a.yaml": EVAL})
    assert [fault.partition(":")[0] for fault in found] == ["prompts/a.yaml"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("prompts/a.yaml", "prompts/a.yml"),
        ("prompts/a.yaml", "prompts/a.prompt.yml"),
        ("evals/a.yaml", "evals/a.yml"),
        ("evals/a.yaml", "a.prompt.yml"),
    ],
)
def test_two_files_of_one_name_are_a_fault(first, second):
    texts = {True: EVAL, False: PROMPT}
    files = {first: texts[first.startswith("evals")]}
    if second != "a.prompt.yml":
        files["prompts/a.yaml"] = PROMPT
    files[second] = PROMPT_YML if "prompt.y" in second else texts[second.startswith("evals")]
    [found] = faults_of(files)
    assert found.startswith(f"{second}: `a` is also the name of {first}")


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2J", "a\u202eb", "a\udcff"])
def test_a_name_that_cannot_be_shown_is_a_fault(name):
    for folder, text in (("prompts", PROMPT), ("evals", EVAL)):
        files = {"prompts/a.yaml": PROMPT, f"{folder}/{name}.yaml": text}
        [found] = faults_of(files)
        assert "characters that cannot be shown: rename it" in found
        assert found.isprintable()
    load_suite(MemoryTree({f"prompts/{name}.md": "no prompt"}))


def test_warnings_stop_nothing_and_are_kept():
    suite = load_suite(
        MemoryTree({"a.prompt.yml": PROMPT_YML + "testData: [{input: Hi}]\nauthor: Ada\n"})
    )
    assert any("`author`" in warning.message for warning in suite.warnings)


def test_spaces_in_names_are_fine():
    assert set(load_suite(MemoryTree({"prompts/a b.yaml": PROMPT})).prompts) == {"a b"}


def test_files_for_judges_are_no_evals_unless_they_have_scorers():
    files = router("http://127.0.0.1:9/v1") | {
        "evals/judges/prompt.yaml": "system: x\nuser: y\nreply: {}\n",
        "evals/judges/labels.yaml": "scorer: equals\nexamples: []\n",
        "evals/judges/rows.yaml": "- {output: x, label: pass}\n",
        "evals/deep/judges/prompt.yaml": "system: x\n",
        "evals/judges/real.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [equals]\n",
        "evals/judges.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [equals]\n",
    }
    assert set(load_suite(MemoryTree(files)).evals) == {"judges", "judges/real", "router"}


def test_a_file_for_judges_that_is_no_yaml_is_a_fault_all_the_same():
    files = router("http://127.0.0.1:9/v1") | {"evals/judges/prompt.yaml": "system: [\n"}
    with pytest.raises(SpecError, match=r"evals/judges/prompt\.yaml:"):
        load_suite(MemoryTree(files))

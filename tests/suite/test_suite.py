"""Prompts, evals and configuration of a tree, with every fault of every file."""

import pytest

from projects import EVAL, PROMPT, MemoryTree, router
from promptci.errors import SpecError
from promptci.remembered import REMEMBERED
from promptci.suite import parsedonce
from promptci.suite.loading import (
    load_base,
    load_head,
    load_runnable,
    load_sound,
    load_suite,
)
from tables import every_row

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


@pytest.mark.parametrize("flow", ["", "inner", "outer"])
def test_a_faulty_document_is_a_fault_of_whoever_looks_it_up_and_of_no_other(flow):
    looked_up = "retrieve: {corpus: ../docs/*.md, embed: words"
    step = f'steps:\n  - a: {{{looked_up}, query: "{{{{ ticket }}}}"}}}}\noutput: "{{{{ a }}}}"\n'
    files = router("http://127.0.0.1:9") | {
        "docs/a.md": " ",
        "prompts/p.yaml": looked_up + "}\nmessages: [{role: user, content: '{{ ticket }}'}]\n",
        "flows/inner.yaml": step,
        "flows/outer.yaml": "steps: [{b: {flow: inner}}]\noutput: '{{ b }}'\n",
        "evals/p.yaml": (f"flow: {flow}\n" if flow else "") + EVAL,
    }
    if flow:
        del files["prompts/p.yaml"]
    with pytest.raises(SpecError, match=r"docs/a\.md: the document `a\.md` is blank"):
        load_suite(MemoryTree(files), ("p",))
    assert load_sound(MemoryTree(files)).faulty["evals/p.yaml"][0].path == "docs/a.md"
    told = load_suite(MemoryTree(files), ("router",)).warnings
    assert {(each.path, each.warning) for each in told} == {("docs/a.md", True)}


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


@every_row(
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


def test_a_flow_whose_step_asks_a_broken_prompt_is_not_blamed_nor_its_eval():
    files = {
        "prompts/a.yaml": "messages: 3\n",
        "prompts/b.yaml": PROMPT,
        "flows/inner.yaml": "steps:\n  - a: {prompt: a}\n",
        "flows/f.yaml": "steps:\n  - one: {flow: inner}\n  - two: {prompt: b, vars: {ticket: x}}\n",
        "evals/f.yaml": f"flow: f\n{EVAL}steps: {{one: [contains]}}\n",
        "evals/b.yaml": EVAL,
    }
    for names in ((), ("f",)):
        with pytest.raises(SpecError) as caught:
            load_suite(MemoryTree(files), names)
        assert [fault.path for fault in caught.value.faults] == ["prompts/a.yaml"]
    assert set(load_suite(MemoryTree(files), ("b",)).evals) == {"b"}
    assert "evals/f.yaml" in load_sound(MemoryTree(files)).faulty


@every_row(
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


@every_row("name", ["a\nb", "a\x1b[2J", "a\u202eb", "a\udcff"])
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


EVALUATED = (
    PROMPT_YML
    + """\
model: xai/grok-3-mini
testData: [{input: x, expected: y}]
evaluators:
  - {name: e, llm: {modelId: gpt-4o, prompt: x, choices: [{choice: y, score: 1}]}}
"""
)


def test_ids_of_a_catalogue_are_resolved_by_one_line():
    files = {"a.prompt.yml": EVALUATED, "promptci.yaml": "defaults: {endpoint: openrouter}\n"}
    suite = load_suite(MemoryTree(files))
    assert suite.prompts["a"].model == "openrouter/xai/grok-3-mini"
    assert suite.config.model("openrouter/xai/grok-3-mini").model_id == "xai/grok-3-mini"
    judge = suite.evals["a"].scorers[0].get("choice_judge", "model").value
    assert judge == "openrouter/gpt-4o"
    assert not suite.warnings


def test_a_model_of_that_name_in_the_configuration_comes_first():
    lines = (
        "models: {xai/grok-3-mini: {endpoint: groq, model: grok}}\ndefaults: {endpoint: openai}\n"
    )
    suite = load_suite(MemoryTree({"a.prompt.yml": EVALUATED, "promptci.yaml": lines}))
    assert suite.config.model(suite.prompts["a"].model).model_id == "grok"


def test_an_id_without_such_a_line_is_a_warning_that_says_it():
    [warning] = load_suite(MemoryTree({"a.prompt.yml": EVALUATED})).warnings
    assert str(warning).startswith("a.prompt.yml:2:8: warning: the model `xai/grok-3-mini` names")
    assert "a line in promptci.yaml: `defaults: {endpoint: openrouter}`" in warning.message
    fault = faults_of({"prompts/a.yaml": f"model: xai/grok-3-mini\n{PROMPT}"})[0]
    assert "names no known endpoint" in fault


def test_a_file_of_another_tool_is_named_and_left_out():
    suite = load_suite(MemoryTree({"docs/x.prompt.yml": "system: Be brief.\nuser: Hi\n"}))
    assert (suite.prompts, suite.evals) == ({}, {})
    assert [str(each).partition(": warning: ")[2][:40] for each in suite.warnings] == [
        "is no prompt in the format of GitHub Mod"
    ]


BROKEN = {
    "docs/draft.prompt.yml": "messages: [\n",
    "prompts/bad.yaml": "messages: []\n",
    "evals/bad.yaml": EVAL,
    "evals/deep/worse.yaml": "examples: [\n",
    "prompts/a.yaml": PROMPT,
    "evals/a.yaml": EVAL,
}


@every_row("name", ["a", "evals/a.yaml", "./prompts/a.yaml"])
def test_a_named_eval_is_read_whatever_others_look_like(name):
    suite = load_suite(MemoryTree(BROKEN), [name])
    assert set(suite.evals) == {"a"}
    assert {fault.path for fault in suite.warnings} == {
        "docs/draft.prompt.yml",
        "prompts/bad.yaml",
        "evals/deep/worse.yaml",
    }


@every_row(
    "names", [[], ["bad"], ["a", "bad"], ["deep"], ["evals"], ["."], ["docs/draft"], ["nobody"]]
)
def test_a_fault_in_what_is_named_stops_it(names):
    with pytest.raises(SpecError):
        load_suite(MemoryTree(BROKEN), names)


def test_a_broken_configuration_stops_everything():
    with pytest.raises(SpecError):
        load_suite(MemoryTree(BROKEN | {"promptci.yaml": "models: ["}), ["a"])


def test_a_base_does_without_its_broken_prompt_ymls_alone():
    files = {name: BROKEN[name] for name in ("docs/draft.prompt.yml", "prompts/a.yaml")}
    assert set(load_base(MemoryTree(files)).prompts) == {"a"}
    with pytest.raises(SpecError):
        load_base(MemoryTree(BROKEN))
    assert set(load_base(MemoryTree(BROKEN), ["a"]).evals) == {"a"}
    assert not load_base(MemoryTree(files), ["new"]).evals


STRANGER = {
    name: BROKEN[name] for name in ("docs/draft.prompt.yml", "prompts/a.yaml", "evals/a.yaml")
}


def test_a_run_of_everything_does_without_a_strangers_broken_prompt_yml():
    suite = load_runnable(MemoryTree(STRANGER))
    assert set(suite.evals) == {"a"}
    assert suite.optional == {"docs/draft.prompt.yml"}
    assert [fault.path for fault in suite.warnings] == ["docs/draft.prompt.yml"]


@every_row(
    "more",
    [
        {"evals/docs/draft.scores.yaml": "format: 2\n"},
        {"evals/b.yaml": "prompt: docs/draft\n" + EVAL},
        {"evals/deep/worse.yaml": "examples: [\n"},
        {"evals/a.yaml": ""},
    ],
)
def test_a_broken_prompt_yml_that_is_needed_stops_it(more):
    with pytest.raises(SpecError):
        load_runnable(MemoryTree(STRANGER | more))


def test_a_change_does_without_a_broken_prompt_yml_that_the_base_does_not_have():
    good = load_suite(MemoryTree({**STRANGER, "docs/draft.prompt.yml": PROMPT_YML}))
    without = load_base(MemoryTree(STRANGER))
    head = load_head(MemoryTree(STRANGER), without)
    assert (set(head.evals), head.optional) == ({"a"}, {"docs/draft.prompt.yml"})
    for tree, base in (
        (STRANGER, good),
        ({**STRANGER, "evals/docs/draft.scores.yaml": ""}, without),
        ({**STRANGER, "prompts/a.yaml": "messages: []\n"}, without),
    ):
        with pytest.raises(SpecError):
            load_head(MemoryTree(tree), base)


def test_a_file_that_is_nothing_but_an_ending_has_a_name():
    suite = load_suite(MemoryTree({".prompt.yml": PROMPT_YML, "docs/.prompt.yml": PROMPT_YML}))
    assert set(suite.prompts) == {".prompt", "docs/.prompt"}


@every_row("text", ["", "\n", "# only a note\n"])
def test_an_empty_prompt_yml_is_named_and_left_out(text):
    [warning] = load_suite(MemoryTree({"docs/x.prompt.yml": text})).warnings
    assert str(warning) == "docs/x.prompt.yml: warning: the file is empty and is not read"


def test_files_that_two_trees_share_are_parsed_once(monkeypatch, tmp_path):
    parsed = []
    real = parsedonce.load_yaml
    monkeypatch.setattr(
        parsedonce, "load_yaml", lambda data, path: parsed.append(path) or real(data, path)
    )
    monkeypatch.setattr(parsedonce, "_PARSED", {})
    REMEMBERED.keep_in(lambda: tmp_path)
    files = router("http://localhost/v1")
    before = load_suite(MemoryTree(files))
    changed = {**files, "prompts/router.yaml": PROMPT.replace("support", "all support")}
    after = load_suite(MemoryTree(changed))
    assert sorted(parsed) == [
        "evals/router.yaml",
        "promptci.yaml",
        "prompts/router.yaml",
        "prompts/router.yaml",
    ]
    assert before.evals["router"].examples is after.evals["router"].examples
    REMEMBERED.write()
    for _ in ("another process", "a third"):
        monkeypatch.setattr(parsedonce, "_PARSED", {})
        monkeypatch.setattr(parsedonce, "_EVALS", {})
        REMEMBERED.keep_in(lambda: tmp_path)
        assert load_suite(MemoryTree(changed)).evals == after.evals
        assert load_suite(MemoryTree(changed)).prompts == after.prompts
        assert load_suite(MemoryTree(changed)).config == after.config
    assert len(parsed) == 4


def test_a_faulty_file_has_its_faults_each_time(monkeypatch, tmp_path):
    REMEMBERED.keep_in(lambda: tmp_path)
    tree = MemoryTree({**router("http://localhost/v1"), "evals/x.yaml": "examples: [{expected: 1"})
    told = [_faults(tree) for _ in range(2)]
    REMEMBERED.write()
    monkeypatch.setattr(parsedonce, "_PARSED", {})
    REMEMBERED.keep_in(lambda: tmp_path)
    assert [*told, _faults(tree)] == [told[0]] * 3


def _faults(tree):
    with pytest.raises(SpecError) as refused:
        load_suite(tree)
    return list(map(str, refused.value.faults))


@every_row(
    ("more", "faulty"),
    [
        ({}, set()),
        ({"evals/b.yaml": "examples: [\n"}, {"evals/b.yaml"}),
        ({"evals/b.yaml": "prompt: nobody\n" + EVAL}, {"evals/b.yaml"}),
        ({"prompts/router.yaml": "messages: [\n"}, {"evals/router.yaml", "evals/other.yaml"}),
        ({"prompts/spare.yaml": "messages: [\n"}, set()),
        ({"flows/router.yaml": "steps: []\n"}, {"evals/router.yaml", "evals/other.yaml"}),
    ],
)
def test_the_evals_that_can_be_run_are_told_from_those_that_cannot(more, faulty):
    files = {**router("http://127.0.0.1:9"), "evals/other.yaml": "prompt: router\n" + EVAL, **more}
    suite = load_sound(MemoryTree(files))
    assert {path for path in suite.faulty if path.startswith("evals/")} == faulty
    assert all(suite.faulty.values())
    paths = {spec.mark.path for spec in suite.evals.values()}
    assert paths == {"evals/router.yaml", "evals/other.yaml"} - faulty


def test_a_faulty_configuration_is_that_of_all_evals():
    files = {**router("http://127.0.0.1:9", config="bad: 1\n"), "evals/b.yaml": "examples: [\n"}
    with pytest.raises(SpecError) as caught:
        load_sound(MemoryTree(files))
    assert {fault.path for fault in caught.value.faults} == {"promptci.yaml"}

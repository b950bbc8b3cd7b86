"""promptfoo's `rubricPrompt` becomes the prompt of a judge, or is told."""

CONFIG = "promptfooconfig.yaml"
HEAD = "prompts: ['{{q}}']\nproviders: [openai:gpt-6-luna]\n"


def of(prompt: str, assertion: str = "{type: llm-rubric, value: kind}", more: str = "") -> str:
    return (
        f"{HEAD}defaultTest: {{options: {{rubricPrompt: {prompt}}}}}\n"
        f"tests:\n  - {{vars: {{q: a, tone: dry}}, assert: [{assertion}]}}\n{more}"
    )


def said(found) -> str:
    return "\n".join(map(str, [*found.losses, *found.notes]))


def test_a_chat_is_who_judges_and_what_is_asked(read, rows) -> None:
    text = of("file://j.json")
    chat = (
        '[{"role": "system", "content": "Be {{tone}}; give pass and score."},'
        ' {"role": "user", "content": "{{ output }} by {{rubric}}"}]'
    )
    found = read("promptfoo", {CONFIG: text, "j.json": chat})
    [row] = rows(found)
    [judge] = found.judges
    assert judge.body["system"] == "Be {{ tone }}; give pass and score."
    assert judge.body["user"] == "{{ output }} by {{ criteria }}"
    assert judge.body["reply"]["required"] == ["reason", "score", "pass"]
    assert found.evals[0].body["scorers"][0]["rubric"]["prompt"] == "judges/rubric.yaml"
    assert row["vars"] == {"q": "a", "tone": "dry"}
    assert said(found) == ""


def test_an_assertions_own_goes_before_the_tests(read, rows) -> None:
    own = "{type: llm-rubric, value: kind, threshold: 7, rubricPrompt: 'From 1 to 10: {{output}}'}"
    found = read(
        "promptfoo", {CONFIG: of("'{{output}} {{rubric}} pass'", own, "  - {vars: {q: b}}\n")}
    )
    first, _ = rows(found)
    [judge] = found.judges
    assert first["scorers"][0]["rubric"]["threshold"] == 0.7
    assert judge.body["reply"]["properties"]["score"]["maximum"] == 10
    assert judge.body["reply"]["required"] == ["reason", "score"]
    assert "run from 0 to 10" in said(found)
    assert first["vars"] == {"q": "a"}


def test_what_judges_cannot_is_told(read, rows) -> None:
    for prompt, assertion, words in (
        ("'{% if tone %}a{% endif %}{{output}}'", "{type: llm-rubric, value: k}", "has logic"),
        ("'{{output}}'", "{type: factuality, value: k}", "`rubricPrompt` of `factuality`"),
        ("'Is it kind?'", "{type: llm-rubric, value: k}", "never shows the output"),
        ("file://j.py", "{type: llm-rubric, value: k}", "is code, which is not run"),
        ("'{{output}}'", "{type: contains, value: k}", ""),
    ):
        found = read("promptfoo", {CONFIG: of(prompt, assertion), "j.py": ""})
        rows(found)
        assert words in said(found)
        assert bool(said(found)) == bool(words)


def test_a_rubric_that_is_in_the_prompt_alone_is_judged_by_it(read, rows) -> None:
    text = of("'Did {{output}} mention {{tone}}?'", "{type: llm-rubric}")
    found = read("promptfoo", {CONFIG: text})
    assert rows(found)[0]["vars"]["tone"] == "dry"
    assert found.losses == []
    assert found.judges[0].body["user"].startswith("Did {{ output }} mention {{ tone }}?")

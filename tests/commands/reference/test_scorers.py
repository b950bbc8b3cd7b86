"""`promptci scorers`: every scorer with what it takes, from the source that reads and judges."""

import json

import pytest

from promptci.commands.main import main
from promptci.scorers.base.options import Options
from promptci.scorers.registry.catalogue import ALIASES, MODULES, SCORERS
from promptci.scorers.registry.described import PROMPTS, common, described, everything
from tables import every_row


@pytest.fixture
def said(capsys):
    def run(*arguments):
        assert main(["scorers", *arguments]) == 0
        return capsys.readouterr().out

    return run


def test_all_are_listed_by_subject(said):
    lines = said().splitlines()
    assert lines[0] == "Scorers that compare text"
    assert (
        "  equals        the output is this text or value; any of them, if a list (also" in lines[1]
    )
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    assert set(SCORERS) <= listed


def test_one_is_shown_with_options_and_an_example(said):
    shown = said("length")
    assert "  - length: {max: 50, unit: words}" in shown
    assert "a whole number from 0" in shown
    assert "one of `chars`, `lines`, `words`" in shown
    assert "Every scorer takes:" in shown
    assert "version 1, judges the form of an answer" in shown


def test_an_alias_shows_what_it_means(said):
    assert said("not") == said("none_of")


@every_row("name", [*SCORERS, *ALIASES])
def test_every_one_can_be_shown(said, name):
    shown = said(name)
    assert SCORERS[ALIASES.get(name, (name, {}))[0]].example.split("\n")[0] in shown


def test_an_unknown_name_is_corrected(capsys):
    assert main(["scorers", "contians"]) == 2
    assert capsys.readouterr().err == "there is no scorer `contians`: did you mean `contains`?\n"


def test_no_project_is_needed(said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "equals" in said()


def test_json_has_every_scorer_with_its_options(said):
    document = json.loads(said("--json"))
    assert (document["command"], document["exit_code"]) == ("scorers", 0)
    assert [each["name"] for each in document["scorers"]] == list(SCORERS)
    found = next(each for each in document["scorers"] if each["name"] == "length")
    assert found["shorthand"] == found["options"][0]["name"] == "max"
    unit = next(option for option in found["options"] if option["name"] == "unit")
    assert (unit["default"], unit["required"]) == ("chars", False)
    assert {option["name"] for option in document["common_options"]} >= {"not", "except", "weight"}
    [one] = json.loads(said("length", "--json"))["scorers"]
    assert one == found


def test_keys_of_a_mapping_are_shown_too():
    choices = next(each for each in described("choice_judge").options if each.name == "choices")
    assert [each.name for each in choices.inner] == ["choice", "score"]
    assert choices.inner[1].kind == "a number from 0 to 1"


def test_kinds_are_in_words():
    kinds = {each.name: each.kind for each in described("equals").options}
    assert kinds == {
        "value": "any value",
        "ignore_case": "true, false or `lower`",
        "strip": "true, false or `output`",
        "normalise": "true or false",
    }


def test_options_with_another_default_count_as_a_scorers_own():
    options = {each.name: each for each in described("github/fluency").options}
    assert options["threshold"].default == "0.25"
    assert "weight" not in options


def test_every_scorer_is_described():
    for _, scorers in everything():
        for each in scorers:
            assert each.summary
            assert each.summary[0].islower() or each.summary.split()[0].isupper()
            assert not each.summary.endswith(".")
            assert each.example
            assert each.module in MODULES


def test_a_judges_prompt_is_shown_where_it_is_a_file(monkeypatch, tmp_path, said):
    (tmp_path / PROMPTS).mkdir()
    (tmp_path / PROMPTS / "choice_judge.yaml").write_text("system: You are a [judge].\n")
    monkeypatch.setattr("promptci.scorers.registry.described.files", lambda package: tmp_path)
    assert "The judge's prompt:\nsystem: You are a [judge].\n" in said("choice_judge")


@every_row("name", SCORERS)
def test_every_option_has_a_description(name):
    assert [each.name for each in described(name).options if not each.description] == []


def test_every_common_option_has_a_description():
    assert [each.name for each in common() if not each.description] == []
    assert len(common()) == len(Options.__struct_fields__)

"""`promptci report`: the page is made of what is stored, and nothing is asked or written beside."""

import json
from pathlib import Path

import jsonschema
import pytest

from commands.conftest import files
from fakes import response_to
from projects import EVAL, PROMPT, REWORDED, before_and_after, route
from promptci.commands.main import main

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/json.schema.json").read_text())
VALID = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
LATER = PROMPT.replace(*REWORDED).replace("version: v1", "version: v2")


@pytest.fixture
def lost(project, api, ask):
    """The project with recorded scores, and an edit of the prompt that loses an example."""
    api.answers(before_and_after(route, lambda t: "nowhere" if "card" in t else route(t)))
    ask("run")
    project.commit("Scores")
    project.write({"prompts/router.yaml": LATER})
    ask("run")
    return project


def data(ask, *arguments):
    document = ask("report", *arguments).document
    VALID.validate(document)
    return document


def test_the_page_is_written_and_nothing_is_asked(lost, api, capsys):
    asked, before = api.count, files(lost)
    assert main(["report", "-o", "out/page.html"]) == 0
    assert api.count == asked
    made = files(lost)
    page = made.pop("out/page.html").decode()
    assert made == before
    assert "1 of 1 eval lost more than its gate allows (<code>router</code>)." in page
    assert "Wrote out/page.html: 6 examples." in capsys.readouterr().out


def test_what_browse_would_show_is_printed_without_a_terminal(lost, ask):
    page, shown = data(ask), ask("browse", "--json")
    assert shown.code == 0
    assert (shown.document["evals"], shown.document["examples"]) == (
        page["evals"],
        page["examples"],
    )
    refused = ask("browse", "--json", "no-such")
    assert (refused.code, "no-such" in refused.document["error"]) == (2, True)


def test_the_data_hold_what_check_says_and_both_answers(lost, ask):
    found = data(ask)
    checked = ask("check", "--offline")
    assert found["verdict_code"] == checked.code == 1
    assert found["sentence"] == checked.document["sentence"]
    first = found["examples"][0]
    assert (first["id"], first["fate"], first["vars"]) == (
        "card", "lost", {"ticket": "My card was charged twice"},
    )  # fmt: skip
    assert (first["base"]["text"], first["head"]["text"]) == ("billing", "nowhere")
    assert first["head"]["repeats"] == ["fail", "fail"]
    assert [turn["role"] for turn in first["head"]["prompt"]] == ["system", "user"]
    assert first["base"]["prompt"][0]["text"] == "You route support tickets."
    [eval_] = found["evals"]
    assert (eval_["state"], eval_["lost"], eval_["base"]["score"]) == ("blocked", 1, 1.0)
    assert [commit["subject"] for commit in found["commits"]] == ["Scores"]


def test_without_stored_answers_the_records_are_used_and_the_page_says_so(lost, ask):
    lost.commit("Reword")
    ask("cache", "clear")
    found = data(ask)
    assert found["from_records"]
    assert found["verdict_code"] == 1
    [first, *_] = found["examples"]
    assert (first["fate"], first["head"]["text"]) == ("lost", None)
    assert any("committed records are used" in note for note in found["notes"])


def test_two_models_may_be_put_against_each_other(project, api, ask):
    api.answers(lambda asked: route(asked) if asked.body["model"] == "small-1" else "other")
    ask("compare", "small", "large", "--confirm", "0")
    asked = api.count
    found = data(ask, "small", "large")
    assert api.count == asked
    assert found["base"] == "small"
    assert sum(each["fate"] == "lost" for each in found["examples"]) == 5
    main(["report", "small", "large"])
    assert "router on large: latency" in Path("report.html").read_text()


def test_where_the_files_are_not_the_head_s_commands_that_read_them_are_left_out(lost, ask):
    lost.commit("Reword")
    found = data(ask, "HEAD~1", "HEAD")
    assert (found["head_rev"], found["elsewhere"]) == ("HEAD", [])
    lost.write({"prompts/router.yaml": PROMPT})
    for head, rev in (("HEAD", "HEAD"), ("v2", None)):
        found = data(ask, "HEAD~1" if rev else "v1", head)
        assert (found["head_rev"], found["elsewhere"]) == (rev, ["router"])
        assert f"The files here are not those of {head} for router" in " ".join(found["notes"])
    assert data(ask)["elsewhere"] == []


def test_an_unchanged_project_shows_its_evals_with_their_answers(project, ask):
    ask("run")
    project.commit("Scores")
    project.write({"README.md": "x"})
    project.commit("Nothing")
    found = data(ask)
    assert [each["state"] for each in found["evals"]] == ["unchanged"]
    assert {each["head"]["text"] for each in found["examples"]} >= {"billing", "shipping"}


def test_a_stale_record_is_said_and_the_answers_are_shown_all_the_same(lost, ask):
    lost.write({"prompts/router.yaml": LATER.replace("all support", "any support")})
    found = data(ask)
    assert found["verdict_code"] == 3
    assert "stale" in found["sentence"]
    assert [cure for cure in found["cures"] if "promptci run router" in cure]
    assert [each["state"] for each in found["evals"]] == ["no verdict"]
    assert len(found["examples"]) == 6


def filtered(asked):
    """An answer that the endpoint holds back."""
    body = response_to(asked.body, "")
    body["choices"][0]["finish_reason"] = "content_filter"
    return body


def test_why_the_last_run_had_no_answer_is_said(lost, api, ask):
    prompt = LATER.replace("version: v2", "version: v3").replace("You route", "You do route")
    lost.write({"prompts/router.yaml": prompt})
    api.answers(filtered)
    assert ask("run").code == 3
    said = {each["head"]["why"] for each in data(ask)["examples"] if each["head"]}
    assert said == {"The last run had no answer: the answer was filtered"}
    lost.write({"prompts/router.yaml": prompt.replace("You do", "Please do")})
    assert {each["head"]["why"] for each in data(ask)["examples"]} == {""}, "it asked other things"


ONE_STALE = (
    "1 of 2 evals lost more than its gate allows (`router`). `other` was not judged, it lacks "
    "a score record: run `promptci run other` and commit the file."
)


def test_a_record_that_is_missing_keeps_no_other_eval_from_being_judged(lost, ask):
    lost.write({"evals/other.yaml": EVAL + "prompt: router\n"})
    checked = ask("check", "--offline")
    assert (checked.code, checked.document["sentence"]) == (1, ONE_STALE)
    found = data(ask)
    assert found["verdict_code"] == 1, "one is certainly lost"
    assert found["sentence"] == ONE_STALE
    states = {each["eval"]: (each["state"], each["sentence"]) for each in found["evals"]}
    assert states["router"][0] == "blocked"
    assert states["other"][0] == "no verdict"
    assert states["other"][1].startswith("Not compared, since its score record")
    assert main(["accept", "router", "--all-lost", "-m", "wanted"]) == 0


def test_a_damaged_record_is_named_with_what_to_do(lost, ask):
    lost.write({"evals/other.yaml": EVAL + "prompt: router\n"})
    ask("run", "other")
    lost.commit("Another eval")
    lost.write({"evals/router.scores.yaml": "format: 2\nmodels: [\n"})
    found = data(ask, "HEAD")
    assert found["verdict_code"] == 3
    [cure] = found["cures"]
    assert cure.startswith("evals/router.scores.yaml: ")
    assert "promptci run router" in cure
    assert len(found["examples"]) == 12
    states = {each["eval"]: each["state"] for each in found["evals"]}
    assert states == {"router": "no verdict", "other": "unchanged"}


def test_a_shallow_clone_says_how_to_have_its_base_and_its_past(lost, ask, monkeypatch):
    lost.commit("Reworded")
    clone = lost.path.parent / "clone"
    lost.git("clone", "-q", "--depth", "1", f"file://{lost.path}", str(clone))
    monkeypatch.chdir(clone)
    refused = ask("report")
    assert refused.code == 3
    assert "`git fetch --unshallow`" in refused.document["error"]
    found = data(ask, "HEAD")
    assert found["shallow"]
    assert [commit["subject"] for commit in found["commits"]] == ["Reworded"]


def test_before_the_first_commit_there_is_one_side(repo, api, ask):
    from projects import router

    api.answers(route)
    repo.write(router(api.url))
    ask("run")
    found = data(ask)
    assert (found["base"], found["verdict_code"], found["commits"]) == (None, None, [])
    [eval_] = found["evals"]
    assert (eval_["state"], eval_["moved"]) == ("new", True)
    assert eval_["sentence"].startswith("New, with nothing to compare with. ")
    assert {each["fate"] for each in found["examples"]} == {"new"}


def test_too_many_operands_and_unknown_ones_are_refused(lost, capsys):
    assert main(["report", "a", "b", "c"]) == 2
    assert "name at most a base and a head" in capsys.readouterr().err
    assert main(["report", "nowhere"]) == 2
    assert main(["report", "--data", "--open"]) == 2
    assert main(["report", "router"]) == 2
    assert "not the file `evals/router.yaml`" in capsys.readouterr().err


def test_a_fault_of_a_file_that_evals_share_is_told_once(lost, capsys):
    lost.write({"evals/other.yaml": EVAL + "prompt: router\n", "evals/router.jsonl": "{}}\n"})
    assert main(["report"]) == 2
    assert capsys.readouterr().err.count("evals/router.jsonl:1:") == 1


def test_serve_shows_the_page_and_its_news_until_it_is_interrupted(lost, capsys, monkeypatch):
    pages = []

    def follow(make, stamp, say, begin):
        begin("http://127.0.0.1:1/x/")
        pages.extend((make(), stamp(), say("words")))

    monkeypatch.setattr("promptci.project.servedreport.follow_report", follow)
    before = files(lost)
    assert main(["report", "--serve"]) == 0
    assert b"EventSource" in pages[0]
    assert b"connect-src &#x27;self&#x27;" in pages[0]
    said = capsys.readouterr()
    assert said.out.startswith("http://127.0.0.1:1/x/\n")
    assert said.err.endswith("words\n")
    assert files(lost) == before


def test_run_check_and_compare_write_the_page_with_all_answers(lost):
    for number, command in enumerate(
        (["run"], ["check"], ["compare", "HEAD", "./prompts/router.yaml"])
    ):
        file = Path(f"page{number}.html")
        assert main([*command, "--report", f"html={file}"]) == 1
        page = file.read_text()
        assert "router / card" in page
        assert "nowhere" in page
        assert "router: score over commits" in page

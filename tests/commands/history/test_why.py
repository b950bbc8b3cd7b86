"""`promptci why`: the parts of a fingerprint that differ from the base, as text."""

import pytest

from gitrepo import GitRepo
from projects import EVAL, PROMPT, TICKETS, config, example, jsonl
from promptci.commands.main import main

PROMPT_FILE = "prompts/router.yaml"
EVAL_FILE = "evals/router.yaml"


@pytest.fixture
def why(ask):
    """The one eval that `why router` tells of."""

    def found(*arguments):
        answer = ask("why", "router", *arguments)
        assert answer.code == 0, answer.document
        return answer.only

    return found


def names(found):
    return [part["part"] for part in found["parts"]]


def rows(**changes):
    """The tickets as examples; `changes` replace some by id, None takes one away."""
    made = {id_: example(id_, ticket, queue, tags=[queue]) for id_, ticket, queue in TICKETS}
    made |= changes
    return jsonl(row for row in made.values() if row is not None)


CHANGES = {
    "nothing": ({}, []),
    "a label": ({PROMPT_FILE: PROMPT.replace("version: v1", "version: v2")}, []),
    "a comment": ({PROMPT_FILE: f"# a comment\n{PROMPT}"}, []),
    "line ends": ({PROMPT_FILE: PROMPT.replace("\n", "\r\n")}, []),
    "the order": ({"evals/router.jsonl": "".join(reversed(rows().splitlines(True)))}, []),
    "the gate": ({EVAL_FILE: f"{EVAL}gate: {{tolerance: 0.5}}\n"}, []),
    "words": ({PROMPT_FILE: PROMPT.replace("You route", "Please route")}, ["prompt"]),
    "a parameter": ({PROMPT_FILE: PROMPT.replace("max_tokens: 8", "max_tokens: 9")}, ["prompt"]),
    "an example": ({"evals/router.jsonl": rows(card=None)}, ["examples"]),
    "a scorer": ({EVAL_FILE: EVAL.replace("equals", "contains")}, ["scorers"]),
    "an option": ({EVAL_FILE: EVAL.replace("equals", "equals: {strip: true}")}, ["scorers"]),
    "a model": ({PROMPT_FILE: f"model: large\n{PROMPT}"}, ["model"]),
    "an endpoint": ({"promptci.yaml": config("http://elsewhere.example/v1")}, ["model"]),
    "all": (
        {
            PROMPT_FILE: f"model: large\n{PROMPT.replace('You route', 'Please route')}",
            EVAL_FILE: EVAL.replace("equals", "contains"),
            "evals/router.jsonl": rows(card=None),
        },
        ["prompt", "examples", "scorers", "model"],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_part_that_differs_is_named(project, why, capsys, change):
    written, parts = CHANGES[change]
    project.write(written)
    assert names(why("--base", "HEAD")) == parts
    assert main(["why", "router", "--base", "HEAD"]) == 0
    words = ", ".join(parts) or "nothing"
    verb = "differ" if len(parts) > 1 else "differs"
    assert f"{words} {verb} from" in capsys.readouterr().out.splitlines()[0]


def test_what_is_the_same_on_several_models_is_said_once(project, capsys):
    project.write({EVAL_FILE: f"{EVAL}models: [small, large]\n"})
    project.commit("On two models")
    project.write({PROMPT_FILE: PROMPT.replace("You route", "Please route")})
    assert main(["why", "router", "--base", "HEAD"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("router on large, small: prompt differs from")
    assert said.count("+Please route") == 1
    assert main(["run", "router", "--model", "small"]) == 0
    capsys.readouterr()
    assert main(["why", "router", "--base", "HEAD"]) == 0
    large, small = capsys.readouterr().out.split("router on ")[1:]
    assert "There is no record yet" in large
    assert "The record is that of these files." in small


@pytest.mark.parametrize("width", [80, 120])
def test_all_of_it_as_people_read_it(repo, monkeypatch, capsys, golden, width):
    """Shots, a schema, examples of every kind of edit, and a scorer's options."""
    monkeypatch.setenv("COLUMNS", str(width))
    repo.write(
        {
            "promptci.yaml": config("http://llm.example/v1"),
            PROMPT_FILE: PROMPT,
            EVAL_FILE: EVAL,
            "evals/router.jsonl": rows(),
        }
    )
    base = repo.commit("Begin")
    shots = (
        'shots:\n  - {vars: {ticket: "I was\\nbilled twice"}, output: billing}\n'
        "response_format: {type: object, properties: {queue: {type: string}}}\n"
    )
    edits = {
        "card": None,
        "refund": example("refund", "I want my money back, now", "billing", tags=["billing"]),
        "login": example("login", "I cannot log in", ["account", "other"], tags=[]),
        "hello": example("hello", "Hello there", None, scorers=["is_json"], tags=["other"]),
        "fresh": example("fresh", "Is it fresh?", "other"),
    }
    repo.write(
        {
            PROMPT_FILE: f"model: large\n{PROMPT.replace('You route', 'Please route')}{shots}",
            EVAL_FILE: "examples: router.jsonl\nscorers:\n"
            "  - equals: {ignore_case: true, value: billing}\n  - length: {max: 20, weight: 0}\n",
            "evals/router.jsonl": rows(**edits),
        }
    )
    assert main(["why", "router", "--base", base[:8]]) == 0
    golden(f"why-{width}.txt", capsys.readouterr().out.replace(base[:7], "abcdef0"))


def test_the_prompts_text_is_diffed_line_by_line(project, why):
    project.write({PROMPT_FILE: PROMPT.replace("You route", "Please route")})
    [part] = why("--base", "HEAD")["parts"]
    assert "-You route support tickets." in part["diff"]
    assert "+Please route support tickets." in part["diff"]
    assert " [system]" in part["diff"]


def test_examples_are_named_with_the_fields_that_were_edited(project, why):
    edited = example("card", "My card was charged thrice", "account", tags=["billing", "urgent"])
    project.write(
        {"evals/router.jsonl": rows(card=edited, hello=None, late=example("late", "Late!", 1))}
    )
    [part] = why("--base", "HEAD")["parts"]
    assert [(e["id"], e["kind"]) for e in part["examples"]] == [
        ("card", "edited"),
        ("late", "added"),
        ("hello", "removed"),
    ]
    assert part["examples"][0]["fields"] == [
        {
            "name": "vars.ticket",
            "base": "My card was charged twice",
            "head": "My card was charged thrice",
        },
        {"name": "expected", "base": "billing", "head": "account"},
        {"name": "tags", "base": ["billing"], "head": ["billing", "urgent"]},
    ]


def test_true_is_not_one(project, why):
    project.write({"evals/router.jsonl": rows(card=example("card", "x", 1))})
    project.commit("One")
    project.write({"evals/router.jsonl": rows(card=example("card", "x", True))})
    [part] = why("--base", "HEAD")["parts"]
    assert part["examples"][0]["fields"] == [{"name": "expected", "base": 1, "head": True}]


def test_a_difference_that_no_text_shows_is_said(project, why, capsys):
    project.write({PROMPT_FILE: PROMPT.replace('"{{ ticket }}"', '"{{ ticket }}\\n"')})
    [part] = why("--base", "HEAD")["parts"]
    assert part["diff"] == [
        "(the same as text: only line breaks at the end or types of values differ)"
    ]
    project.git("checkout", "-q", ".")
    project.write({"evals/router.jsonl": rows(card=example("card", "x", 1))})
    project.commit("A number")
    project.write({"evals/router.jsonl": rows(card=example("card", "x", "1"))})
    main(["why", "router", "--base", "HEAD"])
    assert '    - 1\n    + "1"\n' in capsys.readouterr().out


def test_many_examples_are_counted(project, capsys):
    many = {f"t{n:03}": example(f"t{n:03}", f"Ticket {n}", "other") for n in range(60)}
    project.write({"evals/router.jsonl": rows(**many)})
    main(["why", "router", "--base", "HEAD"])
    shown = capsys.readouterr().out
    assert "examples: 60 added" in shown
    assert "… 10 more examples" in shown


def test_how_the_record_fits_the_files(project, why, ask, capsys):
    assert why()["record"] == "none"
    ask("run")
    assert (why()["record"], why()["stale_parts"]) == ("current", [])
    project.write({PROMPT_FILE: PROMPT.replace("You route", "Please route")})
    assert (why()["record"], why()["stale_parts"]) == ("stale", ["prompt"])
    main(["why", "router"])
    assert "The record was made before a change of prompt" in capsys.readouterr().out
    project.write({"evals/router.scores.yaml": "nonsense"})
    assert why()["record"] == "none"


def test_new_and_gone_evals_and_models(project, ask, capsys):
    project.write(
        {"evals/other.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [equals]\n"}
    )
    answer = ask("why", "evals/other.yaml", "--base", "HEAD")
    assert (answer.only["state"], answer.only["parts"]) == ("new", [])
    project.write({EVAL_FILE: f"models: [small, large]\n{EVAL}"})
    project.commit("Two models")
    project.write({EVAL_FILE: f"models: [small]\n{EVAL}"})
    found = ask("why", EVAL_FILE, "--base", "HEAD").document["evals"]
    assert [(e["model"], e["state"]) for e in found] == [("large", "gone"), ("small", "both")]
    assert main(["why", EVAL_FILE, "--base", "HEAD"]) == 0
    assert "router on large: gone since" in capsys.readouterr().out
    [small] = ask("why", EVAL_FILE, "--base", "HEAD", "--model", "small").document["evals"]
    assert small["model"] == "small"
    assert ask("why", EVAL_FILE, "--base", "HEAD", "--model", "tiny").code == 2


def test_all_evals_of_a_prompt(project, ask):
    project.write(
        {"evals/other.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [equals]\n"}
    )
    project.commit("Another eval")
    project.write({PROMPT_FILE: PROMPT.replace("You route", "Please route")})
    found = ask("why", PROMPT_FILE, "--base", "HEAD").document["evals"]
    assert [(e["eval"], names(e)) for e in found] == [("other", ["prompt"]), ("router", ["prompt"])]


def test_the_default_base_is_where_the_branch_left_main(project, ask, why):
    base = project.git("rev-parse", "HEAD")
    project.git("checkout", "-q", "-b", "topic")
    project.write({PROMPT_FILE: PROMPT.replace("You route", "Please route")})
    project.commit("Edit")
    project.write({"README.md": "x"})
    project.commit("Document")
    assert names(why()) == ["prompt"]
    assert ask("why", "router").document["base"]["commit"] == base
    project.git("checkout", "-q", "--detach")
    assert names(why()) == ["prompt"]


def test_no_model_is_asked_and_nothing_is_written(project, api, why):
    project.write({PROMPT_FILE: PROMPT.replace("You route", "Please route")})
    before = sorted(project.path.rglob("*"))
    why("--base", "HEAD")
    assert api.count == 0
    assert sorted(project.path.rglob("*")) == before


def test_a_base_that_cannot_be_used(project, ask):
    project.write({PROMPT_FILE: "messages: {}\n"})
    project.commit("Break")
    project.write({PROMPT_FILE: PROMPT})
    answer = ask("why", "router", "--base", "HEAD")
    assert answer.code == 3
    assert "the files of the base" in answer.document["error"]
    assert PROMPT_FILE in answer.document["error"]


def test_files_that_cannot_be_used(project, ask):
    project.write({PROMPT_FILE: "messages: {}\n"})
    assert ask("why", "router", "--base", "HEAD").code == 2


def test_a_base_that_a_shallow_clone_lacks(project, ask, tmp_path, monkeypatch):
    first = project.git("rev-parse", "HEAD")
    project.commit("Go on")
    project.git("clone", "-q", "--depth=1", project.path.as_uri(), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    for arguments in (["--base", first], []):
        answer = ask("why", "router", *arguments)
        assert answer.code == 3
        assert "fetch-depth" in answer.document["error"]
    GitRepo(tmp_path / "clone").git("fetch", "-q", "--unshallow")
    assert ask("why", "router", "--base", first).code == 0


def test_before_the_first_commit(repo, api, ask):
    repo.write({PROMPT_FILE: PROMPT, EVAL_FILE: EVAL, "evals/router.jsonl": rows()})
    answer = ask("why", "router")
    assert answer.code == 3
    assert "no commit yet" in answer.document["error"]


def test_an_eval_that_is_not_there(project, ask):
    answer = ask("why", "roter")
    assert answer.code == 2
    assert "did you mean `router`?" in answer.document["error"]


def test_hostile_text_is_shown_harmless(project, capsys):
    evil = PROMPT.replace("You route support tickets.", '"x\\e[2Jy\\u202e\\n\\n@@ z"')
    project.write({PROMPT_FILE: evil})
    assert main(["why", "router", "--base", "HEAD"]) == 0
    assert not set(capsys.readouterr().out) & set("\x1b\u202e\r")

"""Wrong input is a sentence that names the place and the cure, with the right exit code."""

from itertools import pairwise
from shutil import rmtree

import pytest

from commands.conftest import files
from projects import EVAL, PROMPT, REWORDED, config, example, jsonl
from promptci.commands.main import main

RECORD = "evals/router.scores.yaml"
_NAMES = "abcdefghi"
BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise(_NAMES)
)
"""A billion laughs: each list holds the one before it ten times."""

FAULTS = {
    "not a prompt": (
        {"prompts/router.yaml": "hello: world\n"},
        "prompts/router.yaml:1:1: unknown key `hello`",
    ),
    "empty file": ({"prompts/router.yaml": ""}, "prompts/router.yaml"),
    "binary file": ({"prompts/router.yaml": b"\x7fELF\x00\x01"}, "binary"),
    "not UTF-8": ({"prompts/router.yaml": b"messages: \xff\xfe\n"}, "is not UTF-8"),
    "UTF-16": ({"prompts/router.yaml": "messages: []".encode("utf-16")}, "UTF-16"),
    "a list where a map belongs": (
        {"prompts/router.yaml": "- role: user\n  content: hi\n"},
        "prompts/router.yaml:1:1: this must be a mapping",
    ),
    "a list as an eval": (
        {"evals/other.yaml": "- vars: {ticket: hi}\n"},
        "evals/other.yaml:1:1: an eval is a mapping, here is a list",
    ),
    "a text where a list belongs": (
        {"evals/router.yaml": "examples: router.jsonl\nscorers: equals\n"},
        "evals/router.yaml:2:10: `scorers` must be a list",
    ),
    "tabs": (
        {"prompts/router.yaml": "messages:\n\t- role: user\n"},
        "prompts/router.yaml:2:1",
    ),
    "merge keys": (
        {"promptci.yaml": "models:\n  a: &a {endpoint: local}\n  b: {<<: *a}\n"},
        "promptci.yaml:3",
    ),
    "anchors bomb": ({"promptci.yaml": BOMB}, "alias"),
    "duplicate key": (
        {"evals/router.yaml": EVAL + "examples: other.jsonl\n"},
        "evals/router.yaml:4:1",
    ),
    "unknown key": (
        {"evals/router.yaml": EVAL + "scorer: []\n"},
        "unknown key `scorer`: did you mean `scorers`?",
    ),
    "unknown scorer": (
        {"evals/router.yaml": "examples: router.jsonl\nscorers: [equal]\n"},
        "evals/router.yaml:2:11: there is no scorer `equal`: did you mean `equals`?",
    ),
    "unknown model of a prompt": (
        {"prompts/router.yaml": f"model: smal\n{PROMPT}"},
        "prompts/router.yaml:1:8: there is no model `smal`: did you mean `small`?",
    ),
    "unknown model of an eval": (
        {"evals/router.yaml": f"{EVAL}models: [openia/gpt]\n"},
        "names no known endpoint: did you mean `openai`?",
    ),
    "unknown prompt": (
        {"evals/router.yaml": f"{EVAL}prompt: routr\n"},
        "there is no prompt `routr` in prompts/: did you mean `router`?",
    ),
    "no such file of examples": (
        {"evals/router.yaml": "examples: routr.jsonl\nscorers: [equals]\n"},
        "evals/router.yaml:1:11: there is no file evals/routr.jsonl",
    ),
    "examples outside the project": (
        {"evals/router.yaml": "examples: ../../secret.jsonl\nscorers: [equals]\n"},
        "leads out of the project",
    ),
    "examples in a format that is none": (
        {"evals/router.yaml": "examples: router.txt\nscorers: [equals]\n"},
        "examples are read from .jsonl, .json, .csv, .yaml,",
    ),
    "no examples inline": (
        {"evals/router.yaml": "examples: []\nscorers: [equals]\n"},
        "evals/router.yaml:1:11: `examples` is empty",
    ),
    "no examples in a file": (
        {"evals/router.jsonl": ""},
        "evals/router.jsonl: the file has no rows",
    ),
    "no scorers": (
        {"evals/router.yaml": "examples: router.jsonl\n"},
        "no scorer with a weight judges example `card`",
    ),
    "scorers that can fail nothing": (
        {"evals/router.yaml": "examples: router.jsonl\nscorers: [length: {max: 3, weight: 0}]\n"},
        "so nothing could fail",
    ),
    "an example without its variable": (
        {"evals/router.jsonl": jsonl([{"id": "a", "vars": {"tickt": "hi"}, "expected": "b"}])},
        "evals/router.jsonl:1:1: example `a` has no variable `ticket`",
    ),
    "a variable that nobody uses": (
        {"evals/router.jsonl": jsonl([example("a", "hi", "b", vars={"ticket": "hi", "queue": 1})])},
        "example `a` gives `queue`, which neither the prompt nor a scorer uses",
    ),
    "a part of a variable that is not there": (
        {"prompts/router.yaml": PROMPT.replace("{{ ticket }}", "{{ ticket.subject }}")},
        "prompts/router.yaml:6:27: no example gives `ticket.subject`",
    ),
    "no expectation": (
        {"evals/router.jsonl": jsonl([example("a", "hi")])},
        "example `a` has no `expected`, which `equals` compares with",
    ),
    "a variable of a scorer that is not given": (
        {"evals/router.yaml": "examples: router.jsonl\nscorers: [contains: '{{ queue }}']\n"},
        "evals/router.yaml:2:11: no example gives `queue`, which `contains` uses",
    ),
    "the same id twice": (
        {"evals/router.jsonl": jsonl([example("a", "hi", "b"), example("a", "ho", "b")])},
        "evals/router.jsonl:2:1: example `a` has the id, or else the inputs, of line 1",
    ),
    "the same inputs twice, without ids": (
        {"evals/router.jsonl": '{"vars": {"ticket": "hi"}, "expected": "b"}\n' * 2},
        "evals/router.jsonl:2:1: example `",
    ),
    "an id that cannot be shown": (
        {"evals/router.jsonl": jsonl([example("a\x1b[2J", "hi", "b")])},
        "example `a\\u001b[2J` has characters in its id that cannot be shown",
    ),
    "a must_pass that is no example": (
        {"evals/router.yaml": f"{EVAL}gate: {{must_pass: [crad]}}\n"},
        "`must_pass` names no example `crad`: did you mean `card`?",
    ),
    "a file whose name cannot be shown": (
        {"prompts/a\nb.yaml": PROMPT},
        "prompts/a\\nb.yaml: the file's name has characters that cannot be shown",
    ),
    "two prompts of one name": (
        {"prompts/router.yml": PROMPT},
        "`router` is also the name of prompts/router.yaml",
    ),
    "an unclosed placeholder": (
        {"prompts/router.yaml": PROMPT.replace("{{ ticket }}", "{{ ticket")},
        "is not a placeholder",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_file_is_a_sentence_with_its_place(project, api, capsys, name):
    content, sentence = FAULTS[name]
    project.write(content)
    before = files(project)
    for command in ("run", "lint"):
        assert main([command]) == 2
        captured = capsys.readouterr()
        said = captured.out + captured.err
        assert sentence in said
        assert "Traceback" not in said
        assert "\x1b" not in said
    assert api.count == 0
    assert files(project) == before


def test_all_faults_of_all_files_are_said_at_once(project, capsys):
    project.write(
        {
            "prompts/one.yaml": "messages: 3\n",
            "prompts/two.yaml": "massages: []\n",
            "evals/three.yaml": f"{EVAL}prompt: four\n",
            "promptci.yaml": "modles: {}\n",
        }
    )
    assert main(["run"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "evals/three.yaml",
        "promptci.yaml",
        "prompts/one.yaml",
        "prompts/two.yaml",
    ]


def test_a_bad_line_far_down_is_found(project, capsys):
    rows = [jsonl([example(f"n{number}", f"Hello {number}", "other")]) for number in range(8000)]
    rows[7430] = '{"id": "n7430", "vars": {"ticket": "Hello"}, "expected": other}\n'
    project.write({"evals/router.jsonl": "".join(rows)})
    assert main(["run"]) == 2
    assert capsys.readouterr().err.startswith("evals/router.jsonl:7431:58: ")


def test_a_wrong_column_does_not_fill_the_screen(project, capsys):
    rows = jsonl({"id": f"n{number}", "vars": {"tickets": "Hi"}} for number in range(5000))
    project.write({"evals/router.jsonl": rows})
    assert main(["run"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "evals/router.yaml:3:5: no example has `expected`, which `equals` compares with: add one, "
        "or give the scorer a `value` (and 5,000 more for the same reason)",
        "prompts/router.yaml:6:27: no example gives `ticket`, which the prompt `router` uses: did "
        "you mean `tickets`? (and 10,000 more for the same reason)",
    ]


def test_a_broken_scorer_is_said_once(project, capsys):
    rows = [
        example("a", "Hi", "b", scorers=["equals"]),
        example("b", "Ho", "b", scorers=["equals"]),
    ]
    project.write(
        {
            "evals/router.yaml": "examples: router.jsonl\nscorers: [equal]\n",
            "evals/router.jsonl": jsonl(rows),
        }
    )
    assert main(["run"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


# What is not there


def test_outside_a_repository_exits_3(tmp_path, capsys):
    assert main(["run"]) == 3
    assert "is in no git repository: run `git init`" in capsys.readouterr().err


def test_a_repository_without_evals_has_nothing_to_run(repo, ask):
    answer = ask("run")
    assert answer.code == 5
    assert "`promptci init`" in answer.document["error"]
    assert ask("run", "router").code == 5


@pytest.mark.parametrize("name", ["routr", "evals/routr.yaml", "prompts/routr.yml"])
def test_an_unknown_name_exits_2_with_the_nearest(project, ask, name):
    answer = ask("run", name)
    assert answer.code == 2
    assert (
        answer.document["error"]
        == f"there is no eval and no prompt `{name}`: did you mean `router`?"
    )


def test_a_prompt_without_an_eval_has_nothing_to_run(project, ask):
    project.write({"prompts/lonely.yaml": PROMPT})
    answer = ask("run", "lonely")
    assert answer.code == 5
    assert answer.document["error"] == "no eval tests the prompt `lonely`: write evals/lonely.yaml"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--tag", "biling"), "no example matches --tag `biling`: did you mean `billing`?"),
        (("--example", "crad"), "no example matches --example `crad`: did you mean `card`?"),
        (("--example", "card", "--example", "x"), "no example matches --example `x`: known are"),
        (("--tag", "other", "--example", "card"), "no example has all of what"),
    ],
)
def test_filters_that_match_nothing_exit_5(project, api, ask, options, sentence):
    answer = ask("run", *options)
    assert (answer.code, api.count) == (5, 0)
    assert answer.document["error"].startswith(sentence)


def test_an_unknown_model_exits_2_with_the_nearest(project, ask):
    answer = ask("run", "--model", "smal")
    assert answer.code == 2
    assert "there is no model `smal`: did you mean `small`?" in answer.document["error"]


def test_a_missing_key_is_named_before_anything_is_asked(project, api, ask):
    project.write(
        {"promptci.yaml": config(api.url).replace(api.url, f"{api.url}, key_env: LAB_KEY")}
    )
    answer = ask("run")
    assert (answer.code, api.count) == (2, 0)
    assert "needs the environment variable LAB_KEY: set it" in answer.document["error"]


def test_endpoints_without_keys_are_all_named_with_a_cure_for_any_of_them(
    project, api, ask, monkeypatch
):
    keys = f"{api.url}, key_env: LAB_KEY}}\n  den: {{base_url: {api.url}, key_env: DEN_KEY"
    text = config(api.url).replace(api.url, keys)
    text = text.replace("large: {endpoint: lab", "large: {endpoint: den")
    project.write({"promptci.yaml": text, "evals/router.yaml": f"{EVAL}models: [small, large]\n"})
    both, one = ask("run"), ask("run", "--model", "large")
    assert (both.code, one.code, api.count) == (2, 2, 0)
    cure = "or use the model `smollm2`, which needs no key"
    needs = "endpoints `den` and `lab` need the environment variables DEN_KEY and LAB_KEY: set them"
    assert f"{needs}, {cure}" in both.document["error"]
    needs = "endpoint `den` needs the environment variable DEN_KEY: set it"
    assert f"{needs}, {cure}" in one.document["error"]
    project.write({"promptci.yaml": text.replace("key_env", "batch: openai, key_env")})
    batched = ask("run", "--batch")
    assert "`den` and `lab` need" in batched.document["error"], batched.document
    assert (batched.code, api.count) == (2, 0)
    with monkeypatch.context() as patch:
        patch.setenv("LAB_KEY", "k1")
        patch.setenv("DEN_KEY", "k2")
        for prompt in (PROMPT, PROMPT.replace(*REWORDED)):
            project.write({"prompts/router.yaml": prompt})
            assert ask("run").code == 0
            project.commit("With its record")
    rmtree(".promptci")
    asked = api.count
    for more in ((), ("--batch",)):
        checked = ask("check", "--base", "HEAD~1", *more)
        said = {each["model"]: each["why"] for each in checked.document["not_evaluated"]}
        assert said == {
            "small": "the key LAB_KEY of the endpoint `lab` is not set",
            "large": "the key DEN_KEY of the endpoint `den` is not set",
        }
        assert (checked.code, api.count) == (3, asked)


def test_an_endpoint_that_is_down_is_an_error_of_the_examples(project, ask):
    project.write({"promptci.yaml": config("http://127.0.0.1:9/v1")})
    answer = ask("run")
    assert (answer.code, answer.only["errors"]) == (3, 6)
    [why] = answer.only["reasons"]
    assert "cannot be reached at http://127.0.0.1:9" in why
    assert "attempts" not in why


@pytest.mark.parametrize(
    "options", [("--offline", "--refresh"), ("--sample", "0"), ("--repeat", "0")]
)
def test_options_that_make_no_sense_exit_2(project, ask, options):
    assert ask("run", *options).code == 2


# Folders and files that cannot be used


@pytest.fixture
def sealed(project):
    """Folders made read-only, and opened again afterwards."""
    closed = []

    def seal(name):
        folder = project.path / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o555)
        closed.append(folder)
        probe = folder / "probe"
        try:
            probe.touch()
        except OSError:
            return
        probe.unlink()
        pytest.skip("this user may write everywhere")

    yield seal
    for folder in closed:
        folder.chmod(0o755)


@pytest.mark.parametrize("folder", [".promptci", "evals"])
def test_a_folder_that_cannot_be_written_exits_3_and_is_named(project, sealed, capsys, folder):
    sealed(folder)
    assert main(["run"]) == 3
    assert folder in capsys.readouterr().err


def test_a_record_that_cannot_be_written_costs_no_report(project, capsys):
    (project.path / RECORD).mkdir()
    assert main(["run"]) == 3
    captured = capsys.readouterr()
    assert captured.out.startswith("eval ")
    assert f"{RECORD}: cannot be written" in captured.err


def test_a_damaged_cache_is_moved_aside_and_said(project, api, ask):
    ask("run")
    (project.path / ".promptci/cache.sqlite").write_bytes(b"not a database at all, but long enough")
    answer = ask("run")
    assert (answer.code, api.count) == (0, 12)
    assert "the completions cache was damaged and moved to" in answer.stderr


def test_a_state_folder_that_is_a_file_exits_3(project, ask):
    project.write({".promptci": "surprise"})
    answer = ask("run")
    assert answer.code == 3
    assert ".promptci" in answer.document["error"]


def test_the_same_sentences_come_as_json(project, ask):
    project.write({"prompts/router.yaml": "hello: world\n"})
    answer = ask("run")
    assert answer.code == answer.document["exit_code"] == 2
    assert answer.document["faults"][0] == {
        "path": "prompts/router.yaml",
        "line": 1,
        "column": 1,
        "message": answer.document["faults"][0]["message"],
        "warning": False,
        "more": 0,
    }

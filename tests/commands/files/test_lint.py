"""`promptci lint`: what is wrong and what is doubtful, without a model and without a network."""

import json
import subprocess
import sys
import textwrap

import pytest

from projects import EVAL, PROMPT, TICKETS, example, jsonl
from promptci.commands.files.lint import _lines
from promptci.commands.main import main
from promptci.errors import Fault

SHOTS = "shots:\n  - {vars: {ticket: My card was charged TWICE }, output: billing}\n"


def messages(answer):
    return [fault["message"] for fault in answer.document["faults"]]


def test_a_sound_project_has_no_faults(project, capsys):
    assert main(["lint"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "no faults\n")


def test_a_folder_with_nothing_to_lint_is_not_called_sound(repo, capsys):
    assert main(["lint"]) == 0
    assert capsys.readouterr().err == "no faults, since there are no prompts and no evals\n"


def test_it_asks_no_model_and_needs_no_key(project, api, monkeypatch):
    project.write({"prompts/router.yaml": PROMPT.replace("version: v1", "model: openai/gpt-4.1")})
    assert main(["lint"]) == 0
    assert api.count == 0


def test_an_error_exits_2_and_has_its_place(project, capsys):
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [equal]\n"})
    assert main(["lint"]) == 2
    captured = capsys.readouterr()
    assert captured.out == (
        "evals/router.yaml:2:11: there is no scorer `equal`: did you mean `equals`?\n"
    )
    assert captured.err == "1 error, 0 warnings\n"


def test_a_faulty_file_hides_no_fault_of_another(project, ask):
    project.write(
        {
            "evals/lonely.yaml": "prompt: nobody\nexamples: router.jsonl\nscorers: [equals]\n",
            "prompts/router.yaml": PROMPT.replace("{{ ticket }}", "{{ tickt }}"),
        }
    )
    answer = ask("lint")
    assert answer.code == 2
    assert [said.partition(":")[0] for said in messages(answer)] == [
        "there is no prompt `nobody` in prompts/",
        "no example gives `tickt`, which the prompt `router` uses",
    ]


def test_faults_of_one_file_come_together(project, ask):
    evals = {
        "router": "promt: router\nscorers: [equals]",  # what is tested is not known: no examples
        "gate": "prompt: router\ngate: {tolerance: 5}\nscorers: [equls]",
        "who": "prompt: router\nmodels: [nope]\nscorers: [regex: {pattern: (}]",
        "lost": "prompt: nobody\nscorers: [equls]",
    }
    examples = "examples:\n  - {id: a, vars: {tickt: x}, expected: billing}\n"
    project.write({f"evals/{name}.yaml": f"{text}\n{examples}" for name, text in evals.items()})
    answer = ask("lint")
    assert answer.code == 2
    told = [(fault["path"][6:-5], fault["message"][:26]) for fault in answer.document["faults"]]
    no_variable, no_scorer = "example `a` has no variable", "there is no scorer `equls`"
    assert sorted(told) == [
        ("gate", "`gate.tolerance` must be a"),
        ("gate", no_variable[:26]),
        ("gate", no_scorer),
        ("lost", "there is no prompt `nobody"),
        ("lost", no_scorer),
        ("router", "unknown key `promt`: did y"),
        ("who", no_variable[:26]),
        ("who", "not a regular expression: "),
        ("who", "there is no model `nope`: "),
    ]


def test_a_warning_exits_0_unless_strict(project, ask):
    project.write({"prompts/lonely.yaml": PROMPT})
    answer = ask("lint")
    assert answer.code == answer.document["exit_code"] == 0
    assert messages(answer) == ["no eval tests the prompt `lonely`: write evals/lonely.yaml"]
    assert answer.document["faults"][0]["warning"]
    assert ask("lint", "--strict").code == 2


def test_a_record_that_an_eval_left_behind_is_a_warning(project, api, ask):
    assert ask("run").code == 0
    assert ask("lint").document["faults"] == []
    (project.path / "evals/router.yaml").unlink()
    project.write({"evals/routing.yaml": f"{EVAL}prompt: router\n"})
    [fault] = ask("lint").document["faults"]
    assert (fault["path"], fault["warning"]) == ("evals/router.scores.yaml", True)
    assert "`git rm evals/router.scores.yaml`" in fault["message"]


def test_a_prompt_that_only_a_flow_asks_is_named_with_it(project, ask):
    flow = "steps: [{first: {prompt: lonely}}]\noutput: '{{ first }}'\n"
    project.write({"prompts/lonely.yaml": PROMPT, "flows/both.yaml": flow})
    project.write({"evals/both.yaml": EVAL})
    assert messages(ask("lint")) == [
        "no eval tests the prompt `lonely` by itself, which the flow `both` asks: "
        "write evals/lonely.yaml"
    ]


def test_errors_of_files_and_examples_come_together(project, ask):
    project.write(
        {
            "evals/router.jsonl": jsonl([example("a", "Hi")]),
            "evals/second.yaml": "prompt: router\nexamples: []\nscorers: [equals]\n",
        }
    )
    answer = ask("lint")
    assert [fault["path"] for fault in answer.document["faults"]] == [
        "evals/router.jsonl",
        "evals/second.yaml",
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [example("b", "hello  THERE", "other")],
            "example `b` repeats `hello` (line 6): delete one",
        ),
        (
            [example("b", "Hello there", "billing")],
            "example `b` has the inputs of `hello` (line 6) but expects something else: "
            "one of them must be wrong",
        ),
        (
            [example("b", "My card was charged twice!", "billing")],
            "example `b` is nearly `card` (line 1): that adds little to the score",
        ),
        ([example("b", "Hello there", "other", scorers=[{"length": {"max": 9}}])], None),
        ([example("b", "Hullo there", "other")], None),
    ],
    ids=["repeated", "opposite", "nearly", "judged otherwise", "short and alike"],
)
def test_examples_alike(project, ask, rows, said):
    tickets = [example(*ticket) for ticket in TICKETS]
    project.write({"evals/router.jsonl": jsonl([*tickets, *rows])})
    answer = ask("lint")
    assert messages(answer) == ([said] if said else [])
    assert answer.code == (2 if said and "must be wrong" in said else 0)


SLIPS = (
    {"id": "a", "vars": {"ticket": 1, "more": 2}, "expectd": "x", "tags": "hot"},
    {"id": "b", "vars": {}},
    {"id": "c", "vars": [1], "tags": [1]},
    {"id": "a", "vars": {"ticket": 1}, "expected": "x"},
)
"""Two faults of one example, one that others have, one that hides an example's inputs."""


@pytest.mark.parametrize("place", ["router.jsonl", "rows.yaml", "inline"])
@pytest.mark.parametrize("gate", ["", ", tolernce: 1"])
def test_a_fault_of_an_example_hides_none_of_others(project, ask, place, gate):
    rows = "".join(f"- {json.dumps(row)}\n" for row in SLIPS)
    spec = EVAL.replace("router.jsonl", f"\n{rows}" if place == "inline" else place)
    lines = "".join(f"{json.dumps(row)}\n" for row in SLIPS)
    project.write(
        {
            "evals/router.yaml": f"{spec}gate: {{must_pass: [nope]{gate}}}\n",
            f"evals/{place}": rows if place == "rows.yaml" else lines,
        }
    )
    said = " ".join(each["message"] for each in ask("lint").document["faults"])
    for wrong in ("expectd`: did you", "tags` must be a list", "vars` must be", "tags[0]` must"):
        assert wrong in said
    assert "example `b` has no variable `ticket`" in said
    assert "example `b` has no `expected`" in said
    assert "example `a` has the id, or else the inputs, of line" in said
    assert "`must_pass` names no example `nope`: known are `a`, `b`, `c`" in said
    assert said.count("has no variable") == 1
    assert "example `a` has no `expected`" not in said, "it follows from the slip"


def test_texts_in_another_script_are_not_alike_by_their_escapes(project, ask):
    rows = [
        example("a", "我的信用卡被扣款两次请退款谢谢", "x"),
        example("b", "你好请问周末营业吗我想来看看书", "x"),
    ]
    project.write({"evals/router.jsonl": jsonl(rows)})
    assert messages(ask("lint")) == []


def test_a_shot_that_is_also_an_example_is_a_leak(project, ask):
    project.write({"prompts/router.yaml": PROMPT.replace("v1", "v2") + SHOTS})
    [message] = messages(ask("lint"))
    where = "a shot of the prompt `router` (prompts/router.yaml:8)"
    assert message.startswith(f"example `card` is also {where}, so the model is shown the answer")


def test_variables_must_be_those_declared(project, ask):
    project.write({"prompts/router.yaml": f"variables: [tickt]\n{PROMPT}"})
    assert messages(ask("lint")) == [
        "`ticket` is used in a message but not declared: add it to `variables`",
        "`tickt` is declared but no message uses it: did you mean `ticket`?",
    ]


def test_a_label_left_as_it_was_is_a_warning(project, ask):
    project.write({"prompts/router.yaml": PROMPT.replace("support", "all support")})
    assert messages(ask("lint")) == [
        "the prompt changed since the last commit but is still labelled `v1`: raise it"
    ]
    project.write({"prompts/router.yaml": PROMPT.replace("Route a", "Send a")})
    assert messages(ask("lint")) == []  # a description changes no answer
    project.write({"prompts/router.yaml": PROMPT.replace("support", "all").replace("v1", "v2")})
    assert messages(ask("lint")) == []


def test_a_record_in_the_middle_of_a_merge_is_an_error(project, ask):
    ask("run")
    record = project.path / "evals/router.scores.yaml"
    record.write_text(record.read_text().replace("models:", "=======\nmodels:"))
    answer = ask("lint")
    assert answer.code == 2
    assert "merge conflict" in messages(answer)[0]


def test_it_loads_nothing_that_asks_models(project):
    script = """
        import sys
        from promptci.commands.main import main
        code = main(["lint"])
        rooms = ("run.solving.solve", "compare.pairs", "project.session")
        asking = [f"promptci.{room}" for room in rooms]
        print(code, [name for name in asking if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "0 []\n"


def test_a_broken_commit_does_no_harm(project, ask):
    project.write({"prompts/router.yaml": "broken: yes\n"})
    project.commit("Break it")
    project.write({"prompts/router.yaml": PROMPT})
    assert messages(ask("lint")) == []


def test_without_a_commit_there_are_no_labels_to_look_at(repo, ask):
    repo.write({"prompts/a.yaml": PROMPT, "evals/a.yaml": EVAL.replace("router.jsonl", "a.jsonl")})
    repo.write({"evals/a.jsonl": jsonl([example("a", "Hi", "other")])})
    repo.write({"prompts/a.yaml": PROMPT + "model: smollm2\n"})
    assert messages(ask("lint")) == []


def test_escapes_in_files_do_not_reach_the_terminal(project, capsys):
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: ['\u202eequals']\n"})
    assert main(["lint"]) == 2
    assert "\u202e" not in capsys.readouterr().out


FROM_GITHUB = """\
messages: [{role: user, content: "{{input}}"}]
model: xai/grok-3-mini
testData: [{input: x, expected: y}]
evaluators:
  - name: e
    llm: {modelId: gpt-4o, prompt: "{{completion}}", choices: [{choice: y, score: 1}]}
"""


def test_who_answers_to_ids_of_github_models_is_asked_for_and_no_error(project, ask):
    project.write({"x.prompt.yml": FROM_GITHUB})
    answer = ask("lint")
    assert answer.code == 0
    assert len(messages(answer)) == 2
    assert all("`defaults: {endpoint: openrouter}`" in each for each in messages(answer))
    assert ask("run", "x").code == 2
    assert ask("run", "router").code == 0


def test_what_the_embedded_model_does_not_hold_to_is_named(project, capsys):
    form = (
        "response_format: {type: json_schema, json_schema: {name: x, schema: "
        "{type: object, properties: {p: {type: number, maximum: 1}}}}}\n"
    )
    project.write({"prompts/router.yaml": f"model: smollm2\n{PROMPT}{form}"})
    assert main(["lint"]) == 0
    said = capsys.readouterr().out
    assert "`smollm2` does not hold to `maximum` in the response format" in said


def test_faults_are_written_for_other_tools(project, tmp_path):
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [equal]\n"})
    files = {kind: tmp_path / kind for kind in ("sarif", "codequality")}
    options = [part for kind, file in files.items() for part in ("--report", f"{kind}={file}")]
    assert main(["lint", *options]) == 2
    [result] = json.loads(files["sarif"].read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "evals/router.yaml"
    assert place["region"] == {"startLine": 2, "startColumn": 11}
    [entry] = json.loads(files["codequality"].read_text())
    assert entry["location"] == {"path": "evals/router.yaml", "lines": {"begin": 2}}


TWO = {
    "prompts/other.yaml": PROMPT,
    "evals/other.yaml": EVAL.replace("router", "other"),
    "prompts/lonely.yaml": PROMPT,
}


@pytest.mark.parametrize(
    ("names", "paths"),
    [
        ([], ["evals/other.jsonl", "evals/router.jsonl", "prompts/lonely.yaml"]),
        (["router"], ["evals/router.jsonl"]),
        (["evals/router.yaml", "lonely"], ["evals/router.jsonl", "prompts/lonely.yaml"]),
        (["evals/"], ["evals/other.jsonl", "evals/router.jsonl"]),
        (["./prompts"], ["prompts/lonely.yaml"]),
        (["evals/other.jsonl"], ["evals/other.jsonl"]),
        (["promptci.yaml"], []),
        (["."], ["evals/other.jsonl", "evals/router.jsonl", "prompts/lonely.yaml"]),
    ],
)
def test_only_what_is_named_is_told(project, ask, names, paths):
    twice = jsonl([example("card", "My card", "billing"), example("again", "My card", "billing")])
    project.write({**TWO, "evals/router.jsonl": twice, "evals/other.jsonl": twice})
    answer = ask("lint", *names)
    assert sorted({fault["path"] for fault in answer.document["faults"]}) == paths
    assert answer.code == 0


def test_a_name_that_means_nothing_is_refused(project, capsys):
    assert main(["lint", "rooter"]) == 2
    said = "there is no eval and no prompt `rooter`: did you mean `router`?\n"
    assert capsys.readouterr().err == said
    assert main(["lint", "../up"]) == 2
    assert main(["lint", "x" * 300]) == 2


def test_a_file_that_keeps_others_from_being_read_is_told_whatever_is_named(project, ask):
    project.write({"prompts/other.yaml": "messages: 3\n"})
    answer = ask("lint", "router")
    assert answer.code == 2
    assert [fault["path"] for fault in answer.document["faults"]] == ["prompts/other.yaml"]


def test_many_warnings_of_one_kind_are_folded_on_a_terminal():
    alike = [
        Fault(f"evals/e{n}.jsonl", 4, 1, f"{n} examples are nearly another (`t-{n}`)", warning=True)
        for n in range(300)
    ]
    faults = [*alike, Fault("evals/x.yaml", 1, 1, "no `examples`")]
    assert len([*_lines(faults, folds=False)]) == 301
    shown = [*_lines(faults, folds=True)]
    assert len(shown) == 7
    assert shown[5:] == [
        "evals/x.yaml:1:1: no `examples`",
        "… 295 more warnings like these: `promptci lint | cat` lists all",
    ]


@pytest.mark.parametrize(
    ("more", "files", "place", "said"),
    [
        ("sensitivity: {wording: no.yaml}", {}, 4, "there is no file evals/no.yaml of wordings"),
        (
            "sensitivity: {wording: words.yaml}",
            {"evals/words.yaml": "short: Route {{ nothing }}.\n"},
            1,
            "the wording `short`: ",
        ),
        ("curve: {shots: [0, 1], pool: no.jsonl}", {}, 4, "there is no file evals/no.jsonl"),
        (
            "curve: {shots: [0, 9], pool: pool.jsonl}",
            {"evals/pool.jsonl": jsonl([example("p", "Where is it?", "other")])},
            4,
            "pool.jsonl holds 1 shot to draw from: ask for at most so many",
        ),
        (
            "curve: {shots: [0, 1]}",
            {},
            4,
            "the prompt `router` holds 0 shots to draw from: name a file with --pool, or as `pool`",
        ),
        (
            "curve: {shots: [0, 1], pool: pool.jsonl}",
            {"evals/pool.jsonl": jsonl([example("p", TICKETS[0][1], "other")])},
            1,
            f"the pool holds the golden example `{TICKETS[0][0]}` of `router`",
        ),
    ],
)
def test_files_that_experiments_need_are_looked_at(project, ask, more, files, place, said):
    project.write({"evals/router.yaml": f"{EVAL}{more}\n", **files})
    answer = ask("lint")
    faults = [(f["line"], f["message"]) for f in answer.document["faults"] if not f["warning"]]
    assert answer.code == 2
    assert [(line, text[: len(said)]) for line, text in faults] == [(place, said)]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ("variants: {m: {model: nobody}}\n", 2, "variant `m`: there is no model `nobody`: known"),
        ('variants: {v: {append: "{{ tone }}"}}\n', 2, "variant `v`: no example gives `tone`"),
        ("variants: {v: {append: Think.}, m: {model: large}}\n", 0, ""),
        (
            "shots:\n  - {vars: {ticket: x}, output: a}\n  - {vars: {ticket: X}, output: a}\n",
            0,
            "warning: this repeats the shot of line",
        ),
        (
            "shots:\n  - {vars: {ticket: x}, output: a}\n  - {vars: {ticket: x}, output: b}\n",
            0,
            "answers the same otherwise: one is wrong",
        ),
    ],
)
def test_variants_and_shots_are_looked_at_before_they_are_asked(project, capsys, more, code, said):
    project.write({"prompts/router.yaml": f"{PROMPT}{more}"})
    assert main(["lint"]) == code
    out = capsys.readouterr().out
    assert said in out
    assert bool(out) == bool(said)
    assert out.startswith("prompts/router.yaml:" if said else "")

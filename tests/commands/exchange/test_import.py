"""`promptci import`: files of other tools become files that lint passes, all or none."""

import json

import pytest

from promptci.commands.main import main
from tables import every_row

CONFIG = """\
prompts: ['Answer: {{q}}']
tests:
  - {vars: {q: 2+2}, assert: [{type: equals, value: '4'}]}
  - {vars: {q: 3+3}, assert: [{type: equals, value: '6'}]}
"""
LOSSY = CONFIG.replace("prompts:", "redteam: {}\nprompts:")
PROVIDER = "providers: [deepseek:deepseek-chat]\n"


@pytest.fixture
def empty(repo):
    """A repository without a project."""
    repo.write({"README.md": "Nothing\n"})
    repo.commit("Begin")
    return repo


def test_what_it_writes_passes_lint(empty, capsys):
    empty.write({"promptfooconfig.yaml": CONFIG})
    assert main(["import", "promptfooconfig.yaml"]) == 0
    assert capsys.readouterr().out == "wrote prompts/prompt.yaml\nwrote evals/prompt.yaml\n"
    assert main(["lint", "--strict"]) == 0


def test_sources_among_our_own_files_are_named_and_left(empty, capsys):
    chat = "- {role: user, content: 'Answer: {{q}}'}\n"
    config = CONFIG.replace("'Answer: {{q}}'", "file://../prompts/ask.yaml")
    empty.write({"evals/promptfooconfig.yaml": config, "prompts/ask.yaml": chat})
    assert main(["import", "."]) == 0
    assert capsys.readouterr().out == "wrote prompts/ask-2.yaml\nwrote evals/ask.yaml\n"
    assert (empty.path / "prompts/ask.yaml").read_text() == chat
    assert main(["lint"]) == 0
    told = capsys.readouterr()
    for path in ("evals/promptfooconfig.yaml", "prompts/ask.yaml"):
        assert f"{path}: warning: the file is promptfoo's and is not read" in told.out
    assert main(["import", ".", "--force"]) == 0
    assert not (empty.path / "prompts/ask-3.yaml").exists()


def test_examples_that_lint_would_not_tell_apart_are_told_and_repaired(empty, ask, capsys):
    asked = ("Apples?", "Zebras?", "zebras?")
    samples = [
        {"id": 1 if at < 2 else at, "epoch": 1, "input": q, "target": q if at < 2 else "x",
         "output": {"completion": q}}
        for at, q in enumerate(asked)
    ]  # fmt: skip
    empty.write({"i.json": json.dumps({"eval": {"task": "i"}, "samples": samples})})
    told = ask("import", "i.json")
    assert told.code == 1
    assert [each["message"][:50] for each in told.document["lost"]] == [
        "example `2` has the inputs of line 1 but expects s",
    ]
    outputs = (empty.path / "evals/i.outputs.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in outputs] == ["1", "1-2"]
    assert main(["import", "i.json", "--force", "--lossy"]) == 0
    cure = "`promptci score i --outputs evals/i.outputs.jsonl`, which judges the recorded outputs"
    assert cure in capsys.readouterr().err
    assert main(["lint"]) == 0


def test_items_without_ids_that_repeat_are_carried_once(empty, ask):
    items = [{"dataset_id": "d", "inputs": {"q": "Hi"}, "outputs": {"answer": "x"}}] * 2
    empty.write({"s.json": json.dumps(items)})
    assert ask("import", "s.json").code == 0
    assert main(["lint"]) == 0


def test_a_loss_exits_1_unless_it_is_allowed(empty, ask):
    empty.write({"c/promptfooconfig.yaml": LOSSY})
    answer = ask("import", "c/promptfooconfig.yaml")
    assert answer.code == 1
    assert [(each["path"], each["line"]) for each in answer.document["lost"]] == [
        ("c/promptfooconfig.yaml", 1)
    ]
    assert answer.document["written"] == ["prompts/prompt.yaml", "evals/prompt.yaml"]
    assert ask("import", "c/promptfooconfig.yaml", "--force", "--lossy").code == 0


def test_rows_that_tell_no_two_examples_apart_are_lost(empty, capsys):
    rows = "id,ticket,expected\n7,a,x\n7,b,y\n,c,z\n,c,x\n8,c,z\n"
    empty.write({"tickets.csv": rows})
    assert main(["import", "tickets.csv"]) == 1
    said = capsys.readouterr().out
    assert "tickets.csv:3:1: the row is left out, since it has the id of line 2: change it" in said
    assert "tickets.csv:5:1: the row is left out, since it has the inputs of line 4: give" in said
    assert main(["lint"]) == 0


def test_files_that_are_there_are_kept(empty, capsys):
    empty.write({"promptfooconfig.yaml": CONFIG, "evals/prompt.yaml": "mine\n"})
    assert main(["import", "promptfooconfig.yaml"]) == 2
    assert "evals/prompt.yaml: there already; nothing was written" in capsys.readouterr().err
    assert (empty.path / "evals/prompt.yaml").read_text() == "mine\n"
    assert not (empty.path / "prompts").exists()
    assert main(["import", "promptfooconfig.yaml", "--force"]) == 0
    first = (empty.path / "evals/prompt.yaml").read_bytes()
    assert main(["import", "promptfooconfig.yaml", "--force"]) == 0
    assert (empty.path / "evals/prompt.yaml").read_bytes() == first
    assert sorted(path.name for path in empty.path.iterdir() if "import" in path.name) == []


def test_a_provider_of_its_own_comes_with_its_endpoint(empty, ask):
    empty.write({"promptfooconfig.yaml": PROVIDER + CONFIG})
    assert ask("import", "promptfooconfig.yaml").code == 0
    assert main(["lint"]) == 0
    again = ask("import", "promptfooconfig.yaml", "--force")
    assert again.code == 1
    assert "`deepseek`" in again.document["lost"][0]["message"]


def test_many_examples_go_into_a_data_file(empty):
    rows = "".join(f"q{n},a{n}\n" for n in range(30))
    empty.write({"t.csv": f"q,expected\n{rows}"})
    assert main(["import", "t.csv"]) == 0
    written = (empty.path / "evals/t.jsonl").read_text().splitlines()
    assert json.loads(written[29]) == {"vars": {"q": "q29"}, "expected": "a29"}
    assert main(["lint", "--strict"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "none.yaml"], "there is no such file or folder"),
        (["import", "README.md"], "is of no known kind"),
        (["import", "promptfo", "README.md"], "did you mean `promptfoo`"),
        (["import", "prompty", "--map", "a=b", "README.md"], "has no columns to map"),
        (["import", "csv", "--map", "ab", "README.md"], "write NAME=COLUMN"),
        (["import", "a", "b", "c"], "takes a kind and one path"),
        (["import", "empty.yaml"], "empty.yaml: the file is empty"),
        (["import", "empty.prompty"], "empty.prompty: the file is empty"),
        (["import", "lm-eval", "empty.yaml"], "empty.yaml: the file is empty"),
        (["import", "head.csv"], "head.csv has no rows: write one for each example"),
        (["import", "t.csv", "--map", "Q=q"], "write NAME=COLUMN, as in --map 'q=Q'"),
    ],
)
def test_wrong_moves_are_told(empty, capsys, arguments, said):
    empty.write({"empty.yaml": "\n", "empty.prompty": "\ufeff \n"})
    empty.write({"head.csv": "Q,A\n", "t.csv": "Q,A\n1,2\n"})
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_folder_with_a_file_of_one_kind_names_it(empty, capsys):
    empty.write({"d/items.json": '[{"input": {"q": "x"}, "expectedOutput": "y"}]'})
    assert main(["import", "d"]) == 2
    assert "d holds d/items.json (`langfuse`): name the file" in capsys.readouterr().err


GARBAGE = b"} no: row\n[1, 2]\n" * 60
OTHER = b'{"question": "q", "reply": "a"}\n' * 60
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:90f7\nsize 500\n"


@every_row(
    ("kind", "name", "data", "said"),
    [
        ("lm-eval", "x.jsonl", GARBAGE, "x.jsonl:1:1: no JSON value here"),
        ("lm-eval", "x.jsonl", b"\x7fELF\n\0\n" * 60, "x.jsonl:1:1: no JSON value here"),
        ("openai-evals", "x.jsonl", b"a\0\n" * 60, "x.jsonl:1:2: this is binary"),
        ("openai-evals", "x.jsonl", GARBAGE, "x.jsonl:1:1: no JSON value here"),
        ("openai-evals", "x.jsonl", OTHER, "no sample in it has an `input`"),
        ("openai-graders", "x.jsonl", GARBAGE, "x.jsonl:1:1: no JSON value here"),
        ("langfuse", "x.jsonl", GARBAGE, "x.jsonl:1:1: no JSON value here"),
        ("langsmith", "x.csv", b"a,b\n" * 60, "there is no column `inputs`"),
        ("deepeval", "x.jsonl", OTHER, "add one (and 59 more for the same reason)"),
        ("claude-evals", "x.jsonl", OTHER, "it holds lines, and this kind reads one document"),
        ("openai-evals", "x.jsonl", POINTER, "fetch it with `git lfs pull`"),
        ("csv", "x.csv", POINTER, "fetch it with `git lfs pull`"),
    ],
)
def test_a_file_of_something_else_is_one_sentence(empty, capsys, kind, name, data, said) -> None:
    (empty.path / name).write_bytes(data)
    assert main(["import", kind, name]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert not (empty.path / "prompts").exists()


def test_lines_before_the_first_row_are_lost_and_the_rest_is_read(empty, ask) -> None:
    rows = [{"input": "2+2?", "ideal": "4"}, {"input": "3+3?", "ideal": "6"}]
    lines = ["not a row", *map(json.dumps, rows), "nor this"]
    empty.write({"s.jsonl": "\n".join(lines)})
    told = ask("import", "openai-evals", "s.jsonl")
    assert told.code == 1
    assert [each["line"] for each in told.document["lost"]] == [1, 4]
    assert (empty.path / "evals/s.yaml").read_text().count("expected:") == 2


def test_a_registry_among_our_evals_stays_and_its_eval_steps_aside(empty, capsys) -> None:
    registry = (
        "ask: {id: ask.v0}\nask.v0:\n  class: evals.elsuite.basic.match:Match\n"
        "  args: {samples_jsonl: ask/s.jsonl}\n"
    )
    sample = json.dumps({"input": "2+2?", "ideal": "4"})
    empty.write({"evals/ask.yaml": registry, "data/ask/s.jsonl": sample})
    assert main(["import", "evals/ask.yaml"]) == 0
    assert capsys.readouterr().out == "wrote prompts/ask.yaml\nwrote evals/ask-2.yaml\n"
    assert (empty.path / "evals/ask.yaml").read_text() == registry
    assert "prompt: ask\n" in (empty.path / "evals/ask-2.yaml").read_text()
    assert main(["lint"]) == 0
    assert main(["import", "evals/ask.yaml", "--force"]) == 0
    assert not (empty.path / "evals/ask-3.yaml").exists()
    assert (empty.path / "evals/ask.yaml").read_text() == registry


@every_row("name, text", [
    ("a.json", '{"prompts": ["Hi"],\n "tests": [],\n "tests": [{"vars": {}}]}'),
    ("a.yaml", "prompts: [Hi]\ntests: []\ntests: [{vars: {}}]\n"),
])  # fmt: skip
def test_a_key_that_is_twice_is_told(empty, ask, name, text) -> None:
    empty.write({name: text})
    [lost] = ask("import", "promptfoo", name, "--force").document["lost"]
    assert (lost["line"], lost["message"].split(":")[0]) == (
        2, "`tests` is given twice and the last is read",
    )  # fmt: skip


ITEM = '{"datasetName": "route", "id": "a", "input": {"text": "Refund me"}, "expectedOutput": "b"}'


@pytest.mark.parametrize(
    ("name", "data"),
    [("items.jsonl", f"{ITEM}\n"), ("route.csv", "text,expected\nRefund me,b\n")],
)
def test_examples_come_to_the_prompt_that_takes_them(empty, capsys, name, data) -> None:
    own = "messages: [{role: user, content: 'Sort this: {{ text }}'}]\n"
    empty.write({"prompts/route.yaml": own, name: data})
    assert main(["import", name]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("wrote evals/route.yaml\n")
    assert "`route` is a prompt of the project that takes these variables" in told.out
    assert "to be edited" not in told.out
    assert (empty.path / "prompts/route.yaml").read_text() == own
    assert main(["lint", "--strict"]) == 0


@pytest.mark.parametrize(
    "own", ["messages: [{role: user, content: '{{ text }} {{ tone }}'}]\n", "messages: [\n"]
)
def test_a_prompt_that_takes_more_is_not_written_over(empty, capsys, own) -> None:
    empty.write({"prompts/route.yaml": own, "items.jsonl": f"{ITEM}\n"})
    assert main(["import", "items.jsonl"]) == 2
    assert "prompts/route.yaml: there already; nothing was written" in capsys.readouterr().err
    assert not (empty.path / "evals").exists()
    assert main(["import", "items.jsonl", "--force"]) == 0
    written = (empty.path / "prompts/route.yaml").read_text()
    assert "to be edited" in capsys.readouterr().out
    assert "{{ text }}" in written
    assert "tone" not in written


def test_an_id_stays_one_where_only_what_is_expected_is_mapped(empty) -> None:
    empty.write({"t.csv": "id,q,right\na1,2+2?,4\n"})
    assert main(["import", "t.csv", "--map", "expected=right"]) == 0
    assert (
        "- id: a1\n    vars:\n      q: 2+2?\n    expected: '4'"
        in (empty.path / "evals/t.yaml").read_text()
    )

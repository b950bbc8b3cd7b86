"""`promptci diff`: committed records of two states, offline and at once."""

from pathlib import Path

import pytest

from demonstration import build
from gitrepo import GitRepo
from histories import commit_record, record, write_records
from projects import PROMPT, REWORDED
from promptci.commands.main import main
from promptci.project.history import scorediffs
from promptci.records.scorefile import dump
from promptci.remembered import Remembered
from promptci.suite import golden, scanned

RECORD = "evals/router.scores.yaml"
GOOD = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 0.0}
MANY = {f"e{number:02}": 1.0 for number in range(40)}


@pytest.mark.parametrize("width", [80, 120])
def test_a_regression(repo, api, monkeypatch, capsys, golden, width):
    demo = build(repo, api, monkeypatch)
    monkeypatch.setenv("COLUMNS", str(width))
    capsys.readouterr()
    assert main(["diff", demo.commits["better"], "--head", demo.commits["shorter"]]) == 0
    golden(f"diff-regression-{width}.txt", capsys.readouterr().out)


@pytest.mark.parametrize("width", [80, 120])
def test_everything_that_can_differ(repo, monkeypatch, capsys, golden, width):
    monkeypatch.setenv("COLUMNS", str(width))
    commit_record(repo, record({**GOOD, "gone": 1.0}), record(GOOD, model="large"))
    commit_record(repo, record(MANY, eval="many"), name="many")
    commit_record(repo, record(GOOD, eval="old"), name="old")
    commit_record(repo, record(GOOD, eval="swap"), name="swap")
    commit_record(repo, record(MANY, eval="early"), name="early")
    base = commit_record(repo, record(GOOD, eval="still"), name="still")
    head = {**GOOD, "a": 0.0, "b": 0.0, "d": 1.0, "new": 0.0, "none": None}
    write_records(
        repo,
        record(head, edited=("c",), accepted={"b": "Ada: b is spam"}, parts={"prompt": "p2"}),
        record({**GOOD, "a": 0.0}, model="large", parts={"scorers": "s2"}),
    )
    fallen = {id_: float(id_ > "e20") for id_ in MANY}
    write_records(repo, record(fallen, eval="many", parts={"prompt": "p2"}), name="many")
    write_records(repo, record({**GOOD, "d": 1.0}, eval="swap", model="large"), name="swap")
    write_records(repo, record({"x": 1.0, "y": 0.0}, eval="fresh"), name="fresh")
    repo.git("mv", "evals/early.scores.yaml", "evals/late.scores.yaml")
    repo.git("rm", "-q", "evals/old.scores.yaml")
    repo.write({"evals/torn.scores.yaml": "format: 1\n"})
    assert main(["diff", base[:12]]) == 3
    golden(f"diff-all-{width}.txt", capsys.readouterr().out)


def test_the_document_has_all_of_it(repo, ask):
    base = commit_record(repo, record(GOOD))
    head = {"a": 0.0, "b": 1.0, "d": 1.0, "new": 1.0}
    write_records(repo, record(head, parts={"prompt": "p2"}, accepted={"a": "known"}))
    answer = ask("diff", "HEAD")
    assert answer.code == 0
    assert answer.document["base"]["commit"] == base
    assert answer.document["head"] == "the working tree"
    found = answer.only
    assert (found["eval"], found["model"], found["changed_parts"]) == (
        "router",
        "small",
        ["prompt"],
    )
    assert {fate: found[fate] for fate in ("lost", "won", "new", "removed", "changed")} == {
        "lost": ["a"],
        "won": ["d"],
        "new": ["new"],
        "removed": ["c"],
        "changed": [],
    }
    assert [(each["id"], each["why"]) for each in found["accepted"]] == [("a", "known")]
    assert (found["base"]["score"], found["head"]["score"]) == (0.75, 0.75)
    assert found["verdict"] == "underpowered"
    assert found["n"] == 2  # what is accepted is left out
    assert not found["worse"]


def test_what_does_not_differ_is_not_there(repo, ask, capsys):
    commit_record(repo, record(GOOD), record(GOOD, model="large"))
    commit_record(repo, record(GOOD, eval="other"), name="other")
    assert ask("diff", "HEAD").document["evals"] == []
    main(["diff", "HEAD"])
    assert capsys.readouterr().out.endswith("no record differs\n")
    text = (repo.path / RECORD).read_text()
    repo.write({RECORD: text.replace("\n", "\r\n")})
    assert ask("diff", "HEAD").document["evals"] == []
    write_records(repo, record(GOOD), record({**GOOD, "a": 0.0}, model="large"))
    assert ask("diff", "HEAD").only["model"] == "large"


def test_many_evals_are_one_family(repo, ask):
    lost = {id_: float(id_ >= "e07") for id_ in MANY}
    for name in ("one", "two", "three"):
        commit_record(repo, record(MANY, eval=name), name=name)
    write_records(repo, record(lost, eval="one"), name="one")
    alone = ask("diff", "HEAD").only
    assert alone["verdict"] == "regressed"
    for name in ("two", "three"):
        write_records(repo, record({**MANY, "e00": 0.0}, eval=name), name=name)
    adjusted = ask("diff", "HEAD").document["evals"][0]
    assert adjusted["p"] == alone["p"]
    assert adjusted["adjusted_p"] == pytest.approx(3 * alone["p"])


def test_the_tolerance_is_that_of_the_eval_at_the_base(repo, ask):
    spec = "examples: [{{id: a, vars: {{}}}}]\nscorers: [equals]\ngate: {{tolerance: {}}}\n"
    repo.write({"evals/router.yaml": spec.format("0.5")})
    commit_record(repo, record(MANY))
    lost = record({**MANY, "e00": 0.0})
    write_records(repo, lost)
    assert ask("diff", "HEAD").only["verdict"] == "no worse"
    repo.write({"evals/router.yaml": spec.format("0.0")})
    assert ask("diff", "HEAD").only["verdict"] == "no worse"
    repo.git("checkout", "-q", "evals/router.yaml")
    repo.write({"evals/router.yaml": "gate: [\n"})
    repo.commit("Break the eval")
    write_records(repo, record({**MANY, "e01": 0.0, "e02": 0.0}))
    assert ask("diff", "HEAD").only["verdict"] == "underpowered"  # the default tolerance


# Exit codes


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({}, 0),
        ({"a": 0.0}, 1),
        ({"a": 0.0, "d": 1.0}, 1),
        ({"d": 1.0}, 0),
        ({"d": 0.5}, 0),
        ({"a": None}, 0),
    ],
)
def test_the_exit_code_tells_whether_something_got_worse(repo, ask, head, code):
    commit_record(repo, record(GOOD))
    write_records(repo, record({**GOOD, **head}))
    assert ask("diff", "HEAD").code == 0
    assert ask("diff", "HEAD", "--exit-code").code == code


def test_a_fallen_score_without_a_lost_example_is_worse(repo, ask):
    commit_record(repo, record({"a": 0.5}))
    write_records(repo, record({"a": 0.25}))
    assert ask("diff", "HEAD", "--exit-code").code == 1


def test_an_accepted_loss_is_not_worse(repo, ask):
    commit_record(repo, record(GOOD))
    write_records(repo, record({**GOOD, "a": 0.0}, accepted={"a": "fine"}))
    assert ask("diff", "HEAD", "--exit-code").code == 0
    write_records(repo, record({**GOOD, "a": 0.0, "b": 0.0}, accepted={"a": "fine"}))
    assert ask("diff", "HEAD", "--exit-code").code == 1


def test_what_cannot_be_compared_is_neither_better_nor_worse(repo, ask, capsys):
    commit_record(repo, record(GOOD))
    write_records(repo, record({**GOOD, "a": 0.0}, parts={"scorers": "s2"}))
    answer = ask("diff", "HEAD", "--exit-code")
    assert answer.code == 3
    assert answer.only["obstacle"] == "the scorers changed"
    assert answer.only["delta"] is None
    assert main(["diff", "HEAD"]) == 0
    shown = capsys.readouterr().out
    assert "n/c" in shown
    assert "lost" not in shown.splitlines()[-1]


@pytest.mark.parametrize("side", ["base", "head"])
@pytest.mark.parametrize("damaged", ["", "nonsense", "format: 99\n", "<<<<<<< HEAD\n", "\0"])
def test_a_damaged_record_is_named_and_the_rest_is_shown(repo, ask, side, damaged):
    whole = dump({"small": record(GOOD)})
    commit_record(repo, record(GOOD, eval="other"), name="other")
    repo.write({RECORD: damaged if side == "base" else whole})
    base = repo.commit("Base")
    repo.write({RECORD: whole if side == "base" else damaged})
    write_records(repo, record({**GOOD, "a": 0.0}, eval="other"), name="other")
    answer = ask("diff", "HEAD")
    assert answer.code == 3
    assert answer.only["eval"] == "other"
    [found] = answer.document["damaged"]
    assert found["path"] == RECORD
    assert found["in"] == ("HEAD" if side == "base" else "the working tree")
    assert base


def test_a_record_of_a_hand_cannot_break_the_report(repo, ask):
    text = dump({"small": record(GOOD)})
    repo.write({RECORD: text})
    repo.commit("Base")
    fingerprint = record(GOOD).fingerprint
    repo.write({RECORD: text.replace(fingerprint, "").replace("is: pass", "is: error", 1)})
    assert ask("diff", "HEAD").code in (0, 3)


# Which base


def test_the_default_base_is_where_the_branch_left_main(repo, ask):
    base = commit_record(repo, record(GOOD))
    repo.git("checkout", "-q", "-b", "topic")
    commit_record(repo, record({**GOOD, "a": 0.0}))
    repo.git("checkout", "-q", "main")
    commit_record(repo, record({**GOOD, "b": 0.0}))
    repo.git("checkout", "-q", "topic")
    answer = ask("diff")
    assert answer.document["base"]["commit"] == base
    assert "merge base" in answer.document["base"]["why"]
    assert answer.only["lost"] == ["a"]
    repo.git("checkout", "-q", "--detach")
    assert ask("diff").only["lost"] == ["a"]


def test_two_commits_need_no_files(repo, ask):
    first = commit_record(repo, record(GOOD))
    second = commit_record(repo, record({**GOOD, "a": 0.0}))
    repo.git("rm", "-q", RECORD)
    (repo.path / "promptci.yaml").write_text("nonsense: [")
    assert ask("diff", first, "--head", second).only["lost"] == ["a"]
    assert ask("diff", second, "--head", first).only["won"] == ["a"]
    assert ask("diff", first, "--head", first).document["evals"] == []


def test_a_renamed_eval_is_followed(repo, ask):
    commit_record(repo, record(GOOD, eval="früh er"), name="früh er")
    repo.git("mv", "evals/früh er.scores.yaml", RECORD)
    found = ask("diff", "HEAD").document
    assert found["renamed"] == [{"eval": "router", "was": "früh er"}]
    assert (found["evals"], found["added"], found["removed"]) == ([], [], [])


def test_a_commit_that_a_shallow_clone_lacks(repo, ask, tmp_path, monkeypatch):
    first = commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}))
    repo.git("clone", "-q", "--depth=1", repo.path.as_uri(), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    for arguments in ([first], []):
        answer = ask("diff", *arguments)
        assert answer.code == 3
        assert "fetch-depth" in answer.document["error"]
    GitRepo(tmp_path / "clone").git("fetch", "-q", "--unshallow")
    assert ask("diff", first).only["lost"] == ["a"]


def test_before_the_first_commit(repo, ask):
    write_records(repo, record(GOOD))
    for arguments in ([], ["HEAD"], ["main"]):
        answer = ask("diff", *arguments)
        assert answer.code == 3
        assert "no commit yet" in answer.document["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "no commit `nothing`"),
        (["--head", "HEAD"], "BASE"),
        (["HEAD", "--head", "nothing"], "no commit `nothing`"),
    ],
)
def test_commits_that_are_not_there(repo, ask, arguments, words):
    commit_record(repo, record(GOOD))
    answer = ask("diff", *arguments)
    assert answer.code == 2
    assert words in answer.document["error"]


def test_sha256_repositories(new_repo, monkeypatch, ask):
    made = new_repo("modern", "--object-format=sha256")
    monkeypatch.chdir(made.path)
    commit_record(made, record(GOOD), record(GOOD, model="large"))
    assert ask("diff", "HEAD").document["evals"] == []
    write_records(made, record({**GOOD, "a": 0.0}), record(GOOD, model="large"))
    assert ask("diff", "HEAD").only["lost"] == ["a"]


def test_no_model_is_asked(project, api, ask):
    ask("run")
    project.commit("Score")
    project.write({"prompts/router.yaml": PROMPT.replace("support tickets", "tickets")})
    asked = api.count
    assert ask("diff").code == 0
    assert api.count == asked


def test_the_examples_of_a_side_are_read_once(project, api, ask, monkeypatch):
    read, rows = [], golden._READERS[".jsonl"]
    monkeypatch.setitem(
        golden._READERS, ".jsonl", lambda f, path: read.append(path) or rows(f, path)
    )
    assert ask("run").code == 0
    project.commit("Score")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    api.answers(lambda asked: "none of them")
    assert ask("run").code == 1
    for path in Path(".promptci/known").iterdir():
        path.unlink()
    read.clear()
    monkeypatch.setattr(scorediffs, "REMEMBERED", Remembered())
    monkeypatch.setattr(scanned, "REMEMBERED", scorediffs.REMEMBERED)
    answer = ask("diff", "HEAD")
    assert (len(answer.only["lost"]), answer.document["older"]) == (6, [])
    assert read == ["evals/router.jsonl"], "those of the base are the same"


def test_hostile_names_and_reasons(repo, capsys):
    commit_record(repo, record(GOOD, model="m\x1b[2J"))
    head = record(
        {**GOOD, "a": 0.0, "x\u202e": 0.0}, model="m\x1b[2J", accepted={"a": "why\x1b]0;\x07"}
    )
    write_records(repo, head)
    main(["diff", "HEAD"])
    assert not set(capsys.readouterr().out) & set("\x1b\x07\u202e\r")

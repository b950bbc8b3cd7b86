"""A run where nothing changed: it says the same as one that judges every answer again."""

import json
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest

from projects import REWORDED, TICKETS, example, jsonl, route
from promptci.cache.cacherow import FIELDS
from promptci.commands.main import main
from promptci.compare.stored import recalling, storedoutcomes
from promptci.project.runrecords import reusing
from promptci.records import chunkfiles
from promptci.run.solving import solve

COLUMNS = FIELDS.partition(", ")[2]

MIXED = """\
examples: router.jsonl
scorers:
  - equals: {weight: 2}
  - classification: {labels: [billing, shipping, account, other]}
  - contains: {value: bill, weight: 0, only: money}
metrics: {both: (equals + contains) / 2}
"""
"""An eval with a score that is no 0 or 1, classes, a scorer of some examples and a formula."""


@pytest.fixture
def mixed(project, api):
    """A project with failing examples, tags and clusters, run and committed."""
    rows = [
        example(*ticket, tags=["money"] if number < 2 else [], cluster=str(number % 3))
        for number, ticket in enumerate(TICKETS)
    ]
    rows[2]["expected"] = "billing"
    project.write({"evals/router.jsonl": jsonl(rows), "evals/router.yaml": MIXED})
    project.commit("mixed")
    assert main(["run"]) == 0
    project.commit("scores")
    return project


@pytest.fixture
def recalled(monkeypatch):
    """How many tasks were not run, of each run."""
    counts = []
    recall = recalling.recall_answers

    def counted(*arguments):
        found = recall(*arguments)
        counts.append(len(found))
        return found

    monkeypatch.setattr("promptci.project.runrecords.reusing.recall_answers", counted)
    return counts


@pytest.fixture
def packed(monkeypatch):
    """So many examples are very many: results are packed, and no keys are kept."""
    monkeypatch.setattr(chunkfiles, "LARGE", 4)
    monkeypatch.setattr(chunkfiles, "ROOMY", 5)
    monkeypatch.setattr(storedoutcomes, "MOST_KEYS", 0)


@pytest.fixture
def mixed_packed(packed, mixed):
    return mixed


def said(capsys, *arguments, command="run"):
    """What a command says, and its exit code."""
    capsys.readouterr()
    code = main([command, *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def forget(project):
    shutil.rmtree(project.path / ".promptci/known")


@pytest.mark.parametrize("options", [[], ["--json"], ["--no-write"], ["--offline"]])
def test_it_says_the_same_as_a_run_that_judges_again(mixed, capsys, recalled, options):
    main(["run"])
    short = said(capsys, *options)
    forget(mixed)
    assert short == said(capsys, *options)
    assert recalled == [1, 1, 0]


def test_show_finds_the_results_of_every_run(mixed, capsys, recalled):
    shown = said_of(capsys, "show", "router")
    for _ in range(3):
        main(["run"])
    assert said_of(capsys, "show", "router") == shown
    assert recalled == [1, 1, 1]


def said_of(capsys, *arguments):
    capsys.readouterr()
    main([*arguments])
    return capsys.readouterr().out


def test_an_answer_that_is_gone_is_asked_again(mixed, api, recalled):
    main(["run"])
    before = api.count
    change_cache(mixed, "DELETE FROM completion WHERE rowid = 3")
    main(["run", "--refresh-judges"])
    assert api.count == before + 1
    assert recalled == [1, 0]


@pytest.mark.parametrize("settled", [0, 10**12])
def test_a_changed_answer_is_judged_again(mixed, capsys, recalled, monkeypatch, settled):
    """Whether or not the times of the cache's files can tell that it was written to."""
    monkeypatch.setattr("promptci.cache.stillstored._SETTLED", settled)
    main(["run"])
    before = said(capsys)
    change_cache(mixed, "UPDATE completion SET text = 'other', seal = NULL")
    assert said(capsys) != before
    assert recalled == [1, 1, 0]


def test_no_answer_is_read_where_no_file_was_written_to(mixed, recalled, monkeypatch):
    monkeypatch.setattr("promptci.cache.stillstored._SETTLED", 0)
    main(["run"])
    monkeypatch.setattr("promptci.compare.stored.storedoutcomes.stored_content", None)
    assert main(["run"]) == 0
    assert recalled == [1, 1]


@pytest.mark.parametrize("both", [([], ["--offline"]), (["--no-write"], ["--json"])])
def test_of_very_many_it_says_the_same(packed, mixed, capsys, recalled, both):
    """Their results are those of the record: it is not committed at first, and then it is."""
    (mixed.path / "evals/router.yaml").write_text(MIXED.replace("weight: 2", "weight: 3"))
    main(["run"])
    for options in both:
        short = said(capsys, *options)
        forget(mixed)
        assert short == said(capsys, *options)
        mixed.commit("weights")
    assert recalled == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("change", "is_recalled"),
    [
        ("DELETE FROM completion WHERE rowid = 3", False),
        ("UPDATE completion SET text = 'other', seal = NULL", False),
        ("INSERT INTO completion (FIELDS) SELECT * FROM completion WHERE rowid = 1", True),
        ("", True),
    ],
)
def test_of_very_many_all_that_was_stored_is_as_it_was(mixed_packed, recalled, change, is_recalled):
    """And a record says what they scored, which is written again where it is gone."""
    folder = mixed_packed.path / "evals/router.scores"
    before = {path.name: path.read_text() for path in folder.iterdir()}
    if change.startswith("record"):
        shutil.rmtree(folder)
    else:
        change_cache(
            mixed_packed, change.replace("*", f"x'00', {COLUMNS}").replace("FIELDS", FIELDS)
        )
    if change == "records":
        mixed_packed.commit("gone")
    main(["run"])
    assert recalled == [int(is_recalled)]
    after = {path.name: path.read_text() for path in folder.iterdir()}
    assert after == before


def test_it_starts_without_what_only_others_need(mixed):
    main(["run"])
    script = """
        import sys
        from promptci.commands.main import main
        main(["run"])
        heavy = ("openai", "git", "asyncio", "aiohttp", "regex", "rapidfuzz", "jmespath")
        print([name for name in heavy if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=mixed.path)
    assert done.stdout.splitlines()[-1] == "[]"


def change_cache(project, statement):
    with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db, db:
        db.execute(statement)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("evals/router.jsonl", "Hello there", "Hello you"),
        ("evals/router.yaml", "weight: 2", "weight: 3"),
        ("prompts/router.yaml", "route support", "sort support"),
        ("promptci.yaml", "small-1", "small-2"),
        ("promptci.yaml", "model: small-1}", "model: small-1, served: other}"),
    ],
)
def test_whatever_changes_is_run(mixed, recalled, path, old, new):
    main(["run"])
    file = mixed.path / path
    file.write_text(file.read_text().replace(old, new))
    main(["run"])
    assert recalled == [1, 0]


@pytest.mark.parametrize(
    "options",
    [["--refresh"], ["--repeat", "2"], ["--example", "card"], ["--fail-fast"], ["--sequential"]],
)
def test_what_is_asked_otherwise_is_run(mixed, recalled, options):
    main(["run"])
    main(["run", *options])
    assert recalled == [1, 0]


def test_a_report_with_all_answers_judges_them(mixed, tmp_path):
    main(["run"])
    page = tmp_path / "page.html"
    assert main(["run", "--report", f"html={page}"]) == 0
    assert "Hello there" in page.read_text()


def test_results_of_a_log_that_is_gone_are_logged_again(mixed, capsys, recalled):
    shown = said_of(capsys, "show", "router")
    main(["run"])
    for log in (mixed.path / ".promptci/runs").iterdir():
        log.unlink()
    main(["run"])
    assert said_of(capsys, "show", "router") == shown
    assert recalled == [1, 0]


def test_an_eval_that_was_renamed_is_shown(mixed, capsys, recalled):
    main(["run"])
    shown = said_of(capsys, "show", "router")
    for path in (mixed.path / "evals").glob("router.*"):
        path.rename(path.with_name(path.name.replace("router", "sorter")))
    spec = mixed.path / "evals/sorter.yaml"
    spec.write_text(f"prompt: router\n{spec.read_text().replace('router.jsonl', 'sorter.jsonl')}")
    assert main(["run"]) == 0
    assert said_of(capsys, "show", "sorter") == shown.replace("router", "sorter")
    assert recalled == [1, 0]


def test_results_that_a_later_log_says_otherwise_are_logged_again(mixed, capsys, recalled, api):
    main(["run"])
    shown = said_of(capsys, "show", "router")
    path = mixed.path / "prompts/router.yaml"
    before = path.read_text()
    path.write_text(before.replace("route support", "sort support"))
    api.answers(lambda asked: "other")
    main(["run", "--no-write"])
    path.write_text(before)
    main(["run"])
    assert said_of(capsys, "show", "router") == shown
    assert recalled == [1, 0, 0]


def test_a_damaged_finding_is_found_again(mixed, capsys, recalled):
    main(["run"])
    first = said(capsys)
    for path in (mixed.path / ".promptci/known").iterdir():
        path.write_bytes(path.read_bytes().replace(b"pass", b"fail"))
    assert said(capsys) == first
    assert recalled == [1, 1, 0]


def test_a_loss_is_shown_with_its_answer(mixed, capsys, recalled, api):
    """The words of a lost example are in no finding."""
    record = mixed.path / "evals/router.scores.yaml"
    text = record.read_text()
    assert "is: fail" in text
    path = mixed.path / "prompts/router.yaml"
    path.write_text(path.read_text().replace("route support", "sort support"))
    api.answers(lambda asked: "other" if "cannot" in str(asked.body) else route(str(asked.body)))
    runs = [said(capsys) for _ in range(3)]
    assert "login" in runs[0][1]
    assert runs[1] == runs[2]
    assert runs[2][0] == runs[0][0]
    assert recalled == [0, 0, 0]


def test_the_records_of_several_models_and_evals_are_told_apart(mixed, capsys, recalled):
    spec = mixed.path / "evals/router.yaml"
    spec.write_text(f"models: [small, large]\n{spec.read_text()}")
    main(["run"])
    main(["run"])
    short = said(capsys, "--json")
    forget(mixed)
    assert json.loads(short[1]) == json.loads(said(capsys, "--json")[1])
    assert recalled == [1, 2, 2, 0]


@pytest.fixture
def versions(mixed, api):
    """Two commits whose prompts lose, win and reword answers; both are asked and stored."""
    path = mixed.path / "prompts/router.yaml"
    path.write_text(path.read_text().replace("route support", "sort support"))
    api.answers(lambda asked: "other" if "cannot" in str(asked.body) else route(str(asked.body)))
    mixed.commit("sort")
    assert main(["compare", "HEAD~1", "HEAD"]) == 0
    return mixed


@pytest.fixture
def judged(monkeypatch):
    """How many examples were judged since."""
    examples = []
    judge = solve.judge_answer
    monkeypatch.setattr(solve, "judge_answer", lambda *a, **k: examples.append(1) or judge(*a, **k))
    return examples


@pytest.mark.parametrize("options", [[], ["--json"], ["--test", "midp"]])
def test_a_comparison_says_the_same_as_one_that_judges_again(versions, capsys, judged, options):
    told = ["HEAD~1", "HEAD", "--confirm", "0", *options]
    said(capsys, *told, command="compare")
    judged.clear()
    short = said(capsys, *told, command="compare")
    assert judged == []
    forget(versions)
    assert said(capsys, *told, command="compare") == short
    assert len(judged) == 12
    assert "login" in short[1]


def test_a_comparison_judges_a_changed_answer(versions, capsys, judged):
    told = ["HEAD~1", "HEAD", "--confirm", "0"]
    said(capsys, *told, command="compare")
    before = said(capsys, *told, command="compare")
    judged.clear()
    change_cache(
        versions, "UPDATE completion SET text = 'shipping', seal = NULL WHERE text = 'account'"
    )
    assert said(capsys, *told, command="compare") != before
    assert len(judged) == 12


def test_many_stored_examples_beside_their_record_are_looked_at_once(
    project, api, ask, monkeypatch
):
    """Where one is missing, and others are stored instead, the record is still used for them."""
    assert main(["run"]) == 0
    project.commit("scores")
    prompt = project.path / "prompts/router.yaml"
    prompt.write_text(prompt.read_text().replace(*REWORDED))
    assert main(["run", "--no-write"]) == 0
    project.git("checkout", "prompts")
    monkeypatch.setattr(reusing, "MANY", 1)
    asked, sure = api.count, reusing.asks
    monkeypatch.setattr(reusing, "asks", None)
    shutil.rmtree(project.path / ".promptci/known")
    assert ask("run").only["cached"] == len(TICKETS)
    monkeypatch.setattr(reusing, "asks", sure)
    shutil.rmtree(project.path / ".promptci/known")
    logs = sorted((project.path / ".promptci/runs").iterdir())
    with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db, db:
        first = "(SELECT rowid FROM completion ORDER BY rowid LIMIT 1 OFFSET 2)"
        db.execute(f"DELETE FROM completion WHERE rowid = {first}")
    found = ask("run")
    assert (found.code, found.only["passed"], api.count) == (0, len(TICKETS), asked)
    assert "1 committed record is used for answers that are not stored here" in found.stderr
    assert len(list((project.path / ".promptci/runs").iterdir())) == len(logs) + 1
    assert ask("run", "--missing").only["cached"] == len(TICKETS) - 1
    assert (ask("run", "--missing").only["asked"], api.count) == (0, asked + 1)
    assert main(["run", "--missing", "--offline"]) == 2

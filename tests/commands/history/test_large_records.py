"""Records of many examples, in chunks: every command says what it says of a single file."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from projects import PROMPT, REWORDED, TICKETS, before_and_after, example, jsonl, route
from promptci.commands.main import main
from promptci.compare.stored import storedoutcomes
from promptci.errors import StorageError
from promptci.history import expectations
from promptci.project.runrecords import recordwriting
from promptci.records import chunkfiles, chunkreader
from promptci.records.chunkfiles import chunk_name
from promptci.suite import groups

RECORD = "evals/router.scores.yaml"
FOLDER = "evals/router.scores"
ROWS = [example(f"e{n}", f"{TICKETS[n % 6][1]} {n}", TICKETS[n % 6][2]) for n in range(40)]
EDITED = PROMPT.replace(*REWORDED)
E5 = chunk_name("e5", 2)
CHUNK = f"{FOLDER}/{E5}.chunk"


def answer(asked):
    """Right, but for two tickets once the prompt is another one."""
    text = asked.body["messages"][-1]["content"]
    return "other" if re.search(r" (5|12)$", text) else route(text)


@pytest.fixture
def large(monkeypatch):
    """Records are large from ten examples on."""
    monkeypatch.setattr(chunkfiles, "LARGE", 10)


@pytest.fixture
def many(project, api, large, keep):
    api.answers(
        before_and_after(lambda asked: route(asked.body["messages"][-1]["content"]), answer)
    )

    def make():
        project.write({"evals/router.jsonl": jsonl(ROWS)})
        assert main(["run"]) == 0
        project.commit("scores")

    keep(make)
    return project


def chunks(repo):
    return {path.name: path.read_bytes() for path in (repo.path / FOLDER).iterdir()}


def test_a_run_writes_a_summary_and_chunks(many, api, capsys):
    text = (many.path / RECORD).read_text()
    assert "format: 3\n" in text
    assert 'examples: "' in text
    assert "      e5:" not in text
    assert "      e5: {is: pass" in (many.path / CHUNK).read_text()
    before, asked = chunks(many), api.count
    assert main(["run"]) == 0
    assert (chunks(many), api.count) == (before, asked)
    assert many.git("status", "--porcelain") == ""


def test_a_changed_example_touches_one_chunk(many):
    rows = [*ROWS[:5], example("e5", "Where is my parcel? 55", "shipping"), *ROWS[6:]]
    many.write({"evals/router.jsonl": jsonl(rows)})
    assert main(["run"]) == 0
    changed = many.git("diff", "--name-only", "--", "evals").split()
    assert changed == ["evals/router.jsonl", RECORD, CHUNK]


def test_an_old_record_is_written_again_without_a_call(many, api, monkeypatch):
    asked, whole = api.count, (chunks(many), (many.path / RECORD).read_text())
    monkeypatch.setattr(chunkfiles, "LARGE", 1000)
    assert main(["run"]) == 0
    assert "format: 2\n" in (many.path / RECORD).read_text()
    assert not (many.path / FOLDER).exists()
    many.commit("as one file")
    monkeypatch.setattr(chunkfiles, "LARGE", 10)
    assert main(["check", "--base", "HEAD"]) == 0
    assert main(["diff", "HEAD~1"]) == 0
    assert main(["run"]) == 0
    assert (chunks(many), (many.path / RECORD).read_text()) == whole
    assert api.count == asked


def story(project, api, monkeypatch, *, large, roomy=1000):
    """What commands say of a history whose records are in one file or in chunks."""
    monkeypatch.setattr(chunkfiles, "LARGE", large)
    monkeypatch.setattr(chunkfiles, "ROOMY", roomy)
    project.write({"evals/router.jsonl": jsonl(ROWS)})
    api.answers(
        before_and_after(lambda asked: route(asked.body["messages"][-1]["content"]), answer)
    )
    main(["run"])
    project.commit("one")
    project.write({"prompts/router.yaml": EDITED})
    main(["run"])
    assert main(["accept", "router", "e12", "-m", "meant"]) == 0
    project.commit("two")
    project.write({"evals/router.jsonl": jsonl([*ROWS, example("late", "Is it late", "other")])})
    main(["run"])
    project.commit("three")
    project.write({"evals/router.jsonl": jsonl([*ROWS[:3], *ROWS[4:]])})
    main(["run"])
    project.git("mv", "evals/router.yaml", "evals/renamed.yaml")
    project.git("mv", "evals/router.jsonl", "evals/renamed.jsonl")
    spec = (project.path / "evals/renamed.yaml").read_text()
    project.write(
        {"evals/renamed.yaml": f"prompt: router\n{spec}".replace("router.jsonl", "renamed.jsonl")}
    )
    (project.path / RECORD).unlink()
    shutil.rmtree(project.path / FOLDER, ignore_errors=True)
    main(["run"])
    project.commit("four")


COMMANDS = (
    ("log", "renamed"),
    ("log", "renamed", "--all"),
    ("log",),
    ("diff", "HEAD~1"),
    ("diff", "HEAD~2"),
    ("diff", "HEAD~3"),
    ("diff", "HEAD~3", "--head", "HEAD~2"),
    ("check", "--base", "HEAD~1"),
    ("check", "--base", "HEAD~2"),
    ("check", "--base", "HEAD~2", "--frozen"),
    ("why", "renamed"),
    ("show", "renamed"),
    ("run",),
    ("compare", "rev:HEAD~3", "rev:HEAD"),
)


def said(capsys):
    """The documents of all commands, without what differs from commit to commit."""
    found = {}
    for command in COMMANDS:
        capsys.readouterr()
        code = main([*command, "--json"])
        text = capsys.readouterr().out
        found[command] = (
            code,
            re.sub(r"[0-9a-f]{7,40}", "#", re.sub(r'"(?:seconds|p50|p95)": [0-9.e-]+', "", text)),
        )
    return found


@pytest.mark.parametrize(
    ("roomy", "classes"),
    [
        (1000, 12),
        pytest.param(20, 12, marks=pytest.mark.long),
        pytest.param(20, 0, marks=pytest.mark.long),
    ],
)
def test_every_command_says_of_chunks_what_it_says_of_one_file(
    project, api, monkeypatch, capsys, tmp_path, roomy, classes
):
    begun = tmp_path / "begun"
    shutil.copytree(project.path, begun, symlinks=True)
    if roomy < len(ROWS):  # so many are judged again in each run
        monkeypatch.setattr(storedoutcomes, "MOST_KEYS", 0)
    monkeypatch.setattr(groups, "MOST_CLASSES", classes)
    story(project, api, monkeypatch, large=1000)
    one_file = said(capsys)
    for path in project.path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(begun, project.path, symlinks=True, dirs_exist_ok=True)
    story(project, api, monkeypatch, large=10, roomy=roomy)
    assert (project.path / "evals/renamed.scores").is_dir()
    in_chunks = said(capsys)
    for command in COMMANDS:
        told = zip(
            in_chunks[command][1].split("\n"), one_file[command][1].split("\n"), strict=False
        )
        differing = [pair for pair in told if pair[0] != pair[1]]
        assert (command, in_chunks[command][0], differing) == (command, one_file[command][0], [])


@pytest.mark.parametrize("step", [0, 2, 3, 5])
def test_a_killed_writer_leaves_a_record_that_can_be_read(many, step, monkeypatch, capsys):
    steps = iter(range(100))

    def ending(do):
        def done(*given):
            if next(steps) == step:
                raise StorageError("killed")
            return do(*given)

        return done

    many.write({"prompts/router.yaml": EDITED})
    with monkeypatch.context() as patched:
        patched.setattr(recordwriting, "stage_text", ending(recordwriting.stage_text))
        patched.setattr(recordwriting, "write_text", ending(recordwriting.write_text))
        patched.setattr(Path, "replace", ending(Path.replace))
        main(["run"])
    capsys.readouterr()
    assert main(["show", "router"]) == 0
    capsys.readouterr()
    assert main(["diff", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["damaged"] == []
    main(["run"])
    assert not [name for name in chunks(many) if name.startswith(".")]
    many.commit("whole")
    assert main(["check", "--base", "HEAD", "--frozen"]) == 0


def spoil_missing(repo):
    (repo.path / CHUNK).unlink()


def spoil_damaged(repo):
    text = (repo.path / CHUNK).read_text()
    (repo.path / CHUNK).write_text(text.replace("is: pass, score: 1", "is: fail, score: 0"))


def spoil_extra(repo):
    spare = next(n for n in ("00", "01", "02", "03", "04") if f"{n}.chunk" not in chunks(repo))
    (repo.path / FOLDER / f"{spare}.chunk").write_bytes((repo.path / CHUNK).read_bytes())


def spoil_other(repo):
    text = (repo.path / CHUNK).read_text()
    digest = re.search(r'prompt: "([0-9a-f]+)"', text)[1]
    (repo.path / CHUNK).write_text(text.replace(digest, "e" * len(digest)))


def spoil_link(repo):
    whole = repo.path / "elsewhere.txt"
    (repo.path / CHUNK).rename(whole)
    (repo.path / CHUNK).symlink_to(whole)


def spoil_folder(repo):
    (repo.path / FOLDER).rename(repo.path / "elsewhere")
    (repo.path / FOLDER).symlink_to(repo.path / "elsewhere")


SPOILS = (
    (spoil_missing, f"chunk {E5} of {RECORD} is missing"),
    (spoil_damaged, f"chunk {E5} is not what {RECORD} says of it"),
    (spoil_extra, f"this is no chunk of {RECORD}"),
    (spoil_other, f"chunk {E5} is of another record than {RECORD}"),
    (spoil_link, "this is no regular file"),
    (spoil_folder, "this is no regular file"),
)


@pytest.mark.parametrize(("spoil", "why"), SPOILS)
def test_a_spoiled_record_never_passes_a_check(many, ask, spoil, why):
    """Neither as files, nor in the index, nor as a commit."""
    spoil(many)
    many.git("add", "-A")
    ways = [
        ("--base", "HEAD"),
        ("--base", "HEAD", "--staged"),
        ("--base", "HEAD~1", "--head", "HEAD"),
    ]
    for way in ways:
        if "--head" in way:
            many.commit("spoiled")
        found = ask("check", "--frozen", *way)
        assert found.code == 3, way
        [stale] = found.document["stale"]
        assert why in stale["why"], way
        assert "run `promptci run router`" in stale["cure"], way


@pytest.mark.parametrize(("spoil", "why"), SPOILS[:4])
def test_a_spoiled_commit_is_told_and_repaired_by_a_run(many, ask, api, capsys, spoil, why):
    spoil(many)
    asked = api.count
    on_disk = ask("diff", "HEAD")
    many.commit("spoiled")
    for diff in (on_disk, ask("diff", "HEAD~1", "--head", "HEAD")):
        assert diff.code == 3
        [damaged] = diff.document["damaged"]
        assert damaged["path"] == RECORD
        assert damaged["why"].startswith(f"{FOLDER}/")
        assert why in damaged["why"]
        assert "run `promptci run` to rewrite it" in damaged["why"]
    assert main(["run"]) == 0
    many.commit("mended")
    assert [each["in"] for each in ask("diff", "HEAD~1").document["damaged"]] == ["HEAD~1"]
    assert ask("diff", "HEAD~2").code == 0
    assert main(["check", "--base", "HEAD", "--frozen"]) == 0
    assert api.count == asked
    assert main(["log", "router"]) == 0


def have_git_merge(repo):
    """Commit the attributes, and have this clone's git call the driver."""
    repo.write({".gitattributes": "evals/**/*.scores.yaml merge=promptci-record\n"})
    repo.write({"evals/router.jsonl": jsonl([*ROWS, example("new", "Hello there", "other")])})
    main(["run"])
    repo.commit("attributes")
    main(["merge-record", "--install"])
    call = "from promptci.commands.main import main; import sys; sys.exit(main(sys.argv[1:]))"
    driver = f"{sys.executable} -c '{call}' merge-record %O %A %B %P"
    repo.git("config", "merge.promptci-record.driver", driver)


def test_two_branches_are_merged_by_git(many, ask, capsys):
    have_git_merge(many)
    assert "commit it" in capsys.readouterr().err
    assert "*.chunk merge=promptci-record" in (many.path / ".gitattributes").read_text()
    rows = [*ROWS, example("new", "Hello there", "other")]
    many.git("checkout", "-q", "-b", "one")
    many.write({"prompts/router.yaml": EDITED})
    main(["run"])
    many.commit("prompt")
    many.git("checkout", "-q", "-b", "two", "main")
    many.write({"evals/router.jsonl": jsonl([*rows, example("late", "Is it late", "other")])})
    main(["run"])
    many.commit("example")
    many.git("checkout", "-q", "one")
    many.git("merge", "-q", "-m", "Merge", "two")
    assert ask("check", "--base", "main", "--frozen").code == 3
    assert ask("check", "--base", "main").code in (0, 1)
    assert main(["run"]) in (0, 1)
    many.commit("run")
    assert ask("check", "--base", "HEAD", "--frozen").code == 0


def test_accepted_losses_and_examples_of_both_sides_are_merged(many, ask, api):
    """No chunk is changed by both, so that the summary alone must tell what was measured."""
    wrong = re.compile(r" (12|18)$")
    api.answers(
        lambda asked: (
            "other" if wrong.search(text := asked.body["messages"][-1]["content"]) else route(text)
        )
    )
    many.write({"prompts/router.yaml": EDITED})
    have_git_merge(many)
    rows = [*ROWS, example("new", "Hello there", "other")]
    sides = {"one": ("e18", [example("n1", "Is it late", "other"), *rows])}
    sides["two"] = ("e12", [*rows, example("n2", "Is it far", "other")])
    for name, (lost, some) in sides.items():
        many.git("checkout", "-q", "-b", name, "main")
        many.write({"evals/router.jsonl": jsonl(some)})
        assert main(["run"]) == 0
        assert main(["accept", "router", lost, "-m", "meant"]) == 0
        many.commit(name)
    many.git("merge", "-q", "-m", "Merge", "one")
    text = (many.path / RECORD).read_text()
    assert text.count("why: meant") == 2
    assert f'examples: "{"0" * 32}"' in text
    assert ask("check", "--base", "main", "--frozen").code == 3
    assert main(["run"]) == 0
    text = (many.path / RECORD).read_text()
    assert text.count("why: meant") == 2
    assert "passed: 41\n    total: 43" in text
    many.commit("run")
    assert ask("check", "--base", "HEAD", "--frozen").code == 0


def test_what_is_the_same_on_both_sides_is_not_read(many, monkeypatch):
    rows = [*ROWS[:5], example("e5", "Where is my parcel? 55", "shipping"), *ROWS[6:]]
    many.write({"evals/router.jsonl": jsonl(rows)})
    assert main(["run"]) == 0
    many.commit("one example")
    read, known = [], chunkreader.section_results

    def reading(section, path, name):
        read.append(path)
        return known(section, path, name)

    monkeypatch.setattr(chunkreader, "section_results", reading)
    monkeypatch.setattr(expectations, "MOST_GROUPED", 10)  # of more none is split by its value
    for command in (["log", "router"], ["log"], ["diff", "HEAD~1"], ["check", "--base", "HEAD"]):
        assert main(command) == 0
        assert {*read} <= {CHUNK}, command
        assert len(read) <= 8, command
        read.clear()


def test_a_record_renamed_without_its_chunks_gets_them_back(many, api, capsys):
    many.write({"prompts/router.yaml": EDITED})
    main(["run"])
    assert main(["accept", "router", "e12", "-m", "meant"]) == 0
    many.commit("accepted")
    spec = (many.path / "evals/router.yaml").read_text()
    many.git("mv", "evals/router.yaml", "evals/renamed.yaml")
    many.write({"evals/renamed.yaml": f"prompt: router\n{spec}"})
    many.git("mv", RECORD, "evals/renamed.scores.yaml")
    asked, was = api.count, chunks(many)
    capsys.readouterr()
    cure = "`git mv evals/router.scores evals/renamed.scores`"
    assert main(["lint"]) == 2
    said = capsys.readouterr()
    assert f"evals/renamed.scores.yaml:1:1: its chunks are in {FOLDER}: {cure}" in said.out
    assert "git rm" not in said.out
    assert main(["check", "--base", "HEAD"]) == 3
    assert main(["run"]) == 0
    said = capsys.readouterr()
    assert f"{FOLDER}: moved to evals/renamed.scores, beside its record" in said.err
    assert "meant" in (many.path / "evals/renamed.scores.yaml").read_text()
    assert not (many.path / FOLDER).exists()
    assert {
        path.name: path.read_bytes() for path in (many.path / "evals/renamed.scores").iterdir()
    } == was
    assert api.count == asked
    assert main(["lint"]) == 0


def test_chunks_of_a_record_that_is_gone_are_told_and_left(many, capsys):
    other = many.path / "evals/other.scores"
    shutil.copytree(many.path / FOLDER, other)
    assert main(["lint"]) == 0
    assert main(["run"]) == 0
    said = capsys.readouterr().out
    assert (
        "evals/other.scores:1:1: warning: these are chunks of a record that is not here: " in said
    )
    assert "`git rm -r evals/other.scores`" in said
    assert {path.name for path in other.iterdir()} == chunks(many).keys()


def test_chunks_of_other_lines_are_not_taken_for_a_records_own(many, capsys):
    moved = (many.path / FOLDER).rename(many.path / "evals/other.scores")
    first = min(moved.iterdir())
    first.write_text(
        first.read_text().replace("score: 1", "score: 0", 1).replace("pass", "fail", 1)
    )
    assert main(["check", "--base", "HEAD"]) == 3
    assert main(["run"]) == 0
    assert "moved" not in capsys.readouterr().err
    assert moved.is_dir()
    assert many.git("status", "--porcelain", "--", RECORD, FOLDER) == ""


def test_a_commit_that_edits_a_chunk_alone_is_told_in_the_log(many, ask):
    text = (many.path / CHUNK).read_text()
    many.write({CHUNK: text.replace("is: pass", "is: fail", 1)})
    edited = many.commit("Edit a chunk")[:7]
    many.write({CHUNK: text})
    mended = many.commit("Mend it")[:7]
    many.write({"prompts/router.yaml": EDITED})
    main(["run"])
    many.commit("Another prompt")
    changed, *rows, first = ask("log", "router").document["entries"]
    assert [(row["commit"][:7], row["damage"]) for row in rows] == [
        (id_, "chunks changed and the summary did not") for id_ in (mended, edited)
    ]
    assert (changed["lost"], changed["damage"], first["damage"]) == (["e12"], None, None)

"""`promptci init`: a project that works, and nothing lost that was there."""

import json

import jsonschema
import pytest
import yaml

from promptci.commands.main import main

FILES = [
    "promptci.yaml",
    "prompts/sentiment.yaml",
    "evals/sentiment.yaml",
    ".github/workflows/promptci.yml",
]


def test_it_writes_a_project_without_faults(repo, ask):
    answer = ask("init")
    assert answer.code == 0
    assert answer.document["written"][:5] == [*FILES, ".gitignore"]
    assert all((repo.path / name).is_file() for name in answer.document["written"])
    assert ask("lint").document["faults"] == []


def test_it_says_what_to_do_next(repo, capsys):
    assert main(["init"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "wrote promptci.yaml"
    assert [line for line in lines if "schemas" in line] == [
        "wrote .promptci/schemas/, for editors"
    ]
    assert lines[-1] == "now try `promptci run`, then commit what it wrote"


def test_its_project_runs_and_records(repo, api, ask):
    ask("init")
    words = ("comfortable", "adores", "come back")
    api.answers(lambda text: "positive" if any(word in text for word in words) else "negative")
    endpoint = f"endpoints: {{lab: {{base_url: {api.url}}}}}\ndefaults: {{model: lab/x}}\n"
    repo.write({"promptci.yaml": endpoint})
    answer = ask("run")
    assert (answer.code, answer.only["passed"], answer.only["total"]) == (0, 6, 6)


def test_answers_and_logs_are_kept_out_of_git(repo, ask):
    ask("init")
    assert repo.git("check-ignore", ".promptci/cache.sqlite") == ".promptci/cache.sqlite"


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_written_over_nor_half_done(repo, ask, name):
    repo.write({name: "mine\n"})
    answer = ask("init")
    assert answer.code == 2
    assert answer.document["error"].startswith(f"{name} is there already: nothing was written")
    assert (repo.path / name).read_text() == "mine\n"
    assert sorted(path.name for path in repo.path.iterdir() if path.name != ".git") == [
        name.split("/")[0]
    ]


def test_it_does_not_write_through_a_link(repo, ask, tmp_path):
    repo.link("promptci.yaml", str(tmp_path / "elsewhere"))
    assert ask("init").code == 2
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ".promptci/\nreport.html\n"),
        ("*.pyc\n", "*.pyc\n.promptci/\nreport.html\n"),
        ("*.pyc", "*.pyc\n.promptci/\nreport.html\n"),
        (".promptci/\nreport.html", ".promptci/\nreport.html"),
        (".promptci/\n", ".promptci/\nreport.html\n"),
        ("/.promptci\n/report.html\n*.pyc\n", "/.promptci\n/report.html\n*.pyc\n"),
    ],
)
def test_gitignore_gets_the_lines_that_are_not_there(repo, ask, before, after):
    if before is not None:
        repo.write({".gitignore": before})
    ask("init")
    assert (repo.path / ".gitignore").read_text() == after


def test_a_gitignore_that_is_no_text_is_left_alone(repo, ask):
    repo.write({".gitignore": b"\xff\xfe*\x00"})
    assert ask("init").code == 2
    assert not (repo.path / "promptci.yaml").exists()


def test_workflows_only_go_to_the_top_of_a_repository(repo, ask, monkeypatch):
    repo.write({"desk/prompts/keep.txt": ""})
    monkeypatch.chdir(repo.path / "desk")
    assert ask("init").code == 0
    assert (repo.path / "desk/promptci.yaml").exists()
    assert not (repo.path / "desk/.github").exists()


@pytest.mark.parametrize(
    ("folder", "place", "filtered", "run"),
    [
        ("desk", "promptci-desk.yml", "desk/**", "promptci -C desk check"),
        ("a b+/d", "promptci-a-b-d.yml", "a b\\+/d/**", "promptci -C 'a b+/d' check"),
    ],
)
def test_the_workflow_of_a_folder_is_of_that_folder(
    repo, ask, capsys, monkeypatch, folder, place, filtered, run
):
    (repo.path / folder).mkdir(parents=True)
    monkeypatch.chdir(repo.path / folder)
    capsys.readouterr()
    assert main(["init"]) == 0
    assert "no workflow was written" in capsys.readouterr().err
    assert ask("init", "--workflow").document["written"] == [f".github/workflows/{place}"]
    workflow = yaml.safe_load((repo.path / ".github/workflows" / place).read_text())
    assert workflow["name"] == f"prompts in {folder}"
    for event in ("pull_request", "push"):
        assert workflow[True][event]["paths"] == [filtered, f".github/workflows/{place}"]
    assert workflow[True]["merge_group"] is None
    assert [step["run"] for step in workflow["jobs"]["promptci"]["steps"][-2:]] == [
        run.replace("check", "lint"),
        run,
    ]
    assert ask("init", "--workflow").code == 2


def test_any_file_starts_the_workflow_of_a_whole_repository(repo, ask):
    """An eval may name `../data/rows.jsonl`, which no list of folders knows."""
    ask("init")
    started = yaml.safe_load((repo.path / FILES[3]).read_text())[True]
    assert started["pull_request"] is None
    assert started["push"].keys() == {"branches"}


@pytest.mark.parametrize("folder", ["a\nb", "${{ github.token }}"])
def test_a_folder_that_a_workflow_would_read_as_more_than_a_name_is_refused(
    repo, ask, monkeypatch, folder
):
    (repo.path / folder).mkdir()
    monkeypatch.chdir(repo.path / folder)
    answer = ask("init", "--workflow")
    assert (answer.code, not (repo.path / ".github").exists()) == (2, True)
    assert "is no name for a workflow: rename the folder" in answer.document["error"]


def test_its_files_name_schemas_that_accept_them(repo, ask):
    ask("init")
    for name in FILES[:3]:
        first, _, body = (repo.path / name).read_text().partition("\n")
        assert first.startswith("# yaml-language-server: $schema=")
        schema = ((repo.path / name).parent / first.partition("=")[2]).resolve()
        valid = jsonschema.Draft202012Validator(json.loads(schema.read_text()))
        valid.validate(yaml.safe_load(body))


def test_its_workflow_holds_no_secret_and_may_write_nothing(repo, ask):
    ask("init")
    workflow = yaml.safe_load((repo.path / FILES[3]).read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets" not in json.dumps(workflow)


def test_outside_a_repository_nothing_is_written(tmp_path, ask):
    assert ask("init").code == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["init", "init --workflow", "schema"])
def test_in_a_bare_repository_nothing_is_written(repo, ask, tmp_path, monkeypatch, command):
    bare = tmp_path / "bare.git"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(bare))
    before = sorted(bare.rglob("*"))
    monkeypatch.chdir(bare)
    answer = ask(*command.split())
    assert answer.code == 3
    assert "work in a clone of it" in answer.document["error"]
    assert sorted(bare.rglob("*")) == before


def test_below_a_project_it_names_the_folder_whose_files_are_there(repo, capsys, monkeypatch):
    assert main(["init"]) == 0
    below = repo.path / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert main(["init"]) == 2
    said = f"are there already in {repo.path.resolve()}, the project around this folder: nothing"
    assert said in capsys.readouterr().err.replace("\n", " ")
    assert not any(below.iterdir())

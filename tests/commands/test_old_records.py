"""Records of format 1: no call is made for them, and what their digests hid is looked at."""

from collections.abc import Callable

import pytest

from commands.conftest import Answer
from fakes import FakeAPI
from gitrepo import GitRepo
from oldformat import text_as_format_1
from projects import MemoryTree, config, jsonl, router
from promptci.commands.main import main
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.suite.loading import load_suite
from run.planning.test_oldrecords import COLLIDING, old_files

RECORD = "evals/router.scores.yaml"
Ask = Callable[..., Answer]


def task(repo: GitRepo) -> Task:
    """The one task of the files as they are."""
    paths = repo.git("ls-files").split()
    tree = MemoryTree({path: (repo.path / path).read_bytes() for path in paths})
    [found] = make_plan(load_suite(tree), Selection(), lambda model: "").tasks
    return found


def make_old(repo: GitRepo) -> None:
    """Write the record as format 1 had it."""
    text = (repo.path / RECORD).read_text()
    assert "format: 2\n" in text
    repo.write({RECORD: text_as_format_1(text, task(repo))})
    assert "format: 1\n" in (repo.path / RECORD).read_text()


@pytest.fixture
def scored(project: GitRepo) -> GitRepo:
    """The project with its record of format 1 committed, and its answers gone."""
    assert main(["run"]) == 0
    make_old(project)
    project.commit("scores")
    return project


def test_a_check_reuses_old_records(repo: GitRepo, ask: Ask) -> None:
    repo.write({**old_files(), ".gitignore": ".promptci/\n"})
    repo.commit("an old project")
    repo.git("commit", "--allow-empty", "-m", "nothing")
    found = ask("check", "--base", "HEAD~1")
    assert (found.code, len(found.document["reused"])) == (0, 3)


def test_the_next_run_writes_them_again_and_asks_no_model(
    scored: GitRepo, api: FakeAPI, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = len(api.requests)
    found = ask("run")
    assert (found.code, len(api.requests)) == (0, asked)
    assert (found.only["change"]["lost"], found.only["change"]["delta"]) == ([], 0)
    assert "format: 2\n" in (scored.path / RECORD).read_text()
    assert ask("diff", "HEAD").document["evals"] == []
    scored.commit("format 2")
    assert ask("diff", "HEAD~1").document["evals"] == []
    assert main(["check", "--base", "HEAD~1"]) == 0
    assert len(api.requests) == asked
    assert len(ask("log", "router").document["entries"]) == 1


def test_what_changed_with_the_format_is_told_from_what_did_not(scored: GitRepo, ask: Ask) -> None:
    examples = (scored.path / "evals/router.jsonl").read_text()
    assert "charged twice" in examples
    scored.write({"evals/router.jsonl": examples.replace("charged twice", "charged thrice")})
    assert main(["run"]) in (0, 1)
    [row] = ask("diff", "HEAD").document["evals"]
    assert (row["changed_parts"], row["changed"]) == (["examples"], ["card"])
    scored.commit("edit")
    newest = ask("log", "router").document["entries"][0]
    assert newest["changed"] == ["examples"]


@pytest.mark.parametrize("is_head_run", [True, False])
def test_an_edited_example_of_the_same_short_digest_is_seen(
    repo: GitRepo, api: FakeAPI, ask: Ask, is_head_run: bool
) -> None:
    api.answers(lambda asked: "yes")
    files = router(
        api.url,
        config=config(api.url),
        prompt='messages:\n  - {role: user, content: "{{ t }}"}\n',
        eval="examples: router.jsonl\nscorers: [equals]\ngate: {must_pass: [e1]}\n",
    )

    def rows(version: int) -> str:
        end, wanted = COLLIDING[version]
        edited = {"id": "e1", "vars": {"t": f"n=1 label=yes order {end}"}, "expected": wanted}
        rest = [{"id": f"e{n}", "vars": {"t": f"{n}"}, "expected": "yes"} for n in range(2, 30)]
        return jsonl([edited, *rest])

    repo.write({**files, "evals/router.jsonl": rows(0)})
    repo.commit("base")
    assert main(["run"]) == 0
    make_old(repo)
    repo.commit("scores")
    repo.write({"evals/router.jsonl": rows(1)})
    if is_head_run:
        assert main(["run"]) == 1
    repo.commit("edit")
    found = ask("check", "--base", "HEAD~1")
    assert found.code == 1
    assert "e1" in str(found.document)


def test_a_name_made_of_inputs_stays_as_it_was(repo: GitRepo, ask: Ask) -> None:
    text = old_files()["evals/plain.yaml"].decode()
    passed = text.replace("must_pass: [e1]", 'must_pass: [e1, "8308dbe6b6ec"]')
    repo.write({**old_files(), "evals/plain.yaml": passed, ".gitignore": ".promptci/\n"})
    assert main(["accept", "plain", "cb4e9075d4d6", "-m", "known"]) == 0
    record = (repo.path / "evals/plain.scores.yaml").read_text()
    assert "format: 2\n" in record
    assert record.count(": known") == 2  # on both models
    repo.commit("accepted")
    repo.git("commit", "--allow-empty", "-m", "nothing")
    assert ask("check", "--base", "HEAD~1").code == 0


def test_a_record_that_fits_no_files_stays_old(repo: GitRepo) -> None:
    edited = {path: data.replace(b"n=1", b"n=9") for path, data in old_files().items()}
    repo.write(edited)
    assert main(["accept", "plain", "cb4e9075d4d6", "-m", "known"]) == 0
    record = (repo.path / "evals/plain.scores.yaml").read_text()
    assert "format: 1\n" in record
    assert "known" in record

"""What git leaves in a working tree: sparse checkouts, LFS pointers, conflicts, other line ends."""

from collections.abc import Callable

import pytest

from commands.conftest import Answer
from fakes import FakeAPI
from gitrepo import GitRepo
from promptci.commands.main import main

RECORD = "evals/router.scores.yaml"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
Ask = Callable[..., Answer]


@pytest.fixture
def scored(project: GitRepo) -> GitRepo:
    """The project with its record committed."""
    assert main(["run"]) == 0
    project.commit("scores")
    return project


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(list(arguments))
    said = capsys.readouterr()
    return code, " ".join((said.out + said.err).split())


@pytest.mark.parametrize("left_out", ["/evals", "/prompts", "/evals/router.jsonl", f"/{RECORD}"])
def test_what_a_sparse_checkout_leaves_out_is_read_from_git(
    scored: GitRepo, api: FakeAPI, ask: Ask, left_out: str
) -> None:
    asked = len(api.requests)
    scored.git("commit", "--allow-empty", "-m", "nothing")
    scored.git("sparse-checkout", "set", "--no-cone", "/*", f"!{left_out}")
    assert not (scored.path / left_out.removeprefix("/")).exists()
    found = ask("check", "--base", "HEAD~1")
    assert (found.code, len(found.document["reused"])) == (0, 1)
    assert ask("diff", "HEAD~1").document["removed"] == []
    assert ask("run").only["passed"] == 6
    assert len(api.requests) == asked


def test_a_file_that_was_deleted_is_gone(scored: GitRepo, ask: Ask) -> None:
    (scored.path / "evals/router.yaml").unlink()
    assert ask("run").code == 5


@pytest.mark.parametrize(
    "path", ["prompts/router.yaml", "evals/router.yaml", "evals/router.jsonl", "promptci.yaml"]
)
def test_an_lfs_pointer_is_called_one(
    project: GitRepo, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    project.write({path: POINTER})
    code, said = refused(capsys, "run")
    assert code == 2
    assert f"{path}:1:1: only a Git LFS pointer is here, not the file: run `git lfs pull`" in said


def test_an_lfs_pointer_in_a_commit_cannot_be_pulled(
    project: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (project.path / "evals/router.jsonl").read_text()
    project.write({"evals/router.jsonl": POINTER})
    project.commit("lfs")
    project.write({"evals/router.jsonl": rows})
    project.commit("no lfs")
    code, said = refused(capsys, "check", "--head", "HEAD~1", "--base", "HEAD")
    assert code in (2, 3)
    assert "git lfs untrack evals/router.jsonl" in said


@pytest.mark.parametrize(
    ("path", "old"),
    [
        ("prompts/router.yaml", "You route support tickets."),
        ("evals/router.jsonl", "charged twice"),
        ("evals/router.yaml", "- equals"),
    ],
)
def test_a_conflict_is_called_one(
    project: GitRepo, capsys: pytest.CaptureFixture[str], path: str, old: str
) -> None:
    text = (project.path / path).read_text()
    assert old in text
    project.git("checkout", "-b", "other")
    project.write({path: text.replace(old, f"{old[:-1]}1")})
    project.commit("theirs")
    project.git("checkout", "main")
    project.write({path: text.replace(old, f"{old[:-1]}2")})
    project.commit("ours")
    with pytest.raises(Exception, match="merge"):
        project.git("merge", "other")
    code, said = refused(capsys, "run")
    assert code == 2
    assert (
        f"an unresolved merge conflict: decide what stays, delete the marks, then `git add {path}`"
        in said
    )
    code, said = refused(capsys, "check", "--staged", "--base", "HEAD")
    assert code == 3
    assert f"{path} has an unresolved merge conflict: resolve it, then `git add {path}`" in said


def test_a_record_of_other_line_ends_is_not_written_again(scored: GitRepo, ask: Ask) -> None:
    data = (scored.path / RECORD).read_bytes().replace(b"\n", b"\r\n")
    scored.write({RECORD: data})
    found = ask("run")
    assert (found.code, found.document["written"]) == (0, [])
    assert (scored.path / RECORD).read_bytes() == data

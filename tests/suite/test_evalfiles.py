"""Only the files that an eval is made of, found by the names of eval and prompt."""

from contextlib import ExitStack, closing

import pytest

from promptci.errors import RequestError, SpecError
from promptci.git.repo import Repo
from promptci.suite.evalfiles import EvalFiles, in_commit, in_tree
from promptci.suite.loading import load_suite
from tables import every_row

EVAL = "examples: [{id: ada, vars: {name: Ada}, expected: yes}]\nscorers: [equals]\n"
PROMPT = "messages: [{role: user, content: 'Greet {{ name }}'}]\n"
PROMPT_YML = """\
messages: [{role: user, content: "Greet {{input}}"}]
model: openai/gpt-4o-mini
testData: [{input: Ada, expected: yes}]
evaluators: [{name: polite, string: {contains: Ada}}]
"""


@pytest.fixture
def opened():
    """Opens repositories as promptci does, and closes them afterwards."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(closing(Repo.discover(path)))


def files(name: str, found: dict[str, str], prompt: str | None = None) -> EvalFiles:
    def find(path: str) -> bytes | None:
        return found[path].encode() if path in found else None

    return EvalFiles(find, name, prompt=prompt, name="here")


@every_row(
    ("name", "there", "listed"),
    [
        (
            "greet",
            {"evals/greet.yaml": EVAL, "prompts/greet.yaml": PROMPT},
            ["evals/greet.yaml", "prompts/greet.yaml"],
        ),
        (
            "greet",
            {"evals/greet.yml": EVAL + "prompt: v2/hello\n", "prompts/v2/hello.yml": PROMPT},
            ["evals/greet.yml", "prompts/v2/hello.yml"],
        ),
        (
            "v2/greet",
            {"promptci.yaml": "{}", "evals/v2/greet.yaml": EVAL, "prompts/v2/greet.yaml": PROMPT},
            ["evals/v2/greet.yaml", "promptci.yaml", "prompts/v2/greet.yaml"],
        ),
        ("src/greet", {"src/greet.prompt.yml": PROMPT_YML}, ["src/greet.prompt.yml"]),
        ("greet", {"prompts/greet.prompt.yaml": PROMPT_YML}, ["prompts/greet.prompt.yaml"]),
    ],
)
def test_every_file_that_matters_is_found_without_a_listing(name, there, listed):
    others = {"evals/other.yaml": "{", "prompts/other.yaml": "{", "other.prompt.yml": "{"}
    found = files(name, there | others)
    assert sorted(found.contents) == listed
    assert found.has_eval
    suite = load_suite(found)
    assert list(suite.evals) == [name]


def test_without_the_eval_the_prompt_is_the_one_told():
    found = files("greet", {"prompts/hello.yaml": PROMPT}, prompt="hello")
    assert not found.has_eval
    assert list(load_suite(found).prompts) == ["hello"]
    assert files("greet", {"promptci.yaml": "{}"}).has_eval is False


def test_an_eval_that_cannot_be_read_is_said_with_its_place():
    with pytest.raises(SpecError, match=r"evals/greet\.yaml:\d"):
        files("greet", {"evals/greet.yaml": "prompt: [", "prompts/greet.yaml": PROMPT})


def test_two_files_of_one_name_are_as_wrong_as_ever():
    there = {"evals/greet.yaml": EVAL, "evals/greet.yml": EVAL, "prompts/greet.yaml": PROMPT}
    with pytest.raises(SpecError, match="also the name of"):
        load_suite(files("greet", there))


def test_examples_can_be_opened_though_they_are_not_listed():
    found = files("greet", {"evals/greet.yaml": EVAL, "evals/greet.jsonl": "{}\n"})
    assert found.exists("evals/greet.jsonl")
    assert found.open("evals/greet.jsonl").read() == b"{}\n"
    assert "evals/greet.jsonl" not in found.files("evals")
    with pytest.raises(RequestError, match=r"no such file in here"):
        found.open("evals/none.jsonl")


def test_a_prompt_name_that_leads_away_finds_nothing(repo, opened, tmp_path):
    (tmp_path / "outside.yaml").write_text(PROMPT)
    repo.write({"evals/greet.yaml": EVAL + "prompt: ../../outside\n", "prompts/a.yaml": PROMPT})
    repo.commit()
    here = opened(repo.path)
    for find in (in_commit(here, here.resolve("HEAD")), in_tree(here.worktree)):
        assert list(EvalFiles(find, "greet", name="here").contents) == ["evals/greet.yaml"]


def test_a_commit_is_read_as_it_was(repo, opened):
    repo.write({"evals/greet.yaml": EVAL, "prompts/greet.yaml": PROMPT})
    repo.commit()
    repo.write({"prompts/greet.yaml": "something else"})
    here = opened(repo.path)
    found = EvalFiles(in_commit(here, here.resolve("HEAD")), "greet", name="HEAD")
    assert found.contents["prompts/greet.yaml"] == PROMPT.encode()
    now = EvalFiles(in_tree(here.worktree), "greet", name="here")
    assert now.contents["prompts/greet.yaml"] == b"something else"

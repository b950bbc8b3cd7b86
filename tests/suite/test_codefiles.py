"""Which files belong to own code, and whose they are."""

import pytest

from projects import MemoryTree
from promptci.errors import RepoError, RequestError
from promptci.parsing.source import Mark, as_node
from promptci.specs.config import Config
from promptci.specs.evalparsing import parse_evalspec
from promptci.suite.codefiles import MOST_FILES, CodeFiles
from promptci.suite.suite import Suite
from tables import every_row

FILES = {
    "evals/judge.py": "import words",
    "evals/words.py": "WORDS = 1",
    "evals/words.txt": "a",
    "evals/deep/other.py": "",
    "evals/run.sh": "echo 1",
    "checks/__init__.py": "",
    "checks/tone/__init__.py": "",
    "checks/tone/polite.py": "",
    "checks/tone/list.txt": "",
    "alone.py": "",
    "beside.py": "",
}


def suite(files=FILES, base=None, **evals):
    specs = {
        name: parse_evalspec(as_node({"scorers": scorers, "examples": []}, Mark("x")), name, [])
        for name, scorers in evals.items()
    }
    return Suite(MemoryTree(files), Config(), {}, specs, code_base=base)


@every_row(
    ("name", "path", "around"),
    [
        ("judge", "evals/judge.py", {"evals/words.py"}),
        ("deep.other", "evals/deep/other.py", set()),
        (
            "checks.tone.polite",
            "checks/tone/polite.py",
            {"checks/__init__.py", "checks/tone/__init__.py"},
        ),
        ("checks", "checks/__init__.py", {"checks/tone/__init__.py", "checks/tone/polite.py"}),
        ("alone", "alone.py", set()),
    ],
)
def test_a_module_comes_with_what_it_may_import(name, path, around):
    found, code = CodeFiles(suite(), "evals").module(name, ())
    assert found == path
    assert set(code.run) == {path, *around}
    assert code.run == code.own


def test_further_files_are_beside_the_eval():
    _, code = CodeFiles(suite(), "evals").module("alone", ("words.txt", "../checks/tone/list.txt"))
    assert set(code.run) == {"alone.py", "evals/words.txt", "checks/tone/list.txt"}


@every_row(
    ("argv", "found"),
    [
        (("sh", "run.sh", "-v"), ("sh", "evals/run.sh", "-v")),
        (("./run.sh",), ("evals/run.sh",)),
        (("python3", "checks/tone/polite.py"), ("python3", "checks/tone/polite.py")),
        (("/bin/sh", "-c", "cat ../x"), ("/bin/sh", "-c", "cat ../x")),
        (("jq", "."), ("jq", ".")),
        (("jq", "../../etc/passwd"), ("jq", "../../etc/passwd")),
    ],
)
def test_arguments_that_are_files_are_found(argv, found):
    assert CodeFiles(suite(), "evals").program(argv, ())[0] == found


@every_row(
    ("call", "why"),
    [
        (lambda files: files.module("absent", ()), "there is no absent.py, neither in evals/"),
        (
            lambda files: files.module("alone.py:f", ()),
            "there is no alone/py.py, neither in evals/ nor at the project's root: leave out the "
            "`.py`",
        ),
        (lambda files: files.module("alone", ("../../x",)), "leads out of the project"),
        (lambda files: files.module("alone", ("/etc/passwd",)), "is no path inside the project"),
        (lambda files: files.module("alone", ("x.txt",)), "there is no file evals/x.txt"),
        (lambda files: files.program(("./absent.sh",), ()), "there is no file `./absent.sh`"),
        (lambda files: files.module("many.a0", ()), "own code is more than 500 files or 10 MB"),
    ],
)
def test_what_is_not_there_is_named(call, why):
    many = {f"many/a{number}.py": "" for number in range(MOST_FILES + 1)}
    with pytest.raises(RequestError, match=why.replace(".", r"\.")):
        call(CodeFiles(suite(FILES | many), "evals"))


def test_a_change_under_review_runs_what_its_base_has():
    files = {**FILES, "evals/words.py": "WORDS = 2", "evals/gone.py": ""}
    base = suite(files, x=[{"python": "judge:score"}])
    changed = CodeFiles(suite(base=base), "evals")
    assert not changed.is_used
    _, code = changed.module("judge:score", ())
    assert code.own["evals/words.py"] == b"WORDS = 1"
    assert code.run["evals/words.py"] == b"WORDS = 2"
    assert changed.is_used
    assert changed.differing == {"evals/gone.py", "evals/words.py"}


def test_what_only_the_change_has_is_not_run():
    base = suite({"evals/judge.py": ""}, x=[{"python": "judge:score"}, {"python": "alone:score"}])
    changed = CodeFiles(suite(base=base), "evals")
    with pytest.raises(RepoError, match=r"the base does not have alone\.py"):
        changed.module("alone:score", ())
    with pytest.raises(RepoError, match=r"the base does not have evals/words\.txt"):
        changed.module("judge:score", ("words.txt",))


@every_row(
    ("scorers", "known"),
    [
        ([{"command": ["sh", "run.sh"]}], True),
        ([{"command": {"run": ["sh", "run.sh"], "seconds": 5}}], True),
        ([{"all_of": [{"any_of": [{"command": ["sh", "run.sh"]}]}]}], True),
        ([{"not": {"command": ["sh", "run.sh"]}}], True),
        ([{"command": ["sh", "run.sh", "-v"]}], False),
        ([{"command": ["sh"]}], False),
        (["equals"], False),
    ],
)
def test_a_command_is_known_if_an_eval_of_the_base_has_it(scorers, known):
    changed = CodeFiles(suite(base=suite(x=scorers)), "evals")
    if known:
        assert changed.program(("sh", "run.sh"), ())[0] == ("sh", "evals/run.sh")
    else:
        with pytest.raises(RepoError, match=r"the base does not have the command `sh run\.sh`"):
            changed.program(("sh", "run.sh"), ())


@every_row(
    ("scorers", "known"),
    [
        ([{"python": "judge:score"}], True),
        ([{"python": {"function": "judge:score", "seconds": 5}}], True),
        ([{"all_of": [{"not": {"python": "judge:score"}}]}], True),
        ([{"python": "judge:other"}], False),
        ([{"python": "alone:score"}], False),
        ([{"contains": "judge:score"}], False),
        ([{"command": ["judge:score"]}], False),
    ],
)
def test_a_function_is_known_if_an_eval_of_the_base_scores_with_it(scorers, known):
    changed = CodeFiles(suite(base=suite(x=scorers)), "evals")
    if known:
        assert changed.module("judge:score", ())[0] == "evals/judge.py"
    else:
        with pytest.raises(RepoError, match="no eval of the base scores with `judge:score`"):
            changed.module("judge:score", ())

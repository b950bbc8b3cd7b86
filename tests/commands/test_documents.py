"""The JSON documents of all commands, byte for byte: their keys, the order of these, values."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from commands.evaluate.test_run_screens import settle
from commands.experiments.test_judge import CHOICE as JUDGE
from commands.experiments.test_judge import CLASSES, OUTPUTS, first_listed
from commands.experiments.test_judge import golden as labelled
from fakes import Reply
from histories import commit_record, record, write_records
from projects import EVAL, PROMPT, REWORDED, before_and_after, config, example, jsonl, route
from promptci.commands.main import main
from promptci.render.json.reportschema import reports_schema

VALIDATOR = Draft202012Validator(reports_schema())
PROMPT_FILE = "prompts/router.yaml"
FILTERED = Reply(400, body='{"error": {"message": "no", "code": "content_filter"}}')
REFUSED = Reply(400, body='{"error": {"message": "too friendly"}}')
GOOD = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 0.0}
CLASSES_EVAL = f"{EVAL}  - classification: {{labels: [billing, shipping, account, other]}}\n"

_PATTERNS = (
    (r"\b[0-9a-f]{16,64}\b", "<digest>"),
    (r"(?<=--- )[0-9a-f]{7}\b", "<short>"),
    (r"(?<= at )[0-9a-f]{7}\b", "<short>"),
    (r"http://127\.0\.0\.1:\d+", "<endpoint>"),
    (r'("(?:latency|p50|p95)": )[0-9.e-]+', r"\1<seconds>"),
    (r'("(?:bytes|confirmed|unconfirmed|must_pass|regressed|net_loss)": )[0-9.e-]+', r"\1<number>"),
    (r"(\bversion(?:\")?: )\d+", r"\1<number>"),
    (r'("began": )"[^"]*"', r'\1"<time>"'),
)


@pytest.fixture
def document(golden, capsys, repo):
    """Runs a command with `--json` and compares its document with the golden file."""

    def check(name, *arguments, code=0):
        capsys.readouterr()
        assert main([*arguments, "--json"]) == code
        text = capsys.readouterr().out
        assert list(VALIDATOR.iter_errors(json.loads(text))) == []
        text = text.replace(str(repo.path), "<folder>")
        for pattern, shown_as in _PATTERNS:
            text = re.sub(pattern, shown_as, text)
        golden(f"documents/{name}.json", text)

    return check


@pytest.fixture
def changed(project, api):
    """A committed run, and a prompt edited since by which one example is lost."""
    api.answers(
        before_and_after(route, lambda t: "nonsense" if "parcel" in t else route(t)),
    )
    project.write({"evals/router.yaml": CLASSES_EVAL})
    main(["run"])
    project.commit("Record the scores")
    project.write({PROMPT_FILE: PROMPT.replace(*REWORDED)})
    return project


def test_run(changed, document):
    document("run-dry", "run", "--dry-run")
    main(["run"])
    settle(changed)
    document("run", "run", code=1)


def test_missing_answers(project, api, document):
    api.answers(lambda t: REFUSED if "parcel" in t else route(t))
    main(["run"])
    settle(project)
    document("run-errors", "run", code=3)
    document("show-errors", "show", "router")
    document("show-error", "show", "router", "parcel")


def test_show(changed, document):
    main(["run", "--repeat", "2", "--no-write"])
    settle(changed)
    document("show", "show", "router")
    document("show-example", "show", "router", "parcel")


def test_score(changed, document):
    rows = [{"id": "card", "output": "billing"}, {"id": "parcel", "output": "x"}]
    changed.write({"out.jsonl": jsonl(rows)})
    document("score", "score", "router", "--outputs", "out.jsonl", "--partial", code=1)


def test_compare(changed, document):
    main(["compare", "HEAD", PROMPT_FILE])
    settle(changed)
    document("compare", "compare", "HEAD", PROMPT_FILE, code=1)


def test_check(changed, document):
    changed.write({"evals/fresh.yaml": f"prompt: router\n{EVAL}"})
    main(["run"])
    settle(changed)
    document("check", "check", "--base", "HEAD", code=1)


def test_why(changed, document):
    rows = [example("card", "My card", "billing"), example("fresh", "Is it fresh?", "other")]
    changed.write({"evals/router.jsonl": jsonl(rows)})
    document("why", "why", "router", "--base", "HEAD~1")


def test_bisect(changed, document):
    changed.commit("Reword")
    document("bisect", "bisect", "router", "--good", "HEAD~1")


def test_past_commits(changed, document):
    changed.commit("Reword")
    changed.write({PROMPT_FILE: "messages: {}\n"})
    changed.commit("Break")
    changed.write({PROMPT_FILE: PROMPT})
    document("run-rev", "run", "--rev", "HEAD~2..HEAD", code=3)


def test_noise(project, api, document):
    said = iter(["shipping", "x"] * 40)
    api.answers(lambda t: next(said) if "parcel" in t else route(t))
    document("noise", "noise", "router", "-k", "3", "--concurrency", "1")
    api.answers(lambda t: FILTERED)
    document("noise-none", "noise", "router", "--model", "large", "-k", "2", code=3)


def test_drift(project, api, document):
    main(["run"])
    project.commit("scores")
    api.answers(lambda t: "x" if "parcel" in t else route(t))
    document("drift", "drift", code=1)


def test_judge(project, api, document):
    text = config(api.url).replace("defaults: {", "defaults: {judge: large, ")
    project.write({"promptci.yaml": text, "evals/judges/polite.yaml": labelled(JUDGE, CLASSES)})
    api.answers(first_listed)
    document("judge", "judge", "polite", "--concurrency", "1", "--repeat", "2")
    assert len(OUTPUTS) > 1


def test_log_and_diff(repo, document):
    commit_record(repo, record(GOOD), record({**GOOD, "d": 1.0}, model="large"))
    commit_record(repo, record(MANY := {f"e{n:02}": 1.0 for n in range(9)}, eval="old"), name="old")
    base = commit_record(repo, record(MANY, eval="early"), name="early")
    lost = {**GOOD, "a": 0.0}
    commit_record(repo, record(lost, accepted={"a": "fine"}, parts={"prompt": "p2"}, version="v2"))
    write_records(repo, record({**lost, "new": 0.0, "none": None}, edited=("c",)))
    write_records(repo, record({"x": 1.0}, eval="fresh"), name="fresh")
    repo.git("mv", "evals/early.scores.yaml", "evals/late.scores.yaml")
    repo.git("rm", "-q", "evals/old.scores.yaml")
    repo.write({"evals/torn.scores.yaml": "format: 1\n"})
    document("diff", "diff", base, code=3)
    repo.commit("Go on")
    repo.write({"evals/router.scores.yaml": "format: 1\n"})
    repo.commit("Cut the record")
    document("log", "log", "router")


def test_accept(repo, document):
    write_records(repo, record({"a": 0.0, "b": 1.0}))
    document("accept", "accept", "router", "a", "-m", "spam")


def test_lint_and_errors(project, document):
    project.write({PROMPT_FILE: f"{PROMPT}nonsense: 1\n"})
    document("lint", "lint", code=2)
    document("error", "run", code=2)


def test_init_and_cache(repo, document):
    document("init", "init")
    document("cache", "cache", "size")
    document("cache-path", "cache", "path")
    document("cache-clear", "cache", "clear")


def test_scorers(document):
    document("scorers", "scorers", "one_of")


def test_what_sets_up_editors_shells_and_git(project, document):
    document("schema", "schema")
    document("merge-record", "merge-record", "--install")
    main(["run"])
    record = "evals/router.scores.yaml"
    document("merge-record-files", "merge-record", record, record, record)


def test_json_between_a_group_and_its_command_counts(project, capsys):
    main(["run"])
    for group in ("cache", "batch"):
        capsys.readouterr()
        command = "size" if group == "cache" else "list"
        assert main([group, "--json", command]) == 0
        assert json.loads(capsys.readouterr().out)["command"] == group


def test_a_script_for_a_shell_is_in_a_document(capsys):
    assert main(["completion", "bash", "--json"]) == 0
    assert "_PROMPTCI_COMPLETE" in json.loads(capsys.readouterr().out)["script"]

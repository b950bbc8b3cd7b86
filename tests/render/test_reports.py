"""Reports for other programs, compared with those programs' own schemas and readers."""

import csv
import io
import json
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from jsonschema import Draft7Validator
from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.check.checked import Skipped
from promptci.errors import Fault
from promptci.render import (
    codequality,
    csvtable,
    ctrf,
    dotenv,
    githuboutput,
    junit,
    sarif,
    stepoutputs,
    testcases,
)
from promptci.render.faultplaces import LintedFiles
from promptci.spending.limits import Taken
from properties import usually
from render import stories
from render.hostile import HOSTILE, TEXTS
from render.test_markdown import laced
from render.values import BASE, compared
from tables import every_row

SCHEMAS = Path(__file__).parent.parent / "schemas"
CHECKS = [
    stories.regression(),
    stories.stale(),
    stories.quiet(),
    Checked(BASE),
    Checked(BASE, claimed=(("router", "small"),), skipped=(Skipped("a", "m", "no key"),)),
    laced("\n".join(HOSTILE)),
]
FAULTS = [
    Fault("evals/router.yaml", 2, 11, "there is no scorer `equal`"),
    Fault("evals/router.yaml", 7, 11, "there is no scorer `equal`"),
    Fault("prompts/a b%.yaml", 0, 0, "no eval tests it", warning=True),
    Fault("promptci.yaml", 1, 0, "\x1b[31m::error::a ##[x] \ud800"),
    Fault("evals/router.scores.yaml", 1, 1, ""),
    Fault("other.txt", 1, 1, "odd"),
    Fault("evals/rows.jsonl", 1, 1, "odd"),
    Fault("a.prompt.yml", 1, 1, "odd"),
]


def as_ctrf(checked):
    return json.loads("".join(ctrf.check(checked)))


def rows(checked):
    return list(csv.DictReader(io.StringIO("".join(csvtable.check(checked)), newline="")))


@every_row("checked", CHECKS)
def test_ctrf_keeps_its_schema_and_its_counts(checked):
    document = as_ctrf(checked)
    schema = json.loads((SCHEMAS / "ctrf-schema-0.0.json").read_text("utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []
    tests, summary = document["results"]["tests"], document["results"]["summary"]
    assert summary["tests"] == len(tests)
    for status in ("passed", "failed", "skipped", "pending", "other"):
        assert summary[status] == sum(test["status"] == status for test in tests)
    assert summary["flaky"] == sum(test.get("flaky", False) for test in tests)
    levels = {tuple(test["suite"][:end]) for test in tests for end in (1, 2)}
    assert summary["suites"] == len(levels)
    assert document["extra"]["exit_code"] == checked.exit_code


def test_ctrf_says_what_is_flaky_and_how_often_it_was_asked_again():
    found = compared({}, {"t-00": "no", "t-01": "no"}, flaky=["t-01"])
    found = replace(found, confirmed=replace(found.confirmed, times=2))
    tests = {
        test["name"]: test for test in as_ctrf(Checked(BASE, compared=(found,)))["results"]["tests"]
    }
    assert (tests["t-00"]["status"], tests["t-00"]["retries"]) == ("failed", 2)
    assert tests["t-00"]["extra"] == {"scores": {"base": 1.0, "head": 0.0}}
    assert (tests["t-01"]["status"], tests["t-01"]["flaky"]) == ("passed", True)
    assert "retries" not in tests["t-02"]


def test_what_could_not_be_found_out_neither_passed_nor_failed():
    found = as_ctrf(Checked(BASE, skipped=(Skipped("router", "small", "no key"),)))
    assert [test["status"] for test in found["results"]["tests"]] == ["other"]


@pytest.mark.long
def test_the_checker_of_ctrf_itself_finds_nothing(tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "ctrf@0.3.0"], cwd=tmp_path, check=True
    )
    script = tmp_path / "check.mjs"
    script.write_text(
        "import {validateStrict} from 'ctrf'; import fs from 'fs';\n"
        "for (const f of process.argv.slice(2)) validateStrict(JSON.parse(fs.readFileSync(f)));\n"
    )
    files = [tmp_path / f"{number}.json" for number in range(len(CHECKS))]
    for file, checked in zip(files, CHECKS, strict=True):
        file.write_text("".join(ctrf.check(checked)))
    subprocess.run(["node", str(script), *map(str, files)], cwd=tmp_path, check=True)
    files[0].write_text('{"reportFormat": "CTRF"}')
    assert subprocess.run(
        ["node", str(script), str(files[0])], cwd=tmp_path, capture_output=True
    ).returncode


def test_a_loss_that_was_not_asked_again_is_an_error():
    open_ = replace(compared(), blocks=(), open_loss="lost 3, and not asked again")
    last = list(next(iter(testcases.check_suites(Checked(BASE, compared=(open_,))))).cases)[-1]
    assert (last.kind, last.message) == ("error", "no verdict: lost 3, and not asked again")


@every_row("checked", CHECKS)
def test_junit_keeps_the_schema_of_jenkins(checked):
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
    schema.validate(ElementTree.fromstring("".join(junit.check(checked)).encode()))


@pytest.mark.parametrize("checked", CHECKS)
def test_junit_is_read_back_by_junitparser(checked, tmp_path):
    junitparser = pytest.importorskip("junitparser")
    file = tmp_path / "junit.xml"
    file.write_text("".join(junit.check(checked)), "utf-8")
    read = junitparser.JUnitXml.fromfile(str(file))
    before = read.tests, read.failures, read.errors
    read.update_statistics()
    assert (read.tests, read.failures, read.errors) == before
    kinds = [type(result).__name__ for suite in read for case in suite for result in case.result]
    assert (kinds.count("Failure"), kinds.count("Error")) == before[1:]
    if checked.exit_code:
        assert read.failures + read.errors


def test_a_table_has_a_row_per_example():
    found = rows(Checked(BASE, compared=(compared({}, {"t-00": "no"}),)))
    assert len(found) == 21  # 20 examples, and the gate
    assert found[0]["fate"] == "lost"
    assert (found[0]["status"], found[0]["base"], found[0]["head"]) == ("failure", "1", "0")


@usually(15)
@given(TEXTS)
def test_no_cell_of_a_table_is_a_formula(text):
    for start in ("=", "+", "-", "@", "\t=", " =", "\uff1d", "\r", "|", "%"):
        for row in rows(laced(start + text)):
            assert [cell for cell in row.values() if re.match(r"\s*[=+\-@|%\uff1d]", cell)] == []


def test_sarif_is_read_by_a_strict_model_of_its_schema():
    model = pytest.importorskip(
        "pydantic_sarif.model"
    ).StaticAnalysisResultsFormatSarifVersion210JsonSchema
    text = "".join(sarif.lint(LintedFiles(FAULTS, "sub dir/")))
    model.model_validate_json(text)
    [run] = json.loads(text)["runs"]
    texts = ("shortDescription", "fullDescription", "help")
    told = run["tool"]["driver"]["rules"]
    assert all(rule[text]["text"] for rule in told for text in texts), "GitHub asks for these"
    assert {rule["name"] for rule in told} >= {"Prompt", "ScoreRecord"}
    rules = [rule["id"] for rule in told]
    assert [rules[each["ruleIndex"]] for each in run["results"]] == [
        e["ruleId"] for e in run["results"]
    ]
    assert len({json.dumps(each["partialFingerprints"]) for each in run["results"]}) == len(FAULTS)
    place = run["results"][2]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "sub%20dir/prompts/a%20b%25.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 1},
    }
    assert [each["level"] for each in run["results"]].count("warning") == 1
    assert "\x1b" not in text
    assert "##[" not in text


@every_row(
    ("path", "rule"),
    [
        ("prompts/a.yaml", "prompt"),
        ("flows/a.yaml", "flow"),
        ("flows/deep/a.yml", "flow"),
        ("evals/a.yaml", "eval"),
        ("evals/a.jsonl", "examples"),
        ("evals/a.scores.yaml", "score-record"),
        ("evals/a.scores/0.chunk", "score-record"),
        ("a.prompt.yml", "prompt-yml"),
        ("promptci.yaml", "configuration"),
        ("data/a.csv", "file"),
    ],
)
def test_every_file_that_may_be_at_fault_has_a_rule_of_sarif(path, rule):
    [run] = json.loads("".join(sarif.lint(LintedFiles([Fault(path, 1, 1, "wrong")]))))["runs"]
    [result] = run["results"]
    assert result["ruleId"] == f"promptci/{rule}"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_leaves_out_what_is_not_shown_and_says_so():
    many = [Fault("evals/a.yaml", 1, 1, f"{n}", warning=n < 10) for n in range(5_010)]
    [run] = json.loads("".join(sarif.lint(LintedFiles(many))))["runs"]
    assert {each["level"] for each in run["results"]} == {"error"}
    [note] = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("and 10 more")


def test_code_quality_has_what_gitlab_asks_for():
    entries = json.loads("".join(codequality.lint(LintedFiles(FAULTS))))
    assert len({entry["fingerprint"] for entry in entries}) == len(FAULTS)
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert entry["location"]["lines"]["begin"] >= 1
        assert entry["description"]
    assert json.loads("".join(codequality.lint(LintedFiles([])))) == []


def test_a_fingerprint_stays_when_lines_move():
    moved = [replace(fault, line=fault.line + 3) for fault in FAULTS]
    before, after = (
        [e["fingerprint"] for e in json.loads("".join(codequality.lint(LintedFiles(f))))]
        for f in (FAULTS, moved)
    )
    assert before == after


@every_row("checked", CHECKS)
def test_variables_are_words_of_a_set_and_numbers(checked):
    lines = "".join(githuboutput.check(checked)).splitlines()
    assert all(
        re.fullmatch(r"[a-z_]+=(passed|failed|no-verdict|unknown|\d+(\.\d+)?)", line)
        for line in lines
    )
    values = dict(line.split("=") for line in lines)
    assert int(values["exit_code"]) == checked.exit_code
    assert int(values["evals"]) == len(checked.names)
    assert set(lines) == {
        re.sub("^PROMPTCI_([A-Z_]+)", lambda found: found[1].lower(), line)
        for line in "".join(dotenv.check(checked)).splitlines()
    }


@every_row(("cost", "said"), [(Decimal("1.5E-7"), "0.00000015"), (None, "unknown")])
def test_the_cost_is_that_of_all_that_was_asked(cost, said):
    story = replace(stories.regression(), taken=Taken(9, 1, cost))
    assert stepoutputs.check_outputs(story)["cost"] == said


def test_the_variables_of_a_regression():
    values = stepoutputs.check_outputs(stories.regression())
    assert (values["verdict"], values["regressed"], values["lost"]) == ("failed", "3", "8")

"""The documents are true: their commands exist, their YAML is read, their links lead somewhere."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import click
import pytest
import yaml

from gitrepo import GitRepo
from projects import AnyCode
from promptci.commands.catalogue import COMMANDS
from promptci.commands.main import cli, main
from promptci.errors import Fault
from promptci.judges.judgeset import parse_judgeset
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, Plain
from promptci.parsing.yamlfile import load_yaml
from promptci.render.json.reportschema import DOCUMENTS, reports_page, reports_schema
from promptci.render.terminal.scorers import page
from promptci.sandbox.jinja import parse_jinja
from promptci.scorers.modelgraded.judgefile import JudgeFile, judge_text
from promptci.scorers.registry.registry import ALIASES, SCORERS, Reach, bind, bind_all
from promptci.specs.config import Config
from promptci.specs.configfile import parse_config
from promptci.specs.evalparsing import parse_evalspec
from promptci.specs.promptparsing import parse_prompt
from promptci.specs.request import Settings
from promptci.specs.retrieval import Document
from promptci.suite.filenames import prompt_name
from tables import every_row

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "benchmarks/README.md",
    ROOT / "skills/promptci/SKILL.md",
    ROOT / "llms.txt",
]

_COMMAND = re.compile(r"^(?: {4,7}|\$ )(promptci(?: .*)?)$", re.MULTILINE)
_YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def commands() -> list[tuple[str, str]]:
    return [
        (page.name, found[1]) for page in PAGES for found in _COMMAND.finditer(page.read_text())
    ]


def blocks() -> list[tuple[str, str]]:
    return [(page.name, found[1]) for page in PAGES for found in _YAML.finditer(page.read_text())]


@every_row(("page", "line"), commands())
def test_every_command_shown_is_one_that_promptci_takes(page: str, line: str):
    arguments = shlex.split(line)[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="promptci")
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        found = command.get_command(context, arguments.pop(0))
        assert found is not None, f"{page}: `{line}`"
        command = found
        context = click.Context(command, parent=context, info_name=command.name)
    command.make_parser(context).parse_args(arguments)


@every_row(("page", "text"), blocks())
def test_every_yaml_block_is_read_without_a_fault(page: str, text: str):
    faults: list[Fault] = []
    node = load_yaml(text.encode(), page)
    assert isinstance(node.value, dict)
    _read(node, faults)
    assert faults == []


@pytest.mark.parametrize("page", ["flows", "sampling", "retrieving", "conversations"])
def test_the_files_of_a_page_are_a_project_without_errors(page: str, repo: GitRepo):
    """What one finds and pastes in an empty folder works together."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    named = re.findall(r"```yaml\n# (\S+\.yaml)\n(.*?)```", text, re.DOTALL)
    repo.write(dict(named))
    for made, name in re.findall(r'^echo "(.*)" > (\S+)$', text, re.MULTILINE):
        repo.write({name: f"{made}\n"})
    assert len(named) > 2
    assert main(["lint"]) == 0


def _read(node: Node, faults: list[Fault]) -> None:
    """What a block is shows in its keys; a lone list of scorers is one, too."""
    keys = set(node.value) if isinstance(node.value, dict) else set()
    if "messages" in keys:
        if "template" in keys:
            pytest.importorskip("minijinja")
        parse_prompt(node, "shown", faults, jinja=parse_jinja, corpus=_corpus)
    elif (
        keys & {"models", "endpoints", "prices", "defaults", "allow", "cache"}
        and "examples" not in keys
    ):
        parse_config(node, faults)
    elif keys == {"scorers"}:
        bind_all(node.get("scorers").value, faults, Reach(_settings, _file, code=AnyCode()))
    elif "reply" in keys:
        assert read_shape(node, JudgeFile, faults) is not None
    elif "scorer" in keys:
        found = parse_judgeset(node, "shown", faults)
        assert found is not None
        bind(found.scorer, faults, Reach(_settings))
    elif not keys & {"jobs", "steps", "repos", "promptci", "include"}:
        spec = parse_evalspec(node, "shown", faults)
        assert spec is not None
        sets = {"house-style": load_yaml(b"- equals", "promptci.yaml")}
        bind_all(spec.scorers, faults, Reach(_settings, _file, sets))


def _settings(name: str, parameters: Mapping[str, Plain]) -> Settings:
    return Settings(Config(default_judge="smollm2").judge(name), parameters)


def _corpus(node: Node, faults: list[Fault]) -> tuple[Document, ...]:
    return (Document("a.md", "text"),)


def _file(path: str) -> bytes:
    """A judge's prompt, which are rubrics here, or nothing."""
    return judge_text("rubric").encode() if path.endswith(".yaml") else b""


@every_row("page", PAGES)
def test_every_link_leads_to_a_file(page: Path):
    for target in _LINK.findall(page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_llms_txt_has_every_page():
    text = (ROOT / "llms.txt").read_text()
    assert [p.name for p in (ROOT / "docs").glob("*.md") if f"(docs/{p.name})" not in text] == []
    assert text.startswith("# promptci\n\n> ")


def test_the_skill_says_what_it_is_for_and_knows_the_documents():
    _, front, text = (ROOT / "skills/promptci/SKILL.md").read_text().split("---\n", 2)
    about = yaml.safe_load(front)
    assert about["name"] == "promptci"
    assert 50 < len(about["description"]) <= 1024
    known = reports_schema()["$defs"]
    for document, keys in {
        "RunV1": ("evals", "lost"),
        "OutcomeV1": ("passed", "total", "failures"),
        "LostAnswerV1": ("output", "expected", "why"),
        "CheckV1": ("sentence", "evals", "stale", "error"),
        "DryRunV1": ("most_requests",),
        "ComparisonV1": ("blocks",),
    }.items():
        for key in keys:
            assert key in known[document]["properties"]
            assert key in text


def test_every_command_has_a_document_for_programs():
    context = click.Context(cli)
    for name in set(COMMANDS):
        command = cli.get_command(context, name)
        each = command.commands.values() if isinstance(command, click.Group) else [command]
        assert [c.name for c in each if not any("--json" in p.opts for p in c.params)] == []


def test_every_command_is_in_the_documents():
    everything = "".join(page.read_text() for page in PAGES)
    assert [name for name in COMMANDS if f"promptci {name}" not in everything] == []


def test_no_reader_is_told_to_install_an_extra_by_what_leaves_an_environment_as_it_is():
    """`pipx install` of a package that is there does nothing, and no release is on the index."""
    sources = [*PAGES, *(ROOT / "src/promptci").rglob("*.py")]
    wrong = "pipx install 'promptci-cli["
    assert [path.name for path in sources if wrong in path.read_text()] == []


def test_the_page_about_scorers_is_generated_from_them():
    """`python docs/scorers.py` rewrites it."""
    template = (ROOT / "docs/scorers.md.in").read_text("utf-8")
    assert (ROOT / "docs/scorers.md").read_text("utf-8") == page(template)


def test_the_page_about_reports_and_their_schema_are_generated_from_the_types():
    """`python docs/reports.py` rewrites them."""
    template = (ROOT / "docs/json.md.in").read_text("utf-8")
    assert (ROOT / "docs/json.md").read_text("utf-8") == reports_page(template)
    schema = json.loads((ROOT / "docs/json.schema.json").read_text("utf-8"))
    assert schema == reports_schema()
    assert [name for name in COMMANDS if name not in DOCUMENTS] == []


def test_every_scorer_is_in_the_documents():
    text = (ROOT / "docs/scorers.md").read_text().replace("`…/", "`github/")
    assert [name for name in (*SCORERS, *ALIASES) if f"`{name}`" not in text] == []


def test_the_summary_of_each_command_is_the_first_line_of_its_help():
    context = click.Context(cli)
    for name, summary in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert (command.help or "").split("\n")[0] == summary


def test_prompts_are_named_by_their_path():
    assert prompt_name("prompts/support/router.yaml") == "support/router"


_TEST = re.compile(r"`((?:\w+/)*test_\w+\.py)::(test_\w+)`")


@every_row("page", ["security.md", "promises.md"])
def test_every_test_that_is_named_exists(page: str):
    named = _TEST.findall((ROOT / "docs" / page).read_text())
    assert len(named) > 5
    for path, name in named:
        assert f"def {name}(" in (ROOT / "tests" / path).read_text(), f"{path}::{name}"


def test_every_threat_has_a_test_or_a_reason():
    text = (ROOT / "docs/security.md").read_text()
    rows = [line.split("|") for line in text.splitlines() if re.match(r"\| C\d+ \|", line)]
    assert [row[1].strip() for row in rows] == [f"C{number}" for number in range(1, 49)]
    for row in rows:
        assert _TEST.search(row[4]) or "does not apply" in row[4], row[1]


def test_every_promise_has_its_tests():
    text = (ROOT / "docs/promises.md").read_text()
    promises = re.findall(r"^(\d)\. (.*?)(?=^\d\. |\n\n)", text, re.MULTILINE | re.DOTALL)
    assert [number for number, _ in promises] == list("1234567")
    assert all(_TEST.search(words) for _, words in promises)


def workflows() -> list[str]:
    """Every workflow of this repository, of `init` and of the documents."""
    files = [
        *ROOT.glob(".github/workflows/*.yml"),
        ROOT / "src/promptci/project/starter/github/promptci.yml",
    ]
    return [file.read_text() for file in files] + [t for _, t in blocks() if "runs-on:" in t]


@every_row("text", workflows())
def test_no_workflow_puts_an_expression_into_a_shell(text: str):
    workflow = yaml.safe_load(text)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert steps
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []
    assert workflow["permissions"] == {"contents": "read"}


@every_row("text", [t for _, t in blocks() if "pull_request_target" in t])
def test_no_workflow_with_secrets_checks_a_change_out(text: str):
    for step in yaml.safe_load(text)["jobs"]["promptci"]["steps"]:
        assert "ref" not in step.get("with", {})
        assert "checkout" not in step.get("run", "").replace("actions/checkout", "")


def test_every_finding_is_listed_with_its_package_and_can_be_run():
    listed = (ROOT / "findings/README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+\.sh)` \| (.+?) \| ", listed, re.MULTILINE))
    scripts = {path.name: path for path in (ROOT / "findings").glob("*.sh")}
    assert set(rows) == set(scripts)
    for name, path in scripts.items():
        assert path.stat().st_mode & 0o100, name
        assert path.read_text("utf-8").splitlines()[1].split()[1] in rows[name]

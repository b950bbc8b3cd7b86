"""Whatever models, files and providers say, on every way out it stays text."""

import json
import re
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from fakes import Reply, error_body
from gitrepo import GitRepo
from projects import config, jsonl
from promptci.commands.main import main
from render.hostile import HOSTILE
from tables import every_row

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"details", "/details", "summary", "/summary", "code", "/code"}
"""The elements that a Markdown report itself uses."""
SGR = re.compile(r"\x1b\[[\d;]*m")
ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
NAME = "pay & <b>`x`<b> @octocat [a](b) $(touch canary) 'q'"
"""What a prompt's file may be called without a fault."""

EVAL = """\
examples: hostile.jsonl
scorers: [equals, contains]
gate: {max_errors: 99}
"""


@pytest.fixture
def hostile(repo: GitRepo, api, keep) -> GitRepo:
    """A prompt edited since its base, whose answers, errors and names are all hostile."""
    texts = [text.encode("utf-8", "replace").decode() for text in HOSTILE if text.strip()]
    rows = [
        {
            "id": f"{n} {text.strip()[:60]}" if text.isprintable() else f"t{n}",
            "vars": {"text": f"{n:03}"},
            "expected": text,
            "tags": [text[:60]],
        }
        for n, text in enumerate(texts)
    ]

    def rule(asked):
        number = int(re.search(r"\d{3}", asked)[0])
        text = texts[number]
        if number % 7 == 3:
            return Reply(400, body=error_body(text))
        return f"{text} again {text}" if "edited" in asked else text

    api.answers(rule)
    files = {
        ".gitignore": ".promptci/\n",
        "promptci.yaml": config(api.url),
        f"prompts/{NAME}.yaml": "messages: [{role: user, content: 'say {{ text }}'}]\n",
        f"evals/{NAME}.yaml": EVAL.replace("hostile", "rows"),
        "evals/rows.jsonl": jsonl(rows),
    }

    def make() -> None:
        repo.write(files)
        assert main(["run"]) == 0
        repo.commit("Add\x1b[31m ::error::x ##[error] <b>")
        edited = {path: text.replace("say", "edited") for path, text in files.items()}
        repo.write({path: text for path, text in edited.items() if path.startswith("prompts")})
        assert main(["run"]) in (0, 1)
        repo.commit("Edit @octocat [x](https://evil.invalid)")

    keep(make)
    return repo


COMMANDS = (
    ["run", "--refresh"],
    ["show", NAME],
    ["check", "--base", "HEAD~1", "--markdown", "report.md", "--junit", "report.xml"],
    ["compare", "HEAD~1", "HEAD", "--prompts"],
    ["diff", "HEAD~1"],
    ["log", NAME],
    ["why", NAME, "--base", "HEAD~1"],
    ["noise", NAME, "-k", "2"],
    ["bisect", NAME, "--good", "HEAD~1", "--bad", "HEAD"],
    ["lint"],
)


def shows(repo: GitRepo) -> list[list[str]]:
    rows = (repo.path / "evals/rows.jsonl").read_text("utf-8", "surrogatepass").splitlines()
    ids = [json.loads(line)["id"] for line in rows[:12]]
    return [["show", NAME, id_] for id_ in ids]


def test_a_terminal_gets_no_escape_but_colours(hostile, capfd, monkeypatch):
    monkeypatch.setattr("promptci.commands.display.is_colourful", lambda stream: True)
    monkeypatch.setenv("CI", "true")
    for command in (*COMMANDS, *shows(hostile)):
        capfd.readouterr()
        assert main(command) in (0, 1, 3), command
        for said in capfd.readouterr():
            assert [*ACTS.findall(SGR.sub("", said))] == [], command


def test_a_workflow_log_gets_no_command_but_annotations(hostile, capfd, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for command in (*COMMANDS, *shows(hostile)):
        capfd.readouterr()
        main(command)
        for said in capfd.readouterr():
            for line in re.split(r"\r\n|\r|\n", said):
                assert "##[" not in line, command
                is_ours = re.match(r"::(error|warning|notice) (file|title)=[^:]*::", line)
                assert is_ours or not re.match(r"\s*::", line), (command, line)


EVIL = "\n::add-mask::passed\n::notice title=promptci::All is well\n##[error]x \x9b31m\u202e"
FAULTY = {
    "scorer": {"evals/a.yaml": {"examples": [{"vars": {}}], "scorers": [EVIL]}},
    "prompt": {"evals/a.yaml": {"examples": [{"vars": {}}], "scorers": ["equals"], "prompt": EVIL}},
    "must_pass": {
        "evals/a.yaml": {
            "examples": [{"vars": {}}],
            "scorers": [{"equals": "x"}],
            "gate": {"must_pass": [EVIL]},
        }
    },
    "key": {"evals/a.yaml": {EVIL: 1}},
    "key of the configuration": {"promptci.yaml": {EVIL: 1, "defaults": {"model": EVIL}}},
    "role": {"prompts/a.yaml": {"messages": [{"role": EVIL, "content": "x"}]}},
    "placeholder": {"prompts/a.yaml": {"messages": [{"role": "user", "content": "{{" + EVIL}]}},
    "regex": {"evals/a.yaml": {"examples": [{"vars": {}}], "scorers": [{"regex": f"({EVIL}"}]}},
}


@pytest.mark.parametrize("name", FAULTY)
def test_faults_and_usage_errors_are_no_commands_and_act_on_nothing(
    project, capfd, monkeypatch, name
):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    main(["run"])
    project.commit("scores")
    project.write({"prompts/a.yaml": "messages: [{role: user, content: hi}]\n"})
    project.write({path: json.dumps(content) for path, content in FAULTY[name].items()})
    project.commit("evil")
    for command in (
        ["lint"],
        ["run"],
        ["run", "--dry-run"],
        ["check", "--base", "HEAD~1"],
        ["check", "--head", "HEAD", "--base", "HEAD~1"],
        ["show", "router", EVIL],
        ["compare", EVIL, "HEAD"],
        ["run", "--max-cost", EVIL],
        ["init", EVIL],
        [EVIL],
        ["lint", "--json"],
    ):
        capfd.readouterr()
        main(command)
        for said in capfd.readouterr():
            assert not re.search(r"^\s*::(?!error file=)", said, re.MULTILINE), (command, said)
            assert "##[" not in said
            assert not ACTS.search(said)


def test_markdown_holds_no_link_image_mention_or_element_but_ours(hostile, monkeypatch, tmp_path):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    main(["check", "--base", "HEAD~1", "--markdown", "report.md"])
    for path in (hostile.path / "report.md", summary):
        text = path.read_text("utf-8")
        assert not ACTS.search(text)
        for token in walked(MARKDOWN.parse(text)):
            assert token.type not in ("link_open", "image"), token
            if token.type in ("html_block", "html_inline"):
                assert set(re.findall(r"<(/?\w+)", token.content)) <= OURS, token.content
            if token.type == "text":
                assert not re.search(r"@\w|https?://|www\.", token.content), token.content


def walked(tokens):
    for token in tokens:
        yield token
        yield from walked(token.children or ())


def test_xml_is_read_by_a_strict_parser(hostile):
    main(["check", "--base", "HEAD~1", "--junit", "report.xml"])
    tree = ElementTree.parse(hostile.path / "report.xml")
    kinds = {element.tag for element in tree.iter()}
    known = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"}
    assert kinds <= known | {"properties", "property"}


@pytest.mark.usefixtures("hostile")
@every_row("command", COMMANDS)
def test_json_is_read_by_a_strict_parser(capfd, command):
    def refuse(word: str) -> None:
        raise AssertionError(word)

    capfd.readouterr()
    assert main([*command, "--json"]) in (0, 1, 3)
    said = capfd.readouterr().out
    document = json.loads(said, parse_constant=refuse)
    assert document["format"] == 1
    said.encode("utf-8")


def test_nothing_ran(hostile):
    for command in COMMANDS:
        main(command)
    assert not list(hostile.path.rglob("canary*"))

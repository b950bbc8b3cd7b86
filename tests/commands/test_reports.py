"""`--report KIND=FILE`: the same result in every format, from every command that judges."""

import json
from xml.etree import ElementTree

import pytest

from commands.evaluate.test_run_screens import settle
from projects import PROMPT, REWORDED, before_and_after, route
from promptci.commands.main import main
from promptci.render.reports import REPORTS, writer_of

COMMANDS = {
    "run": ["run"],
    "check": ["check", "--base", "HEAD"],
    "compare": ["compare", "HEAD", "prompts/router.yaml"],
}


@pytest.fixture
def changed(project, api):
    """A prompt edited since the last commit, by which `parcel` is lost."""
    api.answers(before_and_after(route, lambda t: "no|se" if "parcel" in t else route(t)))
    main(["run"])
    project.commit("Record the scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    main(["run"])
    settle(project)
    return project


@pytest.mark.parametrize("command", COMMANDS)
def test_each_format_tells_the_same(changed, capsys, tmp_path, command):
    files = {kind: tmp_path / f"report.{kind}" for kind in REPORTS}
    options = [word for kind, path in files.items() for word in ("--report", f"{kind}={path}")]
    capsys.readouterr()
    code = main([*COMMANDS[command], *options, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert json.loads(files["json"].read_text("utf-8")) == said
    assert (said["command"], said["exit_code"]) == (command, code)
    cases = ElementTree.parse(files["junit"]).getroot().iter("testcase")
    assert "parcel" in [case.get("name") for case in cases if case.find("failure") is not None]
    page = files["markdown"].read_text("utf-8")
    assert page.startswith(("**", "<!--"))
    assert "parcel" in page
    assert "no|se" in page


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", REPORTS)
def test_every_format_has_a_writer_for_every_command(kind, command):
    assert callable(writer_of(kind, command))


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("junit", "names no file: write junit=FILE"),
        ("junt", "names no file: write junit=FILE"),
        ("out.xml", "names no file: write KIND=FILE"),
        ("junit=", "names no file"),
        ("json=-", "reports go into files"),
        ("junt=x.xml", "did you mean"),
    ],
)
def test_what_is_no_report_is_refused_before_anything_is_asked(project, api, capsys, option, said):
    assert main(["run", "--report", option]) == 2
    assert said in capsys.readouterr().err
    assert api.count == 0


def test_a_dry_run_has_no_report(project, capsys):
    assert main(["run", "--dry-run", "--report", "json=x.json"]) == 2
    assert "--report" in capsys.readouterr().err
    assert not (project.path / "x.json").exists()

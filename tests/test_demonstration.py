"""The demonstration repository, told command by command; the documents show the same."""

import re
import runpy
from pathlib import Path

import pytest

from demonstration import Demonstration, build
from fakes import FakeAPI
from gitrepo import GitRepo
from promptci.commands.main import main

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/comparing.md"
SCREENS = ROOT / "docs/screens"
_BLOCK = re.compile(r"^```console\n\$ (promptci [^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def demo(
    repo: GitRepo,
    api: FakeAPI,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Demonstration:
    made = build(repo, api, monkeypatch)
    monkeypatch.setenv("COLUMNS", "96")
    capsys.readouterr()
    return made


def blocks() -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in _BLOCK.finditer(PAGE.read_text())]


def _stable(text: str) -> str:
    """Latencies differ from run to run; everything else is the same everywhere."""
    return re.sub(
        r"^(.*\b(?:p50|p95)\b).*\d\.\d+s.*$|\d+\.\d+s\b *[+-]?\d*%?",
        r"\1 SECONDS",
        text,
        flags=re.M,
    )


def test_the_documents_show_what_the_commands_print(
    demo: Demonstration, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
):
    shown = blocks()
    assert len(shown) >= 6
    printed = []
    for command, _ in shown:
        main(command.split()[1:])
        printed.append((command, capsys.readouterr().out))
    if request.config.getoption("--update-golden"):
        PAGE.write_text(_with(PAGE.read_text(), printed))
        return
    for (command, text), (_, now) in zip(shown, printed, strict=True):
        assert _stable(now) == _stable(text), command


def _with(page: str, printed: list[tuple[str, str]]) -> str:
    texts = iter(printed)

    def block(_: re.Match[str]) -> str:
        command, text = next(texts)
        return f"```console\n$ {command}\n{text}```"

    return _BLOCK.sub(block, page)


def test_the_regression_is_seen_before_the_commit_as_the_pictures_show_it(
    demo: Demonstration, capsys, monkeypatch
):
    """`python docs/picture.py` draws them again."""
    picture = runpy.run_path(str(ROOT / "docs/picture.py"))
    picture["shorten"](demo)
    assert main(["run"]) == 1
    assert "lost 7 and won 0 of 20" in capsys.readouterr().out
    drawn = dict(picture["pictures"](demo, monkeypatch))
    assert {path.name for path in SCREENS.iterdir()} == set(drawn)
    for name, svg in drawn.items():
        there = (SCREENS / name).read_text("utf-8")
        assert picture["stable"](there) == picture["stable"](svg), name
        assert "http" not in re.sub(r"http://www\.w3\.org/\S+|https://www\.textualize\.io", "", svg)


def test_check_blocks_the_regression_and_lets_its_undoing_pass(demo: Demonstration):
    demo.repo.git("checkout", "-q", demo.commits["shorter"])
    assert main(["check", "--base", demo.commits["better"]]) == 1
    demo.repo.git("checkout", "-q", demo.commits["undone"])
    assert main(["check", "--base", demo.commits["shorter"]]) == 0


def test_the_model_swap_loses_one_for_good_and_one_that_is_flaky(demo: Demonstration, capsys):
    main(["compare", demo.commits["undone"], demo.commits["swapped"], "--json"])
    shown = capsys.readouterr().out
    assert '"delivery-7"' in shown
    assert '"delivery-6"' in shown


def test_an_accepted_loss_blocks_nothing(demo: Demonstration, capsys):
    assert main(["check", "--base", demo.commits["undone"]]) == 0
    assert "accepted" in capsys.readouterr().out


def test_bisect_finds_the_commit_that_shortened_the_prompt(demo: Demonstration, capsys):
    good, bad = demo.commits["better"], demo.commits["shorter"]
    assert main(["bisect", "triage", "--good", good, "--bad", bad]) == 0
    assert f"first bad: {bad[:7]}" in capsys.readouterr().out


def test_a_hand_edited_record_is_refused(demo: Demonstration, capsys):
    demo.repo.git("checkout", "-q", demo.commits["shorter"])
    record = demo.repo.path / "evals/triage.scores.yaml"
    text = record.read_text()
    forged = re.sub(r"(delivery-\d: \{is: )fail, score: 0", r"\1pass, score: 1", text)
    forged = re.sub(r"passed: 12\n", "passed: 19\n", forged)
    forged = re.sub(r"score: 0\.6\n", "score: 0.95\n", forged)
    record.write_text(forged)
    assert main(["check", "--base", demo.commits["better"]]) == 1  # it does not hide the loss
    said = capsys.readouterr().out
    assert said.startswith(
        "1 of 1 eval regressed (`triage`). The score record of `triage` is stale: run"
    )
    assert "evals/triage.scores.yaml" in said


def test_a_stale_record_is_refused_before_anything_is_asked(demo: Demonstration, capsys):
    prompt = demo.repo.path / "prompts/triage.yaml"
    prompt.write_text(prompt.read_text().replace("You sort", "You have to sort"))
    before = demo.api.count
    assert main(["check", "--base", demo.commits["undone"]]) == 3
    assert demo.api.count == before
    assert "promptci run triage" in " ".join(capsys.readouterr().out.split())

"""Score records of two branches, merged by git with `promptci merge-record`. Real git."""

import sys
from collections.abc import Callable

import pytest

from commands.conftest import Answer
from fakes import FakeAPI
from gitrepo import GitRepo
from projects import PROMPT, REWORDED, TICKETS, example, jsonl, route
from promptci.commands.main import main
from promptci.records.scorefile import parse

SCORES = "evals/router.scores.yaml"
Ask = Callable[..., Answer]
EDITED = PROMPT.replace(*REWORDED)
ROWS = [example(*ticket, tags=[ticket[2]]) for ticket in TICKETS]


@pytest.fixture
def scored(project: GitRepo, keep: Callable[..., None]) -> GitRepo:
    """The project with its record on main; git in it knows the driver."""
    own = "merge.promptci-record.driver"

    def make() -> None:
        assert main(["run"]) == 0
        project.write({".gitattributes": "evals/**/*.scores.yaml merge=promptci-record\n"})
        project.commit("scores")
        assert main(["merge-record", "--install"]) == 0
        call = "from promptci.commands.main import main; import sys; sys.exit(main(sys.argv[1:]))"
        driver = f"{sys.executable} -c '{call}' merge-record %O %A %B %P"
        assert project.git("config", own).startswith("promptci merge-record")
        project.git("config", own, driver)

    keep(make)
    return project


def branch(repo: GitRepo, name: str, files: dict[str, str], *, accepts: str = "") -> None:
    """Commit files with their record on a branch of main."""
    repo.git("checkout", "-q", "-b", name, "main")
    repo.write(files)
    main(["run"])
    if accepts:
        assert main(["accept", "router", accepts, "-m", "meant"]) == 0
    repo.commit(name)


def merged(repo: GitRepo):
    """The record after both branches were merged, which must go without conflict."""
    repo.git("checkout", "-q", "one")
    repo.git("merge", "-q", "-m", "Merge", "two")
    return parse((repo.path / SCORES).read_text(), SCORES, "router")["small"]


def fates(record) -> dict[str, str]:
    return {r.id: "unmeasured" if r.is_unmeasured else r.fate for r in record.results}


def test_a_prompt_and_an_example_are_merged(
    scored: GitRepo, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    branch(scored, "one", {"prompts/router.yaml": EDITED})
    more = [*ROWS, example("late", "Where is my parcel? It is late", "shipping")]
    branch(scored, "two", {"evals/router.jsonl": jsonl(more)})
    found = fates(merged(scored))
    assert found == {**{id_: "pass" for id_, *_ in TICKETS}, "late": "unmeasured"}
    assert ask("log", "router").document["entries"][0]["unmeasured"] == 1
    assert ask("log").document["commits"][0]["unmeasured"] == 1
    for line in (["log", "router"], ["log"], ["diff", "two"], ["diff", "one~1", "--head", "one"]):
        main(line)
    out = capsys.readouterr().out
    assert "1 of 7 not measured yet" in " ".join(out.split())
    assert "router; 1 not measured yet" in out
    assert out.count("not measured   late\n") == 2
    assert out.count("router on small: the record was merged, 1 example not measured yet: run") == 3
    scored.git("branch", "-f", "main", "two~1")
    checked = ask("check", "--base", "main")
    assert checked.code == 0
    assert ask("check", "--base", "main", "--frozen").code == 3


def test_what_is_unmeasured_is_evaluated_by_check(scored: GitRepo, ask: Ask, api: FakeAPI) -> None:
    branch(scored, "one", {"prompts/router.yaml": EDITED})
    branch(scored, "two", {"prompts/router.yaml": PROMPT.replace("max_tokens: 8", "max_tokens: 9")})
    record = merged(scored)
    assert set(fates(record).values()) == {"unmeasured"}
    assert record.passed == 0
    assert ask("check", "--base", "main").code == 0


@pytest.mark.parametrize("ours", ["one", "two"])
def test_a_side_that_has_the_others_change_as_well_measured_what_is_merged(
    scored: GitRepo, ask: Ask, api: FakeAPI, ours: str
) -> None:
    """As a branch does, the first commit of which the other has picked."""
    branch(scored, "one", {"prompts/router.yaml": EDITED})
    scored.git("checkout", "-q", "-b", "two", "main")
    scored.write({"notes.txt": "another commit"})
    scored.commit("note")
    scored.git("cherry-pick", "one")
    scored.git("checkout", "-q", "one")
    more = EDITED.replace("max_tokens: 8", "max_tokens: 9")
    scored.write({"prompts/router.yaml": more})
    main(["run"])
    scored.commit("more")
    text, asked = (scored.path / SCORES).read_bytes(), api.count
    scored.git("checkout", "-q", ours)
    scored.git("merge", "-q", "--no-ff", "-m", "Merge", "two" if ours == "one" else "one")
    assert (scored.path / SCORES).read_bytes() == text
    assert (ask("run").code, api.count) == (0, asked)


def test_the_driver_starts_above_the_project(
    scored: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = scored.path / "top"
    top.mkdir()
    for name in ("base", "ours", "theirs"):
        (top / name).write_bytes((scored.path / SCORES).read_bytes())
    monkeypatch.chdir(top)
    assert main(["merge-record", "base", "ours", "theirs", f"apps/{SCORES}"]) == 0
    assert main(["merge-record", "--install"]) == 0


def test_what_two_good_changes_lose_together_blocks(
    scored: GitRepo, ask: Ask, api: FakeAPI
) -> None:
    def rule(asked):
        said = str(asked.body)
        both = "route all" in said and "9" in str(asked.body.get("max_tokens", ""))
        return "other" if both else route(asked)

    api.answers(rule)
    branch(scored, "one", {"prompts/router.yaml": EDITED})
    branch(scored, "two", {"prompts/router.yaml": PROMPT.replace("max_tokens: 8", "max_tokens: 9")})
    assert merged(scored).is_merged
    assert ask("check", "--base", "main").code == 1
    assert ask("run").code == 1


def test_run_measures_what_was_merged(scored: GitRepo, ask: Ask) -> None:
    branch(scored, "one", {"prompts/router.yaml": EDITED})
    branch(scored, "two", {"prompts/router.yaml": PROMPT.replace("max_tokens: 8", "max_tokens: 9")})
    assert merged(scored).is_merged
    assert ask("run").code == 0
    text = (scored.path / SCORES).read_text()
    assert "unmeasured" not in text
    assert "passed: 6" in text


def test_a_merged_record_is_no_base(scored: GitRepo, ask: Ask, api: FakeAPI) -> None:
    api.answers(
        lambda asked: "other" if "charged" in asked and "worse" in str(asked.body) else route(asked)
    )
    branch(scored, "one", {"prompts/router.yaml": EDITED})
    branch(scored, "two", {"prompts/router.yaml": PROMPT.replace("max_tokens: 8", "max_tokens: 9")})
    assert merged(scored).is_merged
    scored.write({"prompts/router.yaml": EDITED.replace("support tickets.", "worse tickets.")})
    found = ask("run")
    assert (found.code, found.only["change"]["lost"]) == (1, ["card"])


def test_accepted_losses_of_both_sides_stay(scored: GitRepo, api: FakeAPI) -> None:
    wrong = {"charged twice": "reworded", "money back": "brief"}
    api.answers(lambda asked: "other" if any(text in asked for text in wrong) else route(asked))
    rows = [*ROWS, example("a", "I want my money back now", "billing")]
    branch(scored, "one", {"evals/router.jsonl": jsonl(rows)}, accepts="a")
    rows = [*ROWS, example("b", "My card was charged twice again", "billing")]
    branch(scored, "two", {"evals/router.jsonl": jsonl(rows)}, accepts="b")
    scored.git("checkout", "-q", "one")
    merging = [*ROWS, *(example(id_, f"{id_}?", "billing") for id_ in "ab")]
    scored.git("config", "user.name", "Ada")
    scored.git("merge", "-q", "--no-commit", "-X", "ours", "two")
    scored.write({"evals/router.jsonl": jsonl(merging)})
    record = parse((scored.path / SCORES).read_text(), SCORES, "router")["small"]
    assert [loss.id for loss in record.accepted] == ["a", "b"]
    assert fates(record)["a"] == fates(record)["b"] == "fail"


@pytest.mark.parametrize("driver", ["", "false"])
def test_a_conflict_loses_no_accepted_loss(
    scored: GitRepo, api: FakeAPI, capsys: pytest.CaptureFixture[str], driver: str
) -> None:
    """With marks of git's own merge in the record, or with ours alone where the driver failed."""
    api.answers(lambda asked: "other" if "again" in asked else route(asked))
    new = {"a": "My card was charged again", "b": "I want my money back again"}
    rows = [*ROWS, *(example(id_, said, "billing") for id_, said in new.items())]
    scored.write({"evals/router.jsonl": jsonl(rows)})
    main(["run"])
    scored.commit("both")
    branch(scored, "one", {"prompts/router.yaml": EDITED}, accepts="a")
    branch(
        scored, "two", {"evals/router.jsonl": jsonl([*rows, ROWS[0] | {"id": "c"}])}, accepts="b"
    )
    if driver:
        scored.git("config", "merge.promptci-record.driver", driver)
    else:
        scored.git("config", "--remove-section", "merge.promptci-record")
    scored.git("checkout", "-q", "one")
    with pytest.raises(AssertionError):
        scored.git("merge", "-q", "-m", "Merge", "two")
    assert ("<<<<" in (scored.path / SCORES).read_text()) is (not driver)
    capsys.readouterr()
    main(["run"])
    assert ("with the losses that either side accepted" in capsys.readouterr().err) is (not driver)
    record = parse((scored.path / SCORES).read_text(), SCORES, "router")["small"]
    assert [loss.id for loss in record.accepted] == ["a", "b"]
    assert record.total == len(rows) + 1


def test_a_driver_that_git_would_not_call_is_told(
    project: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "git merges score records with promptci in this clone"
    assert main(["merge-record", "--install"]) == 0
    lack = "once .gitattributes has the line `evals/**/*.scores.yaml merge=promptci-record`: add it"
    assert capsys.readouterr().out == f"{said}, {lack}\n"
    project.write({".gitattributes": "evals/**/*.scores.yaml merge=promptci-record\n"})
    assert main(["merge-record", "--install"]) == 0
    assert capsys.readouterr().out == f"{said}\n"


@pytest.mark.parametrize("arguments", [["a", "b"], ["--install", "a"], []])
def test_wrong_arguments_are_refused(project: GitRepo, arguments: list[str]) -> None:
    assert main(["merge-record", *arguments]) == 2


def test_a_damaged_record_stays_in_conflict(scored: GitRepo) -> None:
    branch(scored, "one", {"prompts/router.yaml": EDITED})
    text = (scored.path / SCORES).read_text()
    scored.git("checkout", "-q", "-b", "two", "main")
    scored.write({SCORES: text.replace("passed: 6", "passed: 5")})
    scored.commit("two")
    scored.git("checkout", "-q", "one")
    with pytest.raises(AssertionError):
        scored.git("merge", "-q", "-m", "Merge", "two")
    assert "UU" in scored.git("status", "--short", SCORES)

"""A record that was not made from its commit's files is no base: an earlier one is. Real git."""

import shutil
from collections.abc import Callable

import pytest

from commands.conftest import Answer
from fakes import FakeAPI
from gitrepo import GitRepo
from projects import PROMPT, REWORDED, before_and_after, config, route
from promptci.commands.main import main

WORSE = PROMPT.replace(*REWORDED)
SCORES = "evals/router.scores.yaml"
Ask = Callable[..., Answer]


def forgets_billing(asked):
    """A model that sends everything that was billing elsewhere."""
    found = route(asked)
    return "other" if found == "billing" else found


@pytest.fixture
def scored(project: GitRepo, api: FakeAPI, keep: Callable[..., None]) -> GitRepo:
    """The project with its record on main; the reworded prompt loses `card` and `refund`."""
    api.answers(before_and_after(route, forgets_billing))

    def make() -> None:
        assert main(["run"]) == 0
        project.commit("scores")

    keep(make)
    return project


def worsen(repo: GitRepo) -> str:
    """Commit a worse prompt without its record."""
    repo.write({"prompts/router.yaml": WORSE})
    return repo.commit("Reword")


def damaged(repo: GitRepo, old: str, new: str) -> None:
    text = (repo.path / SCORES).read_text()
    assert old in text
    repo.write({SCORES: text.replace(old, new, 1)})


def lost_by_run(ask: Ask) -> tuple[int, list[str], str]:
    """Exit code, lost ids and remarks of a plain run."""
    found = ask("run")
    return found.code, (found.only["change"] or {}).get("lost", []), found.stderr


def test_the_last_record_that_fits_is_found_before_a_move(
    scored: GitRepo, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = scored.git("rev-parse", "--short=7", "HEAD")
    scored.write({"prompts/router.yaml": WORSE})
    (scored.path / "app").mkdir()
    for name in ("promptci.yaml", "prompts", "evals"):
        scored.git("mv", name, f"app/{name}")
    scored.commit("Move and reword")
    monkeypatch.chdir(scored.path / "app")
    code, lost, said = lost_by_run(ask)
    assert (code, lost) == (1, ["card", "refund"])
    assert f"the last commit's record is stale: judged against {good}" in said


def test_a_run_is_compared_with_the_last_record_that_fits(scored: GitRepo, ask: Ask) -> None:
    good = scored.git("rev-parse", "--short=7", "HEAD")
    worsen(scored)
    assert main(["check", "--base", "HEAD~1"]) == 3
    code, lost, said = lost_by_run(ask)
    assert (code, lost) == (1, ["card", "refund"])
    assert f"the last commit's record is stale: judged against {good}" in said


def test_the_next_check_blocks_what_the_stale_record_hid(scored: GitRepo, ask: Ask) -> None:
    good = scored.git("rev-parse", "--short=7", "HEAD")
    worsen(scored)
    assert main(["run"]) == 1
    scored.commit("scores")
    found = ask("check", "--base", "HEAD~1")
    assert found.code == 1
    assert any(good in note and "stale" in note for note in found.document["notes"])


def test_the_way_back_goes_over_several_commits(scored: GitRepo, ask: Ask) -> None:
    worsen(scored)
    scored.write({"prompts/router.yaml": WORSE.replace("v1", "v2").replace("all", "all the")})
    scored.commit("Reword again")
    scored.write({"notes.txt": "nothing to do with it"})
    scored.commit("Note")
    scored.write({"prompts/router.yaml": WORSE})
    assert lost_by_run(ask)[:2] == (1, ["card", "refund"])


def test_a_damaged_record_does_not_make_an_eval_new(scored: GitRepo, ask: Ask) -> None:
    damaged(scored, "score: 1", "score: 0.5")
    worsen(scored)
    code, lost, said = lost_by_run(ask)
    assert (code, lost) == (1, ["card", "refund"])
    assert "is damaged (line " in said


def test_a_record_that_was_deleted_does_not_make_an_eval_new(scored: GitRepo, ask: Ask) -> None:
    scored.git("rm", "-q", SCORES)
    worsen(scored)
    code, lost, said = lost_by_run(ask)
    assert (code, lost) == (1, ["card", "refund"])
    assert "the last commit's record is missing" in said


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_merge_that_took_one_sides_record(scored: GitRepo, ask: Ask, whose: str) -> None:
    """Each branch is green by itself; together they lose two."""
    first, second = "v1: route", "support tickets"
    scored.git("checkout", "-q", "-b", "two")
    scored.write({"prompts/router.yaml": PROMPT.replace("version: v1\n", "version: v1\n# two\n")})
    scored.write({"prompts/router.yaml": PROMPT.replace("tickets.", "tickets!")})
    assert main(["run"]) == 0
    scored.commit("Two")
    scored.git("checkout", "-q", "main")
    scored.write({"prompts/router.yaml": PROMPT.replace("max_tokens: 8", "max_tokens: 9")})
    assert main(["run"]) == 0
    scored.commit("One")
    scored.git("merge", "-q", "--no-commit", "-X", whose, "two")
    scored.write({"prompts/router.yaml": WORSE.replace("tickets.", "tickets!")})
    scored.commit("Merge")
    assert first != second
    assert lost_by_run(ask)[:2] == (1, ["card", "refund"])
    scored.commit("scores")
    assert main(["check", "--base", "HEAD~1"]) == 1


def test_a_base_that_fits_is_taken_as_it_is(scored: GitRepo, ask: Ask) -> None:
    scored.write({"prompts/router.yaml": WORSE})
    code, lost, said = lost_by_run(ask)
    assert (code, lost) == (1, ["card", "refund"])
    assert "judged against" not in said


@pytest.mark.parametrize("is_worse", [True, False])
def test_a_swap_of_the_default_model_is_judged_alike(
    scored: GitRepo, api: FakeAPI, ask: Ask, is_worse: bool
) -> None:
    """`run` compares the new model with the old one's record, as `check` does."""
    api.answers(
        lambda asked: (forgets_billing if is_worse and "large" in str(asked.body) else route)(asked)
    )
    swapped = config(api.url).replace("{model: small}", "{model: large}")
    scored.write({"promptci.yaml": swapped})
    code, lost, _ = lost_by_run(ask)
    assert (code, lost) == ((1, ["card", "refund"]) if is_worse else (0, []))
    scored.commit("Swap")
    assert ask("check", "--base", "HEAD~1").code == code
    assert main(["diff", "HEAD~1", "--exit-code"]) == code
    assert main(["compare", "HEAD~1", "HEAD"]) == code


def test_a_tightened_scorer_shows_both_numbers(
    scored: GitRepo, ask: Ask, api: FakeAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers(lambda asked: route(asked).title() if "charged" in asked else route(asked))
    eased = "examples: router.jsonl\nscorers:\n  - equals: {ignore_case: true}\n"
    scored.write({"evals/router.yaml": eased})
    assert main(["run", "--refresh"]) == 0
    scored.commit("Ease")
    scored.write({"evals/router.yaml": eased.replace(": {ignore_case: true}", "")})
    capsys.readouterr()
    assert main(["run"]) == 0  # the last commit's answers do no better by these scorers
    said = "the scorers changed: record 100.0%, by the new ones 83.3%, now 83.3%"
    assert said in " ".join(capsys.readouterr().err.split())
    scored.commit("Tighten")
    notes = ask("check", "--base", "HEAD~1").document["notes"]
    assert any("the record says 100.0%, now 83.3%" in n for n in notes)
    assert (
        "router on small: the record says 100.0%, now 83.3%"
        in ask("check", "--base", "HEAD~1").document["sentence"]
    )


@pytest.mark.parametrize("is_stored", [True, False])
def test_other_scorers_do_not_hide_what_another_prompt_loses(
    scored: GitRepo, ask: Ask, is_stored: bool
) -> None:
    scored.write(
        {
            "prompts/router.yaml": PROMPT.replace(*REWORDED),
            "evals/router.yaml": "examples: router.jsonl\nscorers: [equals: {strip: true}]\n",
        }
    )
    if not is_stored:
        shutil.rmtree(scored.path / ".promptci")
    answer = ask("run")
    lost = ["card", "refund"] if is_stored else []
    assert (answer.code, answer.only["change"]["lost"]) == (1 if is_stored else 3, lost)
    label = "the label `v1` named another text: give this one its own"
    assert f"prompt `router`: {label}" in answer.stderr

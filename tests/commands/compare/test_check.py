"""`promptci check` as continuous integration runs it: real git, a model on loopback, no secrets."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from commands.conftest import begin, files
from fakes import FakeAPI, Reply
from gitrepo import GitRepo
from projects import (
    EVAL,
    PROMPT,
    REWORDED,
    TICKETS,
    before_and_after,
    config,
    example,
    jsonl,
    route,
    router,
)
from promptci.commands.main import main
from promptci.secrets.safetext import for_markdown

TRUSTING = ("--frozen", "--trust-records")
PROMPT_FILE = "prompts/router.yaml"
EVAL_FILE = "evals/router.yaml"
ROWS_FILE = "evals/router.jsonl"
RECORD = "evals/router.scores.yaml"
COUNT = len(TICKETS)
EDITED = {PROMPT_FILE: PROMPT.replace(*REWORDED)}


def worse(asked):
    """A model that sends parcels to billing."""
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def scored(repo: GitRepo, api: FakeAPI, keep) -> GitRepo:
    """The project with its records on `main`, on the branch `pull`."""

    def make() -> None:
        record(begin(repo, api), "scores")
        repo.git("checkout", "-q", "-b", "pull")

    api.answers(route)
    keep(make)
    return repo


def record(repo: GitRepo, message: str) -> str:
    """Run and commit what came of it, whatever the gate says."""
    assert main(["run"]) in (0, 1)
    return repo.commit(message)


def propose(repo: GitRepo, api: FakeAPI, changes, *, then=route, before=route) -> None:
    """Commit an edit with its scores; `then` is how the model answers the reworded prompt."""
    api.answers(before_and_after(before, then))
    repo.write(changes)
    record(repo, "edit")


def calls(api: FakeAPI, run):
    """What a command gave, and how many requests it took."""
    before = api.count
    return run(), api.count - before


def forget(repo: GitRepo) -> None:
    """Lose all answers, like a machine that has never seen this repository."""
    for path in filter(Path.is_file, (repo.path / ".promptci").glob("cache.sqlite*")):
        path.unlink()


def test_a_change_of_nothing_reuses_everything(scored, api, ask):
    scored.write({"README.md": "# Router\n"})
    scored.commit("readme")
    answer, asked = calls(api, lambda: ask("check"))
    assert (answer.code, asked) == (0, 0)
    assert answer.document["reused"] == [{"eval": "router", "model": "small"}]
    assert answer.document["base"]["commit"] == scored.git("rev-parse", "main")
    assert answer.document["base"]["why"] == "the merge base of HEAD and main"


def test_a_dry_run_says_why_nothing_would_be_asked(scored, api, ask):
    scored.git("checkout", "-q", "-b", "topic")
    scored.write({PROMPT_FILE: PROMPT.replace("You route", "Please route")})
    answer = ask("check", "--dry-run")
    assert (answer.code, answer.document["evals"]) == (0, [])
    assert "not judged: evals/router.scores.yaml: the record" in answer.stderr
    assert "run `promptci run router`" in answer.stderr


def test_a_strangers_broken_prompt_yml_is_told_and_left_out(scored, ask):
    scored.write({"docs/draft.prompt.yml": "messages: [\n", "README.md": "x\n"})
    scored.commit("Add a draft")
    answer = ask("check", "--base", "main")
    assert answer.code == 0
    assert any("left out: docs/draft.prompt.yml:" in note for note in answer.document["notes"])


def test_a_change_that_harms_nothing_passes(scored, api, ask):
    propose(scored, api, EDITED)
    answer = ask("check")
    assert answer.code == 0, answer.document
    assert answer.only["cells"]["both"] == COUNT


def test_a_model_that_falls_silent_got_worse(scored, api, ask):
    propose(scored, api, EDITED, then=lambda asked: "")
    answer = ask("check")
    assert answer.code == 1
    assert len(answer.only["examples"]["lost"]) == COUNT


def test_a_change_that_loses_an_example_does_not(scored, api, ask):
    propose(scored, api, EDITED, then=worse)
    answer = ask("check")
    assert answer.code == 1
    assert answer.only["examples"]["lost"] == ["parcel"]
    assert "promptci accept router parcel" in answer.document["accept"][0]


def test_an_accepted_loss_passes(scored, api, ask):
    propose(scored, api, EDITED, then=worse)
    assert main(["accept", "router", "parcel", "-m", "parcels are paid for"]) == 0
    scored.commit("accept")
    assert ask("check").code == 0


def test_an_accepted_loss_is_told_as_such_by_a_run(scored, api, capsys):
    api.answers(before_and_after(route, worse))
    scored.write(EDITED)
    assert main(["run"]) == 1
    assert "lost: router / parcel on small" in capsys.readouterr().out
    assert main(["accept", "router", "parcel", "-m", "parcels are paid for"]) == 0
    assert main(["run"]) == 0
    assert "lost, accepted: router / parcel on small" in capsys.readouterr().out


def test_a_machine_without_the_cache_asks_for_the_head_alone(scored, api, ask):
    propose(scored, api, EDITED)
    forget(scored)
    answer, asked = calls(api, lambda: ask("check"))
    assert (answer.code, asked) == (0, COUNT)  # the base's record is used for the base


def test_nothing_is_written_into_the_tree(scored, api, ask):
    propose(scored, api, EDITED, then=worse)
    before = files(scored)
    ask("check")
    assert files(scored) == before
    assert scored.git("status", "--porcelain") == ""


# Which base


def test_the_test_merge_is_compared_with_its_first_parent(scored, api, ask, monkeypatch):
    propose(scored, api, EDITED)
    scored.git("checkout", "-q", "main")
    scored.write({"README.md": "# Router\n"})
    target = scored.commit("readme")
    scored.git("checkout", "-q", "--detach", "main")
    scored.git("merge", "-q", "--no-ff", "--no-edit", "pull")
    monkeypatch.setenv("GITHUB_REF", "refs/pull/1/merge")
    monkeypatch.setenv("GITHUB_SHA", scored.git("rev-parse", "HEAD"))
    answer = ask("check")
    assert (answer.code, answer.document["base"]["commit"]) == (0, target)


def test_a_branch_that_the_clone_lacks_is_to_be_fetched(scored, ask, tmp_path, monkeypatch):
    found = ask("check", "--base", "origin/main")
    assert (found.code, found.document["error"]) == (
        3,
        "there is no commit `origin/main` in this repository: "
        "there is no remote `origin`, give `--base main`",
    )
    clone = tmp_path / "clone"
    scored.git("clone", "-q", "--single-branch", "--branch", "pull", str(scored.path), str(clone))
    monkeypatch.chdir(clone)
    cure = "git fetch origin main:refs/remotes/origin/main"
    scored.git("-C", str(clone), "remote", "set-head", "origin", "--delete")
    for base in (["--base", "origin/main"], []):
        found = ask("check", *base)
        assert (found.code, found.document["error"].endswith(f"by `{cure}`")) == (3, True)
    scored.git("-C", str(clone), *cure.split()[1:])
    assert ask("check", "--base", "origin/main").code != 3


def test_it_checks_a_worktree(scored, api, ask, monkeypatch):
    propose(scored, api, EDITED)
    other = scored.path.parent / "other tree"
    scored.git("worktree", "add", "-q", "--detach", str(other), "pull")
    monkeypatch.chdir(other)
    answer = ask("check")
    assert (answer.code, answer.document["base"]["why"]) == (0, "the merge base of HEAD and main")


def test_without_a_commit_there_is_nothing_to_check(repo, api, ask):
    repo.write(router(api.url))
    answer = ask("check")
    assert answer.code == 3
    assert "no commit yet" in answer.document["error"]


def test_a_shallow_clone_gets_no_verdict_but_a_cure(scored, ask, monkeypatch):
    clone = scored.path.parent / "clone"
    scored.git("clone", "-q", "--depth", "1", scored.path.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(clone / "summary.md"))
    comment = clone / "comment.md"
    comment.write_text("<!-- promptci check -->\n<!-- verdict: passed -->\n\n**fine**\n")
    answer = ask("check", "--report", f"markdown={comment}")
    assert answer.code == 3
    assert "`fetch-depth: 0`" in answer.document["error"]
    said = f"**Nothing was judged.**\n\n{for_markdown(answer.document['error'], 3_000)}\n"
    head = "<!-- promptci check -->\n<!-- verdict: no-verdict -->\n\n"
    assert comment.read_text("utf-8") == head + said
    assert (clone / "summary.md").read_text("utf-8") == said


def test_an_unknown_base_is_refused(scored, ask):
    answer = ask("check", "--base", "nowhere", "--report", "markdown=none/comment.md")
    assert answer.code == 2
    assert "`nowhere`" in answer.document["error"]


def test_a_base_with_broken_files_gets_no_verdict(scored, ask):
    scored.git("checkout", "-q", "main")
    scored.write({EVAL_FILE: "scorers: [nonesuch]\n"})
    scored.commit("break it")
    scored.git("checkout", "-q", "-B", "pull")
    scored.write({EVAL_FILE: EVAL})
    scored.commit("fix it")
    answer = ask("check")
    assert answer.code == 3
    assert "the files of the base" in answer.document["error"]


def test_a_repository_of_sha_256(new_repo, api, ask, monkeypatch):
    repo = new_repo("wide", "--object-format=sha256")
    monkeypatch.chdir(repo.path)
    api.answers(route)
    repo.write(router(api.url))
    base = record(repo, "scores")
    repo.git("checkout", "-q", "-b", "pull")
    propose(repo, api, EDITED, then=worse)
    answer = ask("check")
    assert (answer.code, answer.document["base"]["commit"]) == (1, base)


def test_a_project_in_a_folder_of_the_repository(repo, api, ask, monkeypatch):
    repo.write({f"bots/{name}": text for name, text in router(api.url).items()})
    api.answers(route)
    monkeypatch.chdir(repo.path / "bots")
    record(repo, "scores")
    repo.git("checkout", "-q", "-b", "pull")
    api.answers(before_and_after(route, worse))
    repo.write({f"bots/{PROMPT_FILE}": EDITED[PROMPT_FILE]})
    record(repo, "edit")
    assert ask("check", "--report", "markdown=c.md").only["examples"]["lost"] == ["parcel"]
    comment = (repo.path / "bots/c.md").read_text()
    assert comment.startswith("<!-- promptci check: bots -->\n")
    assert "In `bots`, compared with" in comment
    assert "promptci -C bots accept router parcel -m WHY" in comment
    repo.write({f"bots/{PROMPT_FILE}": PROMPT})
    assert ask("check", "--staged").only["examples"]["lost"] == ["parcel"]


# What changed


def test_names_with_spaces_and_accents(scored, api, ask):
    name = "größe/zwei wörter"
    scored.git("checkout", "-q", "main")
    scored.write(
        {
            f"prompts/{name}.yaml": PROMPT,
            f"evals/{name}.yaml": "examples: [{id: é, vars: {ticket: Hello}, expected: other}]\n"
            "scorers: [equals]\n",
        }
    )
    record(scored, "more")
    scored.git("checkout", "-q", "-B", "pull")
    propose(
        scored, api, {f"prompts/{name}.yaml": PROMPT.replace(*REWORDED)}, then=lambda _: "billing"
    )
    answer = ask("check")
    assert answer.code == 1
    assert (answer.only["eval"], answer.only["examples"]["lost"]) == (name, ["é"])


def test_a_rename_alone_needs_no_new_record(scored, api, ask):
    for old in (PROMPT_FILE, EVAL_FILE, RECORD):
        scored.git("mv", old, old.replace("/router.", "/desk."))
    scored.commit("rename")
    answer, asked = calls(api, lambda: ask("check"))
    assert (answer.code, asked) == (0, 0)
    assert answer.document["reused"] == [{"eval": "desk", "model": "small"}]
    assert answer.document["renamed"] == [{"eval": "desk", "was": "router"}]


def test_a_removed_eval_is_noted(scored, api, ask):
    propose(scored, api, {"evals/other.yaml": f"prompt: router\n{EVAL}"})
    scored.git("checkout", "-q", "-b", "next")
    scored.git("rm", "-q", EVAL_FILE, RECORD)
    scored.commit("remove")
    answer = ask("check", "--base", "pull")
    assert (answer.code, answer.document["removed"]) == (0, ["router"])


@pytest.mark.parametrize("frozen", [(), TRUSTING], ids=["asked", "frozen"])
@pytest.mark.parametrize(
    ("gate", "code"),
    [("min_score: 0.5", 0), ("min_score: 0.9", 1), ("must_pass: [n0]", 0), ("must_pass: [n1]", 1)],
)
def test_a_new_eval_is_judged_by_its_floors(scored, api, ask, gate, code, frozen):
    rows = "".join(
        f"  - {{id: n{i}, vars: {{ticket: Hello}}, expected: {said}}}\n"
        for i, said in enumerate(("other", "billing"))
    )
    new = f"prompt: router\nexamples:\n{rows}scorers: [equals]\ngate: {{{gate}}}\n"
    propose(scored, api, {"evals/new.yaml": new})
    answer = ask("check", *frozen)
    assert answer.code == code, answer.document
    assert [each["eval"] for each in answer.document["new"]] == ["new"]


def test_a_changed_golden_set_is_asked_of_both_sides(scored, api, ask):
    rows = [example(id_, ticket, queue, tags=[queue]) for id_, ticket, queue in TICKETS]
    more = example("invoice", "My invoice is wrong, said my card", "billing")
    propose(scored, api, {**EDITED, ROWS_FILE: jsonl([*rows, more])}, then=lambda _: "nowhere")
    forget(scored)
    answer, asked = calls(api, lambda: ask("check", "--confirm", "0"))
    assert answer.code == 1
    assert asked == 2 * (COUNT + 1)
    assert answer.only["n"] == COUNT + 1


def test_a_changed_scorer_scores_both_sides_from_what_is_stored(scored, api, ask):
    propose(scored, api, {EVAL_FILE: EVAL.replace("equals", "contains")})
    answer, asked = calls(api, lambda: ask("check"))
    assert (answer.code, asked) == (0, 0)
    assert answer.only["verdict"] != "not comparable"


def test_no_evals_are_no_verdict(repo, ask):
    repo.write({"README.md": "# Nothing\n"})
    repo.commit("nothing")
    assert ask("check").code == 5


def test_an_added_model_is_judged_by_its_floors_beside_the_known_one(scored, api, ask):
    propose(scored, api, {EVAL_FILE: f"{EVAL}models: [small, large]\n"})
    answer = ask("check")
    assert answer.code == 0
    assert [each["model"] for each in answer.document["new"]] == ["large"]
    assert answer.document["reused"] == [{"eval": "router", "model": "small"}]


def test_a_model_swapped_for_another_is_compared_with_it(scored, api, ask):
    api.answers(lambda asked: (worse if asked.body["model"] == "large-1" else route)(asked))
    scored.write({PROMPT_FILE: f"model: large\n{PROMPT}"})
    record(scored, "swap")
    answer = ask("check")
    assert answer.code == 1
    assert answer.only["examples"]["lost"] == ["parcel"]


def test_a_variable_that_the_base_needs_and_the_golden_set_lacks_is_no_verdict(scored, api, ask):
    rows = jsonl({"id": i, "vars": {"text": t}, "expected": q} for i, t, q in TICKETS)
    propose(scored, api, {PROMPT_FILE: PROMPT.replace("ticket }}", "text }}"), ROWS_FILE: rows})
    answer = ask("check")
    assert answer.code == 3
    assert any("not comparable" in note for note in answer.document["notes"])


# What a change may not decide for itself


def test_a_change_cannot_send_the_questions_elsewhere(scored, api, ask):
    with FakeAPI() as other:
        scored.write({"promptci.yaml": config(other.url), **EDITED})
        scored.commit("elsewhere")
        answer = ask("check")
        assert other.count == 0
    assert answer.code == 3  # its scores are not those of the endpoint that is trusted
    assert any("`lab` differs from the base" in note for note in answer.document["notes"])


def test_the_base_s_endpoint_is_asked_in_place_of_the_change_s(scored, api, ask):
    propose(scored, api, EDITED)
    forget(scored)
    with FakeAPI() as other:
        scored.write({"promptci.yaml": config(other.url)})
        scored.commit("elsewhere")
        answer, asked = calls(api, lambda: ask("check"))
        assert (other.count, asked) == (0, COUNT)
    assert answer.code == 0
    assert any("`lab` differs from the base" in note for note in answer.document["notes"])


def test_a_new_endpoint_is_not_asked(scored, ask):
    with FakeAPI() as other:
        new = config(f"{other.url}").replace("lab", "new")
        scored.write({"promptci.yaml": new})
        scored.commit("new")
        answer = ask("check")
        assert other.count == 0
    assert answer.code == 3
    assert "does not know the endpoint `new`" in answer.document["sentence"]


def test_the_change_that_begins_with_promptci_is_told_to_go_ahead_of_its_evals(repo, api, ask):
    repo.write({"README.md": "# Router\n"})
    repo.commit("first")
    repo.git("checkout", "-q", "-b", "pull")
    api.answers(route)
    repo.write(router(api.url))
    record(repo, "scores")
    answer, asked = calls(api, lambda: ask("check"))
    assert (answer.code, asked) == (3, 0)
    assert "merge promptci.yaml first" in answer.document["sentence"]


def test_a_change_cannot_ease_its_gate(scored, api, ask):
    eased = {EVAL_FILE: f"{EVAL}gate: {{tolerance: 1}}\n"}
    propose(scored, api, {**EDITED, **eased}, then=worse)
    answer = ask("check")
    assert answer.code == 1
    assert any("the base's was applied" in note for note in answer.document["notes"])


# Committed records


def stale(answer, code=3):
    """The one stale record; it names the file and the command that fixes it."""
    [found] = answer.document["stale"]
    assert (answer.code, found["path"]) == (code, RECORD)
    assert "`promptci run router`" in found["cure"]
    return found["why"]


def test_a_missing_record_is_stale(scored, api, ask):
    scored.git("rm", "-q", RECORD)
    scored.commit("forget")
    answer, asked = calls(api, lambda: ask("check"))
    assert ("no record for small" in stale(answer), asked) == (True, 0)


@pytest.mark.parametrize(("then", "code"), [(route, 3), (worse, 1)])
def test_an_old_stale_record_keeps_no_other_eval_from_being_judged(scored, api, ask, then, code):
    scored.git("checkout", "-q", "main")
    scored.write({"evals/other.yaml": EVAL + "prompt: router\n"})
    scored.commit("an eval without its record")
    scored.git("checkout", "-q", "-B", "pull")
    propose(scored, api, EDITED, then=then)
    scored.git("rm", "-q", "-f", "evals/other.scores.yaml")
    scored.commit("no record of the other")
    found = ask("check")
    assert found.code == code, "what is certainly lost is 1, and what is unknown never 0"
    assert [each["eval"] for each in found.document["evals"]] == ["router"]
    said = "`other` was not judged, it lacks a score record: run `promptci run other`"
    assert said in found.document["sentence"]


def test_a_record_from_before_the_edit_is_stale(scored, api, ask):
    scored.write(EDITED)
    scored.commit("edit")
    answer, asked = calls(api, lambda: ask("check"))
    assert ("before the last change" in stale(answer), asked) == (True, 0)


def test_a_record_with_conflict_markers_is_stale(scored, ask):
    text = (scored.path / RECORD).read_text()
    scored.write({RECORD: f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"})
    scored.commit("conflict")
    assert "conflict" in stale(ask("check"))


def test_a_record_whose_figures_do_not_add_up_is_stale(scored, api, ask):
    propose(scored, api, EDITED, then=worse)
    text = (scored.path / RECORD).read_text()
    scored.write({RECORD: text.replace("{is: fail, score: 0", "{is: pass, score: 1")})
    scored.commit("polish")
    stale(ask("check"))


def test_a_record_that_adds_up_but_was_not_run_is_stale(scored, api, ask):
    """Scores of another model's answers, under this one's fingerprint."""
    propose(scored, api, EDITED)
    forget(scored)
    api.answers(before_and_after(route, worse))
    assert "`parcel`" in stale(ask("check"), code=1)  # and it is lost


def test_a_verdict_that_comes_back_is_flaky_and_not_stale(scored, api, ask):
    propose(scored, api, EDITED)
    forget(scored)
    odd = iter(["billing"])

    def once(asked):
        return next(odd, "shipping") if "parcel" in asked else route(asked)

    api.answers(before_and_after(route, once))
    answer = ask("check")
    assert answer.document["stale"] == []
    assert answer.document["flaky"] == [{"eval": "router", "model": "small", "example": "parcel"}]
    assert answer.code == 0


def test_scores_of_other_answers_are_no_record_though_nothing_else_changed(scored, api, ask):
    api.answers(worse)
    main(["run", "--refresh"])
    scored.commit("unlucky")
    forget(scored)
    api.answers(route)
    assert "`parcel`" in stale(ask("check"))


def test_a_record_of_a_later_format_is_not_to_be_overwritten(scored, ask):
    text = (scored.path / RECORD).read_text()
    scored.write({RECORD: text.replace("format: 2", "format: 4")})
    scored.commit("from the future")
    answer = ask("check")
    assert (answer.code, answer.document["stale"][0]["path"]) == (3, RECORD)
    assert answer.document["stale"][0]["cure"] == "upgrade promptci"


# Frozen and staged


def locked(url: str) -> str:
    """The configuration with a key that is not set."""
    return config(url).replace(f"base_url: {url}", f"base_url: {url}, key_env: LAB_KEY")


@pytest.mark.parametrize(("then", "code"), [(route, 0), (worse, 1)])
def test_frozen_asks_no_model_and_needs_no_key(project, api, ask, monkeypatch, then, code):
    monkeypatch.setenv("LAB_KEY", "secret-key-of-the-lab")
    project.write({"promptci.yaml": locked(api.url)})
    record(project, "scores")
    project.git("checkout", "-q", "-b", "pull")
    propose(project, api, EDITED, then=then)
    forget(project)
    monkeypatch.delenv("LAB_KEY")
    answer, asked = calls(api, lambda: ask("check", *TRUSTING))
    assert (answer.code, asked) == (code, 0)
    assert any("nothing was asked" in note for note in answer.document["notes"])


def test_without_a_key_stored_answers_confirm_a_loss(project, api, ask, monkeypatch):
    monkeypatch.setenv("LAB_KEY", "secret-key-of-the-lab")
    project.write({"promptci.yaml": locked(api.url)})
    record(project, "scores")
    project.git("checkout", "-q", "-b", "pull")
    propose(project, api, EDITED, then=worse)
    assert ask("check").code == 1
    monkeypatch.delenv("LAB_KEY")
    answer, asked = calls(api, lambda: ask("check"))
    assert (answer.code, asked) == (1, 0)


@pytest.mark.parametrize(("then", "code"), [(route, 3), (lambda ticket: "other", 1)])
def test_frozen_never_passes_a_change_by_its_author_s_word(project, api, ask, then, code):
    record(project, "base")
    project.git("checkout", "-q", "-b", "pull")
    propose(project, api, EDITED, then=then)
    answer = ask("check", "--frozen", "--base", "main")
    assert answer.code == code
    assert answer.document["claimed"] == [{"eval": "router", "model": "small"}]
    assert answer.document["sentence"].startswith("Nothing was asked: 1 changed eval rests on the")


def test_frozen_has_no_verdict_without_the_base_s_record(project, api, ask):
    project.git("checkout", "-q", "-b", "pull")
    propose(project, api, EDITED)
    answer = ask("check", "--frozen")
    assert answer.code == 3
    assert answer.document["unknown"] == [{"eval": "router", "model": "small"}]


def test_staged_files_are_checked_and_not_those_beside_them(scored, api, ask):
    api.answers(before_and_after(route, worse))
    scored.write(EDITED)
    main(["run"])
    scored.git("add", "--all")
    scored.write({PROMPT_FILE: PROMPT})
    answer = ask("check", "--staged")
    assert answer.code == 1
    assert answer.only["examples"]["lost"] == ["parcel"]


def test_half_staged_edits_are_named_with_a_stale_record(scored, api, ask, capsys):
    scored.write(EDITED)
    scored.git("add", "--all")
    scored.write({PROMPT_FILE: PROMPT + "# not staged\n"})
    for _ in range(2):  # a run records the working tree, so running once more repairs nothing
        assert main(["check", "--staged"]) == 3
        said = " ".join(capsys.readouterr().out.split())
        assert f"not all of `{PROMPT_FILE}` is staged, so stage or put aside its edits" in said
        main(["run"])
        capsys.readouterr()
    scored.git("add", "--all")
    assert main(["check", "--staged"]) == 0


def test_broken_files_that_are_not_staged_do_not_matter(scored, api, ask):
    propose(scored, api, EDITED)
    forget(scored)
    scored.write({PROMPT_FILE: "messages: [\n"})
    assert ask("check", "--staged").code == 0
    assert ask("check").code == 2


# Trouble on the way


def test_a_provider_that_fails_gives_no_verdict(scored, api, ask):
    propose(scored, api, EDITED)
    forget(scored)
    api.answers(lambda _: Reply(400, body={"error": {"message": "no"}}))
    assert ask("check").code == 3


def test_a_ceiling_is_kept(scored, api, ask):
    propose(scored, api, EDITED)
    forget(scored)
    answer, asked = calls(api, lambda: ask("check", "--max-requests", "2"))
    assert answer.code == 4
    assert asked <= 2


# Reports


def test_the_reports_that_were_asked_for(scored, api, capsys, tmp_path):
    propose(scored, api, EDITED, then=worse)
    markdown, junit = tmp_path / "a report.md", tmp_path / "junit.xml"
    capsys.readouterr()
    assert main(["check", "--markdown", str(markdown), "--junit", str(junit)]) == 1
    shown = capsys.readouterr()
    assert "1 of 1 eval lost more than its gate allows (`router`)." in shown.out
    assert "parcel" in markdown.read_text("utf-8")
    suites = ElementTree.parse(junit).getroot()
    failed = [
        case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None
    ]
    assert "parcel" in failed
    assert "::" not in shown.err


def test_github_gets_a_summary_and_annotations(scored, api, capsys, monkeypatch, tmp_path):
    propose(scored, api, EDITED, then=worse)
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    capsys.readouterr()
    assert main(["check", "--json"]) == 1
    shown = capsys.readouterr()
    assert summary.read_text("utf-8").startswith("# Before\n")
    assert "1 of 1 eval lost more than its gate allows (`router`)." in summary.read_text("utf-8")
    assert f"::error file={PROMPT_FILE}" in shown.err


def test_github_hears_of_faulty_files_on_their_lines(scored, capsys, monkeypatch, tmp_path):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    scored.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [equalz]\n"})
    where = "::error file=evals/router.yaml,line=2,title=promptci lint::there is no scorer"
    assert main(["check", "--base", "HEAD"]) == 2
    assert where in capsys.readouterr().err
    assert "- `evals/router.yaml:2`: there is no scorer" in summary.read_text("utf-8")
    assert main(["lint"]) == 2
    assert where in capsys.readouterr().err


def test_github_is_told_paths_from_the_top_of_the_repository(scored, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (scored.path / "svc").mkdir()
    for name in ("prompts", "evals", "promptci.yaml"):
        scored.git("mv", name, f"svc/{name}")
    scored.commit("Move")
    scored.write({f"svc/{path}": text for path, text in EDITED.items()})
    capsys.readouterr()
    assert main(["-C", "svc", "check", "--base", "HEAD"]) == 3
    assert "::error file=svc/evals/router.scores.yaml,line=1," in capsys.readouterr().err


def test_reports_are_written_by_kind(scored, api, tmp_path, monkeypatch):
    propose(scored, api, EDITED, then=worse)
    outputs = tmp_path / "outputs"
    outputs.write_text("mine=1\n")
    names = ("json", "ctrf", "csv", "junit", "markdown", "dotenv")
    files = {name: tmp_path / "reports" / name for name in names} | {"github-output": outputs}
    options = [part for name, file in files.items() for part in ("--report", f"{name}={file}")]
    assert main(["check", *options]) == 1
    lines = outputs.read_text().splitlines()
    assert lines[:3] == ["mine=1", "verdict=failed", "exit_code=1"]
    assert "PROMPTCI_LOST=1\n" in files["dotenv"].read_text()
    assert '"reportFormat": "CTRF"' in files["ctrf"].read_text()
    assert '"parcel","failure","lost","1","0"' in files["csv"].read_text()
    assert ElementTree.parse(files["junit"]).getroot().get("failures") == "2"


def test_a_report_of_another_command_is_refused_first(scored, api, capsys):
    before = api.count
    assert main(["check", "--report", "sarif=x"]) == 2
    assert "`lint` writes it" in capsys.readouterr().err
    assert main(["lint", "--report", "junit=x"]) == 2
    assert api.count == before


def test_two_reports_do_not_share_a_file(scored, capsys):
    assert main(["check", "--report", "junit=a", "--report", "csv=a"]) == 2
    assert "named twice" in capsys.readouterr().err

"""Renames are followed: a loss in the same change is one, and the base's gate holds. Real git."""

import pytest

from commands.conftest import begin
from gitrepo import GitRepo
from projects import (
    EVAL,
    PROMPT,
    REWORDED,
    TICKETS,
    before_and_after,
    example,
    jsonl,
    route,
)
from promptci.commands.main import main

FILES = ("prompts/{}.yaml", "evals/{}.yaml", "evals/{}.scores.yaml")
EDITED = PROMPT.replace(*REWORDED)
PROMPT_YML = """\
model: lab/tiny
messages:
  - {{role: system, content: You route {} tickets.}}
  - {{role: user, content: "{{{{input}}}}"}}
testData:
  - {{input: My card was charged twice, expected: billing}}
  - {{input: Where is my parcel?, expected: shipping}}
  - {{input: I cannot log in, expected: account}}
evaluators:
  - {{name: exact, string: {{equals: "{{{{expected}}}}"}}}}
"""


def worse(asked):
    """A model that sends parcels to billing."""
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def scored(repo: GitRepo, api, keep) -> GitRepo:
    """The project with its records on `main`, on the branch `pull`."""

    def make() -> None:
        branched(begin(repo, api))

    api.answers(route)
    keep(make)
    return repo


def branched(repo: GitRepo) -> GitRepo:
    """Record everything on `main` and go to the branch `pull`."""
    assert main(["run"]) in (0, 1)
    repo.commit("scores")
    repo.git("checkout", "-q", "-b", "pull")
    return repo


def rename(repo: GitRepo, old: str, new: str) -> None:
    """Move a prompt, its eval and its record."""
    for path in FILES:
        if (repo.path / path.format(old)).exists():
            (repo.path / path.format(new)).parent.mkdir(parents=True, exist_ok=True)
            repo.git("mv", path.format(old), path.format(new))


def rerun(repo: GitRepo, api, then=worse) -> None:
    """Run with a model that answers the reworded prompt like `then`, and commit the records."""
    api.answers(before_and_after(route, then))
    assert main(["run", "--confirm", "0"]) in (0, 1, 3)
    repo.commit("rename")


def test_a_loss_in_a_renamed_eval_blocks(scored, api, ask, capsys):
    rename(scored, "router", "desk")
    scored.write({"prompts/desk.yaml": EDITED})
    rerun(scored, api)
    answer = ask("check")
    assert (answer.code, answer.document["removed"], answer.document["new"]) == (1, [], [])
    assert (answer.only["eval"], answer.only["was"]) == ("desk", "router")
    assert answer.only["examples"]["lost"] == ["parcel"]
    assert answer.document["renamed"] == [{"eval": "desk", "was": "router"}]
    assert main(["check"]) == 1
    assert "desk (was router)" in capsys.readouterr().out


def test_without_a_commit_between_a_run_sees_the_loss_too(scored, api, ask, capsys):
    rename(scored, "router", "desk")
    scored.write({"prompts/desk.yaml": EDITED})
    api.answers(before_and_after(route, worse))
    answer = ask("run")
    assert answer.code == 1
    assert (answer.only["was"], answer.only["change"]["lost"]) == ("router", ["parcel"])
    assert "desk (was router) on small: lost 1" in answer.only["failures"][0]
    assert main(["run"]) == 1
    assert "desk (was router)" in capsys.readouterr().out


@pytest.mark.parametrize("frozen", [(), ("--frozen",)], ids=["asked", "frozen"])
def test_the_base_s_gate_is_the_old_name_s(project, api, ask, frozen):
    strict = f"{EVAL}gate: {{tolerance: 0.5, must_pass: [parcel]}}\n"
    project.write({"evals/router.yaml": strict})
    scored = branched(project)
    rename(scored, "router", "desk")
    scored.write({"prompts/desk.yaml": EDITED, "evals/desk.yaml": f"{EVAL}gate: {{tolerance: 1}}"})
    rerun(scored, api)
    answer = ask("check", *frozen)
    assert answer.code == 1
    assert [block["rule"] for block in answer.only["blocks"]] == ["must_pass"]
    assert any("desk: its gate differs" in note for note in answer.document["notes"])


def test_a_renamed_eval_whose_examples_were_edited_too(scored, api, ask):
    rows = [example(id_, ticket, queue, tags=[queue]) for id_, ticket, queue in TICKETS]
    rows[0] = example("card", "My card was charged three times", "billing")
    rename(scored, "router", "desk")
    scored.git("mv", "evals/router.jsonl", "evals/desk.jsonl")
    scored.write(
        {
            "prompts/desk.yaml": EDITED,
            "evals/desk.yaml": EVAL.replace("router.jsonl", "desk.jsonl"),
            "evals/desk.jsonl": jsonl(rows),
        }
    )
    rerun(scored, api)
    answer = ask("check")
    assert (answer.code, answer.only["was"]) == (1, "router")
    assert answer.only["examples"]["lost"] == ["parcel"]


def test_a_renamed_eval_without_a_record_at_the_base(project, api, ask):
    project.git("checkout", "-q", "-b", "pull")
    rename(project, "router", "desk")
    project.write({"prompts/desk.yaml": EDITED})
    rerun(project, api)
    answer = ask("check")
    assert (answer.code, answer.only["was"]) == (1, "router")
    assert answer.only["examples"]["lost"] == ["parcel"]


def test_a_copy_is_new_and_the_old_one_stays(scored, api, ask):
    scored.write({"prompts/desk.yaml": EDITED, "evals/desk.yaml": EVAL})
    rerun(scored, api)
    answer = ask("check")
    assert (answer.code, answer.document["renamed"]) == (0, [])
    assert [each["eval"] for each in answer.document["new"]] == ["desk"]
    assert answer.document["reused"] == [{"eval": "router", "model": "small"}]


def test_a_renamed_prompt_alone(scored, api, ask):
    scored.git("mv", "prompts/router.yaml", "prompts/desk.yaml")
    scored.write({"prompts/desk.yaml": EDITED, "evals/router.yaml": f"prompt: desk\n{EVAL}"})
    rerun(scored, api)
    answer = ask("check")
    assert (answer.code, answer.only["eval"], answer.only["was"]) == (1, "router", None)
    assert answer.only["examples"]["lost"] == ["parcel"]


OTHER = "examples:\n" + "".join(
    f"  - {{id: o{i}, vars: {{ticket: {ticket}}}, expected: {said}}}\n"
    for i, (ticket, said) in enumerate(
        (("Hello there", "other"), ("Where is my parcel?", "shipping"))
    )
)


def test_two_swapped_evals_are_each_compared_with_what_they_were(project, api, ask):
    other = f"{OTHER}scorers: [equals]\ngate: {{tolerance: 1}}\n"
    project.write({"prompts/other.yaml": PROMPT, "evals/other.yaml": other})
    scored = branched(project)
    for old, new in (("router", "third"), ("other", "router"), ("third", "other")):
        rename(scored, old, new)
    scored.write({"prompts/other.yaml": EDITED})
    rerun(scored, api)
    answer = ask("check")
    assert (answer.code, answer.document["removed"], answer.document["new"]) == (1, [], [])
    assert answer.document["renamed"] == [
        {"eval": "other", "was": "router"},
        {"eval": "router", "was": "other"},
    ]
    assert (answer.only["eval"], answer.only["was"]) == ("other", "router")
    assert answer.only["examples"]["lost"] == ["parcel"]


def test_a_renamed_folder_of_many_evals(project, api, ask):
    names = [f"n{i}" for i in range(12)]
    for name in names:
        project.write({f"prompts/old/{name}.yaml": PROMPT, f"evals/old/{name}.yaml": EVAL})
    project.git("mv", "evals/router.jsonl", "evals/all.jsonl")
    project.write(
        {f"evals/old/{n}.yaml": EVAL.replace("router.jsonl", "../all.jsonl") for n in names}
        | {"evals/router.yaml": EVAL.replace("router.jsonl", "all.jsonl")}
    )
    scored = branched(project)
    for name in names:
        rename(scored, f"old/{name}", f"new/{name}")
    scored.write({"prompts/new/n7.yaml": EDITED})
    rerun(scored, api)
    answer = ask("check")
    assert answer.code == 1
    assert answer.document["renamed"] == [
        {"eval": f"new/{n}", "was": f"old/{n}"} for n in sorted(names)
    ]
    assert (answer.only["eval"], answer.only["examples"]["lost"]) == ("new/n7", ["parcel"])


def test_a_renamed_prompt_yml(project, api, ask):
    project.write({"prompts/mail.prompt.yml": PROMPT_YML.format("support")})
    scored = branched(project)
    scored.git("mv", "prompts/mail.prompt.yml", "prompts/post.prompt.yml")
    scored.git("mv", "evals/mail.scores.yaml", "evals/post.scores.yaml")
    scored.write({"prompts/post.prompt.yml": PROMPT_YML.format("all support")})
    rerun(scored, api)
    answer = ask("check")
    assert (answer.code, answer.only["eval"], answer.only["was"]) == (1, "post", "mail")
    assert len(answer.only["examples"]["lost"]) == 1


def test_an_eval_that_was_replaced_by_another_is_removed_and_the_other_new(scored, api, ask):
    scored.git("rm", "-q", *(path.format("router") for path in FILES[1:]))
    rows = "examples: [{id: new, vars: {ticket: Good morning}, expected: other}]\n"
    scored.write({"evals/other.yaml": f"prompt: router\n{rows}scorers: [equals]\n"})
    rerun(scored, api)
    answer = ask("check")
    assert (answer.code, answer.document["removed"]) == (0, ["router"])
    assert [each["eval"] for each in answer.document["new"]] == ["other"]


def test_an_unborn_name_in_the_index(scored, api, ask):
    rename(scored, "router", "desk")
    scored.write({"prompts/desk.yaml": EDITED})
    api.answers(before_and_after(route, worse))
    main(["run", "--confirm", "0"])
    scored.git("add", "--all")
    answer = ask("check", "--staged")
    assert (answer.code, answer.only["was"]) == (1, "router")


@pytest.mark.parametrize("golden", ["head", "base"])
def test_compare_follows_it(scored, api, ask, golden):
    rename(scored, "router", "desk")
    scored.write({"prompts/desk.yaml": EDITED})
    rerun(scored, api)
    answer = ask("compare", "main", "HEAD", "--golden", golden)
    assert answer.code == 1
    assert (answer.only["eval"], answer.only["was"]) == ("desk", "router")
    assert answer.only["examples"]["lost"] == ["parcel"]


def test_diff_follows_it_in_the_records_alone(scored, api, ask, capsys):
    rename(scored, "router", "desk")
    scored.write({"prompts/desk.yaml": EDITED})
    rerun(scored, api)
    scored.git("rm", "-q", "evals/desk.yaml", "evals/router.jsonl")
    answer = ask("diff", "main", "--exit-code")
    assert (answer.code, answer.document["added"], answer.document["removed"]) == (1, [], [])
    assert (answer.only["eval"], answer.only["was"], answer.only["lost"]) == (
        "desk",
        "router",
        ["parcel"],
    )
    assert main(["diff", "main"]) == 0
    assert "desk (was router)" in capsys.readouterr().out


def test_diff_shows_a_rename_alone(scored, capsys):
    rename(scored, "router", "desk")
    scored.commit("rename")
    capsys.readouterr()
    assert main(["diff", "main"]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("(main)\n\n  renamed  desk (was router)\n")


def test_why_follows_it(scored, api, ask, capsys):
    rename(scored, "router", "desk")
    scored.write({"prompts/desk.yaml": EDITED})
    answer = ask("why", "desk", "--base", "main")
    assert answer.code == 0
    assert (answer.only["state"], answer.only["was"]) == ("both", "router")
    assert [part["part"] for part in answer.only["parts"]] == ["prompt"]
    assert main(["why", "desk", "--base", "main"]) == 0
    assert "desk (was router) on small: prompt differs" in capsys.readouterr().out

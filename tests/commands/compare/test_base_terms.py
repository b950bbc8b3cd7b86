"""What a change could gain by its history, its record or its names; and what it gains, nothing."""

import json
import re
import shutil
import subprocess

import pytest

from commands.compare.test_pull_requests import (
    EDITED,
    RECORD,
    as_fork,
    forget,
    locked,
    propose,
    record,
    scored,
    worse,
)
from fakes import FakeAPI, response_to
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
)
from promptci.commands.main import main

__all__ = ["scored"]

COUNT = len(TICKETS)


# History


def test_what_comes_with_promptci_needs_no_word_of_the_base(scored, api, ask):
    """A scorer on the embedded model of meaning is no endpoint that a change chose."""
    pytest.importorskip("onnxruntime")  # of the extra `similar`
    propose(scored, api, {**EDITED, "evals/router.yaml": f"{EVAL}  - similar: {{model: minilm}}\n"})
    answer = ask("check", "--frozen")
    assert "no model" not in json.dumps(answer.document)
    assert answer.code in (0, 1, 3)
    assert not any("minilm" in note for note in answer.document["notes"])


def test_the_newest_configuration_and_gates_of_the_target_count(scored, api, ask):
    """The branch was left before the target moved its endpoint and tightened its gate."""
    scored.git("checkout", "-q", "main")
    with FakeAPI() as moved:
        moved.answers(worse)
        strict = f"{EVAL}gate: {{tolerance: 0, must_pass: [parcel]}}\n"
        scored.write({"promptci.yaml": locked(moved.url), "evals/router.yaml": strict})
        scored.commit("move")
        scored.git("checkout", "-q", "pull")
        propose(scored, api, EDITED, worse)
        forget(scored)
        before = api.count
        answer = ask("check")
    assert (answer.code, api.count) == (3, before)
    assert any("has moved on" in note for note in answer.document["notes"])
    assert "made before the last change" in answer.document["stale"][0]["why"]


def test_what_its_target_asks_no_more_is_named_and_the_rest_is_judged(scored, api, ask):
    """The branch was left before the target gave up the endpoint of one of its evals."""
    scored.git("checkout", "-q", "main")
    now = locked(api.url)
    old = now.replace("endpoints:", f"endpoints:\n  old: {{base_url: {api.url}}}").replace(
        "models:", "models:\n  ancient: {endpoint: old, model: small-1}"
    )
    spec = f"{EVAL}prompt: router\nmodels: "
    scored.write({"promptci.yaml": old, "evals/desk.yaml": f"{spec}[ancient]\n"})
    assert main(["run"]) == 0
    scored.commit("Another eval at another endpoint")
    scored.git("checkout", "-q", "-B", "pull")
    scored.git("checkout", "-q", "main")
    scored.write({"promptci.yaml": now, "evals/desk.yaml": f"{spec}[small]\n"})
    scored.commit("Give up the endpoint")
    scored.git("checkout", "-q", "pull")
    named = (
        "`desk` (evals/desk.yaml) was not evaluated: the endpoint `old` of the model `ancient` is "
        "not in the newest configuration of its target: bring the change up to date with it."
    )
    answer = ask("check", "--base", "main")
    assert (answer.code, answer.document["sentence"]) == (3, named)
    propose(scored, api, EDITED, worse)
    answer = ask("check", "--base", "main")
    assert answer.code == 1
    assert answer.document["sentence"].startswith("1 of 2 evals lost more than its gate allows ")
    assert named in answer.document["sentence"]


def test_a_target_that_moved_on_elsewhere_is_not_mentioned(scored, api, ask):
    scored.git("checkout", "-q", "main")
    scored.write({"README.md": "# Router\n"})
    scored.commit("readme")
    scored.git("checkout", "-q", "pull")
    propose(scored, api, EDITED)
    answer = ask("check")
    label = "prompt `router`: the label `v1` named another text: give this one its own"
    assert (answer.code, answer.document["notes"]) == (0, [label])


def test_a_ceiling_that_the_target_has_now_holds_for_an_old_branch(scored, api, ask):
    propose(scored, api, EDITED)
    forget(scored)
    scored.git("checkout", "-q", "main")
    limits = locked(api.url).replace("model: small}", "model: small, max_requests: 0}")
    scored.write({"promptci.yaml": limits})
    tip = scored.commit("limits")
    scored.git("checkout", "-q", "pull")
    before = api.count
    assert (ask("check").code, api.count) == (4, before)
    scored.git("checkout", "-q", "main")
    assert (ask("check", "--head", "pull", "--base", tip).code, api.count) == (4, before)


def test_a_graft_gives_no_commit_another_parent(scored, api, ask):
    propose(scored, api, EDITED, worse)
    head, main_ = scored.git("rev-parse", "pull"), scored.git("rev-parse", "main")
    (scored.path / ".git" / "info").mkdir(exist_ok=True)
    (scored.path / ".git" / "info" / "grafts").write_text(f"{main_} {head}\n")
    answer = ask("check")
    assert (answer.code, answer.document["base"]["commit"]) == (1, main_)


def test_files_that_look_like_a_repository_are_files(project, api, ask, monkeypatch, tmp_path):
    """A change to a project in a folder brings along a whole repository of its own making."""
    files = {path: project.path / path for path in project.git("ls-files").split("\n")}
    for path, file in files.items():
        project.write({f"sub/{path}": file.read_text()})
    project.git("rm", "-q", "-r", "evals", "prompts", "promptci.yaml")
    monkeypatch.chdir(project.path / "sub")
    assert main(["run"]) == 0
    project.commit("In a folder")
    inner = GitRepo(tmp_path / "inner")
    inner.write({"promptci.yaml": "allow: [code]\n"})
    forged = inner.commit("A forged base")
    project.git("checkout", "-q", "-b", "pull")
    for name in ("HEAD", "objects", "refs", "config"):
        source, place = inner.path / ".git" / name, project.path / "sub" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place)
    project.write({"sub/config": "[core]\n\tbare = false\n\tworktree = .\n"})
    project.commit("Only files")
    answer = ask("check", "--base", "main")
    assert forged not in json.dumps(answer.document)
    if answer.code == 0:
        assert answer.document["base"]["commit"] == project.git("rev-parse", "main")
    else:
        assert answer.code == 3


def test_a_change_cannot_choose_which_project_is_checked(repo, api, ask, monkeypatch):
    top = {
        "prompts/router.yaml": PROMPT,
        "evals/router.yaml": EVAL,
        "promptci.yaml": config(api.url),
    }
    repo.write({**top, "evals/router.jsonl": jsonl(example(*each) for each in TICKETS)})
    repo.write({"services/README.md": "x\n", ".gitignore": ".promptci/\n"})
    api.answers(route)
    record(repo, "scores")
    repo.git("checkout", "-q", "-b", "pull")
    easy = {
        "evals/t.yaml": "examples: [{id: a, vars: {ticket: hi}}]\nscorers: [word_count: {max: 9}]\n"
    }
    repo.write({"services/evals/t.yaml": f"prompt: t\n{easy['evals/t.yaml']}"})
    repo.write({"services/prompts/t.yaml": PROMPT})
    repo.commit("A project of its own")
    monkeypatch.chdir(repo.path / "services")
    answer = ask("check")
    assert answer.code == 3
    assert "at the base, and `services/` is new" in answer.document["error"]


def canary_config(repo: GitRepo, protocol: str) -> None:
    program = f"touch {repo.path / 'canary'}; false"
    repo.git("config", "extensions.partialClone", "origin")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "protocol.ext.allow", "always")
    if protocol == "ext":
        repo.git("config", "remote.origin.url", f"ext::sh -c touch% {repo.path / 'canary'}")
    elif protocol == "ssh":
        repo.git("config", "remote.origin.url", "ssh://example.invalid/x")
        repo.git("config", "core.sshCommand", program)
    else:
        repo.git("config", "remote.origin.url", "file:///nowhere")
        repo.git("config", "remote.origin.uploadpack", program)


@pytest.mark.parametrize("protocol", ["ext", "ssh", "file"])
def test_nothing_is_fetched_for_a_partial_clone(scored, api, protocol):
    """A missing object is not fetched, least of all by a program of the config."""
    canary_config(scored, protocol)
    missing = "1" * 40
    for command in (
        ["check", "--base", missing],
        ["check", "--frozen", "--base", missing],
        ["compare", missing, "HEAD"],
        ["diff", missing],
        ["lint"],
    ):
        main(command)
        assert not (scored.path / "canary").exists(), command


# Models, endpoints and prices


def test_a_name_that_means_a_dearer_model_has_its_price(scored, api, ask):
    """Whether it is an old name or a new one called like a cheap model."""
    scored.git("checkout", "-q", "main")
    dear = locked(api.url).replace("prices:\n", "prices:\n  large-1: {input: 1000, output: 2000}\n")
    dear = dear.replace("model: small}", "model: small, max_cost: 0.001}")
    assert "large-1" in dear
    scored.write({"promptci.yaml": dear})
    record(scored, "prices")
    for change in (
        dear.replace(
            "small: {endpoint: lab, model: small-1}", "small: {endpoint: lab, model: large-1}"
        ),
        dear.replace("models:\n", "models:\n  small-1: {endpoint: lab, model: large-1}\n").replace(
            "defaults: {model: small,", "defaults: {model: small-1,"
        ),
    ):
        assert change != dear
        scored.git("checkout", "-q", "-B", "pull", "main")
        scored.write({"promptci.yaml": change})
        main(["run", "--confirm", "0", "--max-cost", "1000"])
        scored.commit("another model")
        forget(scored)
        before = api.count
        assert (ask("check").code, api.count) == (4, before)


def test_a_model_at_another_endpoint_is_said(scored, api, ask):
    both = locked(api.url).replace("endpoints:\n", f"endpoints:\n  two: {{base_url: {api.url}}}\n")
    scored.git("checkout", "-q", "main")
    scored.write({"promptci.yaml": both})
    record(scored, "two")
    scored.git("checkout", "-q", "-B", "pull", "main")
    moved = both.replace("small: {endpoint: lab,", "small: {endpoint: two,")
    assert moved != both
    propose(scored, api, {"promptci.yaml": moved})
    notes = ask("check").document["notes"]
    assert "the model `small` is at the endpoint `two` here and `lab` at the base" in notes


def test_a_change_cannot_choose_what_is_asked_on_this_machine(scored, ask):
    scored.write({"evals/router.yaml": f"{EVAL}models: [lmstudio/x]\n"})
    scored.commit("local")
    answer = ask("check")
    assert answer.code == 3
    assert "the base does not know the endpoint `lmstudio`" in answer.document["sentence"]


def test_who_must_answer_is_the_base_s_to_say(scored, api, ask):
    def impostor(asked):
        return response_to(asked.body, route(asked)) | {"model": "impostor"}

    scored.git("checkout", "-q", "main")
    served = locked(api.url).replace("model: small-1}", "model: small-1, served: small-1}")
    scored.write({"promptci.yaml": served})
    record(scored, "served")
    scored.git("checkout", "-q", "-B", "pull", "main")
    api.answers(impostor)
    scored.write({**EDITED, "promptci.yaml": locked(api.url)})
    record(scored, "edit")
    forget(scored)
    answer = ask("check")
    assert answer.code == 3
    assert any("`served` of the model `small`" in note for note in answer.document["notes"])


# Scorers, prompts and records


def test_weaker_shared_scorers_are_said_without_a_record_at_the_base(project, api, ask):
    sets = "scorers: {std: [equals]}\n"
    project.write({"promptci.yaml": config(api.url) + sets})
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: {use: std}\n"})
    project.commit("sets")
    project.git("checkout", "-q", "-b", "pull")
    project.write({"promptci.yaml": config(api.url) + sets.replace("equals", "regex: '.*'")})
    record(project, "weaker")
    answer = ask("check")
    assert answer.document["terms"][0]["scorers"] is True
    assert "The scorers of 1 eval differ" in answer.document["sentence"]


def test_an_eval_that_tests_a_copy_is_said(scored, api, ask):
    scored.write(
        {
            "prompts/copy.yaml": PROMPT,
            "prompts/router.yaml": "messages: [{role: user, content: x}]\n",
        }
    )
    scored.write({"evals/router.yaml": f"{EVAL}prompt: copy\n"})
    record(scored, "copy")
    notes = ask("check").document["notes"]
    assert "`router` tests the prompt `copy` here and `router` at the base" in notes
    assert "the prompt `router` is not tested any more" in notes


def test_a_tested_prompt_that_goes_on_under_an_untested_name_is_said_first(scored, ask):
    scored.git("mv", "prompts/router.yaml", "prompts/live.yaml")
    worse = {"prompts/live.yaml": PROMPT.replace(*REWORDED), "prompts/kept.yaml": PROMPT}
    scored.write({**worse, "evals/router.yaml": f"{EVAL}prompt: kept\n"})
    record(scored, "aside")
    said = ask("check").document["sentence"]
    gone = "The prompt `live` is new and not tested, and `router`, which the base tests, is gone."
    assert said.startswith(gone)


FORGED = {
    "metric": (r"equals: 1\b", "equals: 0.123456", "its metrics are not"),
    "tag": (r"(account: \{score:) 1", r"\1 0.5", "its tags are not"),
    "sampling": ("sampling: greedy", "sampling: sampled", "the sampling is sampled"),
    "digest": (r'(card: \{is: pass, score: 1, digest: ")....', r"\1ffff", "the digest of `card`"),
    "build": ("(    prompt: router\n)", r"    build: x\n\1", "a hosted model has none"),
}


@pytest.mark.parametrize("name", FORGED)
def test_no_field_of_a_record_can_be_made_up(scored, api, ask, name):
    propose(scored, api, EDITED)
    path = scored.path / RECORD
    old, new, why = FORGED[name]
    forged = re.sub(old, new, path.read_text(), count=1)
    assert forged != path.read_text()
    path.write_text(forged)
    scored.commit("polish")
    answer = ask("check")
    assert answer.code == 3
    assert why in answer.document["stale"][0]["why"]


def test_an_example_that_is_none_has_no_place_in_a_record(scored, api, ask):
    propose(scored, api, EDITED)
    path = scored.path / RECORD
    line = f'      zzz: {{is: pass, score: 1, digest: "{32 * "0"}"}}\n'
    text = path.read_text().replace(f"passed: {COUNT}", f"passed: {COUNT + 1}", 1)
    path.write_text(text.replace(f"total: {COUNT}", f"total: {COUNT + 1}", 1) + line)
    scored.commit("polish")
    answer = ask("check")
    assert answer.code == 3
    assert "`zzz`, which is no golden example" in answer.document["stale"][0]["why"]


# No verdict


def test_errors_that_the_gate_allows_are_not_evaluated_for_want_of_a_key(
    scored, api, ask, monkeypatch, tmp_path
):
    scored.git("checkout", "-q", "main")
    scored.write({"evals/router.yaml": f"{EVAL}gate: {{max_errors: 5}}\n"})
    record(scored, "errors allowed")
    scored.git("checkout", "-q", "-B", "pull", "main")
    propose(scored, api, EDITED, worse)
    cache = scored.path / ".promptci/cache.sqlite"
    subprocess.run(
        [
            "python3",
            "-c",
            "import sqlite3,sys; d = sqlite3.connect(sys.argv[1]); d.execute("
            "\"DELETE FROM completion WHERE text != 'account'\"); d.commit()",
            str(cache),
        ],
        check=True,
    )
    as_fork(monkeypatch, tmp_path)
    answer = ask("check")
    assert (answer.code, len(answer.document["not_evaluated"])) == (3, 1)


def test_a_fork_s_own_records_are_no_verdict(scored, api, ask, monkeypatch, tmp_path):
    propose(scored, api, EDITED)
    as_fork(monkeypatch, tmp_path)
    answer = ask("check", "--frozen")
    assert answer.code == 3
    assert answer.document["sentence"].startswith("Nothing was asked")
    assert ask("check", "--frozen", "--trust-records").code == 0


def test_links_are_not_passed_over_in_silence(project, capsys):
    (project.path / "promptci.yaml").rename(project.path / "real.yaml")
    (project.path / "promptci.yaml").symlink_to("real.yaml")
    assert main(["run"]) == 2
    assert "promptci.yaml: the configuration is a link" in capsys.readouterr().err
    (project.path / "promptci.yaml").unlink()
    (project.path / "real.yaml").rename(project.path / "promptci.yml")
    assert main(["lint"]) == 2
    (project.path / "promptci.yml").rename(project.path / "promptci.yaml")
    (project.path / "evals/linked.yaml").symlink_to("router.yaml")
    assert main(["lint"]) == 0
    assert "evals/linked.yaml" in capsys.readouterr().out


def base_with(project, api, gate, rows=()):
    """The project with its records on main, and a branch for a change."""
    project.write({"evals/router.yaml": f"{EVAL}gate: {{{gate}}}\n"})
    api.answers(before_and_after(route, lambda ticket: "other"))
    record(project, "base")
    project.git("checkout", "-q", "-b", "pull")


def test_losses_are_not_diluted_by_examples_added_beside_them(project, api, ask):
    base_with(project, api, "tolerance: 0.02")
    before = (project.path / "evals/router.jsonl").read_text()
    easy = jsonl(example(f"easy{n}", f"Hello {n}", "other") for n in range(200))
    project.write({"evals/router.jsonl": before + easy})
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    record(project, "change")
    answer = ask("check", "--base", "main")
    assert answer.code == 1
    assert (
        "By the base's own examples and scorers, `router` fails its gate"
        in (answer.document["sentence"])
    )
    [found] = answer.document["base_questions"]["evals"]
    assert found["examples"]["new"] == []
    assert len(found["examples"]["lost"]) == 5


SHOTS = """\
shots:
  - {vars: {ticket: where is my   PARCEL}, output: shipping}
  - {vars: {ticket: I want my money back}, output: billing}
"""


def test_golden_examples_that_become_shots_are_said_first(project, api, ask):
    """A model that is shown the answers passes any gate."""
    base_with(project, api, "must_pass: [refund]")
    api.answers(route)
    project.write({"prompts/router.yaml": PROMPT + SHOTS})
    record(project, "change")
    answer = ask("check", "--base", "main")
    assert answer.document["sentence"].startswith(
        "2 golden examples of `router` are shown to the model by its prompt now (`refund` "
        "(must pass), `parcel`). "
    )
    project.git("checkout", "-q", "-B", "main")
    project.git("checkout", "-q", "-b", "next")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED) + SHOTS})
    record(project, "shown before")
    assert "shown" not in ask("check", "--base", "main").document["sentence"]


def test_golden_inputs_written_into_a_message_are_said_first(project, api, ask):
    base_with(project, api, "must_pass: [refund]")
    api.answers(route)
    told = "You route support. I want my  money back is billing."
    project.write({"prompts/router.yaml": PROMPT.replace("You route support", told)})
    record(project, "change")
    assert (
        ask("check", "--base", "main")
        .document["sentence"]
        .startswith(
            "1 golden example of `router` is shown to the model by its prompt now (`refund`"
        )
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "scorers:\n  - not: {contains: other}\n",
            "scorers:\n  - not: {contains: other}\nempty: score\n",
        ),
        ("scorers:\n  - equals: {only: billing}\n  - length: {max: 99}\n", ""),
    ],
)
def test_what_decides_by_the_answer_s_end_or_by_tags_is_the_base_s(
    project, api, ask, before, after
):
    """The change lets empty answers be scored, or takes away the tag by which they are judged."""
    rest = EVAL[EVAL.index("examples") : EVAL.index("scorers")]
    gate = "gate: {must_pass: [refund]}\n"
    project.write({"evals/router.yaml": f"{rest}{before}{gate}"})
    record(project, "base")
    project.git("checkout", "-q", "-b", "pull")
    api.answers(before_and_after(route, lambda asked: "" if after else "long"))
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    if after:
        project.write({"evals/router.yaml": f"{rest}{after}{gate}"})
    else:
        rows = (project.path / "evals/router.jsonl").read_text()
        tagged = rows.replace('["billing"]', '["billin"]', 2)
        extra = example("x", "My card", "billing", tags=["billing"])
        project.write({"evals/router.jsonl": tagged + jsonl([extra])})
    record(project, "change")
    answer = ask("check", "--base", "main")
    assert answer.code == 1
    assert answer.document["sentence"].startswith(
        "By the base's own examples and scorers, `router`"
    )


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ("steps:\n  - a: {prompt: copy}\noutput: '{{ a }}'\n", "The prompt `router` is not tested"),
        (
            "steps:\n  - a: {prompt: router}\n  - b: {prompt: copy}\noutput: '{{ b }}'\n",
            "The prompt `router` is not tested",
        ),
        (
            None,
            "The prompt `router` is not tested any more. "
            "`whole` takes a single answer here and the answer of a flow at the base",
        ),
        (
            "steps:\n  - a: {prompt: router}\n"
            "  - if: {ticket: {equals: I want my money back}}\n    then: [{b: {text: billing}}]\n"
            "    else: [{b: {text: '{{ a }}'}}]\noutput: '{{ b }}'\n",
            "1 golden example of `whole` is among what its flow looks up or goes by now (`refund`)",
        ),
        (
            "steps:\n  - loop: [{a: {prompt: router}}]\n    until: {a: {contains: i}}\n"
            "    at_most: 2\n  - b: {query: \"SELECT 'I want my money back'\", data: x.sql}\n"
            "output: '{{ a }} {{ b }}'\n",
            "1 golden example of `whole` is among what its flow looks up or goes by now (`refund`)",
        ),
        (
            "steps:\n  - a: {prompt: router}\n"
            "  - if: {ticket: {contains: money}}\n    then: [{b: {text: billing}}]\n"
            "    else: [{b: {text: '{{ a }}'}}]\noutput: '{{ b }}'\n",
            "`whole` answers with `b`, for which nothing is asked, by a condition now",
        ),
    ],
)
def test_a_prompt_on_which_no_flow_s_answer_rests_is_said_first(project, api, ask, flow, said):
    project.git("rm", "-q", "evals/router.yaml")
    steps = "steps:\n  - a: {prompt: router}\noutput: '{{ a }}'\n"
    gate = "prompt: whole\nexamples: router.jsonl\nscorers: [equals]\n"
    project.write(
        {"flows/whole.yaml": steps, "evals/whole.yaml": gate, "prompts/copy.yaml": PROMPT}
    )
    record(project, "base")
    project.git("checkout", "-q", "-b", "pull")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    if flow is None:
        project.git("rm", "-q", "flows/whole.yaml")
        project.write({"prompts/whole.yaml": PROMPT})
    else:
        project.write({"flows/whole.yaml": flow, "flows/x.sql": "CREATE TABLE x (a TEXT);"})
    record(project, "change")
    assert ask("check", "--base", "main").document["sentence"].startswith(said)


def test_a_scorer_without_weight_hides_nothing(project, api, ask):
    base_with(project, api, "must_pass: [refund]")
    project.write(
        {
            "evals/router.yaml": EVAL.replace(
                "- equals", "- equals: {weight: 0}\n  - length: {min: 1}"
            ),
            "prompts/router.yaml": PROMPT.replace(*REWORDED),
        }
    )
    record(project, "change")
    answer = ask("check", "--base", "main")
    assert answer.code == 1
    assert "`refund` must pass and is lost" in answer.document["sentence"]


def test_a_must_pass_example_edited_to_expect_the_broken_answer_is_named_first(project, api, ask):
    base_with(project, api, "must_pass: [refund], tolerance: 1.0")
    rows = (project.path / "evals/router.jsonl").read_text()
    project.write(
        {
            "evals/router.jsonl": rows.replace(
                'I want my money back"}, "tags": ["billing"], "expected": "billing"',
                'I want my money back"}, "tags": ["billing"], "expected": "other"',
            ),
            "prompts/router.yaml": PROMPT.replace(*REWORDED),
        }
    )
    assert (project.path / "evals/router.jsonl").read_text() != rows
    record(project, "change")
    sentence = ask("check", "--base", "main").document["sentence"]
    assert sentence.startswith(
        "Of 1 edited or removed example of `router`, 1 is lost as the base has it, `refund`, "
        "which must pass, among them."
    )


def test_an_eval_pointed_at_a_copy_does_not_free_the_prompt_that_it_tested(project, api, ask):
    base_with(project, api, "must_pass: [refund]")
    project.write(
        {
            "prompts/copy.yaml": PROMPT,
            "prompts/router.yaml": PROMPT.replace(*REWORDED),
            "evals/router.yaml": f"{EVAL}gate: {{must_pass: [refund]}}\nprompt: copy\n",
        }
    )
    record(project, "change")
    answer = ask("check", "--base", "main")
    assert answer.code == 1
    assert (
        "`router` tests the prompt `copy` here and `router` at the base"
        in (answer.document["sentence"])
    )

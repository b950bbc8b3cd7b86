"""`promptci compare`: two sides on the same examples, what it asks, and what the exit code says."""

import json
from collections import Counter

import pytest

from fakes import Reply, error_body
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

PROMPT_FILE = "prompts/router.yaml"
EVAL_FILE = "evals/router.yaml"
EXAMPLES_FILE = "evals/router.jsonl"
LATER = PROMPT.replace(*REWORDED).replace("version: v1", "version: v2")
MANY = 12


def wrong_on(*words):
    """A rule that sends tickets with one of these words to a queue that does not exist."""
    return lambda ticket: "nowhere" if any(word in ticket for word in words) else route(ticket)


def by_model(small, large):
    """A rule for each of the two models."""
    return lambda asked: (small if asked.body["model"] == "small-1" else large)(asked)


def many(**more):
    return jsonl(example(f"n{i:02}", f"ticket {i}", "other", **more) for i in range(MANY))


@pytest.fixture
def edited(project):
    """The project with a second commit, in which the prompt is reworded and labelled v2."""
    project.write({PROMPT_FILE: LATER})
    project.commit("Reword the prompt")
    return project


# What is asked


def test_two_revisions_are_asked_on_each_example_once(edited, api, ask):
    answer = ask("compare", "HEAD~1", "HEAD")
    assert (answer.code, api.count) == (0, 2 * len(TICKETS))
    assert answer.document["base"] == {"name": "HEAD~1", "kind": "rev"}
    assert answer.document["head"] == {"name": "HEAD", "kind": "rev"}
    assert [answer.only[side]["version"] for side in ("base", "head")] == ["v1", "v2"]
    ask("compare", "HEAD~1", "HEAD")
    assert api.count == 2 * len(TICKETS)


def test_nothing_is_written_to_the_tree(edited, ask):
    ask("compare", "HEAD~1", "HEAD")
    assert edited.git("status", "--porcelain") == ""


def test_a_run_with_itself_asks_nothing_and_finds_no_flip(edited, api, ask, capsys):
    ask("run")
    asked = api.count
    answer = ask("compare", "HEAD", "HEAD")
    assert (answer.code, api.count) == (0, asked)
    found = answer.only
    assert found["base"]["fingerprint"] == found["head"]["fingerprint"]
    assert (found["same"], found["delta"], found["p"], found["churn"]) == (6, 0.0, 1.0, 0)
    assert not any(found["examples"].values())
    assert main(["compare", "HEAD", "HEAD"]) == 0
    assert "Both sides ask exactly the same." in capsys.readouterr().out


def test_a_cold_run_with_itself_asks_each_example_once(project, api, ask):
    answer = ask("compare", "HEAD", "HEAD", "--concurrency", "8")
    assert (answer.code, api.count) == (0, len(TICKETS))


def test_flips_are_asked_twice_more_on_each_side(edited, api, ask):
    api.answers(before_and_after(wrong_on("parcel"), wrong_on("card")))
    found = ask("compare", "HEAD~1", "HEAD").only
    assert api.count == 2 * len(TICKETS) + 2 * 2 * 2
    assert (found["examples"]["lost"], found["examples"]["won"]) == (["card"], ["parcel"])
    assert found["confirmation"] == {"asked": True, "note": "each asked 2 times more on both sides"}
    [lost] = found["lost"]
    assert (lost["example"], lost["expected"]) == ("card", "billing")
    assert (lost["base"], lost["head"]) == ("billing", "nowhere")
    ask("compare", "HEAD~1", "HEAD")
    assert api.count == 2 * len(TICKETS) + 2 * 2 * 2  # repeats are stored as well


@pytest.mark.parametrize(("times", "extra"), [(0, 0), (1, 2), (3, 6)])
def test_confirm_says_how_often(edited, api, ask, times, extra):
    api.answers(before_and_after(route, wrong_on("card")))
    found = ask("compare", "HEAD~1", "HEAD", "--confirm", str(times)).only
    assert api.count == 2 * len(TICKETS) + extra
    assert found["examples"]["lost"] == ["card"]
    assert found["confirmation"]["asked"] is bool(times)


def test_a_flip_that_does_not_hold_is_flaky_and_no_loss(edited, api, ask):
    seen = Counter()

    def unsure(ticket):
        seen[ticket] += 1
        return "nowhere" if "card" in ticket and seen[ticket] == 1 else wrong_on("login")(ticket)

    api.answers(before_and_after(route, unsure))
    answer = ask("compare", "HEAD~1", "HEAD")
    found = answer.only
    assert (found["examples"]["flaky"], found["examples"]["lost"]) == (["card"], [])
    assert found["cells"]["only_base"] == 1  # the inference goes by the first answers
    assert (answer.code, found["blocks"]) == (0, [])


# Operands


def test_two_models_answer_the_prompts_as_they_are(project, api, ask):
    api.answers(by_model(route, wrong_on("card")))
    project.write({PROMPT_FILE: LATER})
    found = ask("compare", "small", "large", "--confirm", "0").only
    assert [found[side]["model"] for side in ("base", "head")] == ["small", "large"]
    assert [found[side]["version"] for side in ("base", "head")] == ["v2", "v2"]
    assert found["examples"]["lost"] == ["card"]
    assert Counter(body["model"] for body in api.requests) == {"small-1": 6, "large-1": 6}


def test_two_files_of_a_prompt_meet_on_its_evals(project, api, ask):
    api.answers(before_and_after(route, wrong_on("card")))
    project.write({"prompts/other.yaml": LATER})
    answer = ask("compare", "./prompts/router.yaml", "prompts/other.yaml")
    assert answer.document["head"] == {"name": "prompts/other.yaml", "kind": "path"}
    assert answer.only["head"]["prompt"] == "other"
    assert answer.only["examples"]["lost"] == ["card"]


@pytest.mark.parametrize("is_committed", [True, False])
def test_labels_are_found_in_history_and_in_the_working_tree(project, api, ask, is_committed):
    api.answers(before_and_after(route, wrong_on("card")))
    project.write({PROMPT_FILE: LATER})
    if is_committed:
        project.commit("v2")
        project.write({PROMPT_FILE: LATER.replace("version: v2", "version: v3")})
    answer = ask("compare", "v1", "label:v2")
    assert {side: answer.document[side]["kind"] for side in ("base", "head")} == {
        "base": "label",
        "head": "label",
    }
    assert answer.only["examples"]["lost"] == ["card"]


def test_an_ambiguous_operand_names_the_prefixes(edited, ask):
    edited.git("tag", "small")
    answer = ask("compare", "small", "large")
    assert answer.code == 2
    assert "`model:small` or `rev:small`" in answer.document["error"]
    assert ask("compare", "rev:small", "HEAD").document["base"]["kind"] == "rev"
    assert ask("compare", "model:small", "large").document["base"]["kind"] == "model"


@pytest.mark.parametrize(
    "operand",
    [
        "nothing",
        "",
        "--output=x",
        "-x",
        "HEAD\nmain",
        "HEAD..main",
        "../../etc/passwd.yaml",
        "prompts/absent.yaml",
        "\x1b[31mred",
        "rev:--output=x",
        "label:v9",
        "model:nobody",
        "path:prompts",
        "path:",
    ],
)
@pytest.mark.parametrize("position", [0, 1])
def test_an_operand_that_is_nothing_is_an_error(project, api, capsys, operand, position):
    operands = ["HEAD", operand] if position else [operand, "HEAD"]
    capsys.readouterr()
    assert main(["compare", "--", *operands]) == 2
    said = capsys.readouterr()
    assert (said.out, api.count) == ("", 0)
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err
    assert not (project.path / "x").exists()


def test_a_prompt_broken_at_the_base_is_a_sentence(project, ask):
    project.write({PROMPT_FILE: "messages: [{role: nobody, content: 1}\n"})
    project.commit("Break it")
    project.write({PROMPT_FILE: LATER})
    project.commit("Mend it")
    answer = ask("compare", "HEAD~1", "HEAD")
    assert answer.code == 2
    assert answer.document["faults"][0]["path"] == PROMPT_FILE
    assert ask("compare", "v1", "v2").code == 0  # the broken state has no label


# Whose examples


@pytest.fixture
def grown(edited):
    """A third commit that adds an example and edits another."""
    rows = [example(*ticket) for ticket in TICKETS]
    rows[0] = example("card", "My card was charged thrice", "billing")
    edited.write({EXAMPLES_FILE: jsonl([*rows, example("more", "My card is gone", "billing")])})
    edited.commit("Grow")
    return edited


@pytest.mark.parametrize(("options", "count", "asked"), [((), 7, 8), (("--golden", "base"), 6, 6)])
def test_both_sides_answer_the_examples_of_one(grown, api, ask, options, count, asked):
    found = ask("compare", "HEAD~1", "HEAD", *options).only
    assert found["compared"] == count
    tickets = {body["messages"][1]["content"] for body in api.requests}
    assert len(tickets) == asked  # the base's own edited example as well, where the head's judge
    assert "My card was charged twice" in tickets


def test_a_prompt_that_needs_what_the_examples_lack_is_not_compared(project, api, ask):
    project.write({PROMPT_FILE: LATER.replace("{{ ticket }}", "{{ message }}")})
    project.write({EXAMPLES_FILE: jsonl([{"id": "a", "vars": {"message": "x"}, "expected": "x"}])})
    project.commit("Rename the variable")
    answer = ask("compare", "HEAD~1", "HEAD")
    assert (answer.code, api.count) == (5, 0)
    assert "HEAD~1 needs `ticket`" in answer.document["error"]
    answer = ask("compare", "HEAD~1", "HEAD", "--golden", "base")
    assert (answer.code, api.count) == (2, 0)
    assert "message" in answer.document["error"]


# Models


def test_models_of_the_same_name_are_paired(project, ask):
    project.write({EVAL_FILE: f"{EVAL}models: [small, large]\n"})
    project.commit("Ask both")
    project.write({PROMPT_FILE: LATER, EVAL_FILE: f"{EVAL}models: [large, lab/third]\n"})
    project.commit("Swap one")
    found = ask("compare", "HEAD~1", "HEAD").only
    assert (found["base"]["model"], found["head"]["model"]) == ("large", "large")


def test_a_single_model_that_was_swapped_is_compared(project, ask):
    project.write({PROMPT_FILE: f"model: large\n{PROMPT}"})
    project.commit("Swap")
    found = ask("compare", "HEAD~1", "HEAD").only
    assert (found["base"]["model"], found["head"]["model"]) == ("small", "large")


def test_models_that_do_not_meet_are_not_compared(project, api, ask):
    project.write({EVAL_FILE: f"{EVAL}models: [large, lab/third]\n"})
    project.commit("Other models")
    answer = ask("compare", "HEAD~1", "HEAD")
    assert (answer.code, api.count) == (5, 0)
    assert "name different models" in answer.document["error"]


def test_an_eval_whose_model_the_base_does_not_know_is_not_compared(project, ask, api):
    more = "  lab2: {base_url: " + api.url + "}\n"
    project.write(
        {
            "promptci.yaml": config(api.url).replace("models:\n", f"{more}models:\n"),
            "evals/second.yaml": f"prompt: router\n{EVAL}models: [lab2/new]\n",
        }
    )
    project.commit("Ask a new model in a new eval")
    answer = ask("compare", "HEAD~1", "HEAD")
    assert answer.code == 0
    assert answer.only["eval"] == "router"
    assert list(answer.document["not_compared"]) == ["second"]


@pytest.mark.parametrize("operand", ["small", "v1", "prompts/router.yaml"])
def test_a_prompt_that_is_gone_from_the_working_tree_is_not_compared(project, ask, operand):
    project.write({"prompts/old.yaml": PROMPT, "evals/old.yaml": EVAL})
    project.commit("Another prompt")
    for name in ("prompts/old.yaml", "evals/old.yaml"):
        (project.path / name).unlink()
    project.commit("Take it away")
    answer = ask("compare", operand, "HEAD~1")
    assert answer.code == 0
    assert "router" in {each["eval"] for each in answer.document["evals"]}


def test_a_model_that_refuses_the_temperature_is_not_comparable(project, api, ask):
    refusal = error_body("no temperature", code="unsupported_value", param="temperature")

    def large(asked):
        return Reply(400, body=refusal) if "temperature" in asked.body else route(asked)

    api.answers(by_model(route, large))
    answer = ask("compare", "small", "large")
    assert (answer.code, answer.only["verdict"]) == (3, "not comparable")
    assert answer.only["obstacle"] == "sampling changed from greedy to provider-default"


# Verdicts and exit codes


@pytest.fixture
def large_set(edited):
    """Twelve examples on both revisions."""
    edited.write({EXAMPLES_FILE: many()})
    edited.commit("Twelve examples")
    return edited


def test_a_collapse_is_a_regression(large_set, api, ask):
    api.answers(before_and_after(lambda _: "other", lambda _: "nowhere"))
    answer = ask("compare", "HEAD~2", "HEAD", "--confirm", "0")
    found = answer.only
    assert (answer.code, found["verdict"]) == (1, "regressed")
    assert found["p"] == found["adjusted_p"] == pytest.approx(2 / 2**MANY)
    assert {block["rule"] for block in found["blocks"]} == {"regressed", "net_loss"}
    assert found["cells"] == {"both": 0, "only_base": MANY, "only_head": 0, "neither": 0}


def test_midp_is_half_of_the_last_step_less(large_set, api, ask):
    api.answers(before_and_after(lambda _: "other", lambda _: "nowhere"))
    found = ask("compare", "HEAD~2", "HEAD", "--confirm", "0", "--test", "midp").only
    assert found["p"] == pytest.approx(1 / 2**MANY)


def gate(project, text):
    project.write({EVAL_FILE: f"{EVAL}gate: {{{text}}}\n"})
    project.commit("Set the gate")


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("tolerance: 0.5", []),
        ("tolerance: 0.5, must_pass: [card]", ["must_pass"]),
        ("tolerance: 0.5, must_pass: [login]", []),
        ("tolerance: 0.1", ["net_loss"]),
        ("tolerance: 0.5, min_score: 0.9", ["min_score"]),
    ],
)
def test_what_blocks(edited, api, ask, text, rules):
    gate(edited, text)
    api.answers(before_and_after(route, wrong_on("card")))
    answer = ask("compare", "v1", "v2")
    assert [block["rule"] for block in answer.only["blocks"]] == rules
    assert answer.code == (1 if rules else 0)


def test_the_base_s_own_gate_and_questions_hold_as_well(project, api, ask):
    rows = [example(*ticket) for ticket in TICKETS]
    broken = [example("card", TICKETS[0][1], "nowhere"), *rows[1:]]
    lax = EVAL.replace("equals", "contains: {value: e}")
    strict, eased = "gate: {must_pass: [card]}\n", "gate: {tolerance: 1}\n"
    project.write({EVAL_FILE: EVAL + strict, EXAMPLES_FILE: jsonl(rows)})
    api.answers(before_and_after(route, wrong_on("card")))
    ask("run")
    project.commit("Set the gate")
    project.git("branch", "-M", "main")
    lost, edited = "must pass and is lost", "must pass, was edited and fails"
    by_base = f"By the base's own examples and scorers, `router` fails its gate: `card` {lost}; "
    rules = "(`router`: tolerance 0.02 → 1.0, must_pass no `card`)"
    changes = {
        f"In `router`, `card` {lost}. 1 gate differs from main, whose rules were held as well "
        f"{rules}. `router` misses its gate.": {PROMPT_FILE: LATER, EVAL_FILE: EVAL + eased},
        by_base: {PROMPT_FILE: LATER, EVAL_FILE: lax + strict},
        f"In `router`, `card` {edited}. 1 golden example was edited (router on small: main's record"
        " says 100.0%, now 83.3%). Both sides ask exactly the same: 1 eval.": {
            EXAMPLES_FILE: jsonl(broken)
        },
        "Of 1 edited or removed example of `router`, 1 is lost as the base has it, `card`, which": {
            PROMPT_FILE: LATER,
            EXAMPLES_FILE: jsonl(broken),
        },
        "1 example that must pass is gone: `card` of `router`. 1 golden example was removed. 1 ": {
            EXAMPLES_FILE: jsonl(rows[1:]),
            EVAL_FILE: EVAL + eased,
        },
    }
    of_base = {f"{name} by main's own" for name in ("main", "change", "main and change")}
    for said, change in changes.items():
        project.git("checkout", "-q", "-B", "change", "main")
        project.write(change)
        project.commit("Change")
        bound = ask("compare", "main", "change", "--dry-run").document["evals"]
        most = sum(each["requests"] for each in bound)
        forms = {each["form"] for each in bound}
        assert len(forms) == len(bound), "rows that read equal"
        assert len(bound) == 1 or forms < {"main", "change", "main and change", *of_base}
        found = ask("compare", "main", "change", "--max-requests", str(most))
        code = 0 if said.startswith("Of 1 edited") else 1  # said, as by a check
        assert (found.code, found.document["sentence"][: len(said)]) == (code, said)


def test_what_could_not_be_compared_or_is_gone_is_no_pass(project, ask):
    other = {"prompts/other.yaml": PROMPT, "evals/other.yaml": EVAL}
    project.write({**other, EVAL_FILE: f"{EVAL}gate: {{must_pass: [card]}}\n"})
    project.commit("Another eval")
    project.git("branch", "-M", "main")
    project.git("checkout", "-q", "-b", "change")
    needy = PROMPT.replace("ticket }}", "text }}")
    rows = jsonl(example(*ticket) for ticket in TICKETS).replace('"ticket"', '"text"')
    files = {"prompts/other.yaml": needy, "evals/o.jsonl": rows}
    project.write({**files, "evals/other.yaml": EVAL.replace("router.jsonl", "o.jsonl")})
    project.commit("Ask by another variable")
    found = ask("compare", "main", "change")
    assert (found.code, list(found.document["not_compared"])) == (3, ["other"])
    gone = "1 example that must pass is gone: `card` of `router`. 1 eval was removed: `router`. "
    project.git("checkout", "-q", "-B", "change", "main")
    project.git("rm", "-q", EVAL_FILE)
    project.commit("Remove an eval")
    found = ask("compare", "main", "change")
    untested = "The prompt `router` is not tested any more. "
    said = f"{gone}{untested}Both sides ask exactly the same: 1 eval."
    assert (found.code, found.document["sentence"]) == (1, said)


def test_what_is_tested_otherwise_is_told_first(project, ask):
    project.git("branch", "-M", "main")
    project.git("checkout", "-q", "-b", "change")
    project.write({"prompts/copy.yaml": PROMPT, EVAL_FILE: f"prompt: copy\n{EVAL}"})
    project.commit("Test a copy")
    found = ask("compare", "main", "change")
    said = (
        "The prompt `router` is not tested any more. "
        "`router` tests the prompt `copy` here and `router` at the base. "
    )
    assert (found.code, found.document["sentence"][: len(said)]) == (0, said)
    alone = ask("compare", "main", "change", "--eval", "router")
    assert alone.document["sentence"] == found.document["sentence"]


def test_strict_makes_too_few_examples_fail(edited, ask):
    assert ask("compare", "v1", "v2").only["verdict"] == "underpowered"
    assert ask("compare", "v1", "v2", "--strict").code == 1


def test_evals_are_judged_as_one_family(large_set, api, ask):
    large_set.write({f"evals/{name}.yaml": f"prompt: router\n{EVAL}" for name in "abc"})
    large_set.commit("Three more evals")
    api.answers(before_and_after(lambda _: "other", wrong_on("ticket")))
    evals = ask("compare", "v1", "v2", "--confirm", "0").document["evals"]
    assert [each["eval"] for each in evals] == ["a", "b", "c", "router"]
    assert all(each["adjusted_p"] == pytest.approx(4 * each["p"]) for each in evals)


def test_only_the_evals_that_are_named(edited, ask):
    edited.write({"evals/second.yaml": f"prompt: router\n{EVAL}"})
    edited.commit("Second")
    assert ask("compare", "v1", "v2", "--eval", "second").only["eval"] == "second"
    assert ask("compare", "v1", "v2", "--eval", "third").code == 2


def test_a_ceiling_on_requests_stops_it(edited, api, ask):
    assert ask("compare", "v1", "v2", "--max-requests", "7").code == 4
    assert api.count == 7


def test_the_ceiling_holds_for_what_is_asked_again(edited, api, ask):
    api.answers(before_and_after(route, wrong_on("card")))
    assert ask("compare", "v1", "v2", "--max-requests", "13").code == 4
    assert api.count == 13


def test_a_provider_in_trouble_gives_no_verdict(edited, api, ask):
    trouble = Reply(400, body=error_body("broken"))
    api.answers(before_and_after(route, lambda _: trouble))
    answer = ask("compare", "v1", "v2")
    assert answer.code == 3
    assert answer.only["undecided"]
    assert len(answer.only["examples"]["error"]) == len(TICKETS)


def test_offline_with_nothing_stored_gives_no_verdict(edited, api, ask):
    assert ask("compare", "v1", "v2", "--offline").code == 3
    assert api.count == 0


# What is printed


def test_the_document_has_all_of_it(edited, ask):
    found = ask("compare", "v1", "v2").only
    assert found.keys() >= {
        *("eval", "verdict", "sentence", "n", "cells", "delta", "interval", "p", "adjusted_p"),
        *("test", "detectable", "needed", "compared", "examples", "confirmation", "churn"),
        *("negative_flips", "blocks", "base", "head", "lost", "hidden_tags"),
    }
    assert found["base"]["tags"]["billing"] == {"score": 1.0, "passed": 2, "total": 2}
    spent = found["head"]["spent"]
    assert (spent["asked"], spent["output_tokens"]) == (6, 6)
    assert json.loads(json.dumps(spent["cost"])) == spent["cost"]


def test_prompts_shows_their_difference(edited, capsys):
    main(["compare", "v1", "v2"])
    assert "You route all support tickets." not in capsys.readouterr().out
    main(["compare", "v1", "v2", "--prompts"])
    said = capsys.readouterr().out
    assert "--- router in v1" in said
    assert any(line.strip().startswith("-You route support") for line in said.splitlines())
    assert any(line.strip().startswith("+You route all support") for line in said.splitlines())


# The same gate in a plain run


@pytest.fixture
def recorded(project, api, ask):
    """Twelve examples, their record committed, and a model that fails once the prompt is edited."""
    project.write({EXAMPLES_FILE: many()})
    api.answers(before_and_after(lambda _: "other", lambda _: "nowhere"))
    ask("run")
    project.commit("Record the scores")
    return project


def test_a_run_after_an_edit_tells_of_the_fall(recorded, api, ask):
    recorded.write({PROMPT_FILE: LATER})
    before = api.count
    answer = ask("run")
    assert answer.code == 1
    assert api.count - before == MANY + 2 * 2 * MANY
    assert any(
        "router on small: the score fell by 100.0 points" in failure
        for failure in answer.only["failures"]
    )
    assert answer.only["change"]["lost"] == [f"n{i:02}" for i in range(MANY)]


def test_a_run_is_held_to_the_last_commit_s_gate_until_it_is_committed(recorded, ask, capsys):
    recorded.write({PROMPT_FILE: LATER, EVAL_FILE: f"{EVAL}gate: {{tolerance: 1}}\n"})
    assert main(["run", "--confirm", "0"]) == 1
    said = "router: the gate of the last commit holds as well (tolerance 0.02 → 1.0)"
    assert said in capsys.readouterr().err
    recorded.commit("Ease the gate")
    assert ask("run", "--confirm", "0").code == 0


def test_a_run_says_what_must_pass_and_was_taken_away(recorded, ask, capsys):
    recorded.write({EVAL_FILE: f"{EVAL}gate: {{must_pass: [n00, n01]}}\n"})
    recorded.commit("Two must pass")
    rows = many().splitlines(keepends=True)
    recorded.write({EVAL_FILE: EVAL, EXAMPLES_FILE: "".join(rows[1:])})
    said = "router: `n00`: must pass, as the last commit has it, and no eval has it: a check blocks"
    assert main(["run"]) == 0
    assert said in capsys.readouterr().err
    moved = {"evals/other.yaml": EVAL.replace("router.jsonl", "other.jsonl") + "prompt: router\n"}
    recorded.write(moved | {"evals/other.jsonl": rows[0]})
    main(["run", "router"])
    assert said not in capsys.readouterr().err


def test_a_run_says_what_must_pass_and_went_with_its_eval(recorded, ask, capsys):
    gate = "prompt: router\ngate: {must_pass: [n00]}\n"
    recorded.write({"evals/other.yaml": f"{EVAL}{gate}"})
    recorded.commit("A second eval")
    said = "other was removed, and `n00` must pass, as the last commit has it: a check blocks that"
    main(["run", "router"])
    assert said not in capsys.readouterr().err, "it is there"
    recorded.path.joinpath("evals/other.yaml").unlink()
    main(["run", "router"])
    assert said not in capsys.readouterr().err, "not all was read"
    main(["run"])
    assert said in capsys.readouterr().err


def test_accepted_losses_block_no_run(recorded, ask):
    recorded.write({PROMPT_FILE: LATER})
    assert ask("run").code == 1
    ids = [f"n{i:02}" for i in range(MANY)]
    assert main(["accept", "router", *ids, "-m", "as agreed"]) == 0
    answer = ask("run")
    assert (answer.code, answer.only["failures"]) == (0, [])


def test_losses_against_a_commit_with_another_broken_file_are_confirmed(recorded, api, ask):
    recorded.write({"prompts/other.yaml": "messages: nothing\n"})
    recorded.commit("Break another prompt")
    recorded.write({"prompts/other.yaml": PROMPT, PROMPT_FILE: LATER})
    before = api.count
    answer = ask("run")
    assert answer.code == 1
    assert api.count - before == 5 * MANY
    assert len(answer.only["change"]["lost"]) == MANY
    assert any("lost 12 and won 0 of 12" in failure for failure in answer.only["failures"])


def test_the_base_is_asked_again_of_its_own_model(recorded, api, ask):
    api.answers(lambda asked: "other" if asked.body["model"] == "small-1" else "nowhere")
    recorded.write({"promptci.yaml": config(api.url).replace("small-1", "small-2")})
    before = api.count
    answer = ask("run")
    assert len(answer.only["change"]["lost"]) == MANY
    assert Counter(body["model"] for body in api.requests[before:]) == {
        "small-2": 3 * MANY,
        "small-1": 2 * MANY,
    }

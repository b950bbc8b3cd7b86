"""`promptci run`: what is asked and what is not, what is recorded, and what the exit code says."""

import json
import subprocess
from decimal import Decimal

import pytest

from commands.conftest import files
from fakes import Reply, error_body, response_to
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

RECORD = "evals/router.scores.yaml"
_LINES = PROMPT.splitlines(keepends=True)


# What is asked


def test_the_first_run_asks_each_example_once_and_records_the_scores(project, api, ask):
    answer = ask("run")
    assert answer.code == 0
    assert api.count == 6
    found = answer.only
    assert (found["score"], found["passed"], found["total"]) == (1.0, 6, 6)
    assert (found["asked"], found["cached"]) == (6, 0)
    assert answer.document["written"] == [RECORD]
    assert "card: {is: pass, score: 1" in (project.path / RECORD).read_text()


def test_requests_carry_the_prompt_and_temperature_0(project, api, ask):
    ask("run", "--example", "card")
    [sent] = api.requests
    assert sent["messages"] == [
        {"role": "system", "content": "You route support tickets."},
        {"role": "user", "content": "My card was charged twice"},
    ]
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("small-1", 0, 8)


def test_the_second_run_asks_nothing_and_leaves_every_byte_as_it_was(project, api, ask):
    ask("run")
    before = files(project)
    again = ask("run")
    assert api.count == 6
    assert files(project) == before
    assert again.document["written"] == []
    assert (again.only["asked"], again.only["cached"]) == (0, 6)


def test_a_changed_scorer_asks_nothing_and_is_scored_again(project, api, ask):
    ask("run")
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [length: {max: 5}]\n"})
    answer = ask("run")
    assert api.count == 6
    assert answer.only["passed"] == 1  # only `other` is that short
    assert answer.document["written"] == [RECORD]


def test_a_changed_expectation_asks_nothing_and_is_scored_again(project, api, ask):
    ask("run")
    rows = [example(id_, text, "spam" if id_ == "hello" else queue) for id_, text, queue in TICKETS]
    project.write({"evals/router.jsonl": jsonl(rows)})
    answer = ask("run")
    assert api.count == 6
    assert answer.only["passed"] == 5


def test_one_changed_example_asks_one_call(project, api, ask):
    ask("run")
    rows = [example(id_, text.replace("Hello", "Hi"), queue) for id_, text, queue in TICKETS]
    project.write({"evals/router.jsonl": jsonl(rows)})
    answer = ask("run")
    assert api.count == 7
    assert (answer.only["asked"], answer.only["cached"]) == (1, 5)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prompts/router.yaml", f"# A comment.\n{PROMPT}"),
        ("prompts/router.yaml", PROMPT.replace("Route a", "Send a")),
        ("prompts/router.yaml", PROMPT.replace("version: v1", "version: v2")),
        ("prompts/router.yaml", "".join(_LINES[2:] + _LINES[:2])),
        ("evals/router.yaml", "scorers: [equals]\nexamples: 'router.jsonl'\n"),
        ("evals/router.yaml", "{examples: router.jsonl, scorers: [equals], gate: {tolerance: 1}}"),
        ("evals/router.jsonl", jsonl(example(*t, tags=[t[2]]) for t in reversed(TICKETS))),
    ],
    ids=["comment", "description", "label", "order of keys", "layout", "gate", "order of rows"],
)
def test_what_changes_no_answer_asks_nothing_and_keeps_the_fingerprint(
    project, api, ask, name, text
):
    before = ask("run").only
    assert text != (project.path / name).read_text()
    project.write({name: text})
    after = ask("run").only
    assert api.count == 6
    assert after["fingerprint"] == before["fingerprint"]
    assert after["score"] == before["score"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("prompts/router.yaml", "tickets.", "tickets!"),
        ("prompts/router.yaml", "max_tokens: 8", "max_tokens: 9"),
        ("evals/router.yaml", "equals", "contains"),
        ("evals/router.yaml", "scorers", "truncated: error\nscorers"),
        ("evals/router.jsonl", "Hello", "Hi"),
        ("evals/router.jsonl", '"expected": "other"', '"expected": "none"'),
        ("evals/router.jsonl", '"tags": ["other"]', '"tags": ["rest"]'),
        ("promptci.yaml", "model: small-1", "model: small-2"),
    ],
)
def test_what_can_change_a_score_changes_the_fingerprint(project, ask, name, old, new):
    before = ask("run").only["fingerprint"]
    text = (project.path / name).read_text()
    assert old in text
    project.write({name: text.replace(old, new)})
    assert ask("run").only["fingerprint"] != before


def test_two_evals_that_share_questions_ask_them_once(project, api, ask):
    project.write(
        {"evals/length.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [length: {max: 9}]"}
    )
    answer = ask("run")
    assert api.count == 6
    asked = {found["eval"]: (found["asked"], found["cached"]) for found in answer.document["evals"]}
    assert asked == {"length": (6, 0), "router": (0, 6)}


def test_several_models_have_a_section_each(project, api, ask):
    project.write(
        {"evals/router.yaml": "examples: router.jsonl\nscorers: [equals]\nmodels: [small, large]\n"}
    )
    answer = ask("run")
    assert [found["model"] for found in answer.document["evals"]] == ["small", "large"]
    assert {body["model"] for body in api.requests} == {"small-1", "large-1"}
    record = (project.path / RECORD).read_text()
    assert record.index("\n  large:\n") < record.index("\n  small:\n")


# What is selected


@pytest.mark.parametrize(
    "name",
    ["router", "evals/router.yaml", "./evals/router.yaml", "prompts/router.yaml", "evals", "."],
)
def test_an_eval_is_found_by_its_names(project, ask, name):
    assert [found["eval"] for found in ask("run", name).document["evals"]] == ["router"]


def test_a_folder_of_evals_is_a_name_too(project, api, ask):
    one = "prompt: router\nexamples: [{vars: {ticket: Hi}, expected: other}]\nscorers: [equals]\n"
    project.write({"evals/deep/one.yaml": one, "evals/deep/two.yaml": one})
    answer = ask("run", "deep")
    assert [found["eval"] for found in answer.document["evals"]] == ["deep/one", "deep/two"]
    assert api.count == 1


def test_tags_and_ids_pick_examples(project, api, ask):
    assert ask("run", "--tag", "billing").only["total"] == 2
    assert ask("run", "--tag", "billing", "--tag", "account").only["total"] == 3
    assert ask("run", "--example", "card", "--example", "hello").only["total"] == 2
    assert ask("run", "--tag", "billing", "--example", "card").only["total"] == 1
    assert api.count == 4


def test_a_sample_is_the_same_whatever_the_order_of_the_file(project, api, ask):
    def drawn(*arguments):
        api.sent.clear()
        ask("run", "--refresh", "--sample", "3", *arguments)
        return {body["messages"][-1]["content"] for body in api.requests}

    first = drawn()
    assert len(first) == 3
    project.write({"evals/router.jsonl": jsonl(example(*t, tags=[t[2]]) for t in TICKETS[::-1])})
    assert drawn() == first
    assert any(drawn("--seed", str(seed)) != first for seed in range(1, 5))


def test_repeats_are_asked_apart_and_the_majority_counts(project, api, ask):
    answers = {text: iter(("billing", "other", "billing")) for _, text, _ in TICKETS}
    api.answers(lambda ticket: next(answers[ticket]))
    answer = ask("run", "--repeat", "3", "--concurrency", "1")
    assert api.count == 18
    found = answer.only
    assert (found["total"], found["passed"], found["unstable"]) == (6, 2, 3)
    assert found["score"] == pytest.approx((2 * 2 / 3 + 1 / 3) / 6)
    ask("run", "--repeat", "3")
    assert api.count == 18


@pytest.mark.parametrize(
    "part", [("--tag", "billing"), ("--example", "card"), ("--sample", "2"), ("--repeat", "2")]
)
def test_a_part_never_rewrites_the_record(project, ask, part):
    answer = ask("run", *part)
    assert answer.code == 0
    assert answer.document["written"] == []
    assert not (project.path / RECORD).exists()


def test_no_write_leaves_the_record_alone(project, ask):
    assert ask("run", "--no-write").document["written"] == []
    assert not (project.path / RECORD).exists()


def test_a_model_that_the_eval_does_not_declare_is_tried_without_a_trace(project, api, ask):
    ask("run")
    before = files(project)
    answer = ask("run", "--model", "large")
    assert answer.only["model"] == "large"
    assert api.requests[-1]["model"] == "large-1"
    assert files(project) == before


def test_a_model_that_is_declared_keeps_the_sections_of_the_others(project, ask):
    project.write({"evals/router.yaml": f"{EVAL}models: [small, large]\n"})
    ask("run", "--model", "small")
    ask("run", "--model", "large")
    record = (project.path / RECORD).read_text()
    assert "\n  large:\n" in record
    assert "\n  small:\n" in record
    project.write({"evals/router.yaml": f"{EVAL}models: [large]\n"})
    ask("run")
    assert "\n  small:\n" not in (project.path / RECORD).read_text()


def test_accepted_losses_survive_a_run(project, api, ask):
    api.answers(lambda ticket: "billing" if "Hello" in ticket else route(ticket))
    ask("run")
    record = (project.path / RECORD).read_text()
    accepted = record.replace(
        "    examples:", "    accepted:\n      hello: we do not greet\n    examples:"
    )
    project.write({RECORD: accepted, "prompts/router.yaml": PROMPT.replace("v1", "v2")})
    ask("run")
    assert "hello: we do not greet" in (project.path / RECORD).read_text()


# Ceilings


def test_a_dry_run_asks_no_model_and_estimates_right(project, api, ask):
    ask("run", "--example", "card")
    api.sent.clear()
    found = ask("run", "--dry-run").only
    assert api.count == 0
    assert (found["examples"], found["cached"], found["requests"]) == (6, 1, 5)
    texts = [text for id_, text, _ in TICKETS if id_ != "card"]
    tokens = sum(
        2 * 4 + -(-len("You route support tickets.") // 4) + -(-len(t) // 4) for t in texts
    )
    assert (found["input_tokens"], found["output_tokens"]) == (tokens, 5 * 8)
    assert Decimal(found["cost"]) == Decimal(tokens * 1 + 40 * 2) / 1_000_000
    assert ask("run", "--dry-run", "--refresh").only["requests"] == 6
    assert not (project.path / RECORD).exists()


def test_a_dry_run_counts_what_judges_may_ask(project, api, ask):
    options = "{model: large, prompt: 'Good? {{ output }}', choices: [{choice: y, score: 1}]}"
    scorers = f"scorers: [choice_judge: {options}]"
    project.write({"evals/router.yaml": f"examples: router.jsonl\n{scorers}\n"})
    found = ask("run", "--dry-run").only
    assert (found["requests"], found["at_least"]) == (6 + 2 * 6, False)
    api.answers(lambda asked: "nonsense")
    ask("run")
    assert api.count <= 6 + 2 * 6


def test_offline_asks_no_model_and_cannot_decide_without_answers(project, api, ask):
    answer = ask("run", "--offline")
    assert (answer.code, api.count) == (3, 0)
    assert answer.only["errors"] == 6
    assert not (project.path / RECORD).exists()
    ask("run")
    answer = ask("run", "--offline")
    assert (answer.code, api.count) == (0, 6)


def test_offline_a_loss_counts_as_it_was_asked_again_before(project, api, ask):
    main(["run"])
    project.commit("scores")
    api.answers(before_and_after(route, lambda asked: "billing"))
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    assert ask("run", "--confirm", "0").code == 3
    assert ask("run", "--offline").code == 3
    staged = "check", "--staged", "--offline", "--base", "HEAD"
    project.git("add", ".")
    assert ask(*staged).code == 3
    assert ask("run").code == 1
    before = api.count
    assert ask("run", "--offline").code == 1
    assert ask(*staged).code == 1
    assert api.count == before


def test_refresh_asks_everything_again_and_keeps_the_new_answers(project, api, ask):
    ask("run")
    api.answers(lambda ticket: "other")
    assert ask("run").only["passed"] == 6
    answer = ask("run", "--refresh")
    assert api.count == 12
    assert answer.only["passed"] == 1
    assert ask("run").only["passed"] == 1
    assert api.count == 12


def test_a_ceiling_on_requests_keeps_what_was_done_and_the_next_run_goes_on(project, api, ask):
    answer = ask("run", "--max-requests", "4")
    assert (answer.code, api.count) == (4, 4)
    assert "ceiling of 4 requests" in answer.document["error"]
    assert "4 of 6 examples done" in answer.stderr
    assert not (project.path / RECORD).exists()
    answer = ask("run", "--max-requests", "4")
    assert (answer.code, api.count) == (4, 4)
    earlier = "other runs of the same work, unfinished or at the same time, took 4 requests"
    assert earlier in answer.document["error"]
    answer = ask("run", "--max-requests", "6")
    assert (answer.code, api.count) == (0, 6)
    assert (answer.only["asked"], answer.only["cached"]) == (2, 4)
    assert list((project.path / ".promptci/spending").glob("*.jsonl")) == []


def test_a_ceiling_on_cost_is_never_passed(project, api, ask):
    ceiling = Decimal("0.00006")  # 60 tokens of input, or 30 of output
    answer = ask("run", "--max-cost", str(ceiling), "--concurrency", "4")
    assert answer.code == 4
    assert 1 <= api.count < 6
    usage = [response_to(body, "word")["usage"] for body in api.requests]
    tokens = sum(each["prompt_tokens"] + 2 * each["completion_tokens"] for each in usage)
    assert Decimal(tokens) / 1_000_000 <= ceiling
    assert "the ceiling of $0.00006 is reached" in answer.document["error"]
    assert ask("run", "--max-cost", "1").code == 0
    assert api.count == 6


def test_a_ceiling_on_cost_needs_a_price(project, api, ask):
    answer = ask("run", "--model", "large", "--max-cost", "1")
    assert (answer.code, api.count) == (2, 0)
    assert "price for `large`" in answer.document["error"]


def test_ceilings_may_be_in_the_configuration(project, api, ask):
    project.write(
        {
            "promptci.yaml": config(api.url).replace(
                "model: small}", "model: small, max_requests: 2}"
            )
        }
    )
    assert ask("run").code == 4
    assert api.count == 2
    assert ask("run").code == 4
    assert api.count == 2
    assert ask("run", "--max-requests", "10").code == 0


def test_a_call_made_again_without_a_refused_parameter_counts(project, api, ask):
    refusal = Reply(400, body=error_body("Unsupported: temperature", param="temperature"))
    api.answers(lambda asked: refusal if "temperature" in asked.body else route(asked))
    answer = ask("run", "--concurrency", "1", "--max-requests", "6")
    assert (answer.code, api.count) == (4, 6)
    assert ask("run", "--concurrency", "1", "--max-requests", "8").code == 0
    assert sum("temperature" in body for body in api.requests) == 1 + 1


@pytest.mark.parametrize("amount", ["nan", "-1", "inf", "much", "-0.01"])
def test_a_ceiling_is_an_amount(project, ask, amount):
    answer = ask("run", "--max-cost", amount)
    assert answer.code == 2
    assert "amount of US dollars" in answer.document["error"]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_no_more_requests_are_under_way_than_wished(project, api, ask, concurrency):
    api.answers(lambda ticket: Reply(body=response_to(ticket.body, route(ticket)), delay=0.05))
    ask("run", "--concurrency", str(concurrency))
    assert api.most_in_flight == concurrency


def together(api, answer, looks=25):
    """A rule that answers all requests under way at once, when no more come.

    That is when so many looks found no more of them: these take as long as the machine is slow.
    """
    answered = 0

    def rule(asked):
        number = seen = api.count
        quiet = 0

        def is_time():
            nonlocal answered, seen, quiet
            quiet = quiet + 1 if seen == api.count else 0
            seen = api.count
            if quiet > looks:
                answered = seen
            return number <= answered

        return Reply(body=response_to(asked.body, answer), until=is_time)

    return rule


def test_many_may_be_under_way(project, api, ask):
    """Requests are answered when no other has come for a while, however slow the machine."""
    rows = jsonl(example(f"n{number}", f"Hello {number}", "other") for number in range(600))
    project.write({"evals/router.jsonl": rows})
    api.answers(together(api, "other"))
    assert ask("run", "--concurrency", "400").code == 0
    assert api.most_in_flight > 200


# What the exit code says


def test_a_missed_floor_exits_1_and_is_recorded(project, api, ask):
    api.answers(lambda ticket: "billing")
    project.write({"evals/router.yaml": f"{EVAL}gate: {{min_score: 0.5}}\n"})
    answer = ask("run")
    assert answer.code == 1
    assert answer.only["failures"] == [
        "router on small: the score 33.3% is below the floor of 50.0%"
    ]
    assert answer.document["written"] == [RECORD]
    assert ask("run", "--example", "hello").code == 0  # a part says nothing about the whole


def test_a_floor_that_is_just_reached_holds(project, api, ask):
    api.answers(lambda ticket: "billing" if "card" in ticket or "money" in ticket else "none")
    project.write({"evals/router.yaml": f"{EVAL}gate: {{min_score: 0.3333333333}}\n"})
    assert ask("run").code == 0


def test_a_must_pass_example_that_fails_exits_1(project, api, ask):
    api.answers(lambda ticket: "other" if "log in" in ticket else route(ticket))
    gate = "{examples: router.jsonl, scorers: [equals], gate: {must_pass: [login]}}"
    project.write({"evals/router.yaml": gate})
    answer = ask("run")
    assert answer.code == 1
    assert answer.only["failures"] == ["router on small: `login` must pass and fails"]


def test_a_must_pass_example_without_an_answer_is_no_verdict(project, api, ask):
    api.answers(lambda ticket: Reply(400, body="{}") if "log in" in ticket else route(ticket))
    gate = "gate: {must_pass: [login], max_errors: 3}"
    project.write({"evals/router.yaml": f"examples: router.jsonl\nscorers: [equals]\n{gate}\n"})
    assert ask("run").code == 3


def test_a_missing_answer_is_no_failure_and_no_verdict(project, api, ask):
    api.answers(lambda ticket: Reply(400, body="{}") if "log in" in ticket else route(ticket))
    answer = ask("run")
    found = answer.only
    assert answer.code == 3
    assert (found["score"], found["passed"], found["total"], found["errors"]) == (1.0, 5, 6, 1)
    assert answer.document["written"] == []
    assert not (project.path / RECORD).exists()
    [(why, count)] = found["reasons"].items()
    assert (count, "HTTP 400" in why) == (1, True)
    api.answers(route)
    assert ask("run").code == 0
    assert api.count == 7


def test_so_many_errors_as_the_gate_allows_are_recorded(project, api, ask):
    api.answers(lambda ticket: Reply(400, body="{}") if "log in" in ticket else route(ticket))
    project.write({"evals/router.yaml": f"{EVAL}gate: {{max_errors: 1}}\n"})
    answer = ask("run")
    assert answer.code == 0
    assert "login: {is: error, score: 0" in (project.path / RECORD).read_text()


def test_errors_alone_never_exit_0(project, api, ask):
    api.answers(lambda ticket: Reply(400, body="{}"))
    project.write({"evals/router.yaml": f"{EVAL}gate: {{max_errors: 100}}\n"})
    answer = ask("run")
    assert answer.code == 3
    assert answer.only["score"] is None
    assert not (project.path / RECORD).exists()


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(401, body='{"error": {"message": "bad key"}}'), "does not let us in"),
        (Reply(403, body="{}"), "does not let us in"),
        (
            Reply(429, body='{"error": {"message": "no", "code": "insufficient_quota"}}'),
            "quota is used up",
        ),
    ],
    ids=["401", "403", "quota"],
)
def test_who_is_not_let_in_stops_at_once(project, api, ask, monkeypatch, reply, word):
    monkeypatch.setenv("LAB_KEY", "secret-key-of-the-lab")
    project.write(
        {
            "promptci.yaml": config(api.url).replace(api.url, f"{api.url}, key_env: LAB_KEY"),
            "evals/router.jsonl": jsonl(
                example(f"n{n}", f"Hello {n}", "other") for n in range(200)
            ),
        }
    )
    api.answers(lambda ticket: reply)
    answer = ask("run", "--concurrency", "4")
    assert answer.code == 3
    assert api.count <= 4
    assert word in answer.document["error"]
    assert "\n" not in answer.document["error"]
    assert "secret-key-of-the-lab" not in json.dumps(answer.document) + answer.stderr


def test_an_endpoint_that_answers_nothing_is_given_up_early(project, api, ask):
    rows = jsonl(example(f"n{number}", f"Hello {number}", "other") for number in range(500))
    project.write({"evals/router.jsonl": rows})
    api.answers(lambda ticket: Reply(400, body='{"error": {"message": "not like this"}}'))
    answer = ask("run", "--concurrency", "4")
    assert answer.code == 3
    assert api.count <= 24
    assert "not like this" in answer.document["error"]
    assert "20 requests in a row got no answer" in answer.document["error"]


def test_single_failures_stop_no_run(project, api, ask):
    rows = jsonl(example(f"n{number}", f"Hello {number}", "other") for number in range(100))
    project.write({"evals/router.jsonl": rows})
    numbers = iter(range(100))
    api.answers(lambda ticket: Reply(400, body="{}") if next(numbers) % 10 else "other")
    answer = ask("run")
    assert answer.code == 3
    assert (answer.only["errors"], api.count) == (90, 100)


@pytest.mark.parametrize(
    ("finish", "content", "refusal", "fate"),
    [
        ("stop", None, "I will not", "refused"),
        ("content_filter", "", None, "filtered"),
        ("length", "oth", None, "truncated"),
    ],
)
def test_answers_that_are_none_are_errors(project, api, ask, finish, content, refusal, fate):
    def odd(ticket):
        body = response_to(ticket.body, route(ticket))
        if "Hello" in ticket:
            body["choices"][0]["finish_reason"] = finish
            body["choices"][0]["message"].update(content=content, refusal=refusal)
        return body

    api.answers(odd)
    spec = "{examples: router.jsonl, scorers: [equals], truncated: error}"
    project.write({"evals/router.yaml": spec})
    answer = ask("run")
    assert answer.code == 3
    assert answer.only["reasons"] == {f"the answer was {fate}": 1}
    assert answer.only["truncated"] == (fate == "truncated")
    assert ask("run", "--offline").code == 3
    assert api.count == 6
    assert ask("run").code == 3
    # What was cut off would be cut off again; of the rest the next run hopes for better.
    assert api.count == (6 if fate == "truncated" else 7)


def test_an_answer_that_was_none_is_asked_for_again_once_in_a_run(project, api, ask):
    rows = [example(f"n{number}", "Hello there", "other") for number in range(300)]
    project.write({"evals/router.jsonl": jsonl([*rows, example("card", "My card", "billing")])})
    api.answers(lambda ticket: "" if "Hello" in ticket else "billing")
    assert ask("run").only["passed"] == 1
    assert api.count == 2
    assert ask("run", "--dry-run").only["requests"] == 1
    assert ask("run").only["passed"] == 1
    assert api.count == 3
    api.answers(lambda ticket: "other")
    assert ask("run").only["passed"] == 301
    assert api.count == 4
    assert ask("run").only["asked"] == 0
    assert api.count == 4


def test_a_model_of_another_name_may_be_no_answer(project, api, ask):
    """Only where the configuration says what it is to be called."""
    api.answers(lambda ticket: {**response_to(ticket.body, route(ticket)), "model": "small-0613"})
    assert ask("run", "--no-write").code == 0
    served = config(api.url).replace("model: small-1}", "model: small-1, served: small-1*}")
    project.write({"promptci.yaml": served})
    answer = ask("run")
    assert answer.code == 3
    why = "the endpoint let `small-0613` answer, not `small-1*`"
    assert answer.only["reasons"] == {why: 6}
    api.answers(lambda ticket: {**response_to(ticket.body, route(ticket)), "model": "small-1-b"})
    assert ask("run").code == 0
    assert api.count == 18


def test_a_truncated_answer_is_scored_unless_said_otherwise(project, api, ask):
    def cut(ticket):
        body = response_to(ticket.body, route(ticket))
        body["choices"][0]["finish_reason"] = "length"
        return body

    api.answers(cut)
    answer = ask("run")
    assert answer.code == 0
    assert (answer.only["passed"], answer.only["truncated"]) == (6, 6)


def test_a_model_that_refuses_a_temperature_is_asked_without_and_recorded_so(project, api, ask):
    refusal = {
        "error": {
            "message": "temperature is not supported",
            "code": "unsupported_value",
            "param": "temperature",
        }
    }
    api.answers(
        lambda t: Reply(400, body=json.dumps(refusal)) if "temperature" in t.body else route(t)
    )
    answer = ask("run", "--concurrency", "1")
    assert answer.code == 0
    assert api.count == 7
    assert answer.only["sampling"] == "provider-default"
    assert "sampling: provider-default" in (project.path / RECORD).read_text()


# Against the last commit


def test_the_report_says_what_was_lost_and_won_since_the_last_commit(project, api, ask):
    api.answers(
        before_and_after(
            lambda ticket: "other" if "parcel" in ticket else route(ticket),
            lambda ticket: "none" if "card" in ticket else route(ticket),
        )
    )
    ask("run")
    project.commit("Record the scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    answer = ask("run")
    change = answer.only["change"]
    assert (change["lost"], change["won"], change["obstacle"]) == (["card"], ["parcel"], None)
    assert change["delta"] == 0
    [lost] = answer.document["lost"]
    assert lost == {
        "eval": "router",
        "model": "small",
        "example": "card",
        "expected": "billing",
        "output": "none",
        "why": 'equals: expected "billing", got "none"',
    }


def test_an_edited_example_is_changed_and_never_lost(project, api, ask):
    ask("run")
    project.commit("Record the scores")
    rows = [example(id_, text, "spam" if id_ == "hello" else queue) for id_, text, queue in TICKETS]
    project.write({"evals/router.jsonl": jsonl([*rows[1:], example("new", "New", "other")])})
    answer = ask("run")
    change = answer.only["change"]
    assert (change["lost"], change["changed"], change["new"], change["removed"]) == (
        [],
        ["hello"],
        ["new"],
        ["card"],
    )
    assert answer.document["lost"] == []


def test_by_other_scorers_the_stored_answers_of_the_last_commit_are_judged_too(project, ask):
    ask("run")
    project.commit("Record the scores")
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [length: {max: 1}]\n"})
    answer = ask("run")
    assert (answer.code, answer.only["change"]["obstacle"]) == (0, None)
    assert answer.only["change"]["delta"] == 0.0
    assert answer.document["lost"] == []


def test_lost_examples_come_in_the_order_of_the_file_and_are_bounded(project, api, ask):
    rows = [example(f"n{number}", f"Hello {number}", "other") for number in range(120)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    api.answers(before_and_after(route, lambda ticket: "none"))
    ask("run")
    project.commit("Record the scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    answer = ask("run", "--confirm", "0")
    assert [lost["example"] for lost in answer.document["lost"]] == [f"n{n}" for n in range(50)]
    assert len(answer.only["change"]["lost"]) == 120


def test_a_damaged_committed_record_is_said_and_not_compared_with(project, ask):
    ask("run")
    record = (project.path / RECORD).read_text()
    project.write({RECORD: record.replace("passed: 6", "passed: 7")})
    project.commit("Break the record")
    answer = ask("run")
    assert answer.code == 0
    assert "the last commit's record is damaged (line 11: " in answer.stderr
    assert "no commit before has one that fits its files" in answer.stderr
    assert "does not add up" in answer.stderr
    assert answer.only["change"] is None


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("models:", "<<<<<<< HEAD\nmodels:", "merge conflict"),
        ("passed: 6", "passed: six", "no count"),
        ("format: 2", "form: 2", "no `format`"),
    ],
)
def test_a_damaged_record_is_written_again_and_that_is_said(project, ask, old, new, word):
    ask("run")
    good = (project.path / RECORD).read_bytes()
    project.write({RECORD: good.decode().replace(old, new)})
    answer = ask("run")
    assert answer.code == 0
    assert word in answer.stderr
    assert "rewritten" in answer.stderr
    assert (project.path / RECORD).read_bytes() == good


def test_a_record_of_a_later_promptci_is_not_written_over(project, ask):
    ask("run")
    later = (project.path / RECORD).read_text().replace("format: 2", "format: 4")
    project.write({RECORD: later})
    answer = ask("run")
    assert answer.code == 2
    assert "upgrade promptci" in answer.document["error"]
    assert (project.path / RECORD).read_text() == later


def test_examples_that_change_while_they_are_run_are_not_recorded(project, api, ask):
    path = project.path / "evals/router.jsonl"

    def edit(ticket):
        path.write_text(path.read_text().replace('"other"', '"spam"'))
        return route(ticket)

    api.answers(edit)
    answer = ask("run")
    assert answer.code == 3
    assert not (project.path / RECORD).exists()


def test_examples_that_vanish_while_they_are_run_are_not_recorded(project, api, ask):
    def unlink(ticket):
        (project.path / "evals/router.jsonl").unlink(missing_ok=True)
        return route(ticket)

    api.answers(unlink)
    assert ask("run").code == 3
    assert not (project.path / RECORD).exists()


# Formats of examples and prompts


def test_examples_may_be_csv_with_a_byte_order_mark(project, api, ask):
    rows = "id,ticket,expected,tags\r\ncard,My card was charged twice,billing,money;urgent\r\n"
    project.write(
        {
            "evals/router.csv": f"\ufeff{rows}",
            "evals/router.yaml": "{examples: router.csv, scorers: [equals]}",
        }
    )
    answer = ask("run")
    assert answer.code == 0
    assert sorted(answer.only["tags"]) == ["money", "urgent"]


def test_a_prompt_yml_is_prompt_and_eval_in_one(repo, api, ask):
    api.answers(route)
    repo.write(
        {
            "promptci.yaml": config(api.url),
            "app/router.prompt.yml": """\
model: small
messages:
  - {role: user, content: "{{input}}"}
testData:
  - {input: My card was charged twice, expected: billing}
evaluators:
  - name: right
    string: {equals: "{{expected}}"}
""",
        }
    )
    answer = ask("run")
    assert (answer.code, answer.only["eval"], answer.only["passed"]) == (0, "app/router", 1)
    assert answer.document["written"] == ["evals/app/router.scores.yaml"]


def test_everything_works_below_the_top_of_a_repository(new_repo, api, monkeypatch, ask):
    api.answers(route)
    repo = new_repo("mono")
    repo.write({f"services/desk/{name}": text for name, text in router(api.url).items()})
    repo.commit("Add a service")
    monkeypatch.chdir(repo.path / "services/desk/prompts")
    assert ask("run").document["written"] == [RECORD]
    repo.commit("Record")
    assert ask("run").only["change"]["delta"] == 0
    monkeypatch.chdir(repo.path)
    assert ask("-C", "services/desk", "run").code == 0
    assert api.count == 6


def test_results_are_the_same_bytes_whatever_order_answers_arrive_in(project, api, ask, new_repo):
    scorers = "scorers: [equals, contains: {value: i, weight: 3}, length: {max: 5, weight: 0.1}]"
    project.write({"evals/router.yaml": f"examples: router.jsonl\n{scorers}\n"})
    records = set()
    for pause in ((0.0, 0.1), (0.1, 0.0)):
        api.answers(
            lambda ticket, pause=pause: Reply(
                body=response_to(ticket.body, route(ticket)), delay=pause["a" in ticket]
            )
        )
        assert ask("run", "--refresh").code == 0
        records.add((project.path / RECORD).read_bytes())
    assert len(records) == 1


def test_a_run_starts_git_a_few_times(project, ask, monkeypatch):
    started = []
    popen = subprocess.Popen.__init__

    def counted(self, command, *arguments, **options):
        started.append(command)
        popen(self, command, *arguments, **options)

    assert ask("run").code == 0
    project.commit("Record")
    monkeypatch.setattr("subprocess.Popen.__init__", counted)
    assert ask("run").code == 0
    assert len(started) <= 8


def test_text_goes_to_stdout_and_remarks_to_stderr(project, capsys):
    assert main(["run"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0].split()[:3] == ["eval", "model", "score"]
    assert captured.err.splitlines() == [
        "asking up to 8 requests (2 only if a parameter is refused), at most about $0.0002, "
        "166 tokens",
        "6 asked for <$0.0001, 0 from the cache; wrote evals/router.scores.yaml",
    ]

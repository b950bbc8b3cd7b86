"""`solve:` several samples of each answer, of which one is picked."""

import re
import signal
from math import comb

import pytest

from fakes import Reply, error_body, response_to
from processes import PROMPTCI, Forked
from projects import config, jsonl
from promptci.commands.main import main

ANSWERS = {"p1": "AABAC", "p2": "ABBAC", "p3": "????C", "p4": "DDDDD"}
"""What the model says to each puzzle with seeds 1 to 5; `?` is an answer without a letter."""

MORE = {"p1": "BBBBB", "p2": "BBBBB", "p3": "?????", "p4": "DDDDD"}
"""The same with seeds 6 to 10."""

RIGHT = {"p1": "A", "p2": "B", "p3": "C", "p4": "D"}

PROMPT = """\
parameters: {max_tokens: 20}
messages: [{role: user, content: "{{ puzzle }}"}]
"""
VOTE = "solve: {sample: {n: 5, temperature: 0.7, seed: 1}, pick: vote, key: {regex: 'is (.)'}}\n"
EVAL = """\
examples: puzzle.jsonl
scorers:
  - equals: {extract: {regex: "is (.)"}}
"""


def said(asked):
    """The answer to a puzzle, by the seed it is asked with; without one the first."""
    puzzle = next(name for name in ANSWERS if name in asked)
    place = (asked.body.get("seed", 1) - 1) % 10_000  # when asked again, seeds go on far above
    letter = (ANSWERS[puzzle] + MORE[puzzle])[place]
    return "I cannot say." if letter == "?" else f"It is {letter}."


@pytest.fixture
def puzzles(project, api):
    api.answers(said)
    rows = [{"id": p, "vars": {"puzzle": f"Solve {p}"}, "expected": RIGHT[p]} for p in ANSWERS]
    project.write(
        {
            "promptci.yaml": config(api.url),
            "prompts/puzzle.yaml": PROMPT + VOTE,
            "evals/puzzle.yaml": EVAL,
            "evals/puzzle.jsonl": jsonl(rows),
        }
    )
    for name in ("prompts/router.yaml", "evals/router.yaml", "evals/router.jsonl"):
        (project.path / name).unlink()
    return project


def solved(puzzles, solve):
    puzzles.write({"prompts/puzzle.yaml": PROMPT + solve})


def test_a_vote_counts_and_the_earliest_of_those_tied_wins(puzzles, api, ask):
    only = ask("run").only
    assert (only["passed"], only["total"], only["asked"], only["sampling"]) == (3, 4, 20, "picked")
    assert [body["temperature"] for body in api.requests] == [0.7] * 20
    assert sorted(body["seed"] for body in api.requests) == sorted([1, 2, 3, 4, 5] * 4)
    assert only["picks"] == {
        "pick": "vote",
        "n": 5,
        "examples": 4,
        "samples": 20,
        "agreement": pytest.approx((3 + 2 + 1 + 5) / 20),
        "tied": 1,
        "invalid": 0,
    }


VERSIONS = ["3.1", "3.10", "3.10", "3.9", "3.9"]
"""What samples with seeds 1 to 5 say."""


@pytest.mark.parametrize(
    ("answers", "numbers", "picked"),
    [
        (VERSIONS, "", (2, 3, False)),  # 3.1 and 3.10 are equal, and most write 3.10
        (VERSIONS, ", numbers: true", (2, 3, False)),
        (VERSIONS, ", numbers: false", (2, 2, True)),  # 3.10 and 3.9, each twice
        (["Paris", "paris", "paris", "Rome", "Rome"], "", (2, 3, False)),
        (["2.50", "2.5", "$2.50", "7", "7"], ", numbers: false", (4, 2, False)),
    ],
)
def test_a_vote_takes_equal_numbers_as_one_unless_they_are_names(
    puzzles, api, ask, answers, numbers, picked
):
    solved(puzzles, VOTE.replace("(.)", "(.*)[.]$").replace("'}}", f"'}}{numbers}}}"))
    api.answers(lambda asked: f"It is {answers[(asked.body['seed'] - 1) % 10_000]}.")
    ask("run")
    [shown] = ask("show", "puzzle", "p1").document["examples"]
    assert tuple(shown["picked"][key] for key in ("sample", "votes", "tied")) == picked


def test_what_numbers_are_by_default_changes_no_fingerprint_when_written(puzzles, ask):
    first = ask("run", "--no-write").only["fingerprint"]
    solved(puzzles, VOTE.replace("'}}", "'}, numbers: true}"))
    assert ask("run", "--no-write").only["fingerprint"] == first
    solved(puzzles, VOTE.replace("'}}", "'}, numbers: false}"))
    assert ask("run", "--no-write").only["fingerprint"] != first


def test_pass_at_k_and_pass_hat_k_are_those_worked_out_by_hand(puzzles, ask):
    found = ask("run").only["trials"]
    passed = [3, 2, 1, 5]
    assert found["kind"] == "samples"
    assert [each["k"] for each in found["at"]] == [1, 2, 3, 4, 5]
    for each in found["at"]:
        k = each["k"]
        assert each["pass_power"] == pytest.approx(sum(comb(c, k) / comb(5, k) for c in passed) / 4)
        none = [comb(5 - c, k) / comb(5, k) for c in passed]
        assert each["pass_any"] == pytest.approx(1 - sum(none) / 4)
        low, high = each["pass_power_interval"]
        assert low < each["pass_power"] <= high
    assert [round(each["pass_power"], 4) for each in found["at"]][:2] == [0.55, 0.35]
    assert found["at"][1]["pass_any"] == pytest.approx(0.75)


def test_samples_that_are_all_silent_fail_in_the_figures_of_trials_too(puzzles, api, ask):
    api.answers(lambda prompt: "")
    only = ask("run").only
    assert only["passed"] == 0
    first = only["trials"]["at"][0]
    assert (first["examples"], first["pass_any"]) == (4, 0)


def test_more_samples_ask_for_the_new_ones_alone_and_fewer_for_none(puzzles, api, ask):
    ask("run")
    solved(puzzles, VOTE.replace("n: 5", "n: 10"))
    assert ask("run", "--dry-run").only["requests"] == 4 * 5
    more = ask("run").only
    assert (api.count, more["asked"]) == (40, 20)
    assert sorted({body["seed"] for body in api.requests[20:]}) == [6, 7, 8, 9, 10]
    solved(puzzles, VOTE.replace("n: 5", "n: 3"))
    assert ask("run").only["asked"] == 0
    assert api.count == 40


def test_the_screen_says_how_it_was_picked(puzzles, capsys):
    assert main(["run"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "picked by vote from at most 5 samples (20 in all for 4 examples)" in out
    assert "1 example tied: the earliest sample counts" in out
    assert "55.0% of them agree with the answer" in out


def test_the_first_valid_sample_ends_the_asking(puzzles, api, ask):
    solved(
        puzzles,
        "solve: {sample: {n: 5, temperature: 1, seed: 1}, pick: first_valid, "
        "valid: {regex: 'is [A-D]'}}\n",
    )
    dry = ask("run", "--dry-run").only
    only = ask("run").only
    assert (only["asked"], only["picks"]["samples"], only["trials"]) == (1 + 1 + 5 + 1, 8, None)
    assert dry["requests"] == 4 * 5
    assert only["passed"] == 3  # p2 says A at first
    assert only["picks"]["invalid"] == 0


def test_an_answer_is_valid_that_has_the_key_where_nothing_else_checks(puzzles, ask):
    sample = "{n: 5, temperature: 1, seed: 1}"
    solved(puzzles, f"solve: {{sample: {sample}, pick: first_valid, key: {{regex: 'is (.)'}}}}\n")
    only = ask("run").only
    assert (only["asked"], only["passed"], only["picks"]["invalid"]) == (1 + 1 + 5 + 1, 3, 0)


def test_where_no_sample_is_valid_the_last_counts_and_that_is_told(puzzles, ask, capsys):
    solved(
        puzzles,
        "solve: {sample: {n: 3, temperature: 1, seed: 1}, pick: first_valid, "
        "valid: {regex: 'is [A-D]'}}\n",
    )
    only = ask("run").only
    assert (only["asked"], only["picks"]["invalid"], only["passed"]) == (1 + 1 + 3 + 1, 1, 2)
    main(["run"])
    assert "no sample passes the check, so the last counts" in " ".join(
        capsys.readouterr().out.split()
    )


def test_the_best_by_a_scorer_is_the_answer(puzzles, ask):
    solved(
        puzzles,
        "solve: {sample: {n: 5, temperature: 1, seed: 1}, pick: {best: {regex: 'is [BC]'}}}\n",
    )
    only = ask("run").only
    assert only["passed"] == 3  # B, B, C, and D, which none of its samples beats
    assert (only["picks"]["tied"], only["picks"]["agreement"]) == (2, None)


def test_a_judge_is_asked_in_both_orders_and_only_about_other_words(puzzles, api, ask):
    """It likes letters late in the alphabet, but of B and C whichever it is shown first."""

    def rule(asked):
        if "seed" in asked.body:
            return said(asked)
        shown = re.findall(r"It is (.)\.|(?=I cannot)", asked)[-2:]
        is_first = set(shown) == {"B", "C"} or shown[0] > shown[1]
        choice = "first" if is_first else "second"
        return f'{{"reason": "late", "choice": "{choice}"}}'

    api.answers(rule)
    judge = "{criteria: Later., model: large}"
    solved(
        puzzles,
        f"solve: {{sample: {{n: 5, temperature: 1, seed: 1}}, pick: {{judge: {judge}}}}}\n",
    )
    most = ask("run", "--dry-run").only["requests"]
    only = ask("run").only
    assert api.count - 20 == 2 * (2 + 2 + 1 + 0)  # pairs of different words, in both orders
    assert api.count <= most
    assert only["passed"] == 3  # B of p1 is wrong, B of p2, C of p3 and D of p4 are right
    assert (only["picks"]["tied"], only["picks"]["invalid"]) == (2, 0)
    api.answers(lambda asked: said(asked) if "seed" in asked.body else "the first, I think")
    only = ask("run", "--refresh").only
    assert (only["picks"]["tied"], only["picks"]["invalid"]) == (0, 3)  # p4 needs no judge


def test_a_judge_may_have_words_of_its_own(puzzles, api, ask):
    words = """\
system: Pick one.
user: "{{ criteria }} {{ question }} One: {{ first }} Two: {{ second }}"
reply:
  type: object
  properties: {choice: {type: string, enum: [first, second, tie]}}
  required: [choice]
"""
    puzzles.write({"evals/judges/pick-one.yaml": words})
    solved(
        puzzles,
        "solve: {sample: {n: 2, temperature: 1, seed: 1}, "
        "pick: {judge: {prompt: pick-one, model: large}}}\n",
    )
    api.answers(lambda asked: '{"choice": "tie"}' if "Two:" in asked else said(asked))
    only = ask("run").only
    asked = [body for body in api.requests if "seed" not in body]
    assert len(asked) == 2
    assert all(body["messages"][0]["content"].startswith("Pick one.") for body in asked)
    assert (only["passed"], only["picks"]["tied"]) == (2, 1)  # A of p1, and of p2 A before B
    flow = "steps: [{ask: {prompt: puzzle}}]\noutput: '{{ ask }}'\n"
    puzzles.write({"flows/whole.yaml": flow, "evals/whole.yaml": "flow: whole\n" + EVAL})
    for name in ("puzzle", "whole"):  # the whole asks nothing but what is stored
        most = ask("run", name, "--refresh-judges", "--dry-run").only["requests"]
        assert ask("run", name, "--refresh-judges").only["asked"] == 2 <= most
        assert ask("run", name).only["asked"] == 0
    puzzles.write({"evals/judges/pick-one.yaml": words.replace("user:", "users:")})
    assert "evals/judges/pick-one.yaml:2:1: unknown key `users`" in str(ask("run").document)
    judge = "{prompt: pick_two, model: large}"
    solved(puzzles, f"solve: {{sample: {{n: 2, temperature: 1}}, pick: {{judge: {judge}}}}}\n")
    assert "evals/judges/pick_two.yaml" in str(ask("run").document)


@pytest.mark.parametrize(
    ("solve", "told"),
    [
        ("{sample: {n: 5, temperature: 1}, pick: vote}", "`vote` needs `key`"),
        (
            "{sample: {n: 1}, pick: vote, key: {regex: .}}",
            "one sample leaves nothing to pick from: ask for more, or leave out `solve`",
        ),
        ("{sample: {n: 5}, pick: vote, key: {regex: a}}", "5 samples at temperature 0 are one"),
        ("{sample: {n: 5, temperature: 1}, pick: first_valid}", "`first_valid` needs `valid`"),
        ("{sample: {n: 5, temperature: 1}, pick: best}", "write `best: SCORER`"),
        ("{sample: {n: 5, temperature: 1}, pick: votes}", "did you mean `vote`"),
        ("{sample: {n: 5, temperature: 1}, pick: {best: equals}}", "looks at what is expected"),
        (
            "{sample: {n: 5, temperature: 1}, pick: {best: {contains: '{{ hint }}'}}}",
            "`hint`, which the prompt's model is not sent",
        ),
        (
            "{sample: {n: 5, temperature: 1}, pick: {best: {select_best: {model: large}}}}",
            "write `pick: {judge: …}`",
        ),
        (
            "{sample: {n: 5, temperature: 1}, pick: first_valid, "
            "valid: {rubric: {model: large, criteria: Good}}}",
            "asks a model, which is no check",
        ),
        ("{sample: {n: 5, temperature: 1}, pick: vote, key: {regx: a}}", "did you mean `regex`"),
        (
            "{sample: {n: 5, temperature: 1}, pick: {best: {regex: a}}, numbers: false}",
            "`numbers` says how the parts that a `key` takes are counted",
        ),
        (
            "{sample: {n: 5, temperature: 1}, pick: first_valid, key: {regex: a}, numbers: false}",
            "`numbers` says how the parts that a `key` takes are counted",
        ),
        ("{sample: {n: 0, temperature: 1}, pick: vote, key: {regex: a}}", "n"),
        (
            "{sample: {n: 5, temperature: 1}, pick: vote, key: {regex: a}, valid: is_json}",
            "`valid` goes with `first_valid`",
        ),
        ("{sample: {n: 2, temperature: 1}, pick: {judge: {model: none}}}", "none"),
        (
            "{sample: {n: 2, temperature: 1}, pick: {judge: {prompt: pick_one, model: large}}}",
            "there is no file evals/judges/pick_one.yaml with the judge's prompt: write its",
        ),
    ],
)
def test_what_cannot_pick_is_told_with_its_line(puzzles, capsys, solve, told):
    solved(puzzles, f"solve: {solve}\n")
    assert main(["lint"]) == 1 or main(["run"]) == 2
    captured = capsys.readouterr()
    shown = " ".join((captured.out + captured.err).split())
    assert "prompts/puzzle.yaml:3" in shown
    assert told in shown


def test_a_key_beside_a_check_is_told_to_have_no_effect(puzzles, capsys):
    pick = "pick: first_valid, valid: is_json, key: {regex: a}"
    solved(puzzles, f"solve: {{sample: {{n: 5, temperature: 1}}, {pick}}}\n")
    main(["run", "--dry-run"])
    shown = " ".join(capsys.readouterr().err.split())
    assert "prompts/puzzle.yaml:3" in shown
    assert "warning: `key` has no effect beside `valid`" in shown


def test_a_sample_without_an_answer_makes_an_error_that_names_it_and_alone_is_asked_again(
    puzzles, api, ask
):
    def rule(asked):
        if asked.body["seed"] == 3 and "p1" in asked:
            return Reply(400, body=error_body("no such thing"))
        return said(asked)

    api.answers(rule)
    only = ask("run").only
    assert only["errors"] == 1
    assert any("sample 3" in why for why in only["reasons"])
    asked = api.count
    api.answers(said)
    assert ask("run").only["passed"] == 3
    assert api.count == asked + 1


def test_a_strategy_is_a_variant_like_any_other(puzzles, ask):
    variants = "variants:\n  plain: {solve: null, parameters: {temperature: 0}}\n"
    puzzles.write({"prompts/puzzle.yaml": PROMPT + VOTE + variants})
    voted, plain = ask("compare", "--variants", "puzzle").document["variants"]
    assert (voted["passed"], plain["passed"]) == (3, 2)
    assert voted["output_tokens"] == 60
    assert plain["output_tokens"] == 12


def test_show_lists_the_samples_and_says_which_was_picked(puzzles, ask, capsys):
    ask("run")
    [shown] = ask("show", "puzzle", "p3").document["examples"]
    assert [each["step"] for each in shown["steps"]] == [f"sample {n}" for n in range(1, 6)]
    assert shown["picked"] == {
        "sample": 5,
        "votes": 1,
        "samples": 5,
        "tied": False,
        "valid": True,
    }
    assert (shown["answer"]["text"], shown["is_current"]) == ("It is C.", True)
    assert main(["show", "puzzle", "p2"]) == 0
    out = capsys.readouterr().out
    assert "* sample 1: It is A." in out
    assert "which 2 of 5 samples give; others were as good, and the earliest counts" in out
    solved(puzzles, VOTE.replace("is (.)", "(.)\\.$"))
    [shown] = ask("show", "puzzle", "p3").document["examples"]
    assert shown["is_current"] is False


def test_without_seeds_samples_are_told_apart_by_their_number(puzzles, api, ask):
    solved(puzzles, VOTE.replace(", seed: 1", ""))
    only = ask("run").only
    assert (api.count, only["asked"]) == (20, 20)  # a server that knows no `n` gives one for it
    assert not any("seed" in body for body in api.requests)
    assert ask("run").only["cached"] == 20


def choices(asked, letters):
    """A response with a choice for each letter, as servers give them that know `n`."""
    body = response_to(asked.body, "It is A.")
    body["choices"] = [
        {
            "index": place,
            "message": {"role": "assistant", "content": f"It is {letter}."},
            "finish_reason": "stop",
        }
        for place, letter in enumerate(letters)
    ]
    body["usage"] = {"prompt_tokens": 100, "completion_tokens": 3 * len(letters) + 1}
    return body


def test_samples_without_seeds_go_out_in_one_call_where_the_server_knows_n(puzzles, api, ask):
    """After the first calls, which go out alone until a model has answered once."""
    solved(puzzles, VOTE.replace(", seed: 1", ""))
    api.answers(lambda asked: choices(asked, "ABCDEFGHIJ"[: asked.body.get("n", 1)]))
    only = ask("run").only
    asked = [body.get("n", 1) for body in api.requests]
    assert (sum(asked), only["asked"]) == (20, 20)
    assert len(asked) < 20
    assert only["output_tokens"] == sum(3 * n + 1 for n in asked)  # each token is counted once
    assert only["input_tokens"] == 100 * len(asked)
    [shown] = ask("show", "puzzle", "p4").document["examples"]
    assert len(shown["steps"]) == 5
    before = api.count
    solved(puzzles, VOTE.replace(", seed: 1", "").replace("n: 5", "n: 10"))
    assert ask("run").only["asked"] == 20
    assert sum(body.get("n", 1) for body in api.requests[before:]) == 20


def test_a_server_that_refuses_n_is_asked_so_once_and_then_one_by_one(puzzles, api, ask):
    """A model that is known by its first answer is asked several examples at a time."""
    solved(puzzles, VOTE.replace(", seed: 1", ""))
    refused = []

    def rule(asked):
        if asked.body.get("n", 1) > 1:
            refused.append(asked)
            return Reply(400, body=error_body("Only n = 1 is allowed", param="n"))
        return said(asked)

    api.answers(rule)
    estimate = ask("run", "--dry-run").only
    only = ask("run").only
    assert (only["asked"], only["errors"], len(refused)) == (20, 0, 1)
    assert (estimate["requests"], estimate["refusals"]) == (20, 3)  # `n`, temperature, max_tokens


def test_what_picks_is_in_the_fingerprint_and_why_shows_it(puzzles, ask, capsys):
    first = ask("run").only["fingerprint"]
    puzzles.commit("Vote")
    solved(puzzles, VOTE.replace("pick: vote", "pick: {best: {regex: '[BC]'}}"))
    assert ask("run").only["fingerprint"] != first
    puzzles.commit("Take the best")
    capsys.readouterr()
    main(["why", "puzzle"])
    out = capsys.readouterr().out
    assert '+  "pick": {' in out
    assert "[BC]" in out


BEST = VOTE.replace("pick: vote", "pick: {best: {regex: 'is [BC]'}}")


@pytest.mark.parametrize(
    ("solve", "is_stale"), [(VOTE, True), (BEST, False), ("", False)], ids=["vote", "best", "one"]
)
def test_counting_votes_otherwise_makes_records_of_votes_stale_and_asks_nothing(
    puzzles, api, ask, capsys, monkeypatch, solve, is_stale
):
    solved(puzzles, solve)
    flow = "steps: [{ask: {prompt: puzzle}}]\noutput: '{{ ask }}'\n"
    puzzles.write({"flows/whole.yaml": flow, "evals/whole.yaml": "flow: whole\n" + EVAL})
    before = [each["fingerprint"] for each in ask("run").document["evals"]]
    asked = api.count
    puzzles.commit("Vote")
    monkeypatch.setattr("promptci.run.planning.ready.VOTE_COUNTING", 99)
    capsys.readouterr()
    for name in ("puzzle", "whole"):
        main(["why", name])
        out = " ".join(capsys.readouterr().out.split())
        stale = "made before a change of prompt (or of how votes are counted)"
        assert (stale in out, "record is that of these files" in out) == (is_stale, not is_stale)
    after = [each["fingerprint"] for each in ask("run").document["evals"]]
    assert [a != b for a, b in zip(before, after, strict=True)] == [is_stale, is_stale]
    assert api.count == asked


def test_repeats_of_a_plain_prompt_have_the_same_figures(puzzles, api, ask):
    turns = {puzzle: iter(said) for puzzle, said in ANSWERS.items()}
    api.answers(lambda asked: f"It is {next(turns[next(p for p in turns if p in asked)])}.")
    solved(puzzles, "")
    found = ask("run", "--repeat", "5").only
    assert (found["trials"]["kind"], found["picks"]) == ("repeats", None)
    assert found["trials"]["at"][1]["pass_power"] == pytest.approx(0.35)


def test_a_change_of_a_voting_prompt_is_checked_like_any_other(puzzles, api, ask):
    api.answers(lambda asked: "It is Z." if "badly" in asked else said(asked))
    ask("run")
    puzzles.commit("Vote")
    puzzles.write(
        {"prompts/puzzle.yaml": PROMPT.replace("{{ puzzle }}", "{{ puzzle }} badly") + VOTE}
    )
    ask("run")
    puzzles.commit("Ask badly")
    found = ask("check", "--base", "HEAD~1")
    assert found.code == 1
    [compared] = found.document["evals"]
    assert [lost["example"] for lost in compared["lost"]] == ["p1", "p3", "p4"]
    assert max(body["seed"] for body in api.requests) > 10_000  # asked again with other seeds


def test_what_more_samples_cost_is_said_though_no_score_tells_it(puzzles, api, ask, capsys):
    ask("run")
    puzzles.commit("Five samples")
    solved(puzzles, VOTE.replace("n: 5", "n: 10"))
    ran, diffed = ask("run").only["cost_change"], ask("diff", "HEAD").only["cost_change"]
    assert ran == diffed
    assert ran["ratio"] == 2
    assert [ran[side]["answers"] for side in ("base", "head")] == [20, 40]
    assert ask("check", "--base", "HEAD").only["cost_change"] == ran
    for command in (["run"], ["diff", "HEAD"], ["check", "--base", "HEAD"]):
        main(command)
        assert "2.0 times the cost" in " ".join(capsys.readouterr().out.split())


def test_a_change_from_one_call_to_a_vote_is_compared(puzzles, api, ask, capsys):
    """Greedy says A to all puzzles: one right; the vote of five has three right."""
    api.answers(lambda asked: said(asked) if asked.body["temperature"] else "It is A.")
    puzzles.write({"prompts/puzzle.yaml": PROMPT})
    assert ask("run").only["passed"] == 1
    puzzles.commit("Ask once")
    solved(puzzles, VOTE)
    ask("run")
    puzzles.commit("Ask five times and vote")
    answer = ask("check", "--base", "HEAD~1")
    [found] = answer.document["evals"]
    assert answer.code == 0
    assert (found["base"]["sampling"], found["head"]["sampling"]) == ("greedy", "picked")
    assert (found["base"]["score"], found["head"]["score"]) == (0.25, 0.75)
    assert found["lost"] == []
    assert found["head"]["spent"]["asked"] + found["head"]["spent"]["cached"] == 20
    assert main(["check", "--base", "HEAD~1"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "asked otherwise: base one call an answer; head 5 samples, picked by vote: 5 x" in out
    assert "answers 4 20 +400%" in out


@pytest.mark.parametrize(("seed", "at"), [(", seed: 1", 13), ("", 2)])
def test_killed_amid_samples_at_most_the_calls_in_flight_are_asked_again(
    puzzles, api, ask, seed, at
):
    """With seeds a call for each sample, 20 in all; without one for the samples of each puzzle."""
    width, whole = 3, 20 if seed else 4
    solved(puzzles, VOTE.replace(", seed: 1", seed))

    def rule(asked):
        if api.count == at:
            process.send_signal(signal.SIGKILL)
            process.wait()
        return said(asked) if seed else choices(asked, "ABCDE"[: asked.body.get("n", 1)])

    api.answers(rule)
    process = Forked([*PROMPTCI, "run", "--concurrency", str(width)], stdout=-3, stderr=-3)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert at <= api.count < whole
    only = ask("run").only
    assert (only["cached"] > 0, only["errors"]) == (True, 0)
    assert api.count <= whole + width
    assert only["passed"] == 3 or not seed

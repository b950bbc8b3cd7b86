"""Flows through the commands: run, check, compare, why, show, bisect, dry runs and resuming."""

import csv
import io
import json
import re
import signal
import socket
from pathlib import Path

import pytest

from fakes import Reply, error_body, response_to
from processes import PROMPTCI, Forked
from projects import config, jsonl
from promptci.commands.main import main
from promptci.run import planbounds

FLOW = """\
version: v1
steps:
  - kind: {prompt: triage}
  - if: {kind: {equals: refund}}
    then: {policy: {prompt: policy}}
  - reply: {prompt: reply, vars: {rules: "{{ policy }}"}}
output: "{{ reply }}"
"""


def prompt(text):
    return (
        f"messages: [{{role: user, content: {json.dumps(text)}}}]\nparameters: {{max_tokens: 9}}\n"
    )


def rows(*ids):
    for name in ids:
        kind = name.partition("-")[0]
        steps = {"kind": kind, **({"policy": "30 days"} if kind == "refund" else {})}
        never = [] if kind == "refund" else ["policy"]
        yield {
            "id": name,
            "vars": {"ticket": name},
            "expected": f"done {name}",
            "steps": steps,
            "never": never,
        }


IDS = tuple(f"refund-{n}" for n in range(5)) + tuple(f"other-{n}" for n in range(5))


def answer_right(text, wrong=()):
    """A model that does every step right, but for replies to those that are `wrong`."""
    first, _, ticket = text.partition(": ")
    if first.startswith("Triage"):
        return ticket.partition("-")[0]
    if first.startswith("Policy"):
        return "30 days"
    is_lost = ticket.startswith("refund") and "30 days" not in first
    return "sorry" if is_lost or ticket in wrong else f"done {ticket}"


def most_asked(ask):
    """What a dry run says that may be asked."""
    return ask("run", "--dry-run").only["requests"]


def texts(sent):
    return [each.body["messages"][-1]["content"] for each in sent]


@pytest.fixture
def flow(repo, api):
    api.answers(lambda asked: answer_right(str(asked)))
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": config(api.url),
            "prompts/triage.yaml": prompt("Triage: {{ ticket }}"),
            "prompts/policy.yaml": prompt("Policy for {{ kind }}: {{ ticket }}"),
            "prompts/reply.yaml": prompt("Reply by {{ rules }}: {{ ticket }}"),
            "flows/answer.yaml": FLOW,
            "evals/answer.yaml": "flow: answer\nexamples: answer.jsonl\nscorers: [equals]\n",
            "evals/answer.jsonl": jsonl(rows(*IDS)),
        }
    )
    repo.commit("A flow")
    return repo


def test_a_flow_is_run_stored_and_recorded_like_a_prompt(flow, api, ask):
    estimate = most_asked(ask)
    assert estimate == 3 * len(IDS)
    found = ask("run").only
    assert (found["passed"], found["total"]) == (10, 10)
    assert api.count == 5 * 3 + 5 * 2 <= estimate
    assert found["asked"] == api.count
    assert ask("run").only["asked"] == 0
    assert most_asked(ask) == 0
    record = (flow.path / "evals/answer.scores.yaml").read_text()
    assert "step kind: 1, step policy: 1, control flow: 1" in record


def test_a_changed_step_asks_only_what_depends_on_it(flow, api, ask):
    ask("run")
    before = api.count
    flow.write({"prompts/reply.yaml": prompt("Answer by {{ rules }}: {{ ticket }}")})
    assert most_asked(ask) == 10
    ask("run")
    assert [each.partition(" ")[0] for each in texts(api.sent[before:])] == 10 * ["Answer"]
    before = api.count
    flow.write({"prompts/policy.yaml": prompt("The policy for {{ kind }}: {{ ticket }}")})
    assert most_asked(ask) == 5 + 5
    api.answers(lambda asked: "30 days" if "policy" in str(asked) else answer_right(str(asked)))
    ask("run")
    assert api.count - before == 5  # the replies have the same words before them


def test_a_step_that_gets_no_answer_is_named_and_nothing_is_paid_twice(flow, api, ask, capsys):
    refused = Reply(400, body=error_body("no policy"))
    api.answers(
        lambda asked: (
            refused if str(asked) == "Policy for refund: refund-2" else answer_right(str(asked))
        )
    )
    found = ask("run").only
    assert (found["errors"], found["total"]) == (1, 10)
    capsys.readouterr()
    main(["run"])
    assert "step `policy`: " in capsys.readouterr().out
    count = api.count
    api.answers(lambda asked: answer_right(str(asked)))
    assert ask("run").only["passed"] == 10
    assert api.count - count == 2  # the policy and the reply after it


def test_a_dry_run_counts_what_is_asked_again(flow, api, ask):
    refused = response_to({"messages": []}, "I cannot")
    refused["choices"][0]["finish_reason"] = "content_filter"
    api.answers(
        lambda asked: (
            Reply(body=refused) if str(asked) == "Triage: refund-1" else answer_right(str(asked))
        )
    )
    assert ask("run").only["errors"] == 1
    count = api.count
    api.answers(lambda asked: answer_right(str(asked)))
    assert most_asked(ask) == 3
    assert ask("run").only["passed"] == 10
    assert api.count - count == 3


def test_a_long_flow_is_estimated_without_a_look_where_nothing_is_stored(flow, ask, monkeypatch):
    quick, most = [], planbounds.most
    monkeypatch.setattr(
        planbounds, "most", lambda *plan, **how: quick.append(1) or most(*plan, **how)
    )
    monkeypatch.setattr("promptci.project.preflight.MOST_LOOKED_UP", 2 * len(IDS))
    figure = ask("run", "--dry-run").document["most_requests"]
    assert f"asking up to {figure} requests" in ask("run").stderr
    assert quick == [1]
    flow.write({"prompts/reply.yaml": prompt("Answer by {{ rules }}: {{ ticket }}")})
    assert "asking up to 12 requests" in ask("run").stderr
    assert quick == [1]  # what is stored is left out


def test_what_changed_is_said_by_its_step(flow, ask, capsys):
    ask("run")
    flow.commit("Record")
    flow.write({"prompts/reply.yaml": prompt("Answer by {{ rules }}: {{ ticket }}")})
    capsys.readouterr()
    main(["why", "answer"])
    said = capsys.readouterr().out
    assert "[prompt reply]" in said
    assert re.search(r"^-.*Reply by", said, re.M), said


def test_bisect_finds_the_commit_that_broke_a_step(flow, api, ask):
    ask("run")
    good = flow.commit("Record")
    flow.write({"prompts/reply.yaml": prompt("Still reply by {{ rules }}: {{ ticket }}")})
    flow.commit("Reworded")
    flow.write({"prompts/triage.yaml": prompt("Bad: {{ ticket }}")})
    culprit = flow.commit("Broken")
    flow.write({"flows/answer.yaml": FLOW.replace("v1", "v2")})
    flow.commit("Label")
    api.answers(lambda asked: "x" if "Bad" in str(asked) else answer_right(str(asked)))
    found = ask("bisect", "answer", "refund-1", "--good", good).document
    assert found["first_bad"]["commit"] == culprit


@pytest.mark.parametrize("name", ["answer", "flows/answer.yaml", "flows/answer", "flows", "flows/"])
def test_a_flow_is_named_like_a_prompt(flow, ask, name):
    assert ask("run", name).only["total"] == 10


def test_models_of_steps_are_their_own(flow, api, ask):
    flow.write(
        {"flows/answer.yaml": FLOW.replace("prompt: policy", "prompt: policy, model: large")}
    )
    first = ask("run").only["fingerprint"]
    asked = zip(texts(api.sent), api.requests, strict=True)
    models = {text.partition(" ")[0]: body["model"] for text, body in asked}
    assert models == {"Triage:": "small-1", "Policy": "large-1", "Reply": "small-1"}
    text = (flow.path / "promptci.yaml").read_text()
    flow.write({"promptci.yaml": text.replace("model: large-1", "model: large-2")})
    assert most_asked(ask) == 2 * 5
    assert ask("run").only["fingerprint"] != first


@pytest.mark.parametrize("command", ["shots", "sensitivity", "curve"])
def test_what_is_for_single_prompts_says_so(flow, capsys, command):
    assert main([*command.split(), "answer"]) == 2
    assert "is a flow, and" in capsys.readouterr().err


def test_a_planted_gap_of_two_fifths_is_found(flow, api, ask, capsys):
    wrong = {"refund-0", "refund-1", "other-0", "other-1"}
    api.answers(lambda asked: answer_right(str(asked), wrong))
    found = ask("run").only["flow"]
    assert (found["gap"], found["steps_right"], found["composability_gap"]) == (4, 10, 0.4)
    assert found["interval"] == pytest.approx([0.1682, 0.6873], abs=1e-4)  # Wilson, by hand
    assert (found["by_step"], found["by_control_flow"]) == ({}, 0)
    main(["run"])
    said = capsys.readouterr().out
    assert "steps right: kind 10/10, policy 5/5" in said
    assert "composability gap: 40.0% (95% 17-69%): 4 of 10 with every step right" in said


RACE = """\
steps:
  - zero: {prompt: policy, vars: {kind: zero}}
  - parallel:
      - first: {prompt: triage}
      - - one: {prompt: policy, vars: {kind: one}}
        - map: {two: {prompt: policy, vars: {kind: "two {{ item }} {{ one }}"}}}
          over: "x\\ny"
          at_most: 2
        - three: {prompt: policy, vars: {kind: "three {{ two }}"}}
output: "{{ first }} {{ three }} {{ zero }}"
"""


@pytest.mark.parametrize("concurrency", ["8", "1"])
def test_a_branch_goes_on_while_another_waits(flow, api, ask, concurrency):
    """The answer to the first is held back until the other branch has ended."""
    polls = iter(range(1000))  # 10 s, where it would wait for ever

    def is_there():
        return any("three" in each for each in texts(api.sent)) or next(polls, None) is None

    def rule(asked):
        if "Triage" in str(asked):
            done = response_to(asked.body, "right")
            return "right" if concurrency == "1" else Reply(body=done, until=is_there)
        return re.search("(zero|one|two .|three)", str(asked))[0]

    api.answers(rule)
    spec = "examples: [{id: a, vars: {ticket: t}, expected: right three zero}]\nscorers: [equals]\n"
    flow.write({"flows/answer.yaml": RACE, "evals/answer.yaml": f"flow: answer\n{spec}"})
    most = most_asked(ask)
    only = ask("run", "--concurrency", concurrency).only
    assert (only["passed"], only["asked"], api.count, most) == (1, 6, 6, 6)
    assert next(polls, None) is not None
    assert ask("run").only["asked"] == 0


def test_a_branch_that_fails_ends_the_flow_once(flow, api, ask):
    """The other branch's answers that come later are kept, and not paid for again."""
    is_broken = True

    def rule(asked):
        if "Triage" in str(asked) and is_broken:
            return Reply(400, body=error_body("no such thing"))
        return "right" if "Triage" in str(asked) else "said"

    api.answers(rule)
    spec = "examples: [{id: a, vars: {ticket: t}, expected: right said said}]\nscorers: [equals]\n"
    flow.write({"flows/answer.yaml": RACE, "evals/answer.yaml": f"flow: answer\n{spec}"})
    only = ask("run").only
    assert (only["errors"], only["total"]) == (1, 1)
    assert any("step `first`" in why for why in only["reasons"])
    asked = texts(api.sent)
    is_broken = False
    assert ask("run").only["passed"] == 1
    rest = [each for each in texts(api.sent)[len(asked) :] if "Policy" in each]
    assert len(rest) + len([each for each in asked if "Policy" in each]) == 5


def test_a_branch_that_ends_the_flow_leaves_what_the_other_said(flow, api, ask):
    """A step beside one whose answer is empty is judged by its own answer."""
    api.answers(lambda asked: "right" if "Triage" in str(asked) else "")
    steps = "steps: [parallel: [first: {prompt: triage}, last: {prompt: policy, vars: {kind: x}}]]"
    spec = "examples: [{id: a, vars: {ticket: t}, expected: x, steps: {first: right}}]"
    flow.write({
        "flows/answer.yaml": f'{steps}\noutput: "{{{{ first }}}} {{{{ last }}}}"\n',
        "evals/answer.yaml": f"flow: answer\nempty: score\n{spec}\nscorers: [equals]\n",
    })  # fmt: skip
    ask("run", "--concurrency", "1")
    found = ask("run").only["flow"]
    assert found["steps"] == [{"step": "first", "right": 1, "total": 1}]
    assert (found["by_control_flow"], found["gap"], found["steps_right"]) == (1, 0, 0)


def test_check_blames_the_step_that_a_change_broke(flow, api, ask, capsys):
    ask("run")
    base = flow.commit("Record")
    flow.write({"prompts/triage.yaml": prompt("Bad: {{ ticket }}")})

    def rule(asked):
        text = str(asked)
        return (
            "other"
            if text.startswith("Bad: refund")
            else answer_right(text.replace("Bad", "Triage"))
        )

    api.answers(rule)
    ask("run")
    flow.commit("Broken")
    [found] = ask("check", "--base", base).document["evals"]
    assert found["examples"]["lost"] == [f"refund-{n}" for n in range(5)]
    assert found["blamed"] == {"kind": 5}
    assert (found["base"]["flow"]["gap"], found["head"]["flow"]["by_step"]) == (0, {"kind": 5})
    assert found["base"]["metrics"]["step kind"] == 1
    main(["check", "--base", base])
    said = capsys.readouterr().out
    assert "lost by what broke first: step kind 5" in said
    assert "composability gap: base 0.0%" in said
    assert main(["check", "--base", base, "--report", "markdown=check.md"]) == 1
    assert "  - lost by what broke first: step kind 5" in (flow.path / "check.md").read_text()
    [compared] = ask("compare", base, "HEAD").document["evals"]
    assert compared["blamed"] == {"kind": 5}


def test_run_asks_lost_examples_again_of_all_steps_as_they_were(flow, api, ask):
    ask("run")
    flow.commit("Scores")
    flow.write({"prompts/triage.yaml": prompt("Sort: {{ ticket }}")})
    api.answers(
        lambda asked: "other" if str(asked).startswith("Sort") else answer_right(str(asked))
    )
    before = api.count
    answer = ask("run")
    assert answer.code == 1
    assert sorted(answer.only["change"]["lost"]) == [f"refund-{n}" for n in range(5)]
    assert {f"Triage: refund-{n}" for n in range(5)} <= {*texts(api.sent[before:])}
    assert "passed: 5" in (flow.path / "evals/answer.scores.yaml").read_text()


def test_what_a_change_of_the_flow_itself_broke_is_the_control_flow(flow, ask):
    ask("run")
    base = flow.commit("Record")
    flow.write({"flows/answer.yaml": FLOW.replace("equals: refund", "equals: refunds")})
    ask("run")
    flow.commit("Broken")
    [found] = ask("check", "--base", base).document["evals"]
    assert found["blamed"] == {"control flow": 5}


def test_what_each_step_was_asked_and_said_is_shown(flow, api, ask, capsys):
    api.answers(lambda asked: answer_right(str(asked), {"refund-1"}))
    found = ask("run").only["steps"]
    assert [(each["step"], each["answers"]) for each in found["spent"]] == [
        ("kind", 10), ("policy", 5), ("reply", 10),
    ]  # fmt: skip
    [failed] = found["failed"]
    assert (failed["example"], failed["wrong"]) == ("refund-1", "composition")
    assert [(each["step"], each["input"], each["output"]) for each in failed["steps"]] == [
        ("kind", "Triage: refund-1", "refund"),
        ("policy", "Policy for refund: refund-1", "30 days"),
        ("reply", "Reply by 30 days: refund-1", "sorry"),
    ]
    main(["show", "answer", "refund-1"])
    said = capsys.readouterr().out
    assert "step policy: asked of small\nPolicy for refund: refund-1\n" in said
    assert re.search(r"step policy: output \(\d\+2 tokens, <\$0\.0001, .*\)\n30 days\n", said)
    [shown] = ask("show", "answer", "refund-1").document["examples"]
    assert (shown["messages"], [each["step"] for each in shown["steps"]]) == (
        [],
        ["kind", "policy", "reply"],
    )


def test_the_report_shows_the_steps_of_each_example(flow, ask):
    ask("run")
    flow.commit("Record")
    flow.write({"prompts/reply.yaml": prompt("Answer by {{ rules }}: {{ ticket }}")})
    ask("run")
    examples = {each["id"]: each for each in ask("report").document["examples"]}
    said = examples["refund-1"]["head"]["steps"]
    assert "\n\nstep policy: asked of small\nPolicy for refund: refund-1\n\n" in said
    assert re.search(r"step policy: output .*\n30 days\n\nstep reply: asked", said)
    assert main(["report", "-o", "page.html"]) == 0


def test_a_flow_is_exported_as_rows_and_not_as_a_prompt(flow, ask, capsys):
    ask("run")
    assert main(["export", "promptfoo", "answer", "-o", "out"]) == 2
    assert "`answer` cannot be exported: name an eval of a prompt" in capsys.readouterr().err
    assert not (flow.path / "out").exists()
    assert main(["export", "csv", "answer", "-o", "out"]) == 0
    rows = list(csv.DictReader(io.StringIO((flow.path / "out/examples.csv").read_text())))
    assert {row["eval"] for row in rows} == {"answer"}
    assert all(row["answer"] and row["fate"] for row in rows)
    assert main(["export", "langfuse", "answer", "-o", "out"]) == 0
    assert (flow.path / "out/prompts.json").read_text().strip() == "[]"
    assert "`answer` is a flow" in capsys.readouterr().err


@pytest.mark.usefixtures("flow")
def test_nothing_answered_is_lost_where_money_ends_in_the_middle(api, ask):
    assert ask("run", "--max-requests", "7", "--concurrency", "1").code == 4
    assert api.count == 7
    assert ask("run").only["passed"] == 10
    assert api.count == 25


@pytest.mark.parametrize("at", [3, 13, 21])
def test_killed_in_the_middle_a_flow_asks_again_what_was_in_flight_and_no_more(flow, api, ask, at):
    width = 3

    def rule(asked):
        if api.count == at:
            process.send_signal(signal.SIGKILL)
            process.wait()
        return answer_right(str(asked))

    api.answers(rule)
    process = Forked([*PROMPTCI, "run", "--concurrency", str(width)], stdout=-3, stderr=-3)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    killed = api.count
    assert ask("run").only["passed"] == 10
    assert killed >= at
    assert api.count <= 25 + width


def test_a_models_query_is_run_in_a_child_once_and_stored(flow, api, ask, monkeypatch):
    flow.write(
        {
            "flows/answer.yaml": "steps:\n  - sql: {prompt: triage}\n"
            "  - rows: {query: '{{ sql }}', data: shop.sql}\n",
            "flows/shop.sql": "CREATE TABLE item (name);\nINSERT INTO item VALUES ('tea');\n",
            "evals/answer.jsonl": jsonl(
                [
                    {"id": "good", "vars": {"ticket": "item"}, "expected": "tea"},
                    {"id": "bad", "vars": {"ticket": "gone"}, "expected": "tea"},
                ]
            ),
        }
    )
    api.answers(lambda asked: f"SELECT name FROM {asked.partition(': ')[2]}")
    first = ask("run").only
    assert (first["passed"], first["total"], first["errors"]) == (1, 2, 0)
    monkeypatch.setattr("promptci.sandbox.sandbox.Sandbox.complete", None)  # nothing runs again
    assert ask("run", "--dry-run").only["requests"] == 0
    assert ask("run").only["passed"] == 1
    [shown] = ask("show", "answer", "bad").document["examples"]
    assert shown["answer"]["text"] == "error: no such table: gone"
    assert shown["steps"][1]["messages"] == [{"role": "query", "content": "SELECT name FROM gone"}]
    (flow.path / "flows/shop.sql").write_text("CREATE TABLE gone (name);\n")
    assert ask("run", "--dry-run").only["cached"] == 0


KEY = "canary-key-of-the-lab-0123456789"


def keyed(url):
    return config(url).replace(f"base_url: {url}", f"base_url: {url}, key_env: LAB_KEY")


def test_a_change_cannot_choose_where_a_steps_model_is(flow, api, ask, monkeypatch):
    """Models of steps are those of the base's endpoints, like the eval's own."""
    monkeypatch.setenv("LAB_KEY", KEY)
    flow.write(
        {
            "promptci.yaml": keyed(api.url),
            "flows/answer.yaml": FLOW.replace("prompt: policy", "prompt: policy, model: large"),
        }
    )
    ask("run")
    base = flow.commit("Keyed")
    flow.write({"prompts/policy.yaml": prompt("The policy for {{ kind }}: {{ ticket }}")})
    api.answers(lambda asked: "30 days" if "policy" in str(asked) else answer_right(str(asked)))
    ask("run")
    for path in filter(Path.is_file, (flow.path / ".promptci").glob("cache.sqlite*")):
        path.unlink()
    with socket.create_server(("127.0.0.1", 0)) as evil:
        evil.settimeout(0.2)
        port = evil.getsockname()[1]
        flow.write({"promptci.yaml": keyed(f"http://127.0.0.1:{port}/v1")})
        flow.commit("Change")
        before = len(api.sent)
        found = ask("check", "--base", base)
        with pytest.raises(TimeoutError):
            evil.accept()
    assert (found.code, len(api.sent) - before) == (0, 25)
    assert {each.headers["authorization"] for each in api.sent[before:]} == {f"Bearer {KEY}"}


def test_a_step_on_an_endpoint_that_the_base_does_not_know_is_refused(flow, api, ask):
    ask("run")
    base = flow.commit("Record")
    new = f"endpoints:\n  other: {{base_url: {api.url}, key_env: LAB_KEY}}\n"
    text = (flow.path / "promptci.yaml").read_text().replace("endpoints:\n", new)
    flow.write(
        {
            "promptci.yaml": text,
            "flows/answer.yaml": FLOW.replace("prompt: policy", "prompt: policy, model: other/x"),
        }
    )
    flow.commit("Change")
    count = api.count
    found = ask("check", "--base", base)
    assert found.code == 3
    assert "the base does not know the endpoint `other`" in found.document["sentence"]
    assert api.count == count


def test_a_model_that_is_none_is_told_where_the_step_names_it(flow, capsys):
    flow.write({"flows/answer.yaml": FLOW.replace("prompt: policy", "prompt: policy, model: huge")})
    assert main(["lint"]) == 2
    assert "flows/answer.yaml:5:44: " in capsys.readouterr().out


def test_a_variable_that_an_example_lacks_is_that_of_the_flow(flow, ask):
    bare = {"id": "bare", "vars": {}, "expected": "x"}
    flow.write({"evals/answer.jsonl": jsonl([*rows(*IDS), bare])})
    [first, *_] = ask("lint").document["faults"]
    assert first["message"].startswith(
        "example `bare` has no variable `ticket`, which the flow `answer` uses"
    )


def test_a_misspelled_step_is_no_missing_variable_alone(flow, ask):
    flow.write({"flows/answer.yaml": FLOW.replace("{{ reply }}", "{{ replly }}")})
    said = [fault["message"] for fault in ask("lint").document["faults"]]
    assert any("uses: is the step `reply` meant? Else add it to them" in each for each in said)


def test_examples_may_give_what_scorers_of_steps_alone_use(flow, ask):
    """Only what none uses is a fault, and only what an example lacks is a warning."""
    scorers = 'scorers: [equals]\nsteps:\n  kind: [{contains: "{{ own }}"}]\n'
    given = [each | {"vars": {**each["vars"], "own": "e"}} for each in rows(*IDS)]
    flow.write({"evals/answer.yaml": f"flow: answer\nexamples: answer.jsonl\n{scorers}"})
    for changed, told in (
        ({}, []),
        ({"odd": 1}, ["`odd`, which neither the flow nor a scorer uses"]),
        ({"kind": 1}, ["`kind`, which neither the flow nor a scorer uses: it is the name of a"]),
        ({"own": None}, ["judges step `kind`, which has no `own`"]),
    ):
        own = {name: value for name, value in (given[0]["vars"] | changed).items() if value}
        flow.write({"evals/answer.jsonl": jsonl([{**given[0], "vars": own}, *given[1:]])})
        found = [fault["message"] for fault in ask("lint").document["faults"]]
        said = [each for each in found if "`kind`" in each or "uses" in each]
        assert len(said) == len(told)
        assert all(part in each for part, each in zip(told, said, strict=True))


def test_scorers_of_the_answer_see_what_steps_said_and_nothing_of_those_not_taken(flow, api, ask):
    scorer = '{contains: {value: "{{ output }}", extract: {regex: "(.*)"}, name: itself}}'
    policy = '{equals: {value: "{{ policy }} days", name: policy}}'
    rules = f"scorers:\n  - {scorer}\n  - {policy}\n"
    flow.write({"evals/answer.yaml": f"flow: answer\nexamples: answer.jsonl\n{rules}"})
    told = {"Triage": "{0}", "Policy": "30", "Reply": "30 days"}
    kind = {"refund": "refund", "other": "other"}
    api.answers(
        lambda asked: told[str(asked).split()[0].rstrip(":")].format(
            kind[str(asked).partition(": ")[2].partition("-")[0]]
        )
    )
    found = ask("run").only
    assert (found["passed"], found["metrics"]["itself"], found["metrics"]["policy"]) == (5, 1, 0.5)
    flow.write(
        {
            "evals/answer.jsonl": jsonl(
                {**each, "vars": {**each["vars"], "policy": "a day"}} for each in rows(*IDS)
            )
        }
    )
    [first, *_] = ask("lint").document["faults"]
    assert "gives `policy`, which is a step as well" in first["message"]

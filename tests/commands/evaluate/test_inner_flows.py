"""Flows that are steps of other flows: run, bounded, traced, judged and blamed like any step."""

import json
from collections import Counter

import pytest

from fakes import Reply, error_body
from projects import config, jsonl
from promptci.commands.main import main

INNER = """\
steps:
  - kind: {prompt: triage}
  - if: {kind: {equals: refund}}
    then: {policy: {prompt: policy}}
  - reply: {prompt: reply, vars: {rules: "{{ policy }}"}}
output: "{{ reply }}"
"""

OUTER = """\
steps:
  - queue: {prompt: sort}
  - answer: {flow: reply-to, vars: {ticket: "{{ ticket }} by {{ queue }}"}}
  - say: {prompt: polish}
"""

WRONG = ("refund-1", "refund-2", "other-1", "other-2")


def prompt(text):
    return (
        f"messages: [{{role: user, content: {json.dumps(text)}}}]\nparameters: {{max_tokens: 9}}\n"
    )


def answer(text, wrong=()):
    """A model that does each step right, but for the last one of those that are `wrong`."""
    what, _, said = text.partition(": ")
    if what == "Sort":
        return "us"
    if what == "Triage":
        return said.partition("-")[0]
    if what == "Policy":
        return "30 days"
    if what == "Polish":
        return "sorry" if any(name in said for name in wrong) else said.upper()
    return f"{what} to {said}".lower()


def rows():
    for name in [f"{kind}-{n}" for kind in ("refund", "other") for n in range(5)]:
        rules = "30 days" if name.startswith("refund") else ""
        reply = f"reply by {rules} to {name} by us"
        steps = {"queue": "us", "answer/kind": name.partition("-")[0], "answer": reply}
        never = [] if rules else ["answer/policy"]
        yield {
            "id": name,
            "vars": {"ticket": name},
            "expected": reply.upper(),
            "steps": steps,
            "never": never,
        }


def texts(sent):
    return [each.body["messages"][-1]["content"] for each in sent]


@pytest.fixture
def desk(repo, api):
    api.answers(lambda asked: answer(str(asked)))
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": config(api.url),
            "prompts/sort.yaml": prompt("Sort: {{ ticket }}"),
            "prompts/triage.yaml": prompt("Triage: {{ ticket }}"),
            "prompts/policy.yaml": prompt("Policy: {{ ticket }}"),
            "prompts/reply.yaml": prompt("Reply by {{ rules }}: {{ ticket }}"),
            "prompts/polish.yaml": prompt("Polish: {{ answer }}"),
            "flows/desk.yaml": OUTER,
            "flows/reply-to.yaml": INNER,
            "evals/desk.yaml": "flow: desk\nexamples: desk.jsonl\nscorers: [equals]\n",
            "evals/desk.jsonl": jsonl(rows()),
        }
    )
    repo.commit("A flow in a flow")
    return repo


def most_asked(ask):
    return ask("run", "--dry-run").only["requests"]


def test_it_is_run_bounded_and_recorded_with_its_steps(desk, api, ask, capsys):
    bound = most_asked(ask)
    found = ask("run").only
    assert (found["passed"], found["total"], api.count) == (10, 10, 5 * 5 + 5 * 4)
    assert api.count <= bound == 10 * 5
    assert most_asked(ask) == ask("run").only["asked"] == 0
    record = (desk.path / "evals/desk.scores.yaml").read_text()
    assert "step queue: 1, step answer/kind: 1, step answer: 1, control flow: 1" in record
    spent = {each["step"]: each["answers"] for each in found["steps"]["spent"]}
    inner = {"answer/kind": 10, "answer/policy": 5, "answer/reply": 10}
    assert spent == {"queue": 10, **inner, "say": 10}
    capsys.readouterr()
    main(["show", "desk", "refund-1"])
    said = capsys.readouterr().out
    assert said.index("step queue") < said.index("step answer/policy") < said.index("step say")


def test_a_changed_inner_step_asks_only_what_depends_on_it(desk, api, ask, capsys):
    ask("run")
    before = api.count
    desk.write({"prompts/policy.yaml": prompt("Policy: rules for {{ ticket }}")})
    assert most_asked(ask) == 5 * 3
    ask("run")
    assert [each.partition(":")[0] for each in texts(api.sent[before:])] == 5 * ["Policy"]
    main(["why", "desk"])
    assert "Policy: rules for" in capsys.readouterr().out
    desk.write({"flows/reply-to.yaml": INNER.replace('"{{ policy }}"', '"{{ kind }}"')})
    main(["why", "desk"])
    assert "rules = {{ kind }}" in capsys.readouterr().out


def test_the_gap_counts_inner_steps_and_a_planted_one_is_found(desk, api, ask):
    api.answers(lambda asked: answer(str(asked), WRONG))
    found = ask("run").only
    flow = found["flow"]
    assert (flow["steps_right"], flow["gap"], flow["composability_gap"]) == (10, 4, 0.4)
    traced = found["steps"]["failed"][0]
    assert (traced["example"], traced["wrong"]) == ("other-1", "composition")
    steps = ["queue", "answer/kind", "answer/reply", "say"]
    assert [each["step"] for each in traced["steps"]] == steps


def test_check_blames_the_inner_step_that_a_change_broke(desk, api, ask):
    ask("run")
    desk.commit("Record")
    desk.write({"prompts/triage.yaml": prompt("Triage: no {{ ticket }}")})
    ask("run")
    desk.commit("Broken")
    [found] = ask("check", "--base", "HEAD~1").document["evals"]
    assert found["examples"]["lost"] == [f"refund-{n}" for n in range(5)]
    assert found["blamed"] == {"answer/kind": 5}
    assert found["head"]["flow"]["by_step"] == {"answer/kind": 5}


def test_an_inner_step_that_gets_no_answer_is_named_and_nothing_is_paid_twice(
    desk, api, ask, capsys
):
    refused = Reply(400, body=error_body("no policy"))
    bad = "Policy: refund-2 by us"
    api.answers(lambda asked: refused if str(asked) == bad else answer(str(asked)))
    assert main(["run"]) == 3
    assert "step `answer`, step `policy`: " in capsys.readouterr().out
    assert most_asked(ask) == 3
    count = api.count
    api.answers(lambda asked: answer(str(asked)))
    assert ask("run").only["passed"] == 10
    assert api.count - count == 3


def test_an_inner_output_that_is_empty_is_that_of_the_whole(desk, api, ask, capsys):
    api.answers(lambda asked: "" if str(asked).startswith("Reply") else answer(str(asked)))
    assert ask("run").only["passed"] == 0
    capsys.readouterr()
    main(["show", "desk", "refund-1"])
    assert "step `answer`: step `reply`: " in capsys.readouterr().out


def test_a_change_behind_an_inner_flow_asks_that_alone(desk, api, ask):
    ask("run")
    desk.write({"prompts/polish.yaml": prompt("Polish: {{ answer }}, please")})
    assert most_asked(ask) == 10


CYCLE = "steps:\n  - x: {flow: desk}\noutput: '{{ x }}'\n"


@pytest.mark.parametrize(
    ("files", "place", "said"),
    [
        (
            {"flows/reply-to.yaml": CYCLE},
            ("flows/reply-to.yaml", 2),
            "the flows take each other as steps, `desk` → `reply-to` → `desk`: break the cycle",
        ),
        (
            {"flows/reply-to.yaml": CYCLE.replace("desk", "reply-to")},
            ("flows/reply-to.yaml", 2),
            "the flow `reply-to` takes itself as a step: write a `loop` in its place",
        ),
        (
            {"flows/desk.yaml": OUTER.replace("reply-to", "replyto")},
            ("flows/desk.yaml", 3),
            "there is no flow `replyto` in flows/: did you mean `reply-to`?",
        ),
        (
            {"flows/desk.yaml": OUTER.replace("reply-to", "polish")},
            ("flows/desk.yaml", 3),
            "`polish` is a prompt: write `prompt: polish`",
        ),
        (
            {"flows/desk.yaml": OUTER.replace("flow:", "prompt:")},
            ("flows/desk.yaml", 3),
            "`reply-to` is a flow: write `flow: reply-to`",
        ),
        (
            {"flows/desk.yaml": OUTER.replace("{ticket:", "{tickett:")},
            ("flows/desk.yaml", 3),
            "the flow `reply-to` uses no variable `tickett`: take it out (did you mean `ticket`?)",
        ),
        (
            {
                "flows/desk.yaml": OUTER.replace(
                    "reply-to,",
                    "reply-to, solve: {sample: {n: 3}, pick: vote, key: {strip: true}},",
                )
            },
            ("flows/desk.yaml", 3),
            "`solve` means nothing in the step `answer`, which has a `flow`: delete it",
        ),
        (
            {f"flows/f{n}.yaml": CYCLE.replace("desk", f"f{n + 1}") for n in range(12)}
            | {"flows/f12.yaml": "steps: [{x: {text: y}}]\n"},
            ("flows/f9.yaml", 2),
            "flows are nested 10 deep, and no deeper is allowed: write the steps of",
        ),
        (
            {
                f"flows/f{n}.yaml": f"steps:\n  - map: [{{x: {{flow: f{n + 1}}}}}]\n"
                '    over: "{{ t }}"\n    at_most: 100\noutput: "{{ x }}"\n'
                for n in range(3)
            }
            | {"flows/f3.yaml": "steps: [{x: {prompt: sort, vars: {ticket: '{{ t }}'}}}]\n"},
            ("flows/f0.yaml", 1),
            "one example may ask 1,000,000 times, and 10,000 are allowed: lower an `at_most`",
        ),
    ],
)
def test_what_cannot_be_a_step_is_told_with_its_place_and_the_cure(desk, ask, files, place, said):
    desk.write(files)
    faults = [each for each in ask("lint").document["faults"] if not each["warning"]]
    assert any(
        (each["path"], each["line"]) == place and each["message"].startswith(said)
        for each in faults
    ), faults


def test_a_model_named_at_the_step_answers_what_names_none_in_it(desk, api, ask):
    desk.write({"flows/desk.yaml": OUTER.replace("reply-to,", "reply-to, model: large,")})
    first = ask("run").only["fingerprint"]
    models = {
        text.partition(":")[0].partition(" ")[0]: body["model"]
        for text, body in zip(texts(api.sent), api.requests, strict=True)
    }
    assert models["Sort"] == models["Polish"] == "small-1"
    assert models["Triage"] == models["Policy"] == models["Reply"] == "large-1"
    desk.write({"flows/desk.yaml": OUTER})
    assert ask("run").only["fingerprint"] != first


def test_a_flow_in_a_loop_is_asked_again_each_time(desk, api, ask):
    loop = (
        "steps:\n  - loop: {answer: {flow: reply-to}}\n"
        "    until: {answer: {contains: never}}\n    at_most: 3\n"
        '  - say: {prompt: polish, vars: {answer: "{{ answer }}"}}\n'
    )
    desk.write(
        {
            "flows/desk.yaml": loop,
            "evals/desk.jsonl": '{"id": "a", "vars": {"ticket": "refund-1"}, "expected": "X"}\n',
        }
    )
    bound = most_asked(ask)
    ask("run")
    assert api.count == bound == 3 * 3 + 1


def test_variants_of_steps_are_tried_in_their_places(desk, api, ask, capsys):
    assert main(["compare", "--variants", "desk"]) == 2
    assert "no prompt of the flow's steps has variants: add" in capsys.readouterr().err
    terse = (
        "variants:\n  terse: {messages: [{role: user, content: 'Policy: in short {{ ticket }}'}]}\n"
    )
    said = "{role: user, content: 'Polish: {{ answer }} now'}"
    wild = f"variants:\n  wild: {{messages: [{said}], model: large}}\n"
    desk.write(
        {
            "prompts/policy.yaml": prompt("Policy: {{ ticket }}") + terse,
            "prompts/polish.yaml": prompt("Polish: {{ answer }}") + wild,
        }
    )
    ask("run")
    asked = api.count
    estimates = ask("compare", "--variants", "desk", "--dry-run").document["evals"]
    names = ["as it is", "answer/policy: terse", "say: wild"]
    assert [each["form"] for each in estimates] == names
    found = ask("compare", "--variants", "desk").document["variants"]
    assert [(each["variant"], each["passed"]) for each in found] == list(
        zip(names, (10, 10, 0), strict=True)
    )
    assert api.count - asked == 5 + 10 <= sum(each["requests"] for each in estimates)
    models = Counter(body["model"] for body in api.requests[asked:])
    assert models == {"small-1": 5, "large-1": 10}


def test_what_a_step_says_of_itself_stays_in_a_variant(desk, api, ask):
    curt = "variants:\n  curt: {messages: [{role: user, content: 'Sort: {{ ticket }} now'}]}\n"
    solve = "{sample: {n: 2, temperature: 1}, pick: vote, key: {regex: us}}"
    step = f"{{prompt: sort, model: large, solve: {solve}}}"
    desk.write(
        {
            "prompts/sort.yaml": prompt("Sort: {{ ticket }}") + curt,
            "flows/desk.yaml": OUTER.replace("{prompt: sort}", step),
        }
    )
    ask("compare", "--variants", "desk")
    bodies = [body for body in api.requests if " now" in body["messages"][-1]["content"]]
    assert {(body["model"], body["temperature"]) for body in bodies} == {("large-1", 1)}
    assert sum(body.get("n", 1) for body in bodies) == 2 * 10

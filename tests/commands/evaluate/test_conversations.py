"""Conversations: turns that are written down, a user that a model plays, tools that answer."""

import json
import signal

import pytest

from fakes import response_to
from processes import PROMPTCI, Forked
from projects import config, jsonl
from promptci.commands.main import main
from tables import every_row

FOUND = [[("find_user", {"name": "Ada"})], [("refund", {"order": "W1"})]]
"""The calls that are wanted, a message each."""


def tools(*names):
    declared = [{"type": "function", "function": {"name": name}} for name in names]
    return f"tools: {json.dumps(declared)}\n"


PROMPT = "messages: [{role: system, content: You help.}]\n"
SCRIPTED = """\
examples:
  - {id: two, vars: {thing: boots}, expected: "3"}
conversation:
  turns: ["I want {{ thing }}.", "In red?", "How many words did I say?"]
scorers: [equals]
"""


def calling(body, *calls):
    """A response that calls tools."""
    response = response_to(body, "")
    message = response["choices"][0]["message"]
    message["content"] = None
    message["tool_calls"] = [
        {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(calls)
    ]
    response["choices"][0]["finish_reason"] = "tool_calls"
    return response


@pytest.fixture
def shop(project, api):
    for name in ("prompts/router.yaml", "evals/router.yaml", "evals/router.jsonl"):
        (project.path / name).unlink()
    project.write({"promptci.yaml": config(api.url), "prompts/shop.yaml": PROMPT})
    return project


def test_written_turns_are_said_one_after_the_other(shop, api, ask):
    shop.write({"evals/shop.yaml": SCRIPTED})
    api.answers(lambda asked: str(len(asked.body["messages"]) // 2))
    assert ask("run", "--dry-run").only["requests"] == 3
    only = ask("run").only
    assert (only["passed"], only["asked"], api.count) == (1, 3, 3)
    last = api.requests[-1]["messages"]
    assert [turn["role"] for turn in last] == ["system", *["user", "assistant"] * 2, "user"]
    assert [turn["content"] for turn in last[1:3]] == ["I want boots.", "1"]
    [shown] = ask("show", "shop", "two").document["examples"]
    assert [each["step"] for each in shown["steps"]] == ["reply 1", "reply 2", "reply 3"]
    assert shown["is_current"]
    assert ask("run").only["cached"] == 3


USER = """\
examples:
  - {id: w1, vars: {task: Return order W1.}, expected: done}
  - {id: w2, vars: {task: Never stop.}, expected: done}
conversation:
  user: {model: large, goal: "{{ task }}", knows: My name is Ada., at_most: 3}
scorers: [equals]
"""


def talk(asked):
    """A user that stops when it hears `done`, unless it is never to; an assistant that does it."""
    if asked.body["model"] == "large-1":
        told = asked.body["messages"][0]["content"]
        is_over = asked.body["messages"][-1]["content"] == "done" and "Never" not in told
        return "###STOP###" if is_over else "Return it."
    return "done" if len(asked.body["messages"]) > 3 else "Which one?"


def test_a_model_plays_the_user_until_it_is_done_or_the_limit_is_reached(shop, api, ask, capsys):
    shop.write({"evals/shop.yaml": USER})
    api.answers(talk)
    most = ask("run", "--dry-run").only["requests"]
    only = ask("run").only
    assert (only["passed"], only["total"]) == (2, 2)
    assert only["asked"] == (3 + 2) + (3 + 1)  # two replies are alike, and asked for once
    assert only["asked"] <= most == 2 * (3 + 3)
    assert only["limited"] == 1
    played = [body for body in api.requests if body["model"] == "large-1"]
    told = played[0]["messages"][0]["content"]
    assert "My name is Ada." in told
    seen = [turn["role"] for turn in played[-1]["messages"]]
    assert seen[:2] == ["system", "user"]
    main(["run"])
    assert "1 conversation ended at a limit of turns or calls" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_user_that_stops_before_anything_was_answered_is_no_failure_of_the_prompt(shop, api, ask):
    shop.write({"evals/shop.yaml": USER})
    api.answers(lambda asked: "Bye. ###STOP###")
    answer = ask("run")
    assert (answer.code, answer.only["errors"], answer.only["passed"]) == (3, 2, 0)
    assert "user 1: it stopped before anything was answered" in json.dumps(answer.document)


def test_who_plays_the_user_is_in_the_fingerprint(shop, api, ask, capsys):
    shop.write({"evals/shop.yaml": USER})
    api.answers(talk)
    first = ask("run").only["fingerprint"]
    shop.write({"evals/shop.yaml": USER.replace("Ada", "Eve")})
    second = ask("run").only["fingerprint"]
    shop.write({"evals/shop.yaml": USER.replace("model: large", "model: small")})
    third = ask("run", "--dry-run").only["requests"]
    assert first != second
    assert third > 0
    assert ask("run").only["fingerprint"] not in (first, second)
    shop.write({"evals/shop.yaml": USER.replace("Ada", "Eve")})
    shop.commit("Let a model play the user")
    shop.write({"evals/shop.yaml": USER})
    shop.commit("Let it know another name")
    capsys.readouterr()
    main(["why", "shop"])
    out = capsys.readouterr().out
    changed = [line[0] + line[1:].strip() for line in out.splitlines() if '"knows"' in line]
    assert changed == ['-"knows": "My name is Eve.",', '+"knows": "My name is Ada.",']


AGENT = """\
examples:
  - id: w1
    vars: {state: {orders: {W1: {status: open}, W2: {status: open}}}}
    messages: [{role: user, content: Refund W1.}]
    expected: {orders: {W1: {status: refunded}, W2: {status: open}}}
tools:
  find_user: {answers: [{when: {name: [Ada, ada]}, say: {id: 7}}], otherwise: unknown}
  refund: {answers: [{when: {order: any}, say: done, sets: {"orders.$order.status": refunded}}]}
  cancel_order: {}
most_calls: 4
scorers:
  - trajectory:
      match: in_order
      calls: [{find_user: {name: any}}, {refund: {order: [W1, "#W1"]}}]
      never: [cancel_order]
      at_most: 3
  - state_equals
"""


def agent(*steps):
    """An assistant that makes these calls, a message each, then says that it is done."""

    def rule(asked):
        done = sum(turn["role"] == "assistant" for turn in asked.body["messages"])
        if done < len(steps):
            return calling(asked.body, *steps[done])
        return "All done."

    return rule


@pytest.mark.parametrize(
    ("steps", "scores"),
    [
        (FOUND, [1, 1]),
        ([[("find_user", {"name": "Ada"}), ("refund", {"order": "W1"})]], [1, 1]),
        ([[("refund", {"order": "W1"})], [("find_user", {"name": "Ada"})]], [0, 1]),
        ([[("find_user", {"name": "Bob"})], [("refund", {"order": "W2"})]], [0, 0]),
        ([[("find_user", {"name": "Ada"})], [("cancel_order", {})]], [0, 0]),
        (
            [[("guess", {})], [("find_user", {"name": "Ada"})], [("refund", {"order": "W1"})]],
            [1, 1],
        ),
    ],
)
def test_an_agent_is_judged_by_its_calls_and_by_what_they_leave(
    shop, api, ask, capsys, steps, scores
):
    names = tools("find_user", "refund", "cancel_order")
    shop.write({"evals/shop.yaml": AGENT, "prompts/shop.yaml": PROMPT + names})
    api.answers(agent(*steps))
    only = ask("run").only
    assert list(only["metrics"].values()) == scores
    assert api.count == len(steps) + 1
    said = [t["content"] for t in api.requests[-1]["messages"] if t["role"] == "tool"]
    assert len(said) == sum(map(len, steps))
    main(["show", "shop", "w1"])
    shown = capsys.readouterr().out
    assert f"assistant: {steps[0][0][0]}({json.dumps(steps[0][0][1])})" in shown
    assert f"tool: {said[0]}" in shown
    if steps[0][0][0] == "guess":
        assert said[0] == "error: there is no tool `guess`"
    if steps[0][0] == ("find_user", {"name": "Bob"}):
        assert said[0] == "unknown"


def test_calls_without_end_are_ended_at_the_limit(shop, api, ask):
    names = tools("find_user", "refund", "cancel_order")
    shop.write({"evals/shop.yaml": AGENT, "prompts/shop.yaml": PROMPT + names})
    api.answers(lambda asked: calling(asked.body, ("find_user", {"name": "Ada"})))
    most = ask("run", "--dry-run").only["requests"]
    only = ask("run").only
    assert only["asked"] == 5 <= most
    assert (only["limited"], only["passed"]) == (1, 0)


@pytest.mark.parametrize(
    ("eval_", "prompt", "told"),
    [
        (AGENT, tools("find_user", "refund"), "declares no tool `cancel_order`"),
        (
            AGENT,
            tools("find_user", "refund", "cancel_order", "pay"),
            "the tool `pay`, which has no",
        ),
        (USER.replace("model: large", "model: none"), "", "none"),
        (USER.replace("{{ task }}", "{{ tsk }}"), "", "`tsk`, which the conversation uses"),
        (SCRIPTED.replace("turns:", "trns:"), "", "did you mean `turns`"),
        ("examples: [{vars: {}}]\nconversation: {}\nscorers: [is_json]\n", "", "either `turns` or"),
        (
            SCRIPTED,
            "solve: {sample: {n: 2, temperature: 1}, pick: vote, key: {regex: a}}\n",
            "picks its answer from samples",
        ),
        (USER.replace("at_most: 3", "at_most: 0"), "", "at_most"),
    ],
)
def test_what_cannot_be_held_is_told_with_its_place(shop, capsys, eval_, prompt, told):
    shop.write({"evals/shop.yaml": eval_, "prompts/shop.yaml": PROMPT + prompt})
    assert main(["run"]) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert "evals/shop.yaml:" in shown
    assert told in shown


def test_an_argument_that_a_tool_does_not_take_is_a_warning(shop, capsys):
    """No call could have it, so the answer would never be given."""
    taken = {"properties": {"order": {}}}
    declared = json.loads(tools("find_user", "refund", "cancel_order").removeprefix("tools: "))
    declared[1]["function"]["parameters"] = taken
    wrong = AGENT.replace("{order: any}, say", "{ordr: any}, say").replace("$order", "$orders")
    for eval_, told in ((AGENT, []), (wrong, ["ordr", "orders"])):
        prompt = f"{PROMPT}tools: {json.dumps(declared)}\n"
        shop.write({"evals/shop.yaml": eval_, "prompts/shop.yaml": prompt})
        assert main(["lint"]) == 0
        shown = " ".join(capsys.readouterr().out.split())
        for name in told:
            said = f"the tool `refund` takes no argument `{name}`: did you mean `order`?"
            assert f"evals/shop.yaml:8:3: warning: {said}" in shown
        assert shown.count("takes no argument") == len(told)


def test_recorded_conversations_are_scored_without_asking(shop, api, ask, tmp_path):
    names = tools("find_user", "refund", "cancel_order")
    shop.write({"evals/shop.yaml": AGENT, "prompts/shop.yaml": PROMPT + names})
    calls = [
        {"name": "find_user", "arguments": {"name": "Ada"}},
        {"name": "refund", "arguments": {"order": "#W1"}},
    ]
    messages = [
        {"role": "user", "content": "Refund W1."},
        *({"role": "assistant", "tool_calls": [{"function": call}]} for call in calls),
        {"role": "assistant", "content": "Done."},
    ]
    state = {"orders": {"W1": {"status": "refunded"}, "W2": {"status": "open"}}}
    (shop.path / "said.jsonl").write_text(
        jsonl([{"id": "w1", "messages": messages, "state": state}])
    )
    found = ask("score", "shop", "--outputs", "said.jsonl")
    only = found.only
    assert (only["passed"], api.count) == (1, 0)


def test_a_user_whose_model_says_nothing_makes_an_error_that_names_the_turn(shop, api, ask):
    shop.write({"evals/shop.yaml": USER})
    api.answers(lambda asked: " " if asked.body["model"] == "large-1" else "Which one?")
    only = ask("run").only
    assert only["errors"] == 2
    assert list(only["reasons"]) == ["user 1: the answer was empty"]
    api.answers(talk)
    assert ask("run").only["passed"] == 2


def test_trials_of_conversations_have_their_pass_power(shop, api, ask):
    """Of four trials the first is right for w1, all for w2: pass^1 = 5/8, pass^2 to pass^4 1/2."""
    eval_ = (
        "examples:\n  - {id: w1, vars: {thing: a}, expected: done}\n"
        "  - {id: w2, vars: {thing: b}, expected: done}\n"
        "conversation: {turns: ['{{ thing }}', go]}\nscorers: [equals]\n"
    )
    shop.write({"evals/shop.yaml": eval_})
    first = []

    def rule(asked):
        said = [turn["content"] for turn in asked.body["messages"]]
        if said[-1] == "go" and "a" in said:
            first.append(asked)
            return "done" if len(first) == 1 else "failed"
        return "done"

    api.answers(rule)
    trials = ask("run", "--repeat", "4").only["trials"]
    assert [each["pass_power"] for each in trials["at"]] == [0.625, 0.5, 0.5, 0.5]
    assert [each["pass_any"] for each in trials["at"]] == [0.625, 0.75, 0.875, 1.0]


SHOP = """\
def refund(arguments, state, variables):
    order = state["orders"][arguments["order"]]
    order["status"] = "refunded"
    return {"say": f"{variables['messages'][0]['content']} Done.", "state": state}


def find_user(arguments, state, variables):
    return {"id": 7} if arguments["name"] == "Ada" else None
"""
CODED = AGENT.replace(
    "{answers: [{when: {name: [Ada, ada]}, say: {id: 7}}], otherwise: unknown}",
    "{python: {function: 'shop:find_user'}}",
).replace(
    '{answers: [{when: {order: any}, say: done, sets: {"orders.$order.status": refunded}}]}',
    "{python: {function: 'shop:refund'}}",
)


@pytest.fixture
def coded(shop, api):
    assert CODED.count("python") == 2
    names = tools("find_user", "refund", "cancel_order")
    shop.write({"prompts/shop.yaml": PROMPT + names, "evals/shop.yaml": CODED})
    shop.write({"evals/shop.py": SHOP, "promptci.yaml": config(api.url, "allow: [code]\n")})
    api.answers(agent(*FOUND))
    return shop


def test_own_code_answers_for_tools_and_what_it_said_is_stored(coded, api, ask):
    only = ask("run").only
    assert (only["passed"], only["asked"]) == (1, 3)
    said = [t["content"] for t in api.requests[-1]["messages"] if t["role"] == "tool"]
    assert said == ['{"id": 7}', "Refund W1. Done."]
    [shown] = ask("show", "shop", "w1").document["examples"]
    assert shown["answer"]["text"] == "All done."
    first = only["fingerprint"]
    coded.write({"evals/shop.py": SHOP.replace("Done.", "OK.")})
    assert ask("run").only["fingerprint"] != first
    assert api.count == 4  # what goes on from another answer is another question


def test_outputs_from_elsewhere_call_no_tool_so_that_its_code_needs_no_leave(coded, api, capsys):
    coded.write({"promptci.yaml": config(api.url)})
    (coded.path / "said.jsonl").write_text(jsonl([{"id": "w1", "output": "All done."}]))
    assert main(["run"]) == 2
    assert "is own code, which is off" in capsys.readouterr().err
    assert main(["score", "shop", "--outputs", "said.jsonl"]) in (0, 1, 3)
    judged = "scorers: [{python: {function: 'shop:refund'}}]\n"
    before, _, _ = CODED.partition("scorers:")
    coded.write({"evals/shop.yaml": before + judged})
    assert main(["score", "shop", "--outputs", "said.jsonl"]) == 2


def test_own_code_that_fails_makes_an_error_that_names_the_tool(coded, ask):
    coded.write({"evals/shop.py": SHOP.replace('state["orders"]', 'state["order"]')})
    only = ask("run").only
    assert only["errors"] == 1
    [why] = only["reasons"]
    assert "the tool `shop:refund`" in why
    assert "KeyError" in why


def test_a_change_may_not_choose_what_code_answers(coded, ask, capsys):
    coded.write({"evals/shop.yaml": AGENT})
    coded.commit("Written answers")
    coded.write({"evals/shop.yaml": CODED})
    coded.commit("Own code")
    capsys.readouterr()
    assert main(["check", "--base", "HEAD~1"]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(
        "`shop` (evals/shop.yaml) was not evaluated: no eval of the base scores with"
    )
    assert "a change may not" in said


def test_a_message_with_more_calls_than_are_left_ends_the_conversation(shop, api, ask):
    names = tools("find_user", "refund", "cancel_order")
    shop.write({"evals/shop.yaml": AGENT, "prompts/shop.yaml": PROMPT + names})
    api.answers(lambda asked: calling(asked.body, *[("refund", {"order": "W1"})] * 5))
    only = ask("run").only
    assert (only["asked"], only["limited"]) == (1, 1)


def test_what_was_cut_short_goes_on_where_it_was(shop, api, ask):
    shop.write({"evals/shop.yaml": USER})
    api.answers(talk)
    cut = ask("run", "--max-requests", "5", "--concurrency", "1")
    assert (cut.code, api.count) == (4, 5)
    rest = ask("run").only
    assert (rest["asked"], rest["passed"], api.count) == (4, 2, 9)


def test_a_judge_may_read_all_that_was_said(shop, api, ask):
    judge = "choice_judge: {model: large, prompt: 'Polite? {{ conversation }}', "
    judge += "choices: [{choice: good, score: 1}, {choice: bad, score: 0}]}"
    shop.write({"evals/shop.yaml": SCRIPTED.replace("[equals]", f"[equals, {judge}]")})
    heard = []

    def rule(asked):
        if "Polite?" in asked:
            heard.append(asked)
            return "This is good."
        return str(len(asked.body["messages"]) // 2)

    api.answers(rule)
    only = ask("run").only
    assert only["passed"] == 1
    assert "user: I want boots.\n\nassistant: 1\n\nuser: In red?" in heard[0]
    assert only["trials"] is None


def test_every_example_may_have_turns_of_its_own(shop, api, ask):
    eval_ = (
        "examples:\n  - {id: one, vars: {say: [Hi.]}, expected: '1'}\n"
        "  - {id: three, vars: {say: [A, B, C]}, expected: '3'}\n"
        "  - {id: none, vars: {say: []}, expected: '0'}\n"
        "conversation: {turns: '{{ say }}'}\nscorers: [equals]\n"
    )
    shop.write({"evals/shop.yaml": eval_})
    api.answers(lambda asked: str(len(asked.body["messages"]) // 2))
    assert ask("run", "--dry-run").only["requests"] == 4
    only = ask("run").only
    assert (only["passed"], only["errors"], only["asked"]) == (2, 1, 4)
    assert list(only["reasons"]) == ["there is nothing to say: the conversation has no turn"]


@pytest.mark.parametrize("at", [2, 11])
def test_killed_amid_conversations_at_most_the_calls_in_flight_are_asked_again(shop, api, ask, at):
    """Four conversations of three turns each: a reply is stored before the next turn goes out."""
    width = 2
    examples = [f"  - {{id: e{n}, vars: {{thing: boots {n}}}, expected: '3'}}" for n in range(4)]
    rest = SCRIPTED.partition("conversation:")
    shop.write({"evals/shop.yaml": "\n".join(["examples:", *examples, rest[1] + rest[2]])})

    def rule(asked):
        if api.count == at:
            process.send_signal(signal.SIGKILL)
            process.wait()
        return str(len(asked.body["messages"]) // 2)

    api.answers(rule)
    process = Forked([*PROMPTCI, "run", "--concurrency", str(width)], stdout=-3, stderr=-3)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    killed = api.count
    assert at <= killed < 12
    only = ask("run").only
    assert (only["passed"], only["errors"]) == (4, 0)
    assert api.count <= 12 + width


def test_a_user_without_a_model_is_told_what_is_missing(shop, api, ask):
    shop.write(
        {
            "evals/shop.yaml": USER.replace("model: large, ", ""),
            "promptci.yaml": config(api.url).replace("judge:", "no:"),
        }
    )
    answer = ask("run")
    assert answer.code == 2
    assert "no model is named that plays the user: write `model: NAME`" in str(answer.document)


@every_row(
    ("options", "wanted"),
    [
        ("calls: [find_user, refund]", "2 calls in order"),
        ("match: exact", "2 calls in order of `b`"),
        ("calls: [find_user]", ""),
        ("calls: [find_user, refund], match: any_order", ""),
        ("calls: [find_user, refund], in_text: true", ""),
        ("never: [refund]", ""),
    ],
)
def test_calls_in_order_of_a_prompt_that_is_asked_once_are_doubted(shop, capsys, options, wanted):
    scorers = f"scorers: [{{trajectory: {{{options}}}}}]\n"
    examples = [
        {"id": id_, "vars": {"task": id_ * 9}, "expected": ["find_user", "refund"][:most]}
        for most, id_ in enumerate("ab", 1)
    ]
    shop.write(
        {
            "prompts/shop.yaml": PROMPT.replace("You help.", "'{{ task }}'")
            + tools("find_user", "refund"),
            "evals/shop.yaml": f"examples: {json.dumps(examples)}\n{scorers}",
        }
    )
    for command in (["lint", "shop"], ["run", "--dry-run"]):
        assert main(command) == 0
        out = capsys.readouterr()
        said = " ".join((out.out + out.err).split())
        told = f"evals/shop.yaml:2:11: warning: `trajectory` wants {wanted}, and the model is asked"
        assert (told in said) if wanted else "is asked once" not in said


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ("calls: [{refnd: {}}]", 2, "`refnd`, which the prompt `shop` does not declare: did you"),
        ("never: [cancel_ordr]", 0, "warning: `trajectory` names the tool `cancel_ordr`, which"),
        ("calls: [refund], never: [refund]", 2, "`refund` is wanted and must never be called: d"),
        ("calls: [refund, refund], at_most: 1", 2, "2 calls are wanted, and at most 1 may be made"),
        ("calls: [refund, refund], at_most: 1, measure: recall", 0, "no faults"),
    ],
)
def test_a_trajectory_that_no_answer_could_take_is_told(shop, capsys, options, code, said):
    start = AGENT.index("scorers:")
    scorers = f"scorers: [{{trajectory: {{{options}}}}}]\n"
    shop.write(
        {
            "prompts/shop.yaml": PROMPT + tools("find_user", "refund", "cancel_order"),
            "evals/shop.yaml": AGENT[:start] + scorers,
        }
    )
    assert main(["lint", "shop"]) == code
    out = capsys.readouterr()
    assert said in out.out + out.err

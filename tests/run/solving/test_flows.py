"""Flows driven by hand: which way is taken, what is asked, what it may ask at most."""

import gc
import json

from projects import config, planned
from promptci.run.recall import recall
from promptci.run.solving.flows.together import requests_of
from promptci.run.solving.solve import asked_at_most, evaluate_example, left_to_ask
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage
from promptci.spending.estimate import estimate
from tables import every_row

URL = "http://127.0.0.1:9/v1"


def prompt(text, tokens=8):
    content = json.dumps(text)
    return f"parameters: {{max_tokens: {tokens}}}\nmessages: [{{role: user, content: {content}}}]\n"


PROMPTS = {
    "prompts/triage.yaml": prompt("Triage: {{ ticket }}"),
    "prompts/reply.yaml": prompt("Reply to {{ kind }}: {{ ticket }}", 20),
    "prompts/fix.yaml": prompt("Fix: {{ text }}", 5),
    "promptci.yaml": config(URL),
}
EVAL = "examples:\n  - {id: a, vars: {ticket: money}, expected: done}\nscorers: [equals]\n"


def task_of(flow, eval=EVAL, **more):
    files = {**PROMPTS, "flows/answer.yaml": flow, "evals/answer.yaml": f"flow: answer\n{eval}"}
    [task] = planned({**files, **more}, names=("answer",)).tasks
    return task


def drive(task, rule, asked=None, **how):
    """The evaluation of the first example by a model that answers each last message by `rule`."""
    asked = [] if asked is None else asked
    steps = evaluate_example(task, next(task.examples()), **how)
    ask = next(steps)
    try:
        while True:
            requests = requests_of(ask)
            asked.append([request.messages[-1].content for request in requests])
            said = tuple(answer(rule, request) for request in requests)
            ask = steps.send(said if isinstance(ask, tuple) else said[0])
    except StopIteration as done:
        return done.value


def answer(rule, request):
    said = rule(request.messages[-1].content)
    if isinstance(said, Completion):
        return said
    return Completion(said, usage=Usage(10, 1), latency=2.0)


SEQUENCE = """\
steps:
  - kind: {prompt: triage}
  - reply: {prompt: reply}
"""


def test_steps_see_what_steps_before_them_say():
    asked = []
    found = drive(task_of(SEQUENCE), lambda text: text[:6].lower(), asked)
    assert asked == [["Triage: money"], ["Reply to triage: money"]]
    assert found.walked.taken == ("kind", "reply")
    assert [each.step for each in found.trace] == ["kind", "reply"]
    assert (found.completion.usage, found.completion.latency) == (Usage(20, 2), 4.0)


LONG = "steps:\n  - s0: {prompt: triage}\n" + "".join(
    f"  - s{n}: {{prompt: fix, vars: {{text: '{{{{ s{n - 1} }}}}!'}}}}\n" for n in range(1, 40)
)


def test_in_brief_nothing_is_kept_of_a_step_but_what_it_took():
    task, living = task_of(LONG), []
    gc.freeze()  # what was there before is not looked through each time

    def rule(text):
        gc.collect()
        living.append(sum(isinstance(each, Request) for each in gc.get_objects()))
        return f"{len(living)}"

    found = drive(task, rule, is_brief=True)
    assert found.completion.text == "40"
    assert max(living[1:]) <= living[0] + 1
    assert (found.trace, found.walked.outputs, found.walked.inputs) == ((), {}, {})
    assert [took.input_tokens for took in found.walked.took.values()] == [10] * 40
    assert found.completion.usage == Usage(400, 40)


def test_what_is_said_before_is_kept_for_as_long_as_it_is_used():
    flow = (
        SEQUENCE
        + "  - if: {kind: {equals: refund}}\n"
        + '    then: [{more: {text: "{{ reply }}"}}]\n'
        + '    else: [{more: {text: "-"}}]\n'
        + 'output: "{{ kind }} {{ more }}"\n'
    )
    assert task_of(flow).prompt.over_after == (frozenset(), frozenset(), {"reply"})
    said = {"Triage: money": "refund", "Reply to refund: money": "yes"}
    assert drive(task_of(flow), said.get).completion.text == "refund yes"


@every_row(("kind", "taken"), [("Refund", "policy"), ("other", "none")])
def test_a_condition_chooses_a_branch(kind, taken):
    flow = (
        "steps:\n"
        "  - kind: {prompt: triage}\n"
        "  - if: {kind: {equals: {value: refund, ignore_case: true}}}\n"
        "    then: {policy: {text: 'Policy for {{ ticket }}'}}\n"
        "    else: {none: {text: done}}\n"
        "output: '{{ policy }}{{ none }}'\n"
    )
    found = drive(task_of(flow), lambda text: kind)
    assert found.walked.taken == ("kind", taken)
    assert found.completion.text == ("done" if taken == "none" else "Policy for money")
    assert found.result.passed == (taken == "none")


PARALLEL = """\
steps:
  - parallel:
      - - kind: {prompt: triage}
        - reply: {prompt: reply}
      - fix: {prompt: fix, vars: {text: "{{ ticket }}"}}
output: "{{ reply }}|{{ fix }}"
"""


def test_branches_are_asked_side_by_side():
    asked = []
    found = drive(task_of(PARALLEL), str.upper, asked)
    assert asked == [["Triage: money", "Fix: money"], ["Reply to TRIAGE: MONEY: money"]]
    assert found.completion.text == "REPLY TO TRIAGE: MONEY: MONEY|FIX: MONEY"
    assert found.completion.latency == 4.0  # the longer branch
    assert [each.step for each in found.trace] == ["kind", "reply", "fix"]


LOOP = """\
steps:
  - loop: {fix: {prompt: fix, vars: {text: "{{ fix }}"}}}
    start: {fix: "{{ ticket }}"}
    until: {fix: {regex: "!!$"}}
    at_most: 3
output: "{{ fix }}"
"""


@every_row(("mark", "times"), [("!", 2), ("!!", 1), ("?", 3)])
def test_a_loop_ends_once_its_condition_holds_or_is_taken_as_often_as_it_may(mark, times):
    asked = []
    found = drive(task_of(LOOP), lambda text: text.removeprefix("Fix: ") + mark, asked)
    assert len(asked) == times
    assert found.completion.text == "money" + times * mark


MAP = """\
steps:
  - list: {prompt: triage}
  - map: {fix: {prompt: fix, vars: {text: "{{ item }}"}}}
    over: "{{ list }}"
    at_most: 2
    join: ", "
output: "{{ fix }}"
"""


def test_items_of_a_list_are_asked_side_by_side_and_no_more_than_may():
    asked = []
    rule = {"Triage: money": "- tea\n\n2. milk\nsugar"}.get
    found = drive(task_of(MAP), lambda text: rule(text, text[-3:]), asked)
    assert asked == [["Triage: money"], ["Fix: tea", "Fix: milk"]]
    assert found.completion.text == "tea, ilk"
    assert dict(found.scores)["control flow"].why == "`fix` 3 items, of which 2 are allowed"


@every_row(
    ("said", "items"),
    [
        ('["tea, green", "milk"]', ["tea, green", "milk"]),
        ('Here they are:\n```json\n["tea", 7]\n```', ["tea", "7"]),
        ("[]", []),
        ("tea", None),
        ('{"items": ["tea"]}', None),
        ("3", None),
    ],
)
def test_a_list_of_json_is_read_as_such_and_what_is_none_is_told(said, items):
    flow, asked = MAP.replace("    at_most", "    split: json\n    at_most"), []
    found = drive(task_of(flow), lambda text: said if "Triage" in text else "x", asked)
    assert asked[1:] == ([[f"Fix: {item}" for item in items]] if items else [])
    control = dict(found.scores).get("control flow")
    wrong = f"`fix` is taken for each item of a JSON list, which `{said}` is not"
    assert (None if control is None else control.why) == (wrong if items is None else None)


@every_row(("tier", "asked"), [("gold", True), ("iron", False), (None, None)])
def test_a_condition_looks_at_a_field_of_a_variable(tier, asked):
    flow = (
        "steps:\n  - if: {who.tier: {equals: gold}}\n    then: {a: {prompt: triage}}\n"
        "output: 'So {{ a }}'\n"
    )
    who = "{}" if tier is None else f"{{tier: {tier}}}"
    rows = EVAL.replace("ticket: money", f"ticket: money, who: {who}")
    task, requests = task_of(flow, rows), []
    found = drive(task, lambda text: text, requests)
    assert sum(map(len, requests)) == bool(asked)
    assert len(asked_at_most(task, next(task.examples()))) == bool(asked)
    gone = "step `a`: the variable `who.tier` is not given"
    assert found.why == (gone if tier is None else "")


REFUSED = Completion("I cannot", outcome="refused", usage=Usage(1, 1))


@every_row("flow", [SEQUENCE, PARALLEL])
def test_a_step_that_fails_is_named_and_ends_the_flow(flow):
    found = drive(task_of(flow), lambda text: REFUSED if "Triage" in text else text)
    assert (found.result.fate, found.why) == ("error", "step `kind`: the answer was refused")


def test_a_silent_step_fails_the_example_where_silence_does():
    found = drive(task_of(SEQUENCE), lambda text: Completion("", outcome="empty"))
    assert (found.result.fate, found.why) == ("fail", "step `kind`: the answer was empty")


def test_an_answer_that_no_step_gave_was_not_cut_off_in_thoughts():
    """It is judged, though a step whose branch leads nowhere was cut off."""
    flow = "  - if: {kind: {equals: x}}\n    then: {a: {text: hi}}\noutput: '{{ a }}'\n"
    task = task_of(f"steps:\n  - kind: {{prompt: triage}}\n{flow}")
    found = drive(task, lambda text: Completion("long", outcome="truncated"))
    assert (found.completion.outcome, found.result.fate) == ("ok", "fail")


def test_what_is_expected_of_steps_is_judged_beside_the_answer():
    row = "steps: {kind: Refund, reply: done}"
    task = task_of(SEQUENCE, EVAL.replace("expected: done", f"expected: done, {row}"))
    rule = {"Triage: money": " refund", "Reply to  refund: money": "done"}.get
    found = drive(task, rule)
    assert found.result.scores == (
        ("equals", 1.0), ("step kind", 1.0), ("step reply", 1.0), ("control flow", 1.0),
    )  # fmt: skip
    assert (found.result.fate, found.result.score) == ("pass", 1.0)
    wrong = drive(task, lambda text: "done")
    assert wrong.result.scores[1] == ("step kind", 0.0)
    assert wrong.result.passed  # a step has no weight: the answer is right


def test_a_step_is_judged_by_the_eval_of_its_prompt_or_by_what_the_eval_says():
    row = EVAL.replace("expected: done", "expected: done, steps: {kind: 'a refund'}")
    of_prompt = {"evals/triage.yaml": EVAL.replace("[equals]", "[contains]")}
    task = task_of(SEQUENCE, row, **of_prompt)
    own = task_of(SEQUENCE, row + "steps: {kind: [{equals: {}}]}\n", **of_prompt)
    assert [[s.label for s in t.step_judges["kind"].shared] for t in (task, own)] == [
        ["contains"],
        ["equals"],
    ]
    assert task.parts.scorers != own.parts.scorers
    says = "it is a refund"
    assert dict(drive(task, lambda text: says).result.scores)["step kind"] == 1
    assert dict(drive(own, lambda text: says).result.scores)["step kind"] == 0


def test_a_step_left_out_or_an_action_that_is_not_allowed_is_wrong_control_flow():
    flow = (
        "steps:\n"
        "  - kind: {prompt: triage, allowed: [refund, other]}\n"
        "  - if: {kind: {equals: refund}}\n"
        "    then: {policy: {text: done}}\n"
        "output: '{{ policy }}'\n"
    )
    task = task_of(flow, EVAL.replace("expected: done", "expected: done, runs: [policy]"))
    whys = {
        said: dict(drive(task, lambda text, said=said: said).scores)["control flow"].why
        for said in ("refund", "other", "Sing")
    }
    assert whys == {
        "refund": "",
        "other": "`policy` was left out",
        "Sing": "`kind` chose an action that is not allowed: `Sing`; `policy` was left out",
    }


BRANCHES = """\
steps:
  - kind: {prompt: triage}
  - if: {kind: {equals: refund}}
    then:
      - reply: {prompt: reply}
      - fix: {prompt: fix, vars: {text: "{{ reply }}"}}
    else: {short: {prompt: fix, vars: {text: hello}}}
  - loop: {again: {prompt: fix, vars: {text: "{{ fix }}"}}}
    until: {again: {equals: x}}
    at_most: 3
output: "{{ again }}"
"""
"""The loop asks the same each time, so that each time is an attempt of its own."""


def among(known):
    """What finds the answers to requests among some, by their keys."""
    return lambda asked: {each.key: known[each.key] for each in asked if each.key in known}


def most_of(task, known=None):
    example = next(task.examples())
    found = (
        asked_at_most(task, example) if known is None else left_to_ask(task, example, among(known))
    )
    return [estimate(each) for each in found]


def test_what_may_be_asked_is_the_larger_branch_and_every_round():
    found = most_of(task_of(BRANCHES))
    assert len(found) == 1 + 2 + 3
    assert sum(each.output_tokens for each in found) == 8 + (20 + 5) + 3 * 5
    # "Reply to {8 tokens}: money", "Fix: {20 tokens}", three times "Fix: {5 tokens}"
    assert [each.input_tokens - 4 for each in found] == [4, 12, 22, 7, 7, 7]


def test_what_may_be_asked_narrows_with_what_is_known():
    task, known = task_of(BRANCHES), {}
    example = next(task.examples())
    [first, *_] = asked_at_most(task, example)
    known[first.key] = Completion("other")
    assert len(most_of(task, known)) == 1 + 3
    known[first.key] = Completion("refund")
    assert len(most_of(task, known)) == 2 + 3
    known[first.key] = REFUSED  # which is asked again
    assert len(most_of(task, known)) == 1 + 2 + 3


@every_row("flow", [SEQUENCE, PARALLEL, LOOP, MAP, BRANCHES])
@every_row("kind", ["refund", "other", "a\nb\nc"])
def test_no_way_asks_more_than_may_be_asked(flow, kind):
    task, asked = task_of(flow), []
    drive(task, lambda text: kind if "Triage" in text else "five words at the most", asked)
    assert sum(map(len, asked)) <= len(most_of(task))


def test_an_answer_is_recalled_where_every_step_is_stored():
    task, stored = task_of(BRANCHES), {}
    example = next(task.examples())

    def find(keys):
        return {key: stored[key] for key in keys if key in stored}

    for said in ("other", "short", "one", "two", "x"):
        assert recall(task, example, find) is None
        [now, *_] = left_to_ask(task, example, among(stored))
        stored[now.key] = Completion(said)
    found = recall(task, example, find)
    assert (found.completion.text, found.walked.taken) == ("x", ("kind", "short", *3 * ["again"]))


ALIKE = {
    "items of a list": MAP.replace("{{ item }}", "{{ ticket }}"),
    "branches": """\
steps:
  - parallel:
      - [{map: {a: {prompt: triage}}, over: "x\\ny", at_most: 2}]
      - [{map: {b: {prompt: triage}}, over: "x\\ny", at_most: 2}, {c: {prompt: triage}}]
output: "{{ a }} {{ b }} {{ c }}"
""",
}


@every_row("flow", ALIKE.values())
def test_of_what_is_asked_alike_side_by_side_nothing_is_left_once_it_is_stored(flow):
    """They have one attempt, since none comes after another."""
    task = task_of(flow)
    example = next(task.examples())
    known = {
        each.request.key: each.completion for each in drive(task, lambda text: "- x\n- y").trace
    }
    assert not left_to_ask(task, example, among(known))
    assert asked_at_most(task, example)


def test_a_changed_step_asks_only_what_depends_on_it():
    changed = {"prompts/reply.yaml": prompt("Answer {{ kind }}: {{ ticket }}", 20)}
    before, after = (
        {each.step: each.request.key for each in drive(task, str.upper).trace}
        for task in (task_of(PARALLEL), task_of(PARALLEL, **changed))
    )
    assert before.keys() == after.keys() == {"kind", "reply", "fix"}
    assert {step for step in before if before[step] != after[step]} == {"reply"}


def test_a_flow_that_asks_nothing_has_an_answer_all_the_same():
    flow = (
        "steps:\n"
        "  - if: {ticket: {equals: money}}\n"
        "    then: {reply: {text: done}}\n"
        "    else: {reply: {prompt: reply, vars: {kind: x}}}\n"
        "output: '{{ reply }}'\n"
    )
    task, asked = task_of(flow), []
    found = drive(task, str.upper, asked)
    assert (asked, found.result.fate, found.completion.text) == ([[]], "pass", "done")
    assert most_of(task) == []
    assert recall(task, next(task.examples()), lambda keys: {}).completion.text == "done"


def test_samples_of_a_step_are_asked_and_picked_like_those_of_a_prompt():
    solve = "solve: {sample: {n: 3, temperature: 1}, pick: vote, key: {regex: '(.*)'}}\n"
    sampled = {"prompts/triage.yaml": PROMPTS["prompts/triage.yaml"] + solve}
    task, asked = task_of(SEQUENCE, **sampled), []
    found = drive(task, lambda text: "refund" if "Triage" in text else "done", asked)
    assert list(map(len, asked)) == [3, 1]
    assert len(most_of(task)) == 4
    assert [each.step for each in found.trace] == [
        "kind/sample 1", "kind/sample 2", "kind/sample 3", "reply",
    ]  # fmt: skip
    assert task.parts.prompt != task_of(SEQUENCE).parts.prompt


def test_a_step_may_take_samples_that_its_prompt_does_not():
    solve = "{sample: {n: 2, temperature: 0.5}, pick: vote, key: {regex: '(.*)'}}"
    task, asked = task_of(SEQUENCE.replace("triage}", f"triage, solve: {solve}}}")), []
    drive(task, str.upper, asked)
    assert list(map(len, asked)) == [2, 1]
    assert task.steps[0].settings.parameters["temperature"] == 0.5
    assert task.steps[1].settings.parameters["temperature"] == 0
    assert task.parts.prompt != task_of(SEQUENCE).parts.prompt


ROWS = """\
steps:
  - sql: {prompt: triage}
  - rows: {query: "{{ sql }}", data: shop.sql, vars: {most: "{{ ticket }}"}}
"""
SHOP = {"flows/shop.sql": "CREATE TABLE item (name, price);\nINSERT INTO item VALUES ('tea', 2);\n"}


def report(output):
    told = {"code": 0, "killed": "", "output": json.dumps(output) + "\n", "error": ""}
    return Completion(json.dumps(told))


@every_row(
    ("output", "text"),
    [
        ({"columns": ["a", "b"], "rows": [["tea", 2], ["milk", None]]}, "tea | 2\nmilk | NULL"),
        ({"columns": ["a"], "rows": []}, ""),
        ({"fault": "query", "why": "no such  table:\nx"}, "error: no such table: x"),
    ],
)
def test_a_query_gives_lines_of_text(output, text):
    asked = []
    fence = "Here it is:\n```sql\nSELECT * FROM item\n```"
    found = drive(
        task_of(ROWS, **SHOP),
        lambda said: fence if "Triage" in said else report(output),
        asked,
    )
    assert found.completion.text == text
    job = json.loads(asked[1][0])
    assert (job["query"], job["values"]) == ("SELECT * FROM item", {"most": "money"})
    assert found.completion.usage == Usage(10, 1)  # of the prompt alone
    assert found.walked.taken == ("sql", "rows")


def test_data_that_cannot_be_loaded_is_an_error_of_the_example():
    bad = report({"fault": "fixture", "why": "syntax error"})
    found = drive(task_of(ROWS, **SHOP), lambda said: "x" if "Triage" in said else bad)
    assert found.result.fate == "error"
    assert found.why == "step `rows`: flows/shop.sql cannot be loaded: syntax error"


def test_a_query_that_nothing_is_known_of_counts_as_long_as_its_rows_may_be():
    flow = ROWS + '  - say: {prompt: fix, vars: {text: "{{ rows }}"}}\n'
    [first, last] = most_of(task_of(flow, **SHOP))
    assert (first.output_tokens, last.input_tokens) == (8, 4 + 1001 + 2)

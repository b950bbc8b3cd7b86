"""Flows read from their files: what is wrong with them, where, and the cure."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from projects import MemoryTree
from promptci.errors import SpecError
from promptci.project.schemas.flowschema import flow_schema
from promptci.suite.loading import load_runnable, load_suite
from tables import every_row

BASE = {
    "prompts/triage.yaml": 'messages: [{role: user, content: "Triage {{ ticket }}"}]\n',
    "prompts/reply.yaml": 'messages: [{role: user, content: "{{ kind }}: {{ ticket }}"}]\n',
    "flows/data.sql": "CREATE TABLE t (a);\n",
}
HEAD = "steps:\n  - triage: {prompt: triage}\n"


def flow_of(text, **files):
    return load_suite(MemoryTree({**BASE, "flows/answer.yaml": text, **files})).prompts["answer"]


def faults_of(text, **files):
    with pytest.raises(SpecError) as error:
        flow_of(text, **files)
    return [str(fault) for fault in error.value.faults if not fault.warning]


CASES = {
    "an unknown prompt": (
        "steps:\n  - a: {prompt: triag}\n",
        "2:17: there is no prompt `triag` in prompts/: did you mean `triage`?",
    ),
    "a loop without an end": (
        "steps:\n  - loop: {a: {prompt: triage}}\n    until: {a: {equals: x}}\noutput: x\n",
        "2:5: this loop may never end: add `at_most:` with the most times it may run",
    ),
    "a list without an end": (
        "steps:\n  - map: {a: {prompt: triage}}\n    over: '{{ list }}'\noutput: x\n",
        "2:5: how long the list may get is not said: add `at_most:` with the most items",
    ),
    "a cycle": (
        "steps:\n"
        "  - a: {prompt: triage, vars: {ticket: '{{ b }}'}}\n"
        "  - b: {prompt: triage, vars: {ticket: '{{ a }}'}}\n",
        "2:8: `a` uses the output of `b`, which needs that of `a`: break the cycle",
    ),
    "its own output": (
        "steps:\n  - a: {prompt: triage, vars: {ticket: '{{ a }}'}}\n",
        "2:8: `a` uses its own output: if a variable is meant, give the step another name; in a "
        "`loop`, say with `start:` what it is at first",
    ),
    "a later step": (
        "steps:\n  - a: {prompt: triage, vars: {ticket: '{{ b }}'}}\n  - b: {prompt: triage}\n",
        "2:8: `a` uses the output of `b`, which is not there yet: put that step before it",
    ),
    "a branch beside it": (
        "steps:\n"
        "  - parallel:\n"
        "      - a: {prompt: triage}\n"
        "      - b: {prompt: triage, vars: {ticket: '{{ a }}'}}\n"
        "output: '{{ b }}'\n",
        "4:12: `b` uses the output of `a`, which is not there yet: put that step before it",
    ),
    "a variable that the prompt lacks": (
        "steps:\n  - a: {prompt: triage, vars: {tiket: x}}\n",
        "2:32: the prompt `triage` uses no variable `tiket`: take it out (did you mean `ticket`?)",
    ),
    "a variable that is not declared": (
        "variables: [ticket]\nsteps:\n  - a: {prompt: triage, vars: {ticket: '{{ tickt }}'}}\n",
        "3:8: `tickt` is no step and not declared in `variables`: did you mean `ticket`?",
    ),
    "a name twice": (
        HEAD + "  - triage: {prompt: triage}\n",
        "3:13: the step in line 2 is called `triage`, too: "
        "give this one a name of its own, as in `triage_2: {prompt: triage, …}`",
    ),
    "a prompt that two conditions ask": (
        "steps:\n"
        "  - if: {prompt: triage, equals: x}\n    then: {a: {text: x}}\n"
        "  - if: {prompt: triage, equals: y}\n    then: {b: {text: y}}\n"
        "output: '{{ a }}{{ b }}'\n",
        "4:9: the step in line 2 is called `triage`, too: "
        "give this one a name of its own, as in `triage_2: {prompt: triage, …}`",
    ),
    "a name twice, side by side": (
        "steps:\n  - parallel: [{a: {text: x}}, {a: {text: y}}]\noutput: '{{ a }}'\n",
        "2:36: the step in line 2 is called `a`, too: give this one another name, such as `a_2`",
    ),
    "a word of flows": (
        "steps:\n  - until: {prompt: triage}\n",
        "2:5: `until` cannot be a step's name, since it is a word of flows: change it",
    ),
    "two kinds": (
        "steps:\n  - a: {prompt: triage, text: x}\n",
        "2:5: the step `a` must have one of `prompt`, `flow`, `query`, `text`, `retrieve`, and has "
        "`prompt` and `text`: write one",
    ),
    "a key that means nothing": (
        "steps:\n  - a: {text: x, model: small}\n",
        "2:18: `model` means nothing in the step `a`, which has a `text`: delete it",
    ),
    "a query on nothing": (
        "steps:\n  - a: {query: SELECT 1}\n",
        "2:9: the step `a` does not say what its query runs on: add `data: FILE`",
    ),
    "a query on a file that is not there": (
        "steps:\n  - a: {query: SELECT 1, data: gone.db}\n",
        "2:32: there is no file flows/gone.db: name one relative to this flow",
    ),
    "a query on a file outside": (
        "steps:\n  - a: {query: SELECT 1, data: ../../x.db}\n",
        "2:32: `../../x.db` leads out of the project: keep the file inside it",
    ),
    "no output": (
        HEAD + "  - if: {triage: {equals: x}}\n    then: {a: {text: x}}\n",
        "1:1: the last step has no output of its own: add `output:` with a template",
    ),
    "a condition on no scorer": (
        HEAD + "  - if: {triage: {eqals: x}}\n    then: {a: {text: x}}\noutput: x\n",
        "3:19: there is no scorer `eqals`: did you mean `equals`?",
    ),
    "a condition on a bare value": (
        HEAD + "  - if: {triage: refund}\n    then: {a: {text: x}}\noutput: x\n",
        "3:18: `refund` is no scorer: write `triage: {equals: refund}`",
    ),
    "a condition on a prompt that says nothing of its answer": (
        HEAD + "  - if: {prompt: reply}\n    then: {a: {text: x}}\noutput: x\n",
        "3:9: what the prompt is to say is not told, or twice: write one scorer beside it",
    ),
    "what is looked up beside": (
        "steps:\n  - a: {retrieve: {corpus: '*.sql'}, query: '{{ ticket }}'}\n",
        "2:5: the step `a` must have one of `prompt`, `flow`, `query`, `text`, `retrieve`, and has "
        "`query` and `retrieve`: write `query` in `retrieve`",
    ),
    "an empty corpus": (
        "steps:\n  - a: {retrieve: {corpus: ../docs/*.md}}\n",
        "2:28: `../docs/*.md` names no file, so the corpus is empty",
    ),
    "an end in the loop and beside it": (
        "steps:\n"
        "  - loop: {prompt: triage, until: {regex: OK}, at_most: 3}\n    at_most: 2\noutput: x\n",
        "2:48: `at_most` is in this `loop` and beside it: delete one of them",
    ),
    "a loop in one line that never ends": (
        "steps:\n  - loop: {prompt: triage, until: {regex: OK}}\noutput: x\n",
        "2:5: this loop may never end: add `at_most:` with the most times it may run",
    ),
    "a loop without a condition": (
        "steps:\n  - loop: {prompt: triage, at_most: 3}\noutput: x\n",
        "2:5: this loop has no end: add `until:` with an output and a scorer, such as ",
    ),
    "a condition that is empty": (
        "steps:\n  - loop: {prompt: triage, until: {}, at_most: 3}\noutput: x\n",
        "2:35: a condition is an output's name and a scorer, such as ",
    ),
    "an end that is no scorer": (
        "steps:\n  - loop: {prompt: triage, until: {regx: OK}, at_most: 3}\noutput: x\n",
        "2:36: there is no scorer `regx`: did you mean `regex`?",
    ),
    "a condition on a list": (
        HEAD + "  - if: {triage: [refund, other]}\n    then: {a: {text: x}}\noutput: x\n",
        '`["refund", "other"]` is no scorer: write `triage: {equals: ["refund", "other"]}`',
    ),
    "a condition that asks": (
        HEAD + "  - if: {triage: {similar: x}}\n    then: {a: {text: x}}\noutput: x\n",
        "make that a step, and test what it says",
    ),
    "a condition on what is expected": (
        HEAD + "  - if: {triage: equals}\n    then: {a: {text: x}}\noutput: x\n",
        "3:18: a condition cannot use `equals`, which compares with what an example expects: "
        "give it a `value`",
    ),
    "a start of no step": (
        "steps:\n"
        "  - loop: {a: {prompt: triage}}\n"
        "    start: {b: x}\n"
        "    until: {a: {equals: x}}\n"
        "    at_most: 2\n"
        "output: x\n",
        "3:13: `start` names no step of this loop `b`: known are `a`",
    ),
    "too many calls": (
        "steps:\n"
        "  - map:\n"
        "      - map: {a: {prompt: triage}}\n"
        "        over: '{{ x }}'\n"
        "        at_most: 200\n"
        "    over: '{{ y }}'\n"
        "    at_most: 200\n"
        "output: x\n",
        "1:1: one example may ask 40,000 times, and 10,000 are allowed: lower an `at_most`",
    ),
    "a model that is not there": (
        "steps:\n  - a: {prompt: triage, model: nobody/x}\n",
        "2:32: ",
    ),
}


@every_row("name", CASES)
def test_what_is_wrong_is_told_with_its_place_and_the_cure(name):
    text, said = CASES[name]
    [fault] = faults_of(text)
    assert fault.startswith("flows/answer.yaml:")
    assert said in fault


@every_row(
    "short",
    [
        "  - if: {prompt: triage, equals: refund}\n",
        "  - if: {triage: {prompt: triage, equals: refund}}\n",
    ],
)
def test_a_condition_may_ask_a_prompt_itself(short):
    """It is the step that asks it, and the condition on what that says."""
    rest = "    then: {kind: {text: x}}\n  - reply: {prompt: reply}\n"
    plain = HEAD + "  - if: {triage: {equals: refund}}\n"
    assert flow_of(f"steps:\n{short}{rest}").digest == flow_of(plain + rest).digest


def test_the_end_of_a_loop_may_ask_a_prompt_itself():
    head = "steps:\n  - kind: {text: x}\n  - loop:\n    - reply: {prompt: reply}\n"
    asked = "{prompt: triage, vars: {ticket: '{{ reply }}'}%s}"
    plain = f"    - ok: {asked % ''}\n    until: {{ok: {{equals: good}}}}\n"
    short = f"    until: {{ok: {asked % ', equals: good'}}}\n"
    end = "    at_most: 2\noutput: '{{ reply }}'\n"
    assert flow_of(head + short + end).digest == flow_of(head + plain + end).digest


LOOP = "  - loop: {triage: {prompt: triage}}\n    until: {triage: {regex: OK}}\n    at_most: 3\n"
TO_ITEM = "prompt: triage, vars: {ticket: '{{ item }}'}"
MAP = f"  - map: {{triage: {{{TO_ITEM}}}}}\n    over: '{{{{ all }}}}'\n    at_most: 3\n"
IN_EDITOR = Draft202012Validator(flow_schema())
SHORT = [
    ("  - prompt: triage\n", "  - triage: {prompt: triage}\n"),
    ("  - {prompt: triage, allowed: [x]}\n", "  - triage: {prompt: triage, allowed: [x]}\n"),
    ("  - loop: {prompt: triage, until: {regex: OK}, at_most: 3}\n", LOOP),
    ("  - loop: {prompt: triage}\n    until: {regex: OK}\n    at_most: 3\n", LOOP),
    ("  - loop: {triage: {prompt: triage}, until: {regex: OK}, at_most: 3}\n", LOOP),
    ("  - loop: {prompt: triage, until: {triage: {regex: OK}}, at_most: 3}\n", LOOP),
    (f"  - map: {{{TO_ITEM}, over: '{{{{ all }}}}', at_most: 3}}\n", MAP),
]


@every_row(("short", "long"), SHORT)
def test_a_step_may_be_written_in_one_line(short, long):
    """What it asks is its name, and what a block says of itself is beside that.

    An editor that reads the schema takes it, too.
    """
    text = "steps:\n{}output: '{{{{ triage }}}}'\n"
    assert flow_of(text.format(short)).digest == flow_of(text.format(long)).digest
    for each in (short, long):
        assert IN_EDITOR.is_valid(yaml.safe_load(text.format(each)))


def test_a_step_of_a_map_may_be_called_as_one_of_its_keys():
    flow = flow_of("steps:\n  - map: {item: {text: x}, over: '{{ all }}', at_most: 3}\noutput: x\n")
    assert flow.variables == {"all"}


def test_names_that_no_step_has_are_variables_of_the_example():
    flow = flow_of(HEAD + "  - draft: {prompt: reply, vars: {kind: '{{ triage }} {{ tone }}'}}\n")
    assert flow.variables == {"ticket", "tone"}
    assert flow.missing({"ticket": "x"}) == ["tone"]
    assert (flow.place_of("tone").path, flow.place_of("tone").line) == ("flows/answer.yaml", 3)
    assert flow.output.source == "{{ draft }}"


def test_a_step_of_which_nothing_is_used_is_a_doubt():
    idle = HEAD + "  - tone: {prompt: triage}\n  - reply: {text: '{{ triage }}'}\n"
    files = {**BASE, "flows/answer.yaml": idle}
    [doubt] = load_suite(MemoryTree(files)).warnings
    assert str(doubt) == (
        "flows/answer.yaml:3:11: warning: the output of `tone` is used by no step and no output: "
        "use it, or delete the step"
    )


@every_row(
    ("until", "is_told"),
    [("{triage: {equals: x}}", True), ("{triage: {contains: '{{ a }}'}}", False)],
)
def test_a_loop_that_cannot_change_its_condition_is_a_doubt(until, is_told):
    loop = f"  - loop: {{a: {{prompt: triage}}}}\n    until: {until}\n    at_most: 2\n"
    files = {**BASE, "flows/answer.yaml": f"{HEAD}{loop}output: '{{{{ a }}}}'\n"}
    said = [str(doubt) for doubt in load_suite(MemoryTree(files)).warnings]
    wrong = "`until` looks at `triage`, which the loop does not change: name a step of the loop: a"
    assert said == ([f"flows/answer.yaml:4:21: warning: {wrong}"] if is_told else [])


def test_two_branches_may_give_one_name():
    branches = "  - if: {triage: {equals: x}}\n    then: {a: {text: x}}\n    else: {a: {text: y}}\n"
    assert flow_of(HEAD + branches + "output: '{{ a }}'\n").variables == {"ticket"}


PLAIN = HEAD + "output: '{{ triage }}'\n"


OTHER = "messages: [{role: user, content: '{{ ticket }}'}]"


@every_row(
    ("text", "files", "same"),
    [
        ("description: Other words\nversion: v2\n" + PLAIN, {}, True),
        (PLAIN.replace("- triage:", "- other:").replace("{{ triage", "{{ other"), {}, False),
        (PLAIN.replace("output: '", "output: 'So: "), {}, False),
        (
            PLAIN,
            {"prompts/triage.yaml": OTHER},
            False,
        ),
        (PLAIN, {"prompts/reply.yaml": OTHER}, True),
    ],
)
def test_the_digest_covers_what_can_change_an_answer(text, files, same):
    assert (flow_of(text, **files).digest == flow_of(PLAIN).digest) == same


def test_its_label_is_for_the_steps_and_not_for_what_their_prompts_say():
    flow = flow_of(PLAIN)
    assert flow_of(PLAIN, **{"prompts/triage.yaml": OTHER}).own_digest == flow.own_digest
    assert flow_of(PLAIN.replace("output: '", "output: 'So: ")).own_digest != flow.own_digest


EVAL = "examples: [{vars: {ticket: x}, expected: y}]\nscorers: [equals]\n"


@every_row(
    ("head", "said"),
    [
        ("flow: answr\n", "there is no flow `answr` in flows/: did you mean `answer`?"),
        ("flow: zzz\n", "no flow `zzz` in flows/: write flows/zzz.yaml, or name one that is there"),
        ("flow: triage\n", "`triage` is a prompt, so write `prompt: triage`"),
        ("prompt: answer\n", "`answer` is a flow: write `flow: answer`"),
        ("prompt: triage\nflow: answer\n", "name two things to test: delete one of them"),
    ],
)
def test_an_eval_says_whether_it_tests_a_flow(head, said):
    [fault] = faults_of(PLAIN, **{"evals/a.yaml": head + EVAL})
    assert said in fault


def test_an_eval_of_the_flows_own_name_need_not():
    files = {**BASE, "flows/answer.yaml": PLAIN, "evals/answer.yaml": EVAL}
    assert load_suite(MemoryTree(files)).evals["answer"].variables == {"ticket"}


def test_a_flow_and_a_prompt_have_different_names():
    [fault] = faults_of(PLAIN, **{"flows/triage.yaml": PLAIN})
    assert "`triage` is also the name of prompts/triage.yaml: rename one of them" in fault


def test_a_faulty_prompt_is_told_once():
    [fault] = faults_of(PLAIN, **{"prompts/triage.yaml": "messages: []\n"})
    assert fault.startswith("prompts/triage.yaml:1:11: ")


def test_a_faulty_prompt_in_githubs_format_is_not_passed_over_where_a_step_asks_it():
    files = {
        **BASE,
        "flows/answer.yaml": HEAD + "  - last: {prompt: broken}\n",
        "broken.prompt.yml": "messages: [{role: nobody}]\n",
        "evals/answer.yaml": EVAL,
        "evals/triage.yaml": EVAL,
    }
    with pytest.raises(SpecError):
        load_runnable(MemoryTree(files))
    files["flows/answer.yaml"] = HEAD
    assert load_runnable(MemoryTree(files)).evals.keys() == {"answer", "triage"}

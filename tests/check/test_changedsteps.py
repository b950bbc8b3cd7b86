"""Texts of a prompt that a flow's step asks, by what the steps before it said."""

from contextlib import suppress

import pytest

from projects import MemoryTree
from promptci.check.changedsteps import ChangedSteps
from promptci.run.flowinputs import GivenByFlows
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.run.recall import nothing_stored
from promptci.run.solving.solve import solve
from promptci.specs.completion import Completion
from promptci.suite.loading import load_suite
from tables import every_row

pytest.importorskip("minijinja")
pytestmark = pytest.mark.slow

CONFIG = (
    "endpoints: {e: {base_url: 'http://127.0.0.1:9/v1'}}\n"
    "models: {m: {endpoint: e}}\ndefaults: {model: m}\n"
)
KIND = "messages: [{role: user, content: 'Kind of {{ t }}'}]\n"
CALL = '  - s: {prompt: s, vars: {kind: "{{ %s }}"}}\n'
FLOW = "steps:\n  - k: {prompt: kind}\n" + CALL % "k" + 'output: "{{ s }}"\n'
ROUND = FLOW.replace(
    CALL % "k",
    '  - map: {n: {prompt: s, vars: {kind: "{{ item }}"}}}\n    over: "{{ k }}"\n    at_most: 2\n'
    '  - loop: {s: {prompt: s, vars: {kind: "{{ s }}"}}}\n    start: {s: other}\n'
    "    until: {s: {equals: done}}\n    at_most: 2\n",
)
HEAD = "template: jinja\nmessages:\n  - role: user\n    content: |\n      "
PLAIN = HEAD + "Say {{ kind }}\n"
FORKED = HEAD + "{% if kind == 'cold' %}\n      A\n      {% else %}\n      B\n      {% endif %}\n"
ADDED = "no golden example reaches line 8 of prompts/s.yaml, which this change adds"
SAME = (
    "the prompt `s` is written otherwise than at the base, and every golden example is asked the "
    "same"
)
UNKNOWN = (
    "it is not known whether a golden example reaches line%s of prompts/s.yaml, since %s no stored "
    "answer to the steps before"
)


def spec(*texts, subject="flow: f"):
    rows = ", ".join(f"{{id: e{n}, vars: {{t: {text}}}}}" for n, text in enumerate(texts))
    return f"{subject}\nscorers: [{{contains: {{value: x}}}}]\nexamples: [{rows}]\n"


def side(prompt, evals, flow=FLOW, more=()):
    files = {"promptci.yaml": CONFIG, "prompts/s.yaml": prompt, "prompts/kind.yaml": KIND}
    files |= {"flows/f.yaml": flow, "evals/f.yaml": evals}
    suite = load_suite(MemoryTree(files | dict(more)))
    tasks = make_plan(suite, Selection(), lambda model: "").tasks
    return suite, {task.spec.name: task for task in tasks}


def stored(*tasks):
    """Answers to all that tasks ask: what kind it is, and `done`."""
    found = {}
    for task in tasks:
        for way in (solve(task, each) for each in task.examples()):
            with suppress(StopIteration):
                ask = next(way)
                while True:
                    said = [Completion(answer(each.messages[-1].content)) for each in asked(ask)]
                    found |= {each.key: one for each, one in zip(asked(ask), said, strict=True)}
                    ask = way.send(tuple(said) if isinstance(ask, tuple) else said[0])
    return found


def asked(ask):
    return ask if isinstance(ask, tuple) else (ask,)


def answer(text):
    return text.removeprefix("Kind of ").split()[0] if text.startswith("Kind") else "done"


def told(before, after, knows=True):
    """What is said of a change, where its answers are stored, or none."""
    (base, then), (head, now) = (side(*each) for each in (before, after))
    evals = {name: (each, base.evals.get(name)) for name, each in head.evals.items()}
    both = [(task, then.get(name)) for name, task in now.items()]
    known = stored(*then.values(), *now.values()) if knows else {}
    return list(ChangedSteps(base, head, evals, both, lambda keys: known).untested())


COLD, BOTH = spec("cold tea"), spec("cold tea", "hot tea")
OWN = {"evals/s.yaml": spec("x", subject="prompt: s").replace("t: x", "kind: hot")}
GONE = ADDED.replace("this change adds", "one of the base's does")


@every_row(
    ("before", "after", "said"),
    [
        ((PLAIN, COLD), (FORKED, COLD), [ADDED]),
        ((PLAIN, COLD), (FORKED, BOTH), []),
        ((FORKED, COLD), (FORKED, COLD), []),
        (
            (FORKED, BOTH),
            (FORKED, COLD),
            [GONE],
        ),
        ((PLAIN, COLD), (FORKED, COLD, FLOW, OWN), []),
        ((PLAIN, COLD, ROUND), (FORKED, COLD, ROUND), []),
        ((PLAIN, spec("hot"), ROUND), (FORKED, spec("hot"), ROUND), [ADDED.replace("8", "6")]),
        ((PLAIN, COLD), (PLAIN.replace("Say", "Tell"), COLD), []),
        ((PLAIN, COLD), (PLAIN.replace("Say", "{{ {'cold': 'Say'}[kind] }}"), COLD), [SAME]),
    ],
)
def test_what_no_step_brings_about_is_told(before, after, said):
    assert told(before, after) == said


def test_what_is_not_stored_is_not_known():
    none = UNKNOWN % ("s 6 and 8", "1 has")
    assert told((PLAIN, COLD), (FORKED, COLD), knows=False) == [none]
    both = UNKNOWN % (" 6", "2 have")
    assert told((PLAIN, BOTH), (FORKED, BOTH, FLOW, OWN), knows=False) == [both]
    assert told((PLAIN, COLD), (PLAIN.replace("Say", "Tell"), COLD), knows=False) == []


def test_no_more_is_given_than_stored_answers_lead_to():
    tasks = [*side(FORKED, BOTH)[1].values()]
    known = stored(*tasks)
    given = GivenByFlows(tasks, "s", lambda keys: known)
    assert [each.vars["kind"] for each in given] == ["cold", "hot"]
    assert not given.open
    nothing = GivenByFlows(tasks, "s", nothing_stored)
    assert not [*nothing]
    assert nothing.open == 2

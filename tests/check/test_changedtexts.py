"""Texts that a change brings in and no golden example brings about."""

import pytest

from projects import MemoryTree
from promptci.check.basestate import BaseState
from promptci.check.changedtests import moved_subjects
from promptci.sandbox import jinja
from promptci.suite.loading import load_suite
from promptci.templates.template import TemplateError
from render.values import BASE
from tables import every_row

pytest.importorskip("minijinja")
pytestmark = pytest.mark.slow

CONFIG = (
    "endpoints: {e: {base_url: 'http://127.0.0.1:9/v1'}}\n"
    "models: {m: {endpoint: e}}\ndefaults: {model: m}\n"
)
HEAD = "template: jinja\nmessages:\n  - role: user\n    content: "
PLAIN = HEAD + "|\n      Say {{ t }}\n"
FORKED = (
    HEAD
    + """|
      {% if 'yes' in t %}
      Say
      {% else %}
      Hide
      {% endif %} {{ t }}
"""
)
SAME = "the prompt `s` is asked the same for every example of `s`"
GONE = "no golden example reaches line 8 of prompts/s.yaml, "


def spec(*texts):
    rows = ", ".join(f"{{id: e{n}, vars: {{t: {text}}}}}" for n, text in enumerate(texts))
    return f"prompt: s\nscorers: [{{contains: {{value: x}}}}]\nexamples: [{rows}]\n"


def told(before, after):
    """What is said of a prompt and its examples, or evals, before and after."""
    sides = []
    for prompt, evals in (before, after):
        files = {"promptci.yaml": CONFIG, "prompts/s.yaml": prompt}
        given = evals if isinstance(evals, dict) else {"s": evals}
        files |= {f"evals/{name}.yaml": text for name, text in given.items()}
        sides.append(load_suite(MemoryTree(files)))
    base, head = sides
    return list(moved_subjects(BaseState(BASE, base, lambda name: {}), head))


YES, BOTH = spec("a yes", "b yes"), spec("a yes", "b")


@every_row(
    ("before", "after", "said"),
    [
        ((PLAIN, YES), (FORKED, YES), [GONE + "which this change adds"]),
        ((PLAIN, YES), (FORKED, BOTH), []),
        ((FORKED, YES), (FORKED, YES), []),
        ((FORKED, YES), (FORKED.replace("Say", "Tell"), YES), []),
        ((FORKED, YES), (FORKED.replace("Hide", "Lie"), YES), [GONE + "which this change adds"]),
        ((FORKED, BOTH), (FORKED, YES), [GONE + "which one of the base's does"]),
        ((FORKED, YES), (FORKED, {"s": YES, "more": BOTH}), []),
        (
            (PLAIN, YES),
            (HEAD + "\"Say{% if 'yes' in t %} it{% endif %} {{ t }}\"\n", YES),
            [
                "no golden example meets `not 'yes' in t` in line 4 of prompts/s.yaml, by which "
                "this change leaves text out"
            ],
        ),
        (
            (PLAIN, YES),
            (HEAD + "|\n      {{ {true: 'Say', false: 'Lie'}['yes' in t] }} {{ t }}\n", YES),
            [
                "the prompt `s` is written otherwise than at the base, and every golden example is "
                "asked the same"
            ],
        ),
        ((PLAIN, YES), (PLAIN + "      {#- a note #}\n", YES), []),
        ((PLAIN, YES), (PLAIN.replace("Say", "Tell"), YES), []),
        ((PLAIN, YES), (PLAIN.replace("{{ t }}", "a yes"), YES), [SAME]),
        ((PLAIN, YES), (HEAD[16:] + "Say a yes\n", YES), [SAME]),
        ((PLAIN, YES), (HEAD + "Say {{ t | length * 0 }}\n", YES), [SAME]),
        ((PLAIN, spec("a yes")), (HEAD[16:] + "Say a yes\n", spec("a yes")), []),
        ((HEAD[16:] + "Say a yes\n", YES), (HEAD[16:] + "Say yes\n", YES), []),
    ],
)
def test_what_a_change_adds_and_none_tests_is_told(before, after, said):
    assert told(before, after) == said


def test_what_cannot_be_found_out_is_told(monkeypatch):
    def killed(job):
        if "each" in job:
            raise TemplateError("it takes over 10 seconds")
        return ask(job)

    ask = jinja._ask
    monkeypatch.setattr(jinja, "_ask", killed)
    wrong = "what golden examples reach of `s` is not known: it takes over 10 seconds"
    assert told((PLAIN, YES), (FORKED, YES)) == [wrong]


def test_examples_are_tried_until_all_texts_are_reached(monkeypatch):
    jobs = []
    ask = jinja._ask
    monkeypatch.setattr(jinja, "_ask", lambda job: jobs.append(job) or ask(job))
    many = spec("a yes", "b", *(f"{n} yes" for n in range(60)))
    assert told((PLAIN, many), (FORKED, many)) == []
    tried = [len(job["each"]) for job in jobs if "each" in job]
    assert tried == [20]

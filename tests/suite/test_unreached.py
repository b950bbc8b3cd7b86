"""Texts of a prompt that no golden example of any of its evals brings about."""

import pytest

from projects import MemoryTree, jsonl
from promptci.remembered import REMEMBERED
from promptci.suite import scanned
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.suite.scanned import lint_texts
from tables import every_row

pytest.importorskip("minijinja")
pytestmark = pytest.mark.slow

CONFIG = (
    "endpoints: {e: {base_url: 'http://127.0.0.1:9/v1'}}\n"
    "models: {m: {endpoint: e}}\ndefaults: {model: m}\n"
)
START = "template: jinja\nmessages:\n  - role: user\n    content: "
FORK = "{%% if t == 'a' %%}%sA%s{%% elif t %%}%sB%s{%% endif %%}{{ t }}"
LINES = FORK % (("\n      ",) * 4)
NONE = "no golden example of the prompt `s` reaches "


def doubts(prompt, *rows):
    """Warnings of a prompt's texts with the examples of some evals, each of which has one."""
    files = {"promptci.yaml": CONFIG, "prompts/s.yaml": prompt}
    for number, text in enumerate(rows):
        path = f"evals/e{number}"
        files[f"{path}.jsonl"] = jsonl([{"id": "x", "vars": {"t": text}, "expected": "x"}])
        files[f"{path}.yaml"] = f"prompt: s\nscorers: [equals]\nexamples: e{number}.jsonl\n"
    suite = load_suite(MemoryTree(files))
    goldens = {name: Golden.of(suite.tree, spec) for name, spec in suite.evals.items()}
    return list(map(str, lint_texts(suite, goldens)))


@every_row(
    ("prompt", "rows", "said"),
    [
        (START + "|\n      " + LINES, "b", "6:1: warning: " + NONE + "line 6 (`A`)"),
        (START + "|-  # x\n      " + LINES, "a", "8:1: warning: " + NONE + "line 8 (`B`)"),
        (START + "|\n      " + LINES, ["a", "b"], ""),
        (START + "|\n      " + LINES, [""], "6:1: warning: " + NONE + "lines 6 and 8 (`A`)"),
        (START + '"' + FORK % (("",) * 4) + '"', "b", "4:1: warning: " + NONE + "line 4 (`A`)"),
        (START + ">\n      " + LINES, "b", "4:1: warning: " + NONE + "line 4 (`A`)"),
        (START.replace("jinja", "jinja\n") + "'{% if t %}A{% endif %}'", "a", ""),
        (START[16:] + "Say {{ t }}", "a", ""),
    ],
)
def test_a_text_without_an_example_is_told_once_with_its_lines(tmp_path, prompt, rows, said):
    REMEMBERED.keep_in(lambda: tmp_path)
    wanted = [f"prompts/s.yaml:{said}: add one that does"] if said else []
    assert doubts(prompt, *rows) == wanted


def test_it_is_found_out_once_for_the_same_files(tmp_path, monkeypatch):
    REMEMBERED.keep_in(lambda: tmp_path)
    made = []
    found_out = scanned.lint_unreached
    monkeypatch.setattr(
        scanned, "lint_unreached", lambda *given: made.append(1) or found_out(*given)
    )
    first = doubts(START + "|\n      " + LINES, "b")
    assert doubts(START + "|\n      " + LINES, "b") == first
    assert doubts(START + "|\n      " + LINES, "a") != first
    assert len(made) == 2

"""Prompts in Jinja's language: filled in by minijinja in a child with limits."""

import subprocess
import sys
from pathlib import Path

import pytest

from projects import EVAL, MemoryTree
from promptci.errors import SpecError
from promptci.sandbox import jinja
from promptci.sandbox.jinja import parse_jinja
from promptci.suite.loading import load_suite
from promptci.templates.template import TemplateError
from tables import every_row

pytest.importorskip("minijinja")


def render(text, **variables):
    return parse_jinja(text).render(variables)


@every_row(
    ("text", "filled"),
    [
        ("{{ q }}", "<b> {{ q }} & é"),
        ("{% if tags %}{{ tags | join(', ') }}{% else %}none{% endif %}{# note #}", "a, b"),
        ("{% for tag in tags %}{{ loop.index }}{{ tag }} {% endfor %}", "1a 2b "),
        ("{{ order.city | upper }} {{ tags[0] }}", "OSLO a"),
        ("{{ place | default('anywhere') }}{% if place is defined %}!{% endif %}", "anywhere"),
        ("{{ order | tojson }}", '{"city": "Oslo"}'),
        ("a\n{% set x = 1 -%}\n  b\n", "a\nb\n"),
    ],
)
def test_a_template_is_filled_in(text, filled):
    values = {"q": "<b> {{ q }} & é", "tags": ["a", "b"], "order": {"city": "Oslo"}}
    assert render(text, **values) == filled


def test_its_variables_are_those_it_does_not_set():
    text = (
        "{% set a = 1 %}{% for b in c %}{{ b.d }}{{ loop.index }}{{ a }}{% endfor %}{{ range(2) }}"
    )
    assert parse_jinja(text).variables == {"c"}


def test_only_what_it_cannot_do_without_is_missing():
    text = parse_jinja(
        "{{ q }}{% if place is defined %}{{ place }}{% endif %}{{ r | default('') }}"
    )
    assert text.missing({}) == ["q"]
    assert text.missing({"q": "x"}) == []
    with pytest.raises(TemplateError, match="undefined value"):
        text.render({})


@every_row(
    ("text", "said"),
    [
        ("a\n{% if %}", "the template cannot be read in line 2 of the text: syntax error"),
        ("{% include 'promptci.yaml' %}", "template not found"),
        ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "fuel"),
        ("{{ 'x' * 1000000000 }}", "fuel"),
        ("{{ ''.__class__ }}", "undefined value"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "recursion limit"),
    ],
)
def test_what_it_may_not_is_a_sentence(text, said):
    with pytest.raises(TemplateError, match=said):
        render(text)


GROWING = (
    "{% set n = namespace(x=[1]) %}{% for i in range(40) %}{% set n.x = n.x + n.x %}{% endfor %}"
)


def test_lists_that_grow_without_fuel_end_the_child_and_the_next_has_another(monkeypatch):
    monkeypatch.setattr(jinja, "SECONDS", 1.0)
    with pytest.raises(TemplateError, match=r"more memory than a template may have|over 1 seconds"):
        render(GROWING + "{{ n.x | length }}")
    monkeypatch.undo()
    assert render("{{ q }}", q="x") == "x"


def test_a_child_that_ended_by_itself_leaves_no_pipe_open():
    render("x")
    ended = jinja._CHILD._process
    ended.kill()
    ended.wait()
    assert render("{{ q }}", q="x") == "x"
    assert (ended.stdin.closed, ended.stdout.closed) == (True, True)


def test_a_program_that_ends_leaves_no_child_and_no_warning():
    script = (
        "from promptci.sandbox import jinja; print(jinja.parse_jinja('x').render({})); "
        "print(jinja._CHILD._process.pid)"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    text, number = done.stdout.split()
    assert (text, done.stderr) == ("x", "")
    assert not Path(f"/proc/{number}").exists()


def project(prompt):
    return MemoryTree({"prompts/router.yaml": prompt, "evals/router.yaml": EVAL})


def test_a_prompt_asks_for_it_and_is_another_prompt_then():
    text = "messages: [{role: user, content: '{{ ticket }}'}]\n"
    plain = load_suite(project(text)).prompts["router"]
    other = load_suite(project(f"template: jinja\n{text}")).prompts["router"]
    assert plain.render({"ticket": "Hi"}) == other.render({"ticket": "Hi"})
    assert plain.digest != other.digest
    assert other.content["messages"] == [["user", "jinja", "{{ ticket }}"]]


def test_it_needs_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "minijinja", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        SpecError, match=r"needs the `jinja` extra: pip install 'promptci-cli\[jinja"
    ):
        load_suite(project("template: jinja\nmessages: [{role: user, content: x}]\n"))

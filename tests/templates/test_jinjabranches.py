"""Parts of a text in Jinja's language that only some variables bring about."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptci.sandbox.jinja import parse_jinja
from promptci.templates.jinjabranches import mark_branches
from promptci.templates.jinjatags import tags_of
from tables import every_row

minijinja = pytest.importorskip("minijinja")

GIVEN = {"t": "a", "xs": [1, 2, 3]}
BLOCK = "{% if t|length < 20 -%}  a {%- elif t == 'z' %}\nb\nc {%- else -%} q\nr {% endif %}"
NESTED = "{% if t %}{% if t == 'a' %}in{% else %}x{% if q %}y{% endif %}{% endif %}{% endif %}"


@every_row(
    ("text", "left"),
    [
        ("Say {{ t }}", []),
        ("{% if 'yes' in t %}good{% else %}other{% endif %}", [("'yes' in t", "good")]),
        ("{% if t %}good{% else %}other{% endif %}", [("not t", "other")]),
        ("{% if t %}good{% endif %}", [("not t", "")]),
        ("{% if not t %}good{% endif %}", [("not t", "good")]),
        ("{% if t %}{# note #}{% else %}other{% endif %}", [("not t", "other")]),
        (BLOCK, [("t == 'z'", "b\nc"), ("not t == 'z'", "q\nr")]),
        (NESTED, [("not t", ""), ("not t == 'a'", "x{% if q %}y{% endif %}")]),
        ("{% for x in xs %}{{ x }}{% else %}none{% endfor %}", [("else of for x in xs", "none")]),
        ("{% for x in xs %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", []),
        ("{% for x in xs if x > 9 %}-{{ x }}{% endfor %}", [("for x in xs if x > 9", "-{{ x }}")]),
        ("{{ 'good' if t == 'b' else 'other' }}", [("t == 'b'", "'good'")]),
        ("{{ u.v if u is defined }}", [("u is defined", "u.v")]),
        ("{{ 'good' if t == 'b' or t == 'c' else 'other' }}", [("t == 'b' or t == 'c'", "'good'")]),
        ("{% set k = 'A' if t else ['B', 'C'] %}{{ k }}", [("not t", "['B', 'C']")]),
        (
            "{{ {'k': 'A' if t else 'B'}['k'] ~ (t if t == 'b') }}",
            [("not t", "'B'"), ("t == 'b'", "t")],
        ),
        ("{{ t or 'other' }}{{ t or xs }}", [("or t", "'other'")]),
        ("{{ t == 'b' and 'good' }}", [("and t == 'b'", "'good'")]),
        ("{{ u | default('other') }}{{ t|d('more') | upper }}", [("no t", "'more'")]),
        ("{{ t | default('other', true) }}{{ t | trim | default('x') }}", [("no t", "'other'")]),
        ("{% macro m(a, b='k') %}[{{ a }}]{% endmacro %}", [("macro m(a, b='k')", "[{{ a }}]")]),
        ("{% raw %}{% if t %}{% endraw %}{# {% if t %} #}{{ '{% if t %}' }}", []),
        ("{% if t == '%}' %}a{% endif %}", [("t == '%}'", "a")]),
    ],
)
def test_what_no_variables_bring_about_is_left(text, left):
    found = [(each.when, each.text) for each in parse_jinja(text).unreached([GIVEN])]
    assert found == left


def test_tags_end_where_the_language_ends_them():
    text = (
        "{#- {{ a }} #}{{ {'}}': {'b': 1}} }}{%- raw -%}{% if %}{%- endraw %}{% if '%}' +%}{{ x -}}"
    )
    found = [(text[tag.start : tag.end], tag.word, tag.trims) for tag in tags_of(text)]
    assert found == [
        ("{{ {'}}': {'b': 1}} }}", "", False),
        ("{%- raw -%}", "raw", True),
        ("{% if '%}' +%}", "if", False),
        ("{{ x -}}", "", True),
    ]


def test_a_part_has_the_lines_it_is_in():
    first, second = parse_jinja("a\n" + BLOCK).unreached([GIVEN])
    assert [(first.first, first.last), (second.first, second.last)] == [(3, 4), (4, 5)]


def filled(text, variables):
    """What a text becomes, or that it cannot; with marks that are called and change nothing."""
    environment = minijinja.Environment(undefined_behavior="strict", keep_trailing_newline=True)
    environment.add_function("mark", lambda number, value: value)
    try:
        return environment.render_str(text, **variables)
    except minijinja.TemplateError as error:
        return error.kind


CONDITIONS = ["t", "not t", "t == 'a'", "u is defined", "xs|length > 1", "t in ['a', \"b'\"]"]
VALUES = st.recursive(
    st.sampled_from(["t", "'te\\'xt'", "xs[0:1]", "u | default('w')", "{'k': t}['k']", "(t)"]),
    lambda inner: st.builds(
        "{0} {2} {1}".format, inner, inner, st.sampled_from(["or", "and", "~", "if t else"])
    ).map("({})".format),
    max_leaves=4,
)
TEXTS = st.recursive(
    st.sampled_from(["text ", "\n", "{# if #}", "{% raw %}{{ {% endraw %}", " - "])
    | VALUES.map("{{{{ {} }}}}".format)
    | VALUES.map("{{{{- {} -}}}}".format),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.builds(
            "{{% if {} -%}} {} {{% else %}}{}{{% endif %}}".format,
            st.sampled_from(CONDITIONS),
            inner,
            inner,
        ),
        st.builds("{{%- if {} %}}{}{{%- endif -%}} ".format, st.sampled_from(CONDITIONS), inner),
        st.builds("{{% for x in xs -%}} {} {{% else -%}} {}{{% endfor %}}".format, inner, inner),
        st.builds("{{% set k %}}{}{{% endset %}}{{{{ k }}}}".format, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_a_text_with_marks_is_filled_in_as_it_was(text):
    marked = mark_branches(text, "mark")
    for variables in (GIVEN, {"t": "", "xs": []}, {"t": "b", "xs": [1], "u": "q"}):
        assert filled(marked.source, variables) == filled(text, variables)

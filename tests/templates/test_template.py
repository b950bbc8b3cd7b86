"""Templates replace names by values, once, and do nothing else."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptci.templates.template import Template, TemplateError, as_text
from tables import every_row


def render(text, **variables):
    return Template.parse(text).render(variables)


GUESSED = ("`{{ a|upper }}`", "`{{#if a}}`", "`{{{a}}`")
"""Other languages' ways, of which the name is known."""


def refusal(text):
    with pytest.raises(TemplateError) as caught:
        Template.parse(text)
    return str(caught.value)


def escaped(text):
    return text.replace("{{", "\\{{")


@given(st.text(), st.text())
@example("{{b}}", "{{a}}")
@example("\\", "{{")
@example("{", "{a}}")
@example("\\{{a}}", "\ud800")
def test_two_values_side_by_side_are_just_that(a, b):
    assert render("{{a}}{{b}}", a=a, b=b) == a + b


@given(st.text("\\{}ab\n"), st.text(), st.text("\\{}ab\n"))
def test_any_text_can_be_around_a_placeholder(before, value, after):
    """A template cannot end in a brace or a backslash just before a placeholder, nothing else."""
    before = before.rstrip("\\{")
    template = escaped(before) + "{{x}}" + escaped(after)
    assert render(template, x=value) == before + value + after


@given(st.text() | st.text("\\{}a"))
def test_any_text_can_be_written_literally(text):
    assert render(escaped(text)) == text


@every_row(
    ("text", "rendered"),
    [
        ("", ""),
        ("Hello {{ name }}!", "Hello Ada!"),
        ("{{name}}{{ name }}{{\tname\n}}", "AdaAdaAda"),
        ("\\{{ name }}", "{{ name }}"),
        ("\\{{{{name}}}}", "{{Ada}}"),
        ("\\{{\\{{", "{{{{"),
        ("{ {name} } }}", "{ {name} } }}"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("{%for x in y%}{{name}}{%endfor%}${HOME}", "{%for x in y%}Ada{%endfor%}${HOME}"),
        ("{{ user.mail }}", "ada@test.invalid"),
        ("{{ user.born.year }}", "1815"),
        ("{{ größe }} {{ first-name }} {{ _x1 }}", "10 A 1"),
        ("{{ user.2 }}", "two"),
    ],
)
def test_names_are_replaced(text, rendered):
    variables = {
        "name": "Ada",
        "user": {"mail": "ada@test.invalid", "born": {"year": 1815}, "2": "two"},
        "größe": 10,
        "first-name": "A",
        "_x1": 1,
    }
    assert render(text, **variables) == rendered


@every_row(
    ("value", "text"),
    [
        ("", ""),
        ("a\nb", "a\nb"),
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        (["é", 1], '["é", 1]'),
        ({"a": None}, '{"a": null}'),
    ],
)
def test_what_is_no_text_appears_as_json(value, text):
    assert as_text(value) == text
    assert render("<{{v}}>", v=value) == f"<{text}>"
    assert isinstance(value, str) or json.loads(text) == value


@every_row(
    ("text", "shown"),
    [
        ("{{}}", "`{{}}`"),
        ("{{ }}", "`{{ }}`"),
        ("{{", "`{{`"),
        ("a {{ b", "`{{`"),
        ("{{ a b }}", "`{{ a b }}`"),
        ("{{ a. }}", "`{{ a. }}`"),
        ("{{ .a }}", "`{{ .a }}`"),
        ("{{ 1a }}", "`{{ 1a }}`"),
        ("{{ a|upper }}", "`{{ a|upper }}`"),
        ("{{#if a}}", "`{{#if a}}`"),
        ("{{{a}}}", "`{{{a}}`"),
        ("{{ a\u202e }}", "in line 1"),
    ],
)
def test_what_is_no_placeholder_is_refused(text, shown):
    said = refusal(text)
    assert shown in said
    assert f"write `{{{{ {'a' if shown in GUESSED else 'name'} }}}}`" in said
    assert "`\\{{` for literal braces" in said


def test_a_refusal_names_the_line_and_stays_on_one():
    said = refusal("one\ntwo {{ok}}\nthree {{ not\nok }} " + "x" * 1000)
    assert said.startswith("`{{ not\\nok }}` in line 3 of the text is not")
    assert len(refusal("{{" + "x y" * 10_000 + "}}")) < 250


@every_row(
    ("text", "variables", "missing"),
    [
        ("{{a}}", {}, ["a"]),
        ("{{a}} {{b}} {{a}}", {"b": ""}, ["a"]),
        ("{{a.b}} {{a.c}}", {"a": {"b": None}}, ["a.c"]),
        ("{{a.b}}", {"a": "text"}, ["a.b"]),
        ("{{a.0}}", {"a": ["first"]}, ["a.0"]),
        ("{{a.b}}", {"a.b": "dotted keys are not looked up"}, ["a.b"]),
        ("{{a}}", {"A": 1}, ["a"]),
    ],
)
def test_a_missing_variable_is_named(text, variables, missing):
    template = Template.parse(text)
    assert template.missing(variables) == missing
    with pytest.raises(TemplateError, match=f"^the variable `{missing[0]}` is not given$"):
        template.render(variables)


def test_variables_are_the_first_parts_of_names():
    template = Template.parse("{{b}} {{a.x}} {{a.y}} \\{{c}}")
    assert template.variables == {"a", "b"}
    assert template.missing({"a": {"x": 1, "y": 2}, "b": 3, "more": 4}) == []


def test_white_space_inside_a_placeholder_means_nothing():
    assert Template.parse("a{{ b }}c") == Template.parse("a{{b}}c")


def test_long_templates_are_read_quickly():
    """In a time that grows with the length: with its square, these would take minutes."""
    assert len(Template.parse("{{x}}" * 20_000).names) == 20_000
    assert render("\\{{" * 20_000) == "{{" * 20_000
    assert render("}}" * 20_000 + "{") == "}}" * 20_000 + "{"
    assert len(refusal("{" * 40_000)) < 250


@every_row(
    ("text", "name"),
    [
        ("Answer {q} now", "q"),
        ("Answer ${q}", "q"),
        ("Answer ${ q }", "q"),
        ("{q!r}", "q"),
        ("{q:>10}", "q"),
        ("%(q)s", "q"),
    ],
)
def test_how_other_languages_write_a_name_is_found(text, name):
    template = Template.parse(text)
    assert template.written_otherwise(name) in text
    assert template.written_otherwise(name)
    assert not template.written_otherwise("place")


def test_a_name_in_json_or_in_a_placeholder_is_no_other_language():
    assert not Template.parse('{"q": 1} {{ q }} q').written_otherwise("q")


def test_blocks_of_jinja_are_found_with_their_lines():
    text = "a\n{% if x %}{{ y }}{% endif %}\n{# for\nus #} 100 %} {%"
    assert Template.parse(text).blocks == [
        (2, "{% if x %}"),
        (2, "{% endif %}"),
        (3, "{# for\nus #}"),
    ]


@given(st.text("\\{}ab \n"))
def test_loosely_read_everything_but_placeholders_is_text(text):
    template = Template.parse_loosely(text)
    assert template.render(dict.fromkeys(template.names, "x")).count("x") == len(template.names)
    if not template.names:
        assert template.literals == (text,)


def test_a_text_that_would_be_too_long_is_refused_before_it_is_built():
    template = Template.parse("{{ a }}" * 150)
    with pytest.raises(TemplateError, match=r"would have 1,350,000,000 characters, and 10,000,000"):
        template.render({"a": "x" * 9_000_000})
    assert len(template.render({"a": "x" * 1000})) == 150_000

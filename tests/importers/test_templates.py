"""Templates of other languages in ours."""

from promptci.importers.templates import translate
from promptci.parsing.source import Mark
from tables import every_row


@every_row(
    ("language", "text", "ours"),
    [
        ("nunjucks", "a {{x}} {{ y.z }}{# no #}", "a {{ x }} {{ y.z }}"),
        ("nunjucks", "{% raw %}{{x}}{% endraw %}", "\\{{x}}"),
        ("nunjucks", "{{ x | safe }}", "{{ x }}"),
        ("mustache", "{{{x}}} {{&y}} {{! no }}", "{{ x }} {{ y }} "),
        ("f-string", "{{a}} {b}", "{a} {{ b }}"),
        ("none", "{{ x }} {y}", "\\{{ x }} {y}"),
    ],
)
def test_names_are_filled_in_as_before(language, text, ours):
    found = translate(text, language, Mark("f", 1))
    assert (found.text, found.is_jinja, found.losses) == (ours, False, [])


@every_row(
    ("text", "ours"),
    [
        ("{% if x %}a{% endif %}", "{% if x is defined and x %}a{% endif %}"),
        ("{% if not x.y %}a{% endif %}", "{% if not (x is defined and x.y) %}a{% endif %}"),
        (
            "{% if x == 'a' %}1{% else %}2{% endif %}",
            "{% if x is defined and x == 'a' %}1{% else %}2{% endif %}",
        ),
        ("{% for i in l %}{{ i }}{% endfor %}", "{% for i in l %}{{ i }}{% endfor %}"),
        ("{{ x | upper }}", "{{ x | upper }}"),
        ("{{ x | dump }}", "{{ x | tojson }}"),
        ("{{ x | default('d') }}", "{{ x | default('d') }}"),
        (
            "a {%- for i in l -%} {{ i -}} {%- endfor %}",
            "a {%- for i in l -%} {{ i -}} {%- endfor %}",
        ),
        ("a {#- why -#} b", "a {#- -#} b"),
        ("{{ x | upper }}{% raw %}{# y #}{% endraw %}", "{{ x | upper }}{{ '{#' }} y #}"),
    ],
)
def test_simple_logic_is_jinja(text, ours):
    found = translate(text, "nunjucks", Mark("f", 1))
    assert (found.text, found.is_jinja, found.losses) == (ours, True, [])


@every_row(
    ("language", "text"),
    [
        ("nunjucks", "\n\n{{ x + 1 }}"),
        ("nunjucks", "\n\n{% import 'x' %}"),
        ("nunjucks", "\n\n{{ x | nl2br }}"),
        ("mustache", "\n\n{{#list}}"),
        ("f-string", "\n\n{x!r}"),
    ],
)
def test_what_is_not_carried_is_told_at_its_line(language, text):
    [loss] = translate(text, language, Mark("f", 10)).losses
    assert loss.line == 12

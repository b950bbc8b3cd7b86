"""Handlebars of Dotprompt files in Jinja."""

from promptci.importers.promptfiles.handlebars import as_jinja
from promptci.parsing.source import Mark
from tables import every_row

PARTIALS = {"tone": "Be {{how}}.", "loop": "again {{>loop}}"}


def read(text):
    losses = []

    def partial(name):
        return (PARTIALS[name], Mark(f"_{name}.prompt", 1)) if name in PARTIALS else None

    return as_jinja(text, Mark("f", 1), losses, partial), [each.message for each in losses]


@every_row(
    ("text", "ours"),
    [
        ("{{x}} {{{y.z}}} {{json x}}", "{{ x }} {{ y.z }} {{ x | tojson }}"),
        ("{{#if a}}1{{else if b}}2{{/if}}", "{% if a %}1{% elif b %}2{% endif %}"),
        ("{{#if a}}1{{else}}3{{/if}}", "{% if a %}1{% else %}3{% endif %}"),
        ("{{#each l}}{{this.n}}{{/each}}", "{% for item in l %}{{ item.n }}{% endfor %}"),
        ("a\n{{#unless x}}\nb\n{{/unless}}\nc", "a\n{% if not x %}b\n{% endif %}c"),
        ("\\{{#if x}} {% if %}", "{% raw %}{{#if x}}{% endraw %} {% raw %}{%{% endraw %} if %}"),
        (
            '{{#ifEquals u "a b"}}1{{else}}2{{/ifEquals}}',
            '{% if u == "a b" %}1{% else %}2{% endif %}',
        ),
        ("{{#unlessEquals n 3}}1{{/unlessEquals}}", "{% if not n == 3 %}1{% endif %}"),
        ("{{>tone}} {{> tone }}", "Be {{ how }}. Be {{ how }}."),
    ],
)  # fmt: skip
def test_what_means_the_same_is_carried(text, ours):
    assert read(text) == (ours, [])


@every_row(
    "tag", ["{{>other}}", "{{media url=u}}", "{{@index}}", "{{#with x}}", "{{/if}}", "{{else}}"]
)
def test_what_is_not_carried_is_told_and_sent_as_written(tag):
    ours, [told] = read(f"a {tag} b")
    assert ours == f"a {{% raw %}}{tag}{{% endraw %}} b"
    assert told.startswith(f"`{tag}`")


def test_a_partial_that_holds_itself_is_told():
    ours, [told] = read("{{>loop}}")
    assert ours == "again {% raw %}{{>loop}}{% endraw %}"
    assert told == "`{{>loop}}` is not carried: write it out"

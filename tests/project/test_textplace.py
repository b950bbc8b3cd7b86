"""The text of a prompt that a search may change."""

import pytest

from promptci.errors import RequestError
from promptci.parsing.yamlfile import load_yaml
from promptci.project.promptsearch.textplace import TextPlace
from promptci.specs.promptparsing import parse_prompt
from promptci.spending.estimate import text_tokens
from tables import every_row


def prompt(messages):
    faults = []
    found = parse_prompt(
        load_yaml(f"messages:\n{messages}".encode(), "prompts/p.yaml"), "p", faults
    )
    assert not faults
    return found


USER = "  - {role: user, content: 'Sort {{ ticket }} of {{ day }}'}\n"


def test_the_system_message_comes_first_then_the_last_user_message():
    both = TextPlace.of(prompt("  - {role: system, content: Sort.}\n" + USER))
    assert (both.text, both.index, both.placeholders) == ("Sort.", 0, ())
    alone = TextPlace.of(prompt("  - {role: user, content: Hi}\n" + USER))
    assert (alone.index, alone.placeholders) == (1, ("{{ ticket }}", "{{ day }}"))


@every_row(
    ("text", "fault"),
    [
        ("Name {{ticket}} on {{ day }}", ""),
        ("", "an empty text"),
        ("Name {{ ticket }}", "lacks `{{ day }}`"),
        ("{{ ticket }} {{ day }} {{ key }}", "holds `{{ key }}`, which is no variable here"),
        ("{{ ticket }} {{ day }} {{ 1", "`{{` in line 1 of the text is not a placeholder"),
        ("{{ ticket }} {{ day }}\x1b[2J", "holds characters that no prompt should"),
        ("{{ ticket }} {{ day }}" + "word " * 900, "longer than 1,000 tokens"),
    ],
)
def test_what_cannot_be_there_is_told(text, fault):
    assert TextPlace.of(prompt(USER)).fault(text).startswith(fault)
    assert bool(TextPlace.of(prompt(USER)).fault(text)) is bool(fault)


def test_another_text_is_another_prompt_and_the_longest_bounds_all():
    place = TextPlace.of(prompt(USER))
    made = place.with_text("Name {{ ticket }} on {{ day }}")
    assert made.digest != place.prompt.digest
    assert made.render({"ticket": "x", "day": "y"})[0].content == "Name x on y"
    assert place.with_text(place.text).digest == place.prompt.digest
    assert text_tokens(place.longest) >= place.most_tokens


def test_a_message_of_parts_is_refused_with_its_place():
    parts = "  - {role: user, content: [{text: 'See {{ it }}'}, {image: '{{ file }}'}]}\n"
    with pytest.raises(RequestError, match=r"prompts/p\.yaml:2: this needs a plain text"):
        TextPlace.of(prompt(parts))

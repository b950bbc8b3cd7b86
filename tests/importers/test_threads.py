"""Chats of promptfoo that repeat what was said before are conversations of several turns."""

import json

import pytest

CONFIG = "promptfooconfig.yaml"
LOOP = (
    '{% for turn in _conversation %} {"role": "user", "content": "{{ turn.input }}"},'
    ' {"role": "assistant", "content": "{{ turn.output }}"}, {% endfor %}'
)
LAST = '{"role": "user", "content": "Q: {{ question }}"}]'
SYSTEM = '[{"role": "system", "content": "Be {{ tone }}."}, '
TESTS = """\
prompts: ['file://chat.json']
providers: [openai:m]
defaultTest: {vars: {tone: dry}}
tests:
  - {vars: {question: Who?}, metadata: {conversationId: a}, assert: [{type: contains, value: he}]}
  - {vars: {question: Alone?}, assert: [{type: contains, value: "{{question}}"}]}
  - {vars: {question: [Where?, When?]}, metadata: {conversationId: a}}
"""


def of(chat: str, tests: str = TESTS) -> dict[str, str | bytes]:
    return {CONFIG: tests, "chat.json": chat}


@pytest.mark.parametrize(
    "chat",
    [
        SYSTEM + LOOP + LAST,
        SYSTEM.rstrip(", ")
        + LOOP.replace("%} {", "%}, {", 1).replace("}, {%", "} {%")
        + ", "
        + LAST,
        (SYSTEM + LOOP + LAST)
        .replace('"{{ turn.input }}"', "{{ turn.input | dump }}")
        .replace('"Be {{ tone }}."', "{{ tone | dump }}"),
    ],
)
def test_each_test_is_the_conversation_up_to_it(read, rows, chat) -> None:
    found = read("promptfoo", of(chat))
    made = rows(found)
    assert found.losses == []
    told = "{{ tone }}" if "{{ tone | dump }}" in chat else "Be {{ tone }}."
    assert found.prompts[0].body["messages"] == [{"role": "system", "content": told}]
    assert found.evals[0].body["conversation"] == {"turns": "{{ turns }}"}
    assert [row["vars"]["turns"] for row in made] == [
        ["Q: Who?"], ["Q: Alone?"], ["Q: Who?", "Q: Where?"], ["Q: Who?", "Q: Where?", "Q: When?"],
    ]  # fmt: skip
    assert made[1]["vars"]["question"] == "Alone?"  # its scorer names it


def test_without_an_opening_the_first_turn_is_the_prompts(read, rows) -> None:
    found = read("promptfoo", of("[" + LOOP + LAST))
    assert found.prompts[0].body["messages"] == [{"role": "user", "content": "{{ first_turn }}"}]
    said = [(row["vars"]["first_turn"], row["vars"]["turns"]) for row in rows(found)]
    assert said == [
        ("Q: Who?", []), ("Q: Alone?", []), ("Q: Who?", ["Q: Where?"]),
        ("Q: Who?", ["Q: Where?", "Q: When?"]),
    ]  # fmt: skip


def test_what_cannot_be_held_is_told_with_its_place(read, rows) -> None:
    lines = [f"  - {{vars: {{question: q{n}}}}}\n" for n in range(101)]
    long = TESTS.partition("  -")[0] + "".join(lines)
    changed = "question: B, tone: kind}, metadata: {conversationId: a}"
    other = TESTS.replace("question: Alone?}", changed)
    for tests, words in ((other, "change amid it"), (long, "over 100 turns")):
        found = read("promptfoo", of(SYSTEM + LOOP + LAST, tests))
        rows(found)
        [loss] = found.losses
        assert words in str(loss)
        assert loss.line > 4


@pytest.mark.parametrize(
    ("chat", "more"),
    [
        (SYSTEM + LOOP.replace("turn.output", "turn.prompt") + LAST, ""),
        (SYSTEM + LOOP + LAST.replace("question }}", "question | upper }}"), ""),
        (SYSTEM + LOOP + LAST[:-1] + ", " + json.dumps({"role": "user", "content": "x"}) + "]", ""),
        ("{% for t in _conversation %}{{ t.input }} {{ t.output }}{% endfor %} {{ question }}", ""),
        (SYSTEM + LOOP + LAST, "scenarios: []\n"),
    ],
)
def test_other_forms_are_told(read, rows, chat, more) -> None:
    found = read("promptfoo", of(chat, TESTS + more))
    rows(found)
    assert "`_conversation` holds what was answered" in "\n".join(map(str, found.losses))

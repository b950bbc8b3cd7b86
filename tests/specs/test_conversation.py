"""Conversations: turns of examples and prompts, tool calls, pictures and files."""

import base64
import hashlib
import json

import pytest

from projects import MemoryTree
from promptci.errors import ModelError
from promptci.models.hosted.bodies import Bodies
from promptci.specs.conversation import messages_of
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.spending.estimate import estimate
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.templates.template import TemplateError
from tables import every_row

PNG = b"\x89PNG\r\n\x1a\n"
SETTINGS = Settings(ModelSpec("m", "m", EndpointSpec("e", "openai", "http://127.0.0.1:9")))
HI = [{"role": "user", "content": "hi"}]
TURNS = """\
- {role: user, content: Who is Per?}
- {role: assistant, content: A fisher.}
"""


def loaded(messages, examples, files=None):
    """The prompt and the examples of a project."""
    tree = MemoryTree(
        {
            "prompts/a.yaml": f"messages:\n{messages}",
            "evals/a.yaml": f"examples:\n{examples}scorers: [contains]\n",
            **(files or {}),
        }
    )
    suite = load_suite(tree)
    return suite.prompts["a"], list(Golden.of(tree, suite.evals["a"]).examples())


def sent(messages, examples, files=None):
    """The messages of the first example, as they go out."""
    prompt, [example, *_] = loaded(messages, examples, files)
    assert prompt.missing(example.vars) == []
    assert prompt.lacks(example.vars, example.files) == ""
    return wire(prompt.render(example.vars, example.files))


def wire(messages):
    return json.loads(Bodies().write(Request(SETTINGS, messages), frozenset()))["messages"]


def refused(messages, examples, files=None):
    prompt, [example, *_] = loaded(messages, examples, files)
    said = prompt.lacks(example.vars, example.files)
    with pytest.raises(TemplateError) as caught:
        prompt.render(example.vars, example.files)
    assert str(caught.value) == said
    return said


SYSTEM = "- {role: system, content: Be brief.}\n"
ASK = '- {role: user, content: "{{ q }}"}\n'
WHO = "[{role: user, content: '{{ q }}?'}, {role: assistant, content: A fisher.}]"
WHOLE = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "{{ q }}?"},
    {"role": "assistant", "content": "A fisher."},
    {"role": "user", "content": "And he?"},
]


@every_row(
    ("messages", "example"),
    [
        (f'{SYSTEM}- "{{{{ history }}}}"\n{ASK}', f"vars: {{q: And he?, history: {WHO}}}"),
        (f'{SYSTEM}- "{{{{ history }}}}"\n{ASK}', f"vars: {{q: And he?}}, history: {WHO}"),
        (SYSTEM + ASK, f"vars: {{q: And he?}}, history: {WHO}"),
        (
            f'{SYSTEM}- "{{{{ past.turns }}}}"\n{ASK}',
            f"vars: {{q: And he?, past: {{turns: {WHO}}}}}",
        ),
        (SYSTEM, f"messages: {WHO[:-1]}, {{role: user, content: And he?}}]"),
        (
            f'{SYSTEM}- "{{{{ input }}}}"\n',
            f"vars: {{input: {WHO[:-1]}, {{role: user, content: And he?}}]}}",
        ),
    ],
)
def test_turns_of_an_example_are_sent_as_turns_and_never_read_as_templates(messages, example):
    assert sent(messages, f"- {{id: x, expected: y, {example}}}\n") == WHOLE


def test_history_comes_after_the_shots():
    shots = "- {role: user, content: '{{ q }}'}\nshots: [{vars: {q: a}, output: b}]\n"
    found = sent(SYSTEM + shots, f"- {{id: x, expected: y, vars: {{q: z}}, history: {WHO}}}\n")
    assert [turn["content"] for turn in found] == [
        "Be brief.",
        "a",
        "b",
        "{{ q }}?",
        "A fisher.",
        "z",
    ]


def test_a_history_that_is_no_list_of_turns_is_a_plain_variable():
    messages = '- {role: user, content: "{{ history }} {{ q }}"}\n'
    found = sent(messages, f"- {{id: x, expected: y, vars: {{q: z, history: {WHO}}}}}\n")
    assert len(found) == 1
    assert found[0]["content"].startswith('[{"role": "user"')


def test_tool_calls_and_their_results():
    turns = """
    - {role: user, content: Rain?}
    - {role: assistant, tool_calls: [{name: look, arguments: {city: Oslo}}]}
    - {role: tool, content: 4 mm}
    - role: assistant
      content: Sun?
      tool_calls: [{id: c9, type: function, function: {name: look, arguments: "{}"}}]
    - {role: tool, tool_call_id: c9, content: {sun: true}}
"""
    found = sent(SYSTEM + ASK, f"- id: x\n  vars: {{q: z}}\n  expected: y\n  history:{turns}")
    assert found[2]["content"] is None
    [call] = found[2]["tool_calls"]
    assert call["function"] == {"name": "look", "arguments": '{"city": "Oslo"}'}
    assert (found[3]["tool_call_id"], found[3]["content"]) == (call["id"], "4 mm")
    assert (found[4]["content"], found[4]["tool_calls"][0]["id"]) == ("Sun?", "c9")
    assert (found[5]["tool_call_id"], found[5]["content"]) == ("c9", '{"sun": true}')


def test_a_tools_answer_to_no_call_is_a_fault():
    with pytest.raises(TemplateError, match=r"`messages\[1\]` answers no call of a tool"):
        list(messages_of([*HI, {"role": "tool", "content": "3"}], "messages", {}))


def test_a_turn_without_content_or_calls_is_a_fault():
    with pytest.raises(TemplateError, match=r"`history\[1\]` says nothing: give it `content`"):
        list(messages_of([*HI, {"role": "assistant"}], "history", {}))
    assert list(messages_of([{"role": "assistant", "content": None}], "history", {}))


def test_a_prompt_may_hold_tool_calls_itself():
    messages = """\
- {role: assistant, tool_calls: [{id: c, name: look, arguments: {}}]}
- {role: tool, tool_call_id: c, content: "{{ q }}"}
"""
    found = sent(messages, "- {id: x, vars: {q: 4 mm}, expected: y}\n")
    assert (found[0]["tool_calls"][0]["id"], found[1]["content"]) == ("c", "4 mm")


PICTURE = '- {role: user, content: [{text: "What is {{ q }}?"}, {image: "{{ pic }}"}]}\n'
LOOK = "- {id: x, vars: {q: this, pic: {image: pics/a.png}}, expected: y}\n"


def url(data, media="image/png"):
    return f"data:{media};base64,{base64.b64encode(data).decode()}"


def test_pictures_come_from_the_repository():
    [turn] = sent(PICTURE, LOOK, {"evals/pics/a.png": PNG})
    assert turn["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url(PNG)}},
    ]


@every_row(
    ("part", "media", "kind"),
    [
        ("{image: a.png}", "image/png", "image_url"),
        ("{type: image_url, image_url: {url: a.png}}", "image/png", "image_url"),
        ("{file: a.pdf}", "application/pdf", "file"),
        (f"{{image: '{url(PNG)}'}}", "image/png", "image_url"),
    ],
)
def test_turns_may_hold_pictures_and_files(part, media, kind):
    history = f"[{{role: user, content: [{{type: text, text: See}}, {part}]}}]"
    files = {"evals/a.png": PNG, "evals/a.pdf": PNG}
    examples = f"- {{id: x, vars: {{q: z}}, history: {history}, expected: y}}\n"
    turn = sent(SYSTEM + ASK, examples, files)[1]
    assert turn["content"][0] == {"type": "text", "text": "See"}
    assert turn["content"][1]["type"] == kind
    assert url(PNG, media) in json.dumps(turn)


def test_a_prompt_may_show_a_picture_of_its_own():
    messages = '- {role: user, content: ["{{ q }}", {image: ../evals/a.png}]}\n'
    [turn] = sent(messages, "- {id: x, vars: {q: z}, expected: y}\n", {"evals/a.png": PNG})
    assert turn["content"][1]["image_url"]["url"] == url(PNG)


def test_a_picture_is_known_by_its_content():
    prompt, [example] = loaded(PICTURE, LOOK, {"evals/pics/a.png": PNG})
    renamed, [other] = loaded(PICTURE, LOOK.replace("a.png", "b.png"), {"evals/pics/b.png": PNG})
    _, [changed] = loaded(PICTURE, LOOK, {"evals/pics/a.png": PNG + b"x"})
    assert example.digest == other.digest != changed.digest

    def key(prompt, example):
        return Request(SETTINGS, prompt.render(example.vars, example.files)).key

    assert key(prompt, example) == key(renamed, other) != key(prompt, changed)
    assert hashlib.sha256(PNG).hexdigest() in example.files


def test_a_picture_that_changes_during_the_run_is_not_sent():
    tree = {"evals/pics/a.png": PNG}
    prompt, [example] = loaded(PICTURE, LOOK, tree)
    attached = next(iter(example.files.values()))
    assert attached.read() == PNG
    content = {"prompts/a.yaml": f"messages:\n{PICTURE}", "evals/pics/a.png": PNG}
    content["evals/a.yaml"] = f"examples:\n{LOOK}scorers: [contains]\n"
    files = MemoryTree(content)
    [example] = Golden.of(files, load_suite(files).evals["a"]).examples()
    content["evals/pics/a.png"] = b"other"
    with pytest.raises(ModelError, match="changed during the run"):
        wire(prompt.render(example.vars, example.files))


def test_pictures_and_files_count_before_they_are_sent():
    prompt, [example] = loaded(PICTURE, LOOK, {"evals/pics/a.png": PNG})
    asked = Request(SETTINGS, prompt.render(example.vars, example.files))
    assert estimate(asked).input_tokens > 3000


@every_row(
    ("history", "said"),
    [
        ("[{role: usr, content: x}]", "`history[0]` has the role `usr`: known are `system`"),
        ("[{role: user, content: x, text: y}]", "`history[0]` has the key `text`, which no turn"),
        ("[{role: user, content: [{image: no.png}]}]", "there is no file `no.png` in the reposit"),
        ("[{role: user, content: [{image: ../../x}]}]", "there is no file `../../x`"),
        ("[{role: user, content: [{file: ../.git/config}]}]", "there is no file `../.git/config`"),
        ("[{role: user, content: [{file: /etc/passwd}]}]", "there is no file `/etc/passwd`"),
        ("[{role: user, content: [{image: 'https://a.b/c.png'}]}]", "is an address, whose content"),
        ("[{role: user, content: [{image: a.txt}]}]", "is no picture that models read"),
        ("[{role: user, content: [{x: y}]}]", "`history[0].content[0]` is no part of a content"),
        ("[{role: assistant, tool_calls: [{x: y}]}]", "`history[0].tool_calls[0]` has no name"),
    ],
)
def test_what_is_no_turn_is_said_at_its_place(history, said):
    examples = f"- {{id: x, vars: {{q: z}}, history: {history}, expected: y}}\n"
    assert said in refused(SYSTEM + ASK, examples, {"evals/a.txt": b"x", ".git/config": b"t"})


def test_messages_need_a_place_beside_a_users_message():
    said = refused(ASK, f"- {{id: x, vars: {{q: z}}, messages: {WHO}, expected: y}}\n")
    assert 'write `- "{{ messages }}"` where they go' in said
    said = refused('- "{{ input }}"\n', "- {id: x, vars: {input: text}, expected: y}\n")
    assert said.startswith("`input` must be a list of turns")


def test_plain_messages_keep_their_keys():
    prompt, [example] = loaded(ASK, "- {id: x, vars: {q: z}, expected: y}\n")
    request = Request(SETTINGS, prompt.render(example.vars, example.files))
    assert [message.identity for message in request.messages] == [["user", "z"]]
    assert prompt.content["messages"] == [["user", ("", ""), ("q",)]]

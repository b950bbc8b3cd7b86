"""Pictures of Prompty files: parts of a message where their file is in the repository."""

from promptci.importers.promptfiles.prompty import read_prompty
from promptci.importers.sources import Sources

PROMPTY = """\
---
model: {configuration: {type: openai, name: m}}
inputs:
  photo: {kind: image, default: pics/b.png}
  gone: {kind: image, default: none.png}
  q: what?
---
system:
Look ![s](a.png)

user:
Before {% if q %}{{q}}{% endif %}
![a](pics/a.png "title") between
{{photo}} ![b]({{photo}})
![c](none.png) {{gone}}
"""


SECOND = PROMPTY.replace("{configuration: {type: openai, name: m}}", "{id: m, provider: openai}")


def imported(folder, *, inside, text=PROMPTY):
    for name in ("a.png", "pics/a.png", "pics/b.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"\x89PNG")
    (folder / "a.prompty").write_text(text)
    return read_prompty(Sources(folder, project=folder if inside else None), "a.prompty")


def test_pictures_of_the_repository_are_parts(tmp_path) -> None:
    found = imported(tmp_path, inside=True)
    [prompt] = found.prompts
    system, user = prompt.body["messages"]
    assert system["content"] == "Look ![s](a.png)"
    assert user["content"] == [
        {"text": "Before {% if q is defined and q %}{{ q }}{% endif %}"},
        {"image": "../pics/a.png"},
        {"text": "between"},
        {"image": "{{ photo }}"},
        {"image": "{{ photo }}"},
        {"text": "![c](none.png) {{ gone }}"},
    ]
    [row] = found.examples[0].rows()
    assert row["vars"]["photo"] == {"image": "../pics/b.png"}
    assert [str(each).split(" is sent")[0] for each in found.losses] == [
        "a.prompty:9:1: `![s](a.png)`",
        "a.prompty:15:1: `![c](none.png)`",
        "a.prompty:5:3: `gone` of the kind `image`",
    ]


def test_pictures_from_elsewhere_stay_text(tmp_path) -> None:
    found = imported(tmp_path, inside=False)
    assert isinstance(found.prompts[0].body["messages"][1]["content"], str)
    assert sum("not as an image" in str(each) for each in found.losses) == 6


def test_markdown_stays_text_in_a_file_of_prompty_2(tmp_path) -> None:
    found = imported(tmp_path, inside=True, text=SECOND)
    [user] = found.prompts[0].body["messages"][1:]
    assert user["content"][1:] == [
        {"image": "{{ photo }}"},
        {"text": "![b]("},
        {"image": "{{ photo }}"},
        {"text": ")\n![c](none.png) {{ gone }}"},
    ]
    assert user["content"][0]["text"].endswith('![a](pics/a.png "title") between')
    assert [each.line for each in found.notes if "as Prompty 2 sends it" in str(each)] == [
        9, 13, 14, 15,
    ]  # fmt: skip

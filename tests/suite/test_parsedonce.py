"""What is read once for both sides of a change is what each of them would have been read to."""

import pytest

from projects import EVAL, PROMPT, TICKETS, MemoryTree, example, jsonl
from promptci.errors import SpecError
from promptci.suite import parsedonce
from promptci.suite.configuration import read_configuration
from promptci.suite.loading import load_suite

PICTURE = 'messages: [{role: user, content: ["{{ ticket }}", {image: ../pics/a.png}]}]\n'
FOUND = """\
retrieve: {corpus: ../docs/*.md, embed: lab/embed, k: 1}
messages: [{role: user, content: "{{ ticket }}"}]
"""
FILES = {
    "prompts/router.yaml": PROMPT,
    "evals/router.yaml": EVAL,
    "evals/router.jsonl": jsonl(example(*ticket) for ticket in TICKETS),
}


def prompt_in(**changes):
    """The prompt of a tree; `changes` are the texts of files, by their names without an ending."""
    paths = {"prompt": "prompts/router.yaml", "picture": "pics/a.png", "doc": "docs/a.md"}
    config = "endpoints: {lab: {base_url: http://127.0.0.1:9}}\n"
    mine = {paths[name]: text for name, text in changes.items()}
    return load_suite(MemoryTree({**FILES, "promptci.yaml": config, **mine})).prompts["router"]


def test_a_prompt_that_is_the_same_in_both_trees_is_read_once(monkeypatch):
    first, parse = prompt_in(), parsedonce.parse_prompt
    monkeypatch.setattr(parsedonce, "parse_prompt", None)
    assert prompt_in() is first
    monkeypatch.setattr(parsedonce, "parse_prompt", parse)
    assert prompt_in(prompt=PROMPT.replace("support", "lost")).digest != first.digest


@pytest.mark.parametrize(
    ("prompt", "file"), [(PICTURE, "picture"), (FOUND, "doc")], ids=["picture", "corpus"]
)
def test_one_that_names_other_files_goes_by_those_of_its_own_tree(prompt, file):
    one, other, again = (prompt_in(prompt=prompt, **{file: text}) for text in ("A", "B", "A"))
    assert one.digest == again.digest != other.digest


def test_what_is_wrong_is_said_each_time():
    faults = []
    for _ in range(2):
        with pytest.raises(SpecError) as caught:
            prompt_in(prompt=PROMPT.replace("{{ ticket }}", "{{ ticket !}}"))
        faults.append(caught.value.faults)
    assert faults[0] == faults[1] != ()


def test_a_warning_is_given_each_time():
    text = PROMPT.replace("You route support tickets.", "'You {% if x %} route'")
    found = [load_suite(MemoryTree({**FILES, "prompts/router.yaml": text})) for _ in range(2)]
    assert found[0].warnings == found[1].warnings != ()


def config_of(text):
    """The configuration that a tree has, and its faults."""
    found = read_configuration(MemoryTree({"promptci.yaml": text}))
    return found.config, found.faults


def test_a_configuration_that_is_the_same_in_all_trees_is_read_once(monkeypatch):
    text = "endpoints: {lab: {base_url: http://127.0.0.1:9}}\n"
    first, _ = config_of(text)
    other, _ = config_of(text.replace("9", "8"))
    assert first.endpoints["lab"].base_url != other.endpoints["lab"].base_url
    monkeypatch.setattr(parsedonce, "parse_config", None)
    assert config_of(text)[0] is first


def test_what_is_wrong_with_a_configuration_is_said_each_time():
    faults = [config_of("endpoints: {lab: {base_urk: http://127.0.0.1:9}}\n")[1] for _ in range(2)]
    assert faults[0] == faults[1] != ()

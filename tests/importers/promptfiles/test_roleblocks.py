"""Blocks of Prompty's and Dotprompt's templates that go around roles."""

HEAD = "---\nmodel: {api: chat}\n---\nsystem:\nBe kind.\n"


def test_a_loop_that_writes_roles_is_turns(read) -> None:
    loop = "{% for item in past %}\nuser:\n{{item.q}}\nassistant:\n{{item.a}}\n{% endfor %}\n"
    found = read("prompty", {"a.prompty": f"{HEAD}{loop}\nuser:\n{{{{q}}}}\n"})
    assert found.prompts[0].body["messages"] == [
        {"role": "system", "content": "Be kind."},
        "{{ past }}",
        {"role": "user", "content": "{{ q }}"},
    ]
    note = found.notes[0]
    assert (note.line, "items of `past` are turns" in note.message) == (6, True)


def test_a_condition_around_roles_is_told_and_what_is_written_can_be_read(read) -> None:
    text = "{% if q %}\nuser:\nYes {% if a %}{{a}}{% endif %}\n"
    text += "{% else %}\nassistant:\nNo\n{% endif %}\n"
    found = read("prompty", {"a.prompty": HEAD + text})
    contents = [each["content"] for each in found.prompts[0].body["messages"]]
    assert contents == ["Be kind.", "Yes {% if a is defined and a %}{{ a }}{% endif %}", "No"]
    told = [(each.line, each.message.split("`")[1]) for each in found.losses]
    assert sorted(told) == [(6, "{% if q %}"), (9, "{% else %}"), (12, "{% endif %}")]


def test_markers_that_roles_leave_are_roles_where_they_are_written(read) -> None:
    text = "---\nmodel: googleai/m\nname: other\ninput: {schema: {q: string}}\ntop_p: 1\n---\n"
    text += "<<<dotprompt:role:system>>>\nBe kind.\n<<<dotprompt:history>>>\n{{role 'user'}}{{q}}\n"
    found = read("dotprompt", {"a.prompt": text})
    assert found.prompts[0].body["messages"] == [
        {"role": "system", "content": "Be kind."},
        "{{ history }}",
        {"role": "user", "content": "{{ q }}"},
    ]
    assert [(each.line, each.message.split("`")[1]) for each in found.notes] == [
        (3, "name"), (4, "schema"),
    ]  # fmt: skip
    assert [each.message for each in found.losses] == [
        "`top_p` is not carried: dotprompt reads it below `config`"
    ]


def test_a_loop_of_handlebars_that_writes_roles_is_turns(read) -> None:
    text = '---\nmodel: googleai/m\n---\nBe kind.\n{{#each past}}\n{{role "user"}}{{q}}\n'
    text += '{{role "model"}}{{a}}\n{{/each}}\n{{role "user"}}{{#if b}}{{q}}{{/if}}\n'
    found = read("dotprompt", {"a.prompt": text})
    first, past, last = found.prompts[0].body["messages"]
    assert (first["role"], past, last["role"]) == ("user", "{{ past }}", "user")
    assert (found.losses, found.notes[-1].line) == ([], 5)


def test_a_condition_of_handlebars_around_roles_is_told(read) -> None:
    text = '---\nmodel: googleai/m\n---\n{{#if a}}\n{{role "system"}}\nx\n{{else}}\n'
    text += '{{role "system"}}\ny\n{{/if}}\n'
    found = read("dotprompt", {"a.prompt": text})
    assert [each["content"] for each in found.prompts[0].body["messages"]] == ["x", "y"]
    assert [each.line for each in found.losses] == [4, 7, 10]

"""Configurations in JavaScript and TypeScript: data is read, code is told and never run."""

import pytest

from promptci.errors import SpecError
from promptci.importers.kinds import guess_kind
from promptci.importers.promptfoo import scriptdata
from promptci.importers.promptfoo.scriptdata import load_script
from tables import every_row

TYPED = """\
import type { Shape } from 'somewhere';
import cities from './cities.json';
// it's a comment with 'quotes {
const tone: string = "calm";
const base = { temperature: 0, stop: ['\\n\\n', "it's"] } as const;
const judge = `anthropic:${tone}` /* } */;
const config: Shape = {
  prompts: ['Say ' + "hello" +
    ' to {{name}}', `in a ${tone} way`],
  'quoted-key': 0x1F, on: true, off: null, small: -1.5e3,
  providers: [{ id: judge, config: { ...base, seed: 7 } }, ...[],],
  tone, cities, read: JSON.parse(fs.readFileSync(path.join(__dirname, 'rows.json'), 'utf8')),
} satisfies Shape;

export default config;
"""


def test_literals_and_names_are_read() -> None:
    losses: list[object] = []
    read = load_script(TYPED.encode(), "c.ts", losses)  # type: ignore[arg-type]
    assert losses == []
    assert read.plain() == {
        "prompts": ["Say hello to {{name}}", "in a calm way"],
        "quoted-key": 31,
        "on": True,
        "off": None,
        "small": -1500.0,
        "providers": [
            {
                "id": "anthropic:calm",
                "config": {"temperature": 0, "stop": ["\n\n", "it's"], "seed": 7},
            }
        ],
        "tone": "calm",
        "cities": "file://./cities.json",
        "read": "file://rows.json",
    }
    assert read.get("prompts").mark.line == 8
    assert read.key_mark("on").column == 23


@every_row(
    "code",
    [
        "`${process.env.MODEL ?? load()}`",
        "process.env.MODEL || load()",
        "['a'].map(n => ({ id: n, more: [1, 2] }))",
        "await load('a, b')",
        "function () { return {a: 1, b: 2}; }",
        "/[,}\"']/.test(x) ? 1 : 2",
        "unknown",
        "a",
        "new Map([[1, 2]])",
    ],
)
def test_code_is_left_out_and_told(code: str) -> None:
    losses: list[object] = []
    text = (
        f"const a = b, b = a;\nmodule.exports = {{\n  kept: 1,\n  lost: {code},\n  more: 2,\n}};\n"
    )
    read = load_script(text.encode(), "c.js", losses)  # type: ignore[arg-type]
    assert read.plain() == {"kept": 1, "more": 2}
    [loss] = losses
    assert (loss.line, loss.column) == (4, 9)  # type: ignore[attr-defined]
    assert "is code, which is not run" in str(loss)


def test_methods_shorthands_and_computed_keys_are_told() -> None:
    losses: list[object] = []
    text = b"export default { run() { return 1; }, async go() {}, [key]: 1, free, kept: 1 }"
    assert load_script(text, "c.mjs", losses).plain() == {"kept": 1}  # type: ignore[arg-type]
    assert len(losses) == 4


@every_row(
    "text",
    [
        "",
        "const a = 1;",
        "module.exports = make();",
        "module.exports = { a: [1, 2 };",
        "module.exports = { a: 'open",
        "module.exports = {",
        "module.exports = " + "[" * 100,
        "const a = a; module.exports = a",
    ],
)
def test_what_is_no_data_ends_in_a_sentence(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_script(text.encode(), "c.js", [])
    assert str(caught.value).startswith("c.js:")


def test_names_that_repeat_each_other_are_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scriptdata, "MAX_VALUES", 1_000)
    lines = ["const a0 = ['x'];"]
    lines += [f"const a{n} = [{', '.join([f'a{n - 1}'] * 10)}];" for n in range(1, 9)]
    text = "\n".join([*lines, "module.exports = { a: a8 };"])
    with pytest.raises(SpecError, match="too large"):
        load_script(text.encode(), "c.js", [])


def test_a_script_is_a_configuration(read, rows) -> None:
    files = {
        "promptfooconfig.cjs": "module.exports = {\n"
        "prompts: ['Hi {{name}}'], providers: ['openai:m'],\n"
        "tests: [{vars: {name: 'Ann'}, assert: [{type: 'equals', value: 'Hi'}]}]};"
    }
    assert guess_kind("a/promptfooconfig.prod.mts", b"") == ["promptfoo"]
    for path in (None, "."):
        found = read("promptfoo", files, path)
        assert (found.losses, found.prompts[0].body["model"]) == ([], "openai/m")
        assert rows(found)[0]["vars"] == {"name": "Ann"}


MADE = """\
const tests = [{ vars: { q: 'a' } }];
tests.push({ vars: { q: 'b' } });
// tests.push is named here, and '; tests.pop()' too
%s {
  const model = { id: 'openai:m', config: { seed: 1 } };
  if (process.env.CI) { return; }
  const text = load('x');
  return { prompts: [{ id: 'p', raw: text }], providers: [model], tests };
}%s
module.exports.providers = [];
"""


@every_row(
    ("before", "after"),
    [
        ("export default async function make(context)", ""),
        ("module.exports = (async () =>", ")();"),
        ("const make = async (): Promise<X> =>", "\nexport default make;"),
    ],
)
def test_what_a_function_gives_back_is_read_and_changes_are_told(before, after) -> None:
    losses: list[object] = []
    read = load_script((MADE % (before, after)).encode(), "c.ts", losses)  # type: ignore[arg-type]
    assert read.plain() == {
        "prompts": [{"id": "p", "raw": "text"}],
        "providers": [{"id": "openai:m", "config": {"seed": 1}}],
        "tests": [{"vars": {"q": "a"}}],
    }
    places = [(each.line, str(each).split("`")[1]) for each in losses]  # type: ignore[attr-defined]
    assert [text.split("(")[0].split(" =")[0] for _, text in places] == [
        "tests.push",
        "module.exports.providers",
    ]


def test_a_function_of_two_ends_is_code() -> None:
    text = b"export default () => { switch (x) {} return {a: 1};\n return {a: 2}; }"
    with pytest.raises(SpecError, match="made by code"):
        load_script(text, "c.js", [])


def test_a_prompt_made_by_code_becomes_what_is_to_be_written(read, rows) -> None:
    text = (
        "const plan = read('plan.toml');\nexport default { providers: ['scripts/own.js'], prompts:"
        " [{ id: 'plan', raw: plan }, load()], tests: [{ vars: { args: 'x' } }] };"
    )
    found = read("promptfoo", {"promptfooconfig.mjs": text}, None)
    assert [each.name for each in found.prompts] == ["plan", "load"]
    [message] = found.prompts[0].body["messages"]
    assert (
        message["content"]
        == "TODO: the text that plan makes of these variables\n\nargs: {{ args }}"
    )
    assert [str(each).split(":", 3)[3].split("`")[1] for each in found.losses] == [
        "scripts/own.js", "plan", "load()",
    ]  # fmt: skip
    lost = read(
        "promptfoo",
        {"promptfooconfig.mjs": "export default { prompts: ['Hi'], tests: load() };"}, None,
    )  # fmt: skip
    assert rows(lost) == []

"""A judge's prompt as a file that users can read and replace: what is said, what comes back."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct, field, to_builtins

from promptci.digest import ContentDigest, content_digest
from promptci.errors import Fault, SpecError
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, Plain
from promptci.parsing.yamlfile import load_yaml
from promptci.scorers.base.jsontext import Check
from promptci.scorers.json.schema import SchemaError, compile_schema
from promptci.scorers.modelgraded.datafence import GUARD
from promptci.specs.promptfile import Parameters
from promptci.templates.template import Template, TemplateError, as_text

ONLY = "judge"
"""What the step of a judge is called that asks once; it is at the top of its file."""

_Text: TypeAlias = Annotated[str, Meta(min_length=1)]


class StepFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One question to the judge, and the JSON Schema of its reply."""

    user: Annotated[_Text, Meta(description="the message, with `{{ … }}` for what is judged")]
    reply: Annotated[dict[str, Any], Meta(description="the JSON Schema of the reply")]


class JudgeFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A judge's prompt."""

    system: Annotated[_Text, Meta(description="who the judge is and how it judges")]
    user: _Text | None = None
    reply: dict[str, Any] | None = None
    steps: Annotated[
        dict[str, StepFile], Meta(description="in place of `user` and `reply`: several questions")
    ] = {}
    choices: Annotated[
        dict[str, _Text], Meta(description="what the judge may choose, for `{{ choices }}`")
    ] = {}
    parameters: Annotated[Parameters, Meta(description="how the judge is asked")] = Parameters()


class Want(Struct, frozen=True):
    """What a scorer needs of a step: what is to be shown, which fields must come back.

    `gives` are the variables that the step may use beside `output` and `question`.
    """

    shows: tuple[str, ...]
    fields: tuple[str, ...]
    gives: tuple[str, ...] = ()


class JudgeQuestion(Struct, frozen=True):
    """One question, ready to be filled in."""

    system: Template
    user: Template
    reply: Mapping[str, Plain]
    check: Check


class JudgePrompt(Struct, frozen=True):
    """A judge's prompt, ready. `digest` covers all that it says, comments and file name not."""

    steps: Mapping[str, JudgeQuestion]
    digest: ContentDigest
    choices: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Plain] = field(default_factory=dict)
    text: str = ""


def judge_text(name: str) -> str:
    """The file of a scorer's own judge, as YAML, for people to read, copy and change."""
    return (files("promptci.scorers.modelgraded") / "judges" / f"{name}.yaml").read_text("utf-8")


@cache
def own_prompt(name: str, wants: tuple[tuple[str, Want], ...]) -> JudgePrompt:
    """The judge's prompt that comes with a scorer."""
    faults: list[Fault] = []
    prompt = read_prompt(judge_text(name).encode(), f"judges/{name}.yaml", dict(wants), faults)
    assert prompt is not None, faults
    return prompt


def read_prompt(
    data: bytes, path: str, wants: Mapping[str, Want], faults: list[Fault]
) -> JudgePrompt | None:
    """A judge's prompt from its file; None after adding what is wrong to `faults`."""
    try:
        node = load_yaml(data, path)
    except SpecError as error:
        faults += error.faults
        return None
    before = len(faults)
    file = read_shape(node, JudgeFile, faults)
    if file is None:
        return None
    if file.parameters.extra_body:
        wrong = "a judge takes no `extra_body`: delete it"
        faults.append(node.get("parameters", "extra_body").mark.fault(wrong))
    steps = _steps(file, node, wants, faults)
    if len(faults) > before:
        return None
    return JudgePrompt(
        steps=steps,
        digest=_digest(file),
        text=_text(file),
        choices=file.choices,
        parameters=file.parameters.given(),
    )


def _text(file: JudgeFile) -> str:
    """What a judge's prompt says, as lines for people."""
    steps = {name: (step.user, step.reply) for name, step in file.steps.items()}
    steps |= {ONLY: (file.user, file.reply)} if file.user and file.reply else {}
    parts = [f"[system]\n{file.system}"]
    for name, (user, reply) in steps.items():
        parts.append(f"[{name}]\n{user}\nreply: {as_text(reply)}")
    parts += (f"choice {name}: {meaning}" for name, meaning in file.choices.items())
    given = file.parameters.given()
    return "\n".join(
        [*map(str.rstrip, parts), *([f"parameters: {as_text(given)}"] if given else [])]
    )


def _digest(file: JudgeFile) -> ContentDigest:
    said = [file.system, file.user, file.reply, to_builtins(file.steps)]
    return content_digest([GUARD, *said, list(file.choices.items()), file.parameters.given()])


def _steps(
    file: JudgeFile, node: Node, wants: Mapping[str, Want], faults: list[Fault]
) -> dict[str, JudgeQuestion]:
    """Every step that the scorer takes, and no other."""
    single = file.user is not None and file.reply is not None
    given = {ONLY: StepFile(file.user or "", file.reply or {})} if single else file.steps
    places = {name: node if single else node.get("steps", name) for name in given}
    if given.keys() != wants.keys() or (single and file.steps):
        known = ", ".join(f"`{name}`" for name in wants)
        cure = "`user` and `reply`" if set(wants) == {ONLY} else f"`steps` called {known}"
        faults.append(node.mark.fault(f"this judge needs {cure}, and nothing else: fix the file"))
        return {}
    system = _template(file.system, node.get("system"), faults)
    return {
        name: JudgeQuestion(
            system=system,
            user=_user(step.user, places[name].get("user"), wants[name], faults),
            reply=step.reply,
            check=_check(step.reply, places[name].get("reply"), wants[name], faults),
        )
        for name, step in given.items()
    }


def _template(text: str, node: Node, faults: list[Fault]) -> Template:
    try:
        return Template.parse(text)
    except TemplateError as error:
        faults.append(node.mark.fault(str(error)))
        return Template(("",), ())


def _user(text: str, node: Node, want: Want, faults: list[Fault]) -> Template:
    template = _template(text, node, faults)
    for name in want.shows:
        if name not in template.variables:
            wrong = f"the judge is never shown `{name}`: write `{{{{ {name} }}}}` where it belongs"
            faults.append(node.mark.fault(wrong))
    return template


def _check(schema: dict[str, Any], node: Node, want: Want, faults: list[Fault]) -> Check:
    """What checks a reply by its schema, which must ask for the fields that are read."""
    required = schema.get("required")
    for name in want.fields:
        if not isinstance(required, list) or name not in required:
            wrong = f"the reply need not have `{name}`, which the scorer reads: add it to"
            faults.append(node.mark.fault(f"{wrong} `properties` and `required`"))
    try:
        return compile_schema(schema)
    except SchemaError as error:
        faults.append(node.get(*error.path).mark.fault(str(error)))
        return lambda value: None


def reversed_choices(prompt: JudgePrompt) -> JudgePrompt:
    """The same with what may be chosen in the opposite order, in words and in the reply's form."""
    steps = {
        name: JudgeQuestion(step.system, step.user, _reversed_enum(step.reply), step.check)
        for name, step in prompt.steps.items()
    }
    choices = dict(list(prompt.choices.items())[::-1])
    return JudgePrompt(steps, prompt.digest, choices, prompt.parameters)


def _reversed_enum(schema: Mapping[str, Plain]) -> dict[str, Plain]:
    """A schema whose field `choice` lists its values from the last to the first."""
    properties = schema.get("properties")
    choice = properties.get("choice") if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(choice, dict):
        return dict(schema)
    values = choice.get("enum")
    turned = {**choice, "enum": values[::-1]} if isinstance(values, list) else choice
    return {**schema, "properties": {**properties, "choice": turned}}

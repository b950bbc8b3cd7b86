"""Prompts read from their files: faults with their places."""

from collections.abc import Callable
from functools import partial

from promptci.errors import Fault, told_by_reason
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, Plain, excerpt
from promptci.specs.conversation import Attach
from promptci.specs.prompt import Prompt, Shot
from promptci.specs.promptfile import ELSEWHERE, PromptFile
from promptci.specs.responseformat import read_response_format
from promptci.specs.retrieval import FindDocuments, no_documents, read_retrieval
from promptci.specs.sampling import read_sampled, sampling_parameters
from promptci.specs.turns import last_user_turn, read_turns
from promptci.specs.variants import variant_nodes
from promptci.templates.template import Template, Text, as_text

_CHOICES = ("auto", "none", "required")


def parse_prompt(
    node: Node,
    name: str,
    faults: list[Fault],
    *,
    parse: Callable[[str], Text] = Template.parse,
    jinja: Callable[[str], Text] | None = None,
    attach: Attach = lambda path: None,
    corpus: FindDocuments = no_documents,
) -> Prompt | None:
    """Read a prompt from a loaded file; adds what is wrong to `faults` and gives None then.

    `parse` reads the templates of the messages, `jinja` those of a prompt that asks for it, and
    `attach` finds the files that messages name, `corpus` the documents to look up.
    """
    before = len(faults)
    file = read_shape(node, PromptFile, faults)
    if file is None:
        return None
    if file.template == "jinja":
        parse = _logic(jinja, node, faults) or parse
    form = partial(parse_prompt, name=name, parse=parse, jinja=jinja, attach=attach, corpus=corpus)
    parameters = _parameters(file, node, faults)
    turns = read_turns(node.get("messages"), file.messages, parse, attach, faults)
    prompt = Prompt(
        name=name,
        mark=node.mark,
        turns=turns,
        shots=_shots(file, node),
        description=file.description,
        version="" if file.version is None else str(file.version),
        model=file.model if file.retrieve is None else file.retrieve.embed,
        model_mark=node.get("model").mark if file.retrieve is None else node.get("retrieve").mark,
        parameters=parameters if file.retrieve is None else {},
        response_format=read_response_format(file.response_format, node, faults),
        tools=tuple(file.tools),
        thoughts=file.thoughts,
        solve=read_sampled(node.get("solve"), file.solve, parameters, faults),
        retrieve=read_retrieval(file.retrieve, node, turns, corpus, faults),
        variants=_variants(file, node, faults, form),
    )
    _check_extra_body(file, node, faults)
    if len(turns) == len(file.messages):
        _check_shots(prompt, faults)
        _check_variables(prompt, file, node, faults)
    return None if any(not fault.warning for fault in faults[before:]) else prompt


def _logic(
    jinja: Callable[[str], Text] | None, node: Node, faults: list[Fault]
) -> Callable[[str], Text] | None:
    """What reads templates with logic, where anything does."""
    if jinja is None:
        wrong = "a template with logic cannot be read here: write `{{ name }}` alone"
        faults.append(node.get("template").mark.fault(wrong))
    return jinja


def _variants(
    file: PromptFile,
    node: Node,
    faults: list[Fault],
    form: Callable[..., Prompt | None],
) -> dict[str, Prompt]:
    """The variants that can be read, each by `form`, which adds to `faults`."""
    places = variant_nodes(node, file.variants, faults).items()
    read = ((variant, form(place, faults=faults)) for variant, place in places)
    return {variant: found for variant, found in read if found is not None}


def _parameters(file: PromptFile, node: Node, faults: list[Fault]) -> dict[str, Plain]:
    """The parameters, and which tool is to be called."""
    given = sampling_parameters(file.parameters.given(), file.solve)
    if file.tool_choice is None:
        return given
    choice = file.tool_choice
    names = [str(tool.get("function", {}).get("name", "")) for tool in file.tools]
    known = (*_CHOICES, *names)
    if isinstance(choice, str) and choice not in known:
        wrong = f"`tool_choice` cannot be `{excerpt(choice)}`: {did_you_mean(choice, known)}"
        faults.append(node.get("tool_choice").mark.fault(wrong))
    if not file.tools:
        faults.append(node.key_mark("tool_choice").fault("`tool_choice` needs `tools`: add them"))
    if isinstance(choice, str) and choice not in _CHOICES:
        choice = {"type": "function", "function": {"name": choice}}
    return {**given, "tool_choice": choice}


def _shots(file: PromptFile, node: Node) -> tuple[Shot, ...]:
    return tuple(
        Shot(shot.vars, as_text(shot.output), node.get("shots", index).mark)
        for index, shot in enumerate(file.shots)
    )


def _check_extra_body(file: PromptFile, node: Node, faults: list[Fault]) -> None:
    """What has a place of its own cannot come in by the back door, past every limit."""
    place = node.get("parameters", "extra_body")
    for key in file.parameters.extra_body or {}:
        if key in ELSEWHERE:
            wrong = f"`{key}` is not allowed in `extra_body`: {ELSEWHERE[key]}"
            faults.append(place.key_mark(key).fault(wrong))


def _check_shots(prompt: Prompt, faults: list[Fault]) -> None:
    """Every shot gives just the variables of the message that it fills in."""
    if not prompt.shots:
        return
    last = prompt.turns[last_user_turn(prompt.turns)]
    if last.role != "user" or last.is_slot or last.parts:
        wrong = "`shots` need a message of role `user` to fill in: add one"
        faults.append(prompt.mark.fault(wrong))
        return
    renamed = _renamed(prompt, last.content)
    for name, instead in renamed.items():
        wrong = f"no shot gives `{name}`, each gives `{excerpt(instead)}`"
        faults.append(prompt.place_of(name).fault(f"{wrong}: did you mean `{excerpt(instead)}`?"))
    mine: list[Fault] = []
    for shot in prompt.shots:
        for name in last.content.missing(shot.vars):
            if name not in renamed:
                wrong = f"this shot has no variable `{name}`: add it to its `vars`"
                mine.append(shot.mark.fault(wrong))
        for name in sorted(shot.vars.keys() - last.content.variables - set(renamed.values())):
            wrong = f"this shot gives `{excerpt(name)}`, which the last user message does not use"
            advice = prompt.advice(name) or did_you_mean(name, last.content.variables)
            mine.append(shot.mark.fault(f"{wrong}: {advice}"))
    by_all = [each for each in told_by_reason(mine) if each.more + 1 == len(prompt.shots)]
    said = {each.message for each in by_all}  # it is the message that is wrong, and no shot
    faults += [*by_all, *(each for each in mine if each.message not in said)]


def _renamed(prompt: Prompt, message: Text) -> dict[str, str]:
    """Variables of a message that no shot gives, with what every shot gives in their place.

    Then it is the message that has the name wrong, and one fault there is enough for all.
    """
    if len(prompt.shots) < 2:
        return {}
    lacking = set.intersection(*(set(message.missing(shot.vars)) for shot in prompt.shots))
    given = set.intersection(*(set(shot.vars) for shot in prompt.shots)) - message.variables
    found = {}
    for name in sorted(lacking):
        near = [each for each in sorted(given) if did_you_mean(name, [each]).startswith("did")]
        if near:
            found[name] = near[0]
            given -= {near[0]}
    return found


def _check_variables(prompt: Prompt, file: PromptFile, node: Node, faults: list[Fault]) -> None:
    """Where the variables are declared, those used and those declared must be the same."""
    if file.variables is None:
        return
    mark = node.key_mark("variables")
    for name in sorted(prompt.variables - set(file.variables)):
        wrong = f"`{name}` is used in a message but not declared: add it to `variables`"
        faults.append(mark.fault(wrong))
    for name in sorted(set(file.variables) - prompt.variables):
        advice = prompt.advice(name) or did_you_mean(name, prompt.variables)
        faults.append(mark.fault(f"`{excerpt(name)}` is declared but no message uses it: {advice}"))

"""What is imported steps aside for files of other tools that are where it would be written."""

from collections.abc import Callable, Collection, Mapping
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from promptci.errors import SpecError
from promptci.importers.imported import Imported
from promptci.parsing.source import Mark, Node
from promptci.parsing.yamlfile import load_yaml
from promptci.specs.answerer import Answerer
from promptci.suite.othertools import tool_of_eval, tool_of_prompt

_LARGE = 1_000_000


def step_aside(root: Path, imported: Imported) -> None:
    """Give a name of its own to what would replace another tool's file.

    An eval goes on asking its prompt, and its examples and outputs go with it.
    """
    _move_prompts(root / "prompts", imported)
    _move_evals(root / "evals", imported)


def ask_own_prompts(imported: Imported, own: Mapping[str, Answerer]) -> None:
    """Leave out placeholders for prompts where the project's `own` of that name will do.

    That is one which needs no other variables than the examples have.
    """
    kept = []
    for prompt in imported.prompts:
        if prompt.stands_in is None:
            kept.append(prompt)
            continue
        said, ours = prompt.stands_in.said, own.get(prompt.name)
        if ours is not None and ours.variables <= prompt.stands_in.variables:
            said = f"`{ours.name}` is a prompt of the project that takes these variables: the eval "
            said += "tests it as it is"
        else:
            kept.append(prompt)
        imported.notes.append(Mark(prompt.origin).warning(said))
    imported.prompts[:] = kept


def _move_prompts(folder: Path, imported: Imported) -> None:
    taken = {each.name for each in imported.prompts}
    for index, prompt in enumerate(imported.prompts):
        name = _free_name(folder, prompt.name, taken, tool_of_prompt)
        imported.prompts[index] = replace(prompt, name=name)
        for place, each in enumerate(imported.evals):
            if name != prompt.name and each.body.get("prompt", each.name) == prompt.name:
                body = {"prompt": name, **each.body} | {"prompt": name}
                imported.evals[place] = replace(each, body=body)


def _move_evals(folder: Path, imported: Imported) -> None:
    taken = {each.name for each in imported.evals}
    for index, eval_ in enumerate(imported.evals):
        name = _free_name(folder, eval_.name, taken, tool_of_eval)
        if name == eval_.name:
            continue
        body = {"prompt": eval_.name, **eval_.body}
        imported.evals[index] = replace(eval_, name=name, body=body)
        for place, outputs in enumerate(imported.outputs):
            if outputs.name.removesuffix(".trials") == eval_.name:
                ending = outputs.name.removeprefix(eval_.name)
                imported.outputs[place] = replace(outputs, name=name + ending)


def _free_name(
    folder: Path, name: str, taken: Collection[str], tool_of: Callable[[Node], str]
) -> str:
    """The name itself, or one with a number where another tool's file has its place."""
    if not _is_of_another_tool(folder / f"{name}.yaml", tool_of):
        return name
    numbered = (f"{name}-{number}" for number in count(2))
    return next(
        each
        for each in numbered
        if each not in taken and not _is_of_another_tool(folder / f"{each}.yaml", tool_of)
    )


def _is_of_another_tool(path: Path, tool_of: Callable[[Node], str]) -> bool:
    """Whether a file holds what is no file of ours, such as a chat of promptfoo's."""
    if not path.is_file() or path.stat().st_size > _LARGE:
        return False
    try:
        return bool(tool_of(load_yaml(path.read_bytes(), path.name)))
    except SpecError:
        return False

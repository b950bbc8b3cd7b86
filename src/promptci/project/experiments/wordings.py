"""Other wordings of a prompt: read from a file of the project, or written by a model."""

from collections.abc import Iterator, Mapping, Sequence

from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import inside, open_file, read_file
from promptci.parsing.datafile import MAX_FAULTS, read_jsonl
from promptci.parsing.source import Mark, Node, excerpt
from promptci.parsing.yamlfile import load_yaml
from promptci.project.project import Project
from promptci.project.promptsearch.measuring import have_written
from promptci.project.promptsearch.textplace import TextPlace
from promptci.project.session import Session
from promptci.promptsearch.writing import as_variation, written_text
from promptci.specs.evalspec import EvalSpec
from promptci.specs.experiments import MOST_WORDINGS, WordingFile
from promptci.specs.prompt import Prompt
from promptci.templates.template import as_text

OWN = "as it is"
_SHAPE = 'write a list of texts, or lines such as `{"text": …}`'


def read_wordings(
    project: Project, spec: EvalSpec, prompt: Prompt, written: str
) -> Mapping[str, Prompt]:
    """The wordings in a file beside the eval, by their names, the prompt's own first.

    A YAML file is a list of texts, or a mapping of names to texts; an item of the list may also be
    a mapping with `text` and perhaps `name`, as each line of a JSONL file is. Raises `SpecError`
    for texts that do not fit into the prompt.
    """
    tree = project.workspace.suite.tree
    folder = spec.mark.path.rpartition("/")[0]
    path = written if tree.exists(written) else inside(written, start=folder)
    if not tree.exists(path):
        raise RequestError(f"{spec.mark.path}: there is no file {path} of wordings: name another")
    place, faults = TextPlace.of(prompt), list[Fault]()
    found = {OWN: prompt}
    for name, text, mark in _texts(project, path):
        wrong = place.fault(text)
        if not wrong and name in found:
            wrong = f"the name `{excerpt(name)}` is there twice: rename one"
        if wrong:
            faults.append(mark.fault(f"the wording `{excerpt(name)}`: {wrong}"))
        else:
            found[name] = place.with_text(text)
    if len(found) == 1 and not faults:
        faults.append(Mark(path).fault(f"there are no wordings: {_SHAPE}"))
    if len(found) > MOST_WORDINGS + 1:
        faults.append(Mark(path).fault(f"there are over {MOST_WORDINGS} wordings: keep fewer"))
    if faults:
        raise SpecError(faults[:MAX_FAULTS])
    return found


def _texts(project: Project, path: str) -> Iterator[tuple[str, str, Mark]]:
    """Each text with its name and place."""
    tree = project.workspace.suite.tree
    if not path.endswith((".yaml", ".yml", ".jsonl")):
        raise RequestError(f"{path}: wordings are a .yaml or a .jsonl file: {_SHAPE}")
    if path.endswith(".jsonl"):
        with open_file(tree, path) as file:
            for number, row in enumerate(read_jsonl(file, path), 1):
                if isinstance(row, Fault):
                    raise SpecError([row])
                mark = Mark(path, row.line, 1)
                if not isinstance(row.values.get("text"), str):
                    raise SpecError([mark.fault(f"`text` is missing: {_SHAPE}")])
                name = as_text(row.values.get("name", f"wording {number}"))
                yield name, str(row.values["text"]), mark
        return
    root = load_yaml(read_file(tree, path), path)
    listed: Sequence[tuple[str, object, Mark]] = []
    if isinstance(root.value, list):
        listed = [_listed(n, each) for n, each in enumerate(root.value, 1)]
    elif isinstance(root.value, dict):
        listed = [(name, each.value, each.mark) for name, each in root.value.items()]
    for name, text, mark in listed:
        if not isinstance(text, str):
            raise SpecError([mark.fault(f"this is no text: {_SHAPE}")])
        yield name, text.removesuffix("\n"), mark


def _listed(number: int, item: Node) -> tuple[str, object, Mark]:
    """An item of a list: a text, or one with a name."""
    name, text = f"wording {number}", item.value
    if isinstance(text, dict) and "text" in text and text.keys() <= {"name", "text"}:
        name = as_text(text["name"].plain()) if "name" in text else name
        text = text["text"].value
    return name, text, item.mark


def write_wordings(
    project: Project, session: Session, prompt: Prompt, given: WordingFile
) -> Mapping[str, Prompt]:
    """Wordings by a model, by their numbers, the prompt's own first.

    Those that do not fit into the prompt are left out and reported. Raises `ModelError` where the
    model does not answer, and `RequestError` where none is left.
    """
    place = TextPlace.of(prompt)
    writer = project.workspace.suite.config.model(given.model)
    ask = as_variation(place.text, place.placeholders)
    answers = have_written(project, session, place, writer, [ask] * given.n, first=1)
    found, lost = {OWN: prompt}, list[str]()
    for number, answer in enumerate(answers, 1):
        text = written_text(answer.text)
        wrong = answer.fault or place.fault(text)
        if wrong:
            lost.append(f"{number}: {wrong}")
        else:
            found[f"wording {number}"] = place.with_text(text)
    if lost:
        listed = "; ".join(lost[:3])
        project.observer.remark(f"{len(lost)} of {given.n} wordings were left out: {listed}")
    if len(found) == 1:
        raise RequestError(f"no wording of `{given.model}` fits into the prompt: name another")
    return found

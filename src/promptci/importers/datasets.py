"""Datasets of inputs and outputs: the prompt that sends an input, its eval, and the examples."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Row,
    StandIn,
    tags_and_meta,
)
from promptci.importers.names import Names, slug
from promptci.importers.rows import mark_in, turns_of
from promptci.importers.spreadsheets.columnnames import slug_variable
from promptci.parsing.logged.loggedanswers import answered
from promptci.parsing.logged.loggedturns import is_message
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.templates.template import Template, TemplateError, as_text

_TAKEN = frozenset(("expected", "output", "completion"))
"""Names that scorers have for something else."""


class DatasetItem(Struct, frozen=True):
    """One item: what is given, what is expected (None: nothing), and what is said besides."""

    ident: str
    given: Plain
    expected: Plain
    meta: dict[str, Plain]
    mark: Mark


def add_dataset(
    items: Sequence[DatasetItem], path: str, scorer: str, found: Imported, names: Names,
    title: str = "",
) -> None:  # fmt: skip
    """Add a dataset, called by its title or else by its file.

    Its prompt sends a chat as turns, all else as text; what is lost is reported.
    """
    if not items:
        return
    name = names.take(slug(title) or slug(PurePosixPath(path).stem) or "dataset")
    chat = _chat_name(items)
    variables = _variables(items, found)
    texts = "\n".join(f"{{{{ {each} }}}}" for each in variables.values())
    messages: list[Plain] = (
        [f"{{{{ {variables[chat]} }}}}"] if chat else [{"role": "user", "content": texts}]
    )
    made = StandIn(
        frozenset(variables.values()),
        "a dataset has no prompt: one that sends its input is written, to be edited",
    )
    found.prompts.append(ImportedPrompt(name, {"messages": messages}, path, made))
    expecting = [each for each in items if each.expected is not None]
    shared = scorer if len(expecting) == len(items) else ""
    found.evals.append(ImportedEval(name, {"scorers": [shared] if shared else []}, name, path))
    rows = _Rows(items, variables, chat, "" if shared else scorer, found)
    found.examples.append(ExampleSet(name, rows.all))
    found.notes.append(Mark(path).warning(f"a dataset has no scorer: `{scorer}` is written"))
    if not shared:
        few = len(items) - len(expecting)
        who = "one item expects" if few == 1 else f"{few} items expect"
        found.notes.append(Mark(path).warning(f"{who} nothing: any answer there passes"))


def _chat_name(items: Sequence[DatasetItem]) -> str:
    """The one variable that holds a chat; empty where there are others or none."""
    keys = {key for each in items for key in _given(each)}
    if len(keys) != 1:
        return ""
    [key] = keys
    return key if any(_is_chat(_given(each).get(key)) for each in items) else ""


def _given(item: DatasetItem) -> dict[str, Plain]:
    return item.given if isinstance(item.given, dict) else {"input": item.given}


def _is_chat(value: Plain) -> bool:
    return turns_of(value, Mark(""), []) is not None


def _variables(items: Sequence[DatasetItem], found: Imported) -> dict[str, str]:
    """The keys of all inputs, and the variables that replace them."""
    names = Names(set(_TAKEN))
    keys = sorted({key for each in items for key in _given(each)})
    kept = {key: names.take(key) for key in keys if key not in _TAKEN and _is_name(key)}
    for key in keys:
        if key not in kept:
            kept[key] = names.take(f"input_{key}" if key in _TAKEN else slug_variable(key))
            said = f"`{excerpt(key)}` is called `{kept[key]}` here, so that it can be a variable"
            found.notes.append(items[0].mark.warning(said))
    return {key: kept[key] for key in keys}


def _is_name(key: str) -> bool:
    try:
        return Template.parse(f"{{{{ {key} }}}}").names == (key,) and "." not in key
    except TemplateError:
        return False


class _Rows(Struct, frozen=True):
    """Makes the examples; `own` is the scorer of each where not all expect something."""

    items: Sequence[DatasetItem]
    variables: dict[str, str]
    chat: str
    own: str
    found: Imported

    def all(self) -> Iterator[Row]:
        for item in self.items:
            made: Row = {"id": item.ident} if item.ident else {}
            made["vars"] = self._values(item)
            expected = self._expected(item)
            if expected is not None:
                made["expected"] = expected
            if self.own:
                made["scorers"] = [self.own if expected is not None else {"length": {"min": 1}}]
            self.found.place = item.mark
            yield made | tags_and_meta(item.meta)

    def _values(self, item: DatasetItem) -> dict[str, Plain]:
        given = _given(item)
        if self.chat:
            value = given.get(self.chat)
            turns = turns_of(value, mark_in(item.mark, "input"), self.found.losses)
            said: Plain = turns or [{"role": "user", "content": as_text(value)}]
            return {self.variables[self.chat]: said}
        for key in self.variables:
            if key not in given:
                said = f"`{excerpt(key)}` has no value here: it is empty"
                self.found.notes.append(item.mark.warning(said))
        return {name: given.get(key, "") for key, name in self.variables.items()}

    def _expected(self, item: DatasetItem) -> Plain:
        """What is expected: of a chat the text of its last turn, of a message its text."""
        if isinstance(item.expected, dict) and is_message(item.expected):
            said = answered(item.expected)
            if said is not None and said.text and not said.calls:
                return said.text
        if not _is_chat(item.expected) or not isinstance(item.expected, list):
            return item.expected
        last = item.expected[-1]
        content = last.get("content") if isinstance(last, dict) else None
        if not isinstance(content, str) or not content:
            wrong = "what is expected is a chat whose last turn is no text: write `expected`"
            self.found.losses.append(item.mark.fault(wrong))
            return as_text(item.expected)
        told = "of an expected chat the last turn is what the answer is compared with"
        self.found.notes.append(Mark(str(item.mark.path)).warning(told))
        return content

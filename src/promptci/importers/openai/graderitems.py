"""The items that OpenAI's graders judge, and the answers recorded with them."""

from collections.abc import Iterator

from msgspec import Struct, field

from promptci.importers.imported import Imported, Row
from promptci.importers.openai.graderterms import Terms
from promptci.importers.rows import read_rows, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, excerpt

_Located = tuple[dict[str, Plain], Mark]


class Items(Struct, frozen=True):
    """Where the items of an eval are: inside the documents, and in files of lines."""

    inline: list[Node]
    paths: list[str]
    sources: Sources
    found: Imported
    terms: Terms
    chat: bool = False
    fields: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not self.inline and not self.paths

    def first(self) -> dict[str, Plain]:
        """The fields of the first item."""
        return next((item_of(row) for row, _ in self._rows(tell=False)), {})

    @property
    def has_outputs(self) -> bool:
        """Whether an answer is recorded with any of them."""
        return any(self._output(row) is not None for row, _ in self._rows(tell=False))

    def _rows(self, *, tell: bool) -> Iterator[_Located]:
        losses = self.found.losses if tell else []
        for each in self.inline:
            value = each.plain()
            if isinstance(value, dict):
                yield value, each.mark
            elif tell:
                losses.append(each.mark.fault("an item must be an object: write names and values"))
        for path in self.paths:
            yield from read_rows(self.sources, path, losses)

    def examples(self) -> Iterator[Row]:
        """A golden example of each."""
        for number, (row, mark) in enumerate(self._rows(tell=True), 1):
            if not isinstance(row.get("item", {}), dict):
                wrong = "an item must be an object: write names and values"
                self.found.losses.append(mark.fault(wrong))
                continue
            item = dict(item_of(row))
            for name in self.fields:
                if name not in item:
                    wrong = f"`{excerpt(name)}`, which its graders name, is not in it: it is empty"
                    self.found.losses.append(mark.fault(wrong))
                    item[name] = ""
            values = self.terms.variables(item)
            if self.chat and "messages" in values:
                turns = turns_of(values["messages"], mark, self.found.losses)
                values["messages"] = turns if turns is not None else values["messages"]
            used = {str(steps[0]) for steps in self.terms.paths.values()} | {self.terms.recorded}
            spare = {key: value for key, value in item.items() if key not in used}
            made: Row = {"id": f"item-{number}", "vars": values}
            self.found.place = mark
            yield made | ({"meta": spare} if spare else {})

    def outputs(self) -> Iterator[Row]:
        """The answers that were recorded."""
        for number, (row, mark) in enumerate(self._rows(tell=False), 1):
            output = self._output(row)
            if isinstance(output, str):
                yield {"id": f"item-{number}", "output": output}
            elif output is not None:
                wrong = "a recorded answer is no text and is not carried: write it as one"
                self.found.losses.append(mark.fault(wrong))

    def _output(self, row: dict[str, Plain]) -> Plain:
        """The answer: the sample's, or the field of the item that is graded."""
        sample = row.get("sample")
        if isinstance(sample, dict):
            if "output_text" in sample:
                return sample["output_text"]
            for key in ("output", "outputs", "choices"):
                if (said := _last_said(sample.get(key))) is not None:
                    return said
        if isinstance(row.get("model_sample"), str):
            return row["model_sample"]
        return item_of(row).get(self.terms.recorded) if self.terms.recorded else None


def _last_said(turns: Plain) -> Plain:
    """The text of the last turn with some, of a run's output or of the choices of an answer."""
    if isinstance(turns, str):
        return turns
    for each in reversed(turns) if isinstance(turns, list) else ():
        turn = each.get("message", each) if isinstance(each, dict) else None
        content = turn.get("content") if isinstance(turn, dict) else None
        if isinstance(content, list):
            texts = [part.get("text") for part in content if isinstance(part, dict)]
            content = "".join(text for text in texts if isinstance(text, str))
        if isinstance(content, dict):
            content = content.get("text")
        if isinstance(content, str):
            return content
    return None


def item_of(row: dict[str, Plain]) -> dict[str, Plain]:
    """The item of a line: below `item` or `datasource_item`, or the line itself."""
    for key in ("item", "datasource_item"):
        inner = row.get(key)
        if isinstance(inner, dict):
            nested = inner.get("item")
            return nested if set(inner) == {"item"} and isinstance(nested, dict) else inner
    return {k: v for k, v in row.items() if k not in ("sample", "model_sample", "item")}

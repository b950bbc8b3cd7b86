"""Examples of a source told apart, as evals must have them: by ids, and by what they ask."""

from collections.abc import Iterator

from msgspec import Struct, field

from promptci.importers.imported import Imported, Row
from promptci.importers.names import Names
from promptci.parsing.source import Mark, excerpt
from promptci.specs.evalspec import normal


class Distinct(Struct):
    """What lint would not pass of examples: it is fixed, or left out, and reported.

    `left_out` are the ids of examples that were left out, so that their outputs are, too.
    """

    origin: str
    found: Imported
    left_out: set[str] = field(default_factory=set)
    _names: Names = field(default_factory=Names)
    _asked: dict[int, tuple[int, str]] = field(default_factory=dict)

    def rows(self, given: Iterator[Row]) -> Iterator[Row]:
        """The examples: a second with an id gets another, one that contradicts is left out."""
        self.found.place = None
        for number, row in enumerate(given, 1):
            ident = str(row["id"]) if "id" in row else ""
            if self._may_stay(row, number, said=ident or f"row {number}"):
                own = self._names.take(ident) if ident else ""
                if own != ident:
                    called = f"a second example `{excerpt(ident)}` is called `{excerpt(own)}`"
                    self.found.notes.append(self._mark().warning(called))
                yield row if own == ident else {**row, "id": own}
            elif ident:
                self.left_out.add(ident)

    def _mark(self) -> Mark:
        return self.found.place or Mark(self.origin)

    def _may_stay(self, row: Row, number: int, *, said: str) -> bool:
        asked = row.get("vars")
        inputs = normal(asked) if isinstance(asked, dict) else ""
        mine = hash(repr(row.get("expected")))
        here = self._mark()
        asked_as = hash((inputs, repr(row.get("scorers"))))
        if asked_as not in self._asked:
            place = f"line {here.line}" if here.line else f"row {number}"
            self._asked[asked_as] = mine, place
            return True
        expects, first = self._asked[asked_as]
        if expects != mine:
            wrong = f"example `{excerpt(said)}` has the inputs of {first} but expects"
            cure = "it is left out: correct one of them"
            self.found.losses.append(here.fault(f"{wrong} something else, so {cure}"))
            return False
        if "id" not in row:
            same = f"example `{excerpt(said)}` repeats {first}: it is carried once"
            self.found.notes.append(here.warning(same))
        return "id" in row

"""Faults of examples, each told once: where it comes from, with the number that follow from it."""

from collections.abc import Collection, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean, nearest_name
from promptci.parsing.source import Mark, excerpt
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import UnusableGolden
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.answerer import Answerer
from promptci.specs.columns import OWN
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.flows.flow import Flow
from promptci.templates.template import TemplateError

_MOST_NAMES = 1000
"""Names looked through for one that may have been meant."""


class _Lack(Struct):
    """Something that a prompt or a scorer uses and examples do not give.

    `everywhere` is reported where no example gives it, `first` where only some do not.
    """

    name: str
    everywhere: Fault
    first: Fault
    count: int = 1


class ExampleFaults(Struct):
    """Gathers what is wrong with examples; what is wrong with many of them is one fault.

    `is_table` says that all of them have the same columns, so that one row tells.
    """

    is_table: bool = False
    seen: int = 0
    _same: dict[str, Fault] = field(default_factory=dict)
    _lacks: dict[tuple[str, Mark], _Lack] = field(default_factory=dict)
    _strays: dict[str, Fault] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many different faults there are."""
        return len(self._same) + len(self._lacks) + len(self._strays)

    def add(self, fault: Fault, wrong: str = "") -> None:
        """One more fault; those that are `wrong` in the same way are one."""
        _count(self._same, wrong or fault.message, fault)

    def lacks(self, name: str, cause: Mark, everywhere: str, first: Fault) -> None:
        """Something is used, at `cause`, that an example does not give."""
        known = self._lacks.get((name, cause))
        if known is None:
            self._lacks[name, cause] = _Lack(name, cause.fault(everywhere), first)
        else:
            known.count += 1

    def strays(self, name: str, fault: Fault) -> None:
        """Something is given that is not used."""
        _count(self._strays, name, fault)

    def told(self, *, strays: bool = True) -> Iterator[Fault]:
        """What is wrong, each once; without `strays` what is not used is not told."""
        left = dict(self._strays)
        for lack in self._lacks.values():
            meant = _nearest(lack.name, left)
            stray = left.pop(meant) if meant else None
            yield self._of_lack(lack, meant, 0 if stray is None else stray.more + 1)
        yield from self._same.values()
        if strays:
            yield from left.values()

    def _of_lack(self, lack: _Lack, meant: str, strays: int) -> Fault:
        """One fault for what is not given and for what is given in its place."""
        if self.is_table:
            return _advised(lack.everywhere, meant) if meant else lack.everywhere
        if lack.count == self.seen > 1:
            fault = _advised(lack.everywhere, meant) if meant else lack.everywhere
            return replace(fault, more=lack.count + strays)
        fault = replace(lack.first, more=lack.count - 1)
        if not meant:
            return fault
        wrong = fault.message.rpartition(": ")[0]
        return replace(fault, message=f"{wrong}: rename its `{excerpt(meant)}`")


def _advised(fault: Fault, meant: str) -> Fault:
    wrong = fault.message.rpartition(": ")[0]
    return replace(fault, message=f"{wrong}: did you mean `{excerpt(meant)}`?")


def _count(known: dict[str, Fault], key: str, fault: Fault) -> None:
    first = known.get(key)
    known[key] = fault if first is None else replace(first, more=first.more + 1)


def _nearest(name: str, strays: dict[str, Fault]) -> str:
    """What is given and may have been meant by a name; else empty."""
    by_lower = {each[:80].lower(): each for each in list(strays)[:_MOST_NAMES]}
    near = nearest_name(name.partition(".")[0], by_lower)
    return by_lower[near] if near else ""


def none_or_unjudged(spec: EvalSpec, count: int, unjudged: Example | None) -> Iterator[Fault]:
    """That an eval has no examples, or one that no scorer with a weight judges."""
    if not count:
        yield spec.marks.get("examples", spec.mark).fault("`examples` is empty: add some")
    if unjudged is not None:
        wrong = f"no scorer with a weight judges example `{unjudged.id}`, so nothing could fail"
        yield spec.mark.fault(f"{wrong}: add one to `scorers`")


def why_unusable(example: Example, scorer: BoundScorer) -> str:
    """Why what an example expects cannot be used, as a scorer reads it; else empty."""
    subject = Subject("", example.expected, example.has_expected, example.scope)
    for golden in scorer.goldens:
        try:
            golden(subject)
        except UnusableGolden as error:
            return f"cannot be judged by `{scorer.label}`: {error}"
        except TemplateError:  # a variable that is not given, which was said already
            break
    return ""


def why_stray(answerer: Answerer, name: str, used: frozenset[str], *, is_column: bool) -> str:
    """What is wrong with a variable, or a column of a table, that is not used."""
    unused = f"neither {_whose(answerer)} nor a scorer uses"
    if is_column:
        wrong = f"{unused} the column `{excerpt(name)}`"
        return f"{wrong}: {_stray_cure(answerer, name, used.union(OWN))}"
    return f"gives `{excerpt(name)}`, which {unused}: {_stray_cure(answerer, name, used)}"


def _whose(answerer: Answerer) -> str:
    """Who would use a variable."""
    return "the flow" if isinstance(answerer, Flow) else "the prompt"


def _stray_cure(answerer: Answerer, name: str, used: Collection[str]) -> str:
    """What may have been meant by a variable that is not used."""
    if not set(used).difference(OWN):
        cure = f"so write `{{{{ {excerpt(name)} }}}}` where it belongs"
        return f"{_whose(answerer)} has no variable, {cure}"
    return answerer.advice(name) or did_you_mean(name.strip("_ "), used)
